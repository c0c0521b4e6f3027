#include "sheetbq/table/field_reader.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/table/column_name.hpp"
#include "sheetbq/table/trim.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sheetbq::table {
namespace {

namespace json = boost::json;

constexpr std::string_view example =
    R"json(Write CUSTOM_SCHEMA=[{"name":"id","type":"INT64","mode":"REQUIRED"},)json"
    R"json({"name":"amount","type":"NUMERIC(10,2)","description":"in EUR"}])json"
    " or CUSTOM_SCHEMA=id:INT64,amount:NUMERIC(10,2).";

/// More than this many problems in one message help nobody.
constexpr std::size_t most_problems = 50;

/// How many digits a decimal type can have.
struct DecimalLimits {
    std::int64_t before = 0;
    std::int64_t after = 0;
};

std::optional<DecimalLimits> decimal_limits(Type type) {
    if (type == Type::numeric) return DecimalLimits{29, 9};
    if (type == Type::bignumeric) return DecimalLimits{38, 38};
    return std::nullopt;
}

std::optional<std::int64_t> to_number(std::string_view text) {
    text = trim(text);
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

}  // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::size_t most = 80;
    const auto shown = clip_utf8(text, most);
    return json_string(shown.size() < text.size() ? std::string{shown} + "..."
                                                  : std::string{shown});
}

void SchemaProblems::enter(std::size_t number, std::string_view name) {
    place_ = fmt::format("field {}", number);
    if (!name.empty()) place_ += fmt::format(" ({})", in_quotes(name));
}

void SchemaProblems::add(std::string_view problem) {
    list_.push_back(fmt::format("{}: {}", place_, problem));
}

void SchemaProblems::throw_if_any() const {
    if (list_.empty()) return;
    if (list_.size() == 1)
        throw Error{Code::bad_config, "CUSTOM_SCHEMA is refused"}.because(list_[0]).fix(
            std::string{example});
    std::string reasons;
    for (std::size_t i = 0; i < std::min(list_.size(), most_problems); ++i)
        reasons += fmt::format("{}{}. {}", i == 0 ? "" : "; ", i + 1, list_[i]);
    if (list_.size() > most_problems)
        reasons += fmt::format("; and {} more", list_.size() - most_problems);
    throw Error{Code::bad_config,
                fmt::format("CUSTOM_SCHEMA is refused for {} problems", list_.size())}
        .because(reasons)
        .fix(std::string{example});
}

void FieldReader::read(const json::value& value) {
    const auto* const field = value.if_object();
    enter(field != nullptr ? optional_text(*field, "name", false) : "");
    if (field == nullptr)
        return problems_.add(
            fmt::format("is {}, no object like {{\"name\":\"id\","
                        "\"type\":\"INT64\"}}",
                        in_quotes(json::serialize(value))));
    for (const auto& [key, ignored] : *field) check_key(key);
    required_text(*field, "name");
    column_.description = optional_text(*field, "description", true);
    read_mode(optional_text(*field, "mode", true));
    read_type(required_text(*field, "type"));
    read_number(*field, "maxLength", column_.max_length);
    read_number(*field, "precision", column_.precision);
    read_number(*field, "scale", column_.scale);
    finish();
}

void FieldReader::read(std::string_view name, std::string_view type) {
    enter(std::string{name});
    if (name.empty()) problems_.add("has no name");
    if (type.empty()) problems_.add("has no type; write name:TYPE, e.g. id:INT64");
    if (!type.empty()) read_type(type);
    finish();
}

void FieldReader::enter(std::string name) {
    column_ = {};
    typed_ = false;
    problems_.enter(++count_, name);
    column_.name = std::move(name);
}

void FieldReader::check_key(std::string_view key) {
    constexpr std::array<std::string_view, 7> known{"name",      "type",      "mode", "description",
                                                    "maxLength", "precision", "scale"};
    // `fields` belongs to a RECORD, which is refused by its type.
    if (key == "fields" || std::find(known.begin(), known.end(), key) != known.end()) return;
    problems_.add(fmt::format("unknown key {}; known are {}", in_quotes(key),
                              fmt::join(known.begin(), known.end(), ", ")));
}

/// "" for an absent or null value.
std::string FieldReader::optional_text(const json::object& field, std::string_view key,
                                       bool complain) {
    const auto* const value = field.if_contains(key);
    if (value == nullptr || value->is_null()) return {};
    if (value->is_string()) return std::string{std::string_view{value->get_string()}};
    if (complain)
        problems_.add(
            fmt::format("\"{}\" is {}, no text", key, in_quotes(json::serialize(*value))));
    return {};
}

std::string FieldReader::required_text(const json::object& field, std::string_view key) {
    const auto* const value = field.if_contains(key);
    const bool said = value != nullptr && !value->is_null();
    auto text = optional_text(field, key, true);
    if (!said || (value->is_string() && text.empty()))
        problems_.add(fmt::format("has no \"{}\"", key));
    return text;
}

