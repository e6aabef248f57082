# linnet_self_contained(TARGET): the program carries the C++ runtime, so a copy of it starts on
# another machine with the same or a newer glibc. third_party/ prefers archives for the same reason.
function(linnet_self_contained target)
  # The sanitizers' runtimes replace functions of the shared ones; oneDNN is a shared library that uses them.
  if(LINNET_SANITIZE OR LINNET_ONEDNN STREQUAL "ON")
    return()
  endif()
  linnet_compiler_file(libstdc++.a archive)
  if(archive)
    target_link_options(${target} PRIVATE -static-libgcc -static-libstdc++)
  endif()
endfunction()

# Where the C++ compiler keeps a file of its own; empty when it has none.
function(linnet_compiler_file name result)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name}
    OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT IS_ABSOLUTE "${path}" OR NOT EXISTS "${path}")
    set(path "")
  endif()
  set(${result} "${path}" PARENT_SCOPE)
endfunction()
