# `hardening`: what compiler and linker can do against faults in memory, and no path of the build
# folder in what is built. Linked privately by every room, as `warnings` is.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(hardening INTERFACE)
function(harden)
  foreach(flag ${ARGN})
    string(MAKE_C_IDENTIFIER "HAS_${flag}" known)
    check_c_compiler_flag("-Werror;${flag}" ${known}) # what a compiler does not use, it has not
    if(${known})
      target_compile_options(hardening INTERFACE ${flag})
    endif()
  endforeach()
endfunction()

harden(-fstack-protector-strong -fstack-clash-protection -fcf-protection -mbranch-protection=standard)
# The last one that fits is taken, and a build folder may lie in the sources.
foreach(folder ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_compile_options(hardening INTERFACE -ffile-prefix-map=${folder}=.)
endforeach()
# It needs an optimising compiler, and the sanitizers see more.
check_c_compiler_flag("-O1;-Werror;-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3" HAS_FORTIFY_3)
if(HAS_FORTIFY_3 AND NOT CMAKE_C_FLAGS MATCHES "fsanitize")
  target_compile_options(hardening INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
endif()
foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
  string(MAKE_C_IDENTIFIER "HAS_${flag}" known)
  check_linker_flag(C ${flag} ${known})
  if(${known})
    target_link_options(hardening INTERFACE ${flag})
  endif()
endforeach()
