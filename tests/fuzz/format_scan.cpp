#include "sheetbq/table/format_scan.hpp"

#include "fuzz/invariant.hpp"
#include "sheetbq/core/error.hpp"

#include <algorithm>
#include <optional>

using namespace sheetbq::table;
using sheetbq::fuzz::require;

namespace {

/// All cells as one text; nothing when the answer is refused.
std::optional<std::string> scan(std::string_view answer, std::size_t chunk) {
    std::string cells;
    FormatScan reader{[&](const ScannedCell& cell) {
        require(cell.row >= 0 && cell.column >= 0, "places are not negative");
        cells += std::to_string(cell.row) + ',' + std::to_string(cell.column);
        for (const auto part : {cell.format_type, cell.pattern, cell.error_type}) {
            cells += '|';
            cells += part;
        }
    }};
    try {
        for (std::size_t i = 0; i < answer.size(); i += chunk)
            reader.write(answer.substr(i, chunk));
        reader.finish();
    } catch (const sheetbq::Error& error) {
        require(error.code() == sheetbq::Code::unavailable, "a broken answer is worth another try");
        return std::nullopt;
    }
    return cells;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto answer = sheetbq::fuzz::text_of(data, size);
    const auto whole = scan(answer, std::max<std::size_t>(size, 1));
    require(scan(answer, 1) == whole, "chunks do not matter");
    require(scan(answer, 7) == whole, "chunks do not matter");
    return 0;
}
