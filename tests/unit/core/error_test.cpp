#include "sheetbq/core/error.hpp"

#include "support/catch.hpp"

using namespace sheetbq;

TEST_CASE("describe prints what happened, why, and what to do") {
    const auto error = Error{Code::not_found, "there is no tab \"Ordres\""}
                           .because("the tabs are \"Orders\"")
                           .fix("Set GOOGLE_SHEET_TAB_NAME=Orders.");

    CHECK(describe(error) ==
          "error: there is no tab \"Ordres\"\n"
          "  why: the tabs are \"Orders\"\n"
          "  do:  Set GOOGLE_SHEET_TAB_NAME=Orders.\n");
    CHECK(std::string{error.what()} == "there is no tab \"Ordres\": the tabs are \"Orders\"");
}

TEST_CASE("exit codes are those that the documentation promises") {
    const auto [code, exit] = GENERATE(table<Code, int>({
        {Code::internal, 1},
        {Code::usage, 2},
        {Code::not_found, 3},
        {Code::unauthenticated, 4},
        {Code::conflict, 6},
        {Code::bad_config, 10},
        {Code::permission_denied, 11},
        {Code::quota, 12},
        {Code::unavailable, 13},
        {Code::deadline, 14},
        {Code::bad_data, 15},
        {Code::too_late, 75},
        {Code::cancelled, 143},
        {Code::database, 5},
    }));
    CHECK(exit_code(code) == exit);
}
