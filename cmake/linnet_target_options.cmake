# How every target of Linnet is compiled. ISA flags are not here: kernels/CMakeLists.txt has them.
function(linnet_target_options target)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  # The numeric contract: no contraction the source does not spell; sqrt is one instruction.
  target_compile_options(${target} PRIVATE -ffp-contract=off -fno-math-errno)
  if(LINNET_WARNINGS)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # GCC 12 reports std::string concatenation, falsely (its bug 105651).
      target_compile_options(${target} PRIVATE -Wno-restrict)
    endif()
  endif()
  if(LINNET_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(LINNET_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${LINNET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${LINNET_SANITIZE})
    if(LINNET_SANITIZE MATCHES "undefined")
      # A null pointer that is used stops the program anyway; its checks are a third of the time to compile.
      target_compile_options(${target} PRIVATE -fno-sanitize=null,object-size,vptr)
    endif()
    if(LINNET_WARNINGS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # Instrumented code makes GCC see uninitialized values in std::regex, which cxxopts uses.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
  endif()
endfunction()
