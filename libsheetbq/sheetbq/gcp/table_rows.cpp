#include "sheetbq/gcp/table_rows.hpp"

#include "sheetbq/gcp/bigquery_refusals.hpp"
#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

template <class Number>
std::optional<Number> number_in(const std::string& text) {
    Number number{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// `2026-01-31T08:00:00Z`, with six decimals where there are microseconds.
std::string timestamp_text(std::int64_t microseconds) {
    using namespace std::chrono;
    const sys_time<std::chrono::microseconds> time{std::chrono::microseconds{microseconds}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time) - day};
    const auto part = (time - floor<seconds>(time)).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", int{date.year()},
                       unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(),
                       part == 0 ? std::string{} : fmt::format(".{:06}", part));
}

json::value scalar(table::Type type, const std::string& text) {
    switch (type) {
        case table::Type::boolean:
            if (text == "true" || text == "false") return text == "true";
            break;
        case table::Type::int64:
            if (const auto number = number_in<std::int64_t>(text)) return *number;
            break;
        case table::Type::float64:
            // NaN and the infinities are no JSON.
            if (text.find_first_not_of("0123456789+-.eE") == std::string::npos)
                if (const auto number = number_in<double>(text)) return *number;
            break;
        case table::Type::timestamp:
            if (const auto number = number_in<std::int64_t>(text))
                return json::string{timestamp_text(*number)};
            break;
        default:
            break;
    }
    return json::string{text};
}

json::value record(const json::object& field, const json::object& row) {
    const auto& fields = array_at(field, "fields");
    const auto& cells = array_at(row, "f");
    json::object out;
    for (std::size_t i = 0; i < fields.size() && i < cells.size(); ++i) {
        const auto& inner = fields[i].as_object();
        const auto* const value =
            cells[i].is_object() ? cells[i].get_object().if_contains("v") : nullptr;
        out[text_at(inner, "name")] =
            value == nullptr ? json::value(nullptr) : row_value(inner, *value);
    }
    return out;
}

}  // namespace

json::value row_value(const json::object& field, const json::value& cell) {
    if (cell.is_array()) {
        json::array out;
        for (const auto& each : cell.get_array()) {
            const auto* const value =
                each.is_object() ? each.get_object().if_contains("v") : nullptr;
            out.push_back(value == nullptr ? json::value(nullptr) : row_value(field, *value));
        }
        return out;
    }
    if (cell.is_object()) return record(field, cell.get_object());
    if (!cell.is_string()) return cell;
    return scalar(table::type_from_name(text_at(field, "type")).value_or(table::Type::other),
                  std::string{cell.get_string()});
}

FirstRows first_rows(BigQuery& bigquery, const TableId& id, const json::array& fields, int most,
                     std::stop_token stop) {
    const auto answer = bigquery.api().json(
        {.url = fmt::format("https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets/{}"
                            "/tables/{}/data?prettyPrint=false&maxResults={}"
                            "&formatOptions.useInt64Timestamp=true",
                            http::escape(id.project), http::escape(id.dataset),
                            http::escape(id.table), most),
         .explain =
             [&](const Refusal& refusal) {
                 return explain_dataset(refusal, id.project, id.dataset);
             }},
        stop);
    const auto& page = answer.as_object();
    FirstRows out{.total = static_cast<std::uint64_t>(
                      number_in<std::int64_t>(text_at(page, "totalRows")).value_or(0))};
    for (const auto& row : array_at(page, "rows")) {
        const auto& cells = array_at(row.as_object(), "f");
        auto& values = out.rows.emplace_back(json::array{}).as_array();
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const auto* const value = i < cells.size() && cells[i].is_object()
                                          ? cells[i].get_object().if_contains("v")
                                          : nullptr;
            values.push_back(value == nullptr ? json::value(nullptr)
                                              : row_value(fields[i].as_object(), *value));
        }
    }
    return out;
}

}  // namespace sheetbq::gcp
