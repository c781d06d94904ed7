# Run by cpack on the folder that becomes a package. A Debian package has its changelog, copyright and
# manual pages where Debian wants them; and all times are SOURCE_DATE_EPOCH where that is set.
set(top ${CPACK_TEMPORARY_DIRECTORY})
set(here ${CMAKE_CURRENT_LIST_DIR})

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${top} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(CPACK_GENERATOR STREQUAL "DEB")
  set(doc ${top}/usr/share/doc/assay)
  file(REMOVE ${doc}/LICENSE) # it is in copyright
  configure_file(${here}/debian/copyright ${doc}/copyright COPYONLY)
  configure_file(${here}/debian/changelog ${doc}/changelog COPYONLY)
  run(gzip -9n ${doc}/changelog ${doc}/CHANGELOG.md)
  file(GLOB pages ${top}/usr/share/man/man1/*.1)
  run(gzip -9n ${pages})
endif()
if(CPACK_GENERATOR STREQUAL "TGZ") # of the Debian package cpack makes two
  file(GLOB_RECURSE programs ${top}/bin/assay)
  run(strip ${programs})
endif()
run(find . -type d -exec chmod 755 {} +)
run(find . -type f -exec chmod u=rwX,go=rX {} +)
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  run(find . -exec touch -h -d "@$ENV{SOURCE_DATE_EPOCH}" {} +)
endif()
