include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 COMPONENTS json program_options url)
find_dependency(OpenSSL 3)
find_dependency(Threads)
find_dependency(fmt 9)
find_dependency(PkgConfig)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(PQXX QUIET IMPORTED_TARGET libpqxx) # of sheetbq::sheetbq_postgres alone
include(${CMAKE_CURRENT_LIST_DIR}/sheetbqTargets.cmake)
