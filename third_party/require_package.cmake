# Stops with the Debian package that provides what was not found.
function(linnet_require found what package)
  if(NOT found)
    message(FATAL_ERROR "Linnet needs ${what}, which was not found. On Debian or Ubuntu:\n"
                        "  apt-get install ${package}")
  endif()
endfunction()

# linnet_locate(NAME header what package): LINNET_<NAME>_INCLUDE and LINNET_<NAME>_LIBRARY. Linnet's own
# programs take the archive, so that they run where the package is not installed; inside another
# project the shared library, which the parent may use too.
function(linnet_locate name header what package)
  string(TOUPPER ${name} upper)
  set(names ${name})
  if(PROJECT_IS_TOP_LEVEL)
    list(PREPEND names lib${name}.a)
  endif()
  find_path(LINNET_${upper}_INCLUDE ${header})
  find_library(LINNET_${upper}_LIBRARY NAMES ${names})
  mark_as_advanced(LINNET_${upper}_INCLUDE LINNET_${upper}_LIBRARY)
  set(found FALSE)
  if(LINNET_${upper}_INCLUDE AND LINNET_${upper}_LIBRARY)
    set(found TRUE)
  endif()
  linnet_require(${found} ${what} ${package})
endfunction()

# Adds the library's include path and the library itself to linnet, and to nobody who links linnet from
# an installed copy (linnet-config.cmake finds it there).
function(linnet_find_library name header what package)
  linnet_locate(${name} ${header} ${what} ${package})
  string(TOUPPER ${name} upper)
  target_include_directories(linnet SYSTEM PRIVATE ${LINNET_${upper}_INCLUDE})
  target_link_libraries(linnet PRIVATE $<BUILD_INTERFACE:${LINNET_${upper}_LIBRARY}>)
endfunction()

# The same for the program alone: makes the target to link it by.
function(linnet_find_tool_library name header what package target)
  linnet_locate(${name} ${header} ${what} ${package})
  string(TOUPPER ${name} upper)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${LINNET_${upper}_INCLUDE})
  target_link_libraries(${target} INTERFACE ${LINNET_${upper}_LIBRARY})
endfunction()
