# oneDNN behind engine/backend_onednn.h: in liblinnet.a with LINNET_ONEDNN=ON, else beside it, for bench and tests.
if(LINNET_ONEDNN STREQUAL "ON")
  target_sources(linnet PRIVATE backend_onednn.cc)
  target_compile_definitions(linnet PRIVATE LINNET_ONEDNN=1)
  target_include_directories(linnet SYSTEM PRIVATE ${LINNET_ONEDNN_INCLUDE})
  target_compile_options(linnet PRIVATE ${OpenMP_CXX_FLAGS})
  # The backend sets the number of oneDNN's threads, and so has to reach the same OpenMP runtime.
  target_link_libraries(linnet PRIVATE
    "$<BUILD_INTERFACE:${LINNET_ONEDNN_LIBRARY};${OpenMP_CXX_LIBRARIES}>")
  function(linnet_link_onednn target)
  endfunction()
elseif(LINNET_HAS_ONEDNN)
  add_library(linnet_onednn STATIC EXCLUDE_FROM_ALL backend_onednn.cc)
  target_include_directories(linnet_onednn PRIVATE ${PROJECT_SOURCE_DIR}
    ${PROJECT_SOURCE_DIR}/include)
  target_include_directories(linnet_onednn SYSTEM PRIVATE ${LINNET_ONEDNN_INCLUDE})
  target_compile_features(linnet_onednn PRIVATE cxx_std_20)
  target_compile_options(linnet_onednn PRIVATE ${OpenMP_CXX_FLAGS})
  linnet_target_options(linnet_onednn)

  # linnet_link_onednn(TARGET): before anything else on the link line. Of two OpenMP runtimes the one named
  # first serves the whole program, and it has to be oneDNN's: the backend counts those threads.
  function(linnet_link_onednn target)
    target_compile_options(${target} PRIVATE ${OpenMP_CXX_FLAGS})
    target_link_options(${target} PRIVATE
      -Wl,--no-as-needed ${LINNET_ONEDNN_LIBRARY} ${OpenMP_CXX_LIBRARIES} -Wl,--as-needed)
    target_link_libraries(${target} PRIVATE linnet_onednn)
  endfunction()
endif()
