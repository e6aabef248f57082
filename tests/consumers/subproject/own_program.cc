// Compiled as the parent says: in its language standard, without Linnet's include path.
#if __cplusplus != 201703L
#error "add_subdirectory changed the parent's language standard"
#endif
#if __has_include(<linnet/status.h>)
#error "add_subdirectory changed the parent's include path"
#endif
int main() { return 0; }
