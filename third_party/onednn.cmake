# oneDNN: another GEMM beside Linnet's own, to measure and to check against. Optional. It is a shared library
# with an OpenMP runtime of its own: linked to what asks for linnet_onednn, so that neither liblinnet.a nor
# the program depends on it.
set(LINNET_HAS_ONEDNN OFF)
if(NOT LINNET_ONEDNN STREQUAL "OFF")
  find_path(LINNET_ONEDNN_INCLUDE oneapi/dnnl/dnnl.hpp)
  find_library(LINNET_ONEDNN_LIBRARY dnnl)
  find_package(OpenMP QUIET COMPONENTS CXX)
  mark_as_advanced(LINNET_ONEDNN_INCLUDE LINNET_ONEDNN_LIBRARY)
  if(LINNET_ONEDNN_INCLUDE AND LINNET_ONEDNN_LIBRARY AND OpenMP_CXX_FOUND)
    set(LINNET_HAS_ONEDNN ON)
  elseif(LINNET_ONEDNN STREQUAL "ON")
    linnet_require(FALSE "oneDNN (LINNET_ONEDNN is ON)" libdnnl-dev)
  elseif(NOT LINNET_ONEDNN STREQUAL "AUTO")
    message(FATAL_ERROR "LINNET_ONEDNN is '${LINNET_ONEDNN}'; it can be ON, OFF or AUTO.")
  endif()
endif()
