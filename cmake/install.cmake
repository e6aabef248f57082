# cmake --install: liblinnet.a, the headers, the package linnet::linnet, linnet.pc, the program and the
# licences of what it contains.
include(CMakePackageConfigHelpers)
set(LINNET_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/linnet)

install(TARGETS linnet EXPORT linnet-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/linnet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(EXPORT linnet-targets NAMESPACE linnet:: DESTINATION ${LINNET_PACKAGE_DIR})
if(LINNET_BUILD_TOOLS)
  install(TARGETS linnet_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(LINNET_PACKAGE_ONEDNN "")
set(LINNET_PC_ONEDNN "")
if(LINNET_ONEDNN STREQUAL "ON")
  set(LINNET_PACKAGE_ONEDNN dnnl)
  set(LINNET_PC_ONEDNN "-ldnnl")
endif()
configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/linnet-config.cmake.in ${PROJECT_BINARY_DIR}/package/linnet-config.cmake
  INSTALL_DESTINATION ${LINNET_PACKAGE_DIR}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/linnet-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/linnet-config.cmake
              ${PROJECT_BINARY_DIR}/package/linnet-config-version.cmake
  DESTINATION ${LINNET_PACKAGE_DIR})

# pkg-config finds the prefix from the place of the file, so that the installed tree can be moved.
file(RELATIVE_PATH LINNET_PC_TO_PREFIX
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
foreach(folder LIBDIR INCLUDEDIR)
  set(LINNET_PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(LINNET_PC_${folder} "${CMAKE_INSTALL_${folder}}")
  endif()
endforeach()
set(LINNET_PC_THREADS "")
if(LINNET_THREADS STREQUAL "openmp" OR LINNET_ONEDNN STREQUAL "ON")
  set(LINNET_PC_THREADS "-lgomp")
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/linnet.pc.in ${PROJECT_BINARY_DIR}/package/linnet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/linnet.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE third_party/NOTICES.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