void FieldReader::read_mode(std::string_view mode) {
    const auto is = [&](std::string_view word) { return same_column(mode, word); };
    if (mode.empty() || is("NULLABLE")) return;
    if (is("REQUIRED"))
        column_.required = true;
    else if (is("REPEATED"))
        problems_.add(
            "mode REPEATED cannot be loaded from a sheet, whose cells hold one value "
            "each; use STRING without it");
    else
        problems_.add(fmt::format("unknown mode {}; use NULLABLE or REQUIRED", in_quotes(mode)));
}

/// `NUMERIC`, `NUMERIC(10,2)`, `STRING(20)`.
void FieldReader::read_type(std::string_view spelled) {
    spelled = trim(spelled);
    if (spelled.empty()) return;
    const auto name = trim(spelled.substr(0, spelled.find_first_of("(<")));
    const auto type = type_from_name(name);
    if (!type)
        return problems_.add(fmt::format(
            "unknown type {}; use STRING, INT64, FLOAT64, NUMERIC, BIGNUMERIC, BOOL, DATE, "
            "DATETIME, TIME, TIMESTAMP, INTERVAL, BYTES, JSON or GEOGRAPHY",
            in_quotes(spelled)));
    if (*type == Type::other)
        return problems_.add(
            fmt::format("type {} cannot be loaded from a sheet, whose cells "
                        "hold one value each; use STRING or JSON",
                        in_quotes(spelled)));
    typed_ = true;
    column_.type = *type;
    column_.type_name = std::string{name};
    read_parameters(trim(spelled.substr(spelled.find_first_of("(<") == std::string_view::npos
                                            ? spelled.size()
                                            : spelled.find_first_of("(<"))),
                    spelled);
}

void FieldReader::read_parameters(std::string_view list, std::string_view spelled) {
    if (list.empty()) return;
    const auto bad = [&] {
        problems_.add(fmt::format("type {} is malformed; write e.g. NUMERIC(10,2) or STRING(20)",
                                  in_quotes(spelled)));
    };
    if (list.size() < 2 || list.front() != '(' || list.back() != ')') return bad();
    list = list.substr(1, list.size() - 2);
    const auto comma = list.find(',');
    const auto first = to_number(list.substr(0, comma));
    const bool two = comma != std::string_view::npos;
    const auto second = two ? to_number(list.substr(comma + 1)) : std::nullopt;
    const bool decimal = decimal_limits(column_.type).has_value();
    if (!first || (two && (!second || !decimal))) return bad();
    (decimal ? column_.precision : column_.max_length) = first;
    if (two) column_.scale = second;
}

void FieldReader::read_number(const json::object& field, std::string_view key,
                              std::optional<std::int64_t>& number) {
    const auto* const value = field.if_contains(key);
    if (value == nullptr || value->is_null()) return;
    const auto read = value->is_string()  ? to_number(value->get_string())
                      : value->is_int64() ? std::optional{value->get_int64()}
                                          : std::nullopt;
    if (!read)
        return problems_.add(
            fmt::format("\"{}\" is {}, no whole number", key, in_quotes(json::serialize(*value))));
    if (number && number != read)
        problems_.add(fmt::format("\"{}\" is {}, but the type says {}", key, *read, *number));
    number = read;
}

void FieldReader::finish() {
    if (!column_.name.empty()) check_name();
    if (typed_) check_length();
    if (typed_) check_decimal();
    schema_.push_back(std::move(column_));
}

void FieldReader::check_name() {
    const auto [first, unique] = numbers_.try_emplace(fold_case(column_.name), count_);
    if (!unique)
        problems_.add(
            fmt::format("has the name of field {} (BigQuery ignores case)", first->second));
    if (is_column_name(column_.name)) return;
    const auto better = normalise_column_name(column_.name);
    problems_.add(fmt::format("BigQuery refuses this name{}",
                              better.empty() ? "" : "; use " + in_quotes(better)));
}

void FieldReader::check_length() {
    if (!column_.max_length) return;
    if (column_.type != Type::string && column_.type != Type::bytes)
        problems_.add(fmt::format("{} takes no length", to_string(column_.type)));
    else if (*column_.max_length < 1)
        problems_.add(fmt::format("a length of {} is not positive", *column_.max_length));
}

void FieldReader::check_decimal() {
    if (!column_.precision && !column_.scale) return;
    const auto limits = decimal_limits(column_.type);
    if (!limits)
        return problems_.add(
            fmt::format("{} takes no precision and scale", to_string(column_.type)));
    if (!column_.precision) return problems_.add("has a scale but no precision");
    const auto scale = column_.scale.value_or(0);
    if (scale < 0 || scale > limits->after)
        return problems_.add(fmt::format("a scale of {} is outside 0..{}", scale, limits->after));
    const auto least = std::max<std::int64_t>(1, scale);
    if (*column_.precision < least || *column_.precision > scale + limits->before)
        problems_.add(fmt::format("a precision of {} is outside {}..{}", *column_.precision, least,
                                  scale + limits->before));
}

}  // namespace sheetbq::table
