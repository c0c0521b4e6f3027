#include "fuzz/invariant.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/table/column_name.hpp"
#include "sheetbq/table/literal.hpp"
#include "sheetbq/table/schema.hpp"

#include <boost/json/serialize.hpp>

#include <set>

using namespace sheetbq::table;
using sheetbq::fuzz::require;

namespace {

void check(const Schema& schema) {
    require(!schema.empty(), "a schema has a column");
    std::set<std::string> names;
    boost::json::array fields;
    for (const auto& column : schema) {
        require(is_column_name(column.name), "every name is legal");
        require(names.insert(fold_case(column.name)).second, "names are unique without case");
        require(!column.repeated && column.type != Type::other, "every column can be loaded");
        is_literal(column, column.name);
        is_literal(column, column.description);
        fields.push_back(to_json(column));
    }
    const auto again = parse_custom_schema(boost::json::serialize(fields));
    require(again.size() == schema.size(), "a written schema reads back");
    for (std::size_t i = 0; i < schema.size(); ++i)
        require(to_json(again[i]) == to_json(schema[i]), "a written column reads back");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        check(parse_custom_schema(sheetbq::fuzz::text_of(data, size)));
    } catch (const sheetbq::Error& error) {
        require(error.code() == sheetbq::Code::bad_config, "a refusal is about the configuration");
        require(!error.reason().empty() && !error.hint().empty(),
                "a refusal says why and what to do");
    }
    return 0;
}
