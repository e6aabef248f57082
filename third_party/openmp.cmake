# OpenMP (libgomp, part of GCC): the default workers behind engine/threads.h.
if(LINNET_THREADS STREQUAL "openmp")
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # whose OpenMP the installed package names
    message(FATAL_ERROR "LINNET_THREADS=openmp takes GCC, which Linnet is made and tested with. "
      "${CMAKE_CXX_COMPILER_ID} may do with -DLINNET_THREADS=pool.")
  endif()
  find_package(OpenMP QUIET COMPONENTS CXX)
  linnet_require("${OpenMP_CXX_FOUND}" "OpenMP for C++" g++)
  set(LINNET_OPENMP_LIBRARIES ${OpenMP_CXX_LIBRARIES})
  linnet_compiler_file(libgomp.a LINNET_GOMP_ARCHIVE)
  if(PROJECT_IS_TOP_LEVEL AND LINNET_GOMP_ARCHIVE
     AND NOT LINNET_ONEDNN STREQUAL "ON")  # which brings the shared one; a second runtime would be in its way
    set(LINNET_OPENMP_LIBRARIES ${LINNET_GOMP_ARCHIVE} ${CMAKE_DL_LIBS})
  endif()
  target_compile_options(linnet PRIVATE ${OpenMP_CXX_FLAGS})
  target_link_libraries(linnet PRIVATE "$<BUILD_INTERFACE:${LINNET_OPENMP_LIBRARIES}>")
elseif(NOT LINNET_THREADS STREQUAL "pool")
  message(FATAL_ERROR "LINNET_THREADS is '${LINNET_THREADS}'; it can be openmp or pool.")
endif()
find_package(Threads REQUIRED)
target_link_libraries(linnet PRIVATE $<BUILD_INTERFACE:Threads::Threads>)
