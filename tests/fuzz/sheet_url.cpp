#include "sheetbq/table/sheet_url.hpp"

#include "fuzz/invariant.hpp"
#include "sheetbq/core/error.hpp"

using namespace sheetbq::table;
using sheetbq::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto reference = parse_sheet_url(sheetbq::fuzz::text_of(data, size));
        auto url = "https://docs.google.com/spreadsheets/d/" + reference.spreadsheet_id + "/edit";
        if (reference.gid) url += "#gid=" + std::to_string(*reference.gid);
        const auto again = parse_sheet_url(url);
        require(again.spreadsheet_id == reference.spreadsheet_id, "an id stays an id");
        require(again.gid == reference.gid, "a gid stays a gid");
    } catch (const sheetbq::Error& error) {
        require(error.code() == sheetbq::Code::bad_config, "a refusal is about the configuration");
        require(!error.hint().empty(), "a refusal says what to do");
    }
    return 0;
}
