# Writes the C file of core/build_info.h, anew only when something changed. -DOUT= -DVERSION=
# -DREVISION= (when not empty, that is the revision) -DSOURCE= (else its git says it)
set(revision "${REVISION}")
if(revision STREQUAL "" AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND git -C ${SOURCE} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND git -C ${SOURCE} status --porcelain --untracked-files=no
    OUTPUT_VARIABLE changes ERROR_QUIET)
  if(revision AND changes)
    string(APPEND revision "-modified")
  endif()
endif()
if(revision STREQUAL "")
  set(revision unknown)
endif()
set(text "#include \"core/build_info.h\"\nconst char build_version[] = \"${VERSION}\";\n\
const char build_revision[] = \"${revision}\";\n")
set(before "")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUT} "${text}")
endif()
