# What makes programs harder to abuse: the flags of the OpenSSF's guide, each asked of this compiler and linker first,
# because g++ 12 does not know all that g++ 14 does. Optimised builds only: _FORTIFY_SOURCE needs the optimiser, and the
# sanitizers look for the same errors themselves. tests/package/hardening.sh reads the result off the programs.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

option(SHEETBQ_HARDENING "Harden optimised builds" ON)
set(optimised $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
set(program $<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>)
set(of_program $<IN_LIST:$<TARGET_PROPERTY:TYPE>,EXECUTABLE$<SEMICOLON>STATIC_LIBRARY>)

function(harden_code flag)
  string(MAKE_C_IDENTIFIER "compiler${flag}" known)
  set(CMAKE_REQUIRED_FLAGS -Wformat)  # without it g++ warns of what stands on it
  check_cxx_compiler_flag(${flag} ${known})
  if(${known})
    target_compile_options(house INTERFACE $<${optimised}:${flag}>)
  endif()
endfunction()

function(harden_program flag)
  string(MAKE_C_IDENTIFIER "linker${flag}" known)
  check_linker_flag(CXX ${flag} ${known})
  if(${known})
    target_link_options(house INTERFACE $<$<AND:${optimised},${program}>:${flag}>)
  endif()
endfunction()

if(SHEETBQ_HARDENING)
  # A compiler may have a level of its own, which has to go first; CMake would put a definition before the options.
  target_compile_options(house INTERFACE "$<${optimised}:SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>")
  target_compile_definitions(house INTERFACE $<${optimised}:_GLIBCXX_ASSERTIONS>)
  target_compile_options(house INTERFACE $<$<AND:${optimised},${of_program}>:-fPIE>)
  foreach(flag
      -Wformat=2 -Wtrampolines -Wbidi-chars=any -Werror=format-security
      -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
      -fstrict-flex-arrays=3 -fzero-init-padding-bits=all -ftrivial-auto-var-init=zero
      -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing)
    harden_code(${flag})
  endforeach()
  foreach(flag
      -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed -Wl,--no-copy-dt-needed-entries)
    harden_program(${flag})
  endforeach()
endif()
