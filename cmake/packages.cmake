# One Debian package a program, by `cpack` in a release build; deploy/package.sh does all that a release needs.
set(SHEETBQ_MAINTAINER "The sheetbq maintainers <maintainers@sheetbq.invalid>" CACHE STRING
  "Who answers for packages that are built here: NAME <ADDRESS>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT ${SHEETBQ_MAINTAINER})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL job orchestrator helper)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Everything talks to Google over TLS.
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)

set(CPACK_COMPONENT_JOB_DESCRIPTION "copies one tab of a Google Sheet into one BigQuery table
One run reads the tab once, types its columns by what the cells are, and loads
them whole or not at all. It is configured by variables of the environment, and
made for Cloud Run.")
set(CPACK_COMPONENT_ORCHESTRATOR_DESCRIPTION "runs the sheetbq jobs that are due
Reads from a table in PostgreSQL which sheets go where and how often, starts
what is due on Cloud Run or on this machine, follows each run to its end, and
tells Slack what broke.")
set(CPACK_COMPONENT_HELPER_DESCRIPTION "copies sheets to BigQuery by hand, and watches over it
Preview, validate, execute, status, logs, rollback and doctor for people, with
results as tables, JSON, YAML or CSV, and completion for bash, zsh and fish.")
set(CPACK_DEBIAN_ORCHESTRATOR_PACKAGE_RECOMMENDS sheetbq-job)
set(CPACK_DEBIAN_HELPER_PACKAGE_RECOMMENDS sheetbq-job)

string(TIMESTAMP packaged "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(debian ${CMAKE_CURRENT_BINARY_DIR}/debian)
configure_file(cmake/debian/changelog.in ${debian}/changelog.Debian @ONLY)
configure_file(CHANGELOG.md ${debian}/changelog COPYONLY)
execute_process(COMMAND ${GZIP} -9nf ${debian}/changelog.Debian ${debian}/changelog COMMAND_ERROR_IS_FATAL ANY)
foreach(component job orchestrator helper)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME sheetbq-${component})
  install(FILES cmake/debian/copyright ${debian}/changelog.Debian.gz ${debian}/changelog.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sheetbq-${component} COMPONENT ${component})
endforeach()
include(CPack)
