# What is installed, and the packages made of it: the Debian package and an archive.

# --- written by the program itself: a manual page a command, completions ---
set(made ${PROJECT_BINARY_DIR}/made)
if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
  add_custom_command(OUTPUT ${made}/stamp
    COMMAND ${CMAKE_COMMAND} "-DASSAY=$<TARGET_FILE:assay>" -DOUT=${made} -P ${PROJECT_SOURCE_DIR}/cmake/made.cmake
    COMMAND ${CMAKE_COMMAND} -E touch ${made}/stamp
    DEPENDS assay cmake/made.cmake VERBATIM)
  add_custom_target(made ALL DEPENDS ${made}/stamp)
  install(DIRECTORY ${made}/man1/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${made}/bash/assay DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${made}/zsh/_assay DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${made}/fish/assay.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

install(TARGETS assay)
install(DIRECTORY specs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/specs)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN "man" EXCLUDE)
install(DIRECTORY fixtures/ DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/fixtures
  FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -DLIST=${PROJECT_BINARY_DIR}/install_manifest.txt
    -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake VERBATIM)

# --- packages: `cpack -G DEB` or `cpack -G TGZ` in the build folder ---
set(CPACK_GENERATOR "TGZ;DEB")
set(CPACK_PACKAGE_NAME assay)
set(CPACK_PACKAGE_VENDOR "The Assay authors")
set(CPACK_PACKAGE_CONTACT "The Assay authors <maintainers@assay.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "conformance harness and record/replay proxy for the Secrets API")
set(CPACK_PACKAGE_DESCRIPTION "Assay holds a server against a suite of checks, each of which proves one clause\n\
of the Secrets API, and tells which clauses it breaks, with the requests that\nshow it.\n.\n\
It records what a server answers, without its secrets, and serves a recording\n\
or a model of the API as a stand-in for tests that need no network.")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
  GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/prepare.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS OFF)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
include(CPack)
