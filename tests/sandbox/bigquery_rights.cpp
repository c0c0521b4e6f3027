#include "bigquery_api.hpp"
#include "bigquery_json.hpp"
#include "bigquery_refusal.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

/// Whether the account has the permission; those of writers and of readers are all there is here.
bool has(const Dataset& dataset, const Call& call, std::string_view permission) {
    constexpr auto of_writers =
        std::to_array<std::string_view>({"bigquery.tables.create", "bigquery.tables.update",
                                         "bigquery.tables.updateData", "bigquery.tables.delete"});
    constexpr auto of_readers =
        std::to_array<std::string_view>({"bigquery.tables.get", "bigquery.tables.getData"});
    const auto among = [&](const auto& words) {
        return std::find(words.begin(), words.end(), permission) != words.end();
    };
    if (among(of_writers)) return may(dataset.writers, call.account);
    if (among(of_readers)) return may(dataset.readers, call.account);
    throw invalid("Permission " + std::string{permission} + " is not valid for this resource.");
}

}  // namespace

Answer test_table_permissions(BigQueryWorld& world, const Call& call) {
    constexpr std::string_view verb = ":testIamPermissions";
    const auto& last = call.path.at(7);
    if (!last.ends_with(verb)) throw absent("Not Found: no such method of BigQuery here");
    const auto id = last.substr(0, last.size() - verb.size());
    const auto& dataset = find_dataset(world, call.path.at(3), call.path.at(5));
    if (!dataset.tables.contains(id))
        throw absent("Not found: Table " + call.path.at(3) + ":" + call.path.at(5) + "." + id);
    const auto body = parse_object(call.body);
    constexpr auto members = std::to_array<std::string_view>({"permissions"});
    check_members(body, members, "request");
    const auto* const asked = body.if_contains("permissions");
    if (asked == nullptr || !asked->is_array() || asked->get_array().empty())
        throw invalid("Required parameter is missing: permissions");
    json::array granted;
    for (const auto& each : asked->get_array())
        if (has(dataset, call, each.as_string())) granted.push_back(each);
    json::object out;
    if (!granted.empty()) out["permissions"] = std::move(granted);
    return json_answer(out);
}

}  // namespace sheetbq::sandbox
