#include "sheetbq/table/column_name.hpp"

#include "fuzz/invariant.hpp"

#include <set>

using namespace sheetbq::table;
using sheetbq::fuzz::require;

/// The input's lines are a header row.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto text = sheetbq::fuzz::text_of(data, size);
    std::vector<std::pair<int, std::string>> headers;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        headers.emplace_back(static_cast<int>(headers.size()), line);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    std::set<std::string> names;
    for (const auto& column : name_columns(headers)) {
        require(is_column_name(column.name), "every name is legal");
        require(names.insert(fold_case(column.name)).second, "names are unique without case");
        require(column.header == headers[static_cast<std::size_t>(column.column)].second,
                "the header is kept");
        const auto alone = normalise_column_name(column.header);
        require(alone.empty() || is_column_name(alone), "a header's own name is legal");
        require(normalise_column_name(alone) == alone, "a name stays itself");
        require(fold_case(fold_case(column.header)) == fold_case(column.header),
                "folding twice changes nothing more");
    }
    return 0;
}
