// Sheets v4: values.get and values:batchGet; the routes of Sheets and Drive.

#include "sheets_api.hpp"

#include "sandbox.hpp"
#include "sheet_range.hpp"
#include "text.hpp"
#include "values_answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

constexpr std::string_view native = "application/vnd.google-apps.spreadsheet";

Answer text_answer(std::string body) {
    auto answer = json_answer(nullptr);
    answer.body = std::move(body);
    return answer;
}

/// One enum of a query: its name in the API, its type, its words.
struct EnumParameter {
    std::string_view name;
    std::string_view snake_name;
    std::string_view type;
    std::vector<std::string_view> words;
};

const std::array<EnumParameter, 3>& render_parameters() {
    static const std::array<EnumParameter, 3> parameters{
        {{"majorDimension", "major_dimension", "Dimension", {"ROWS", "COLUMNS"}},
         {"valueRenderOption",
          "value_render_option",
          "ValueRenderOption",
          {"FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"}},
         {"dateTimeRenderOption",
          "date_time_render_option",
          "DateTimeRenderOption",
          {"SERIAL_NUMBER", "FORMATTED_STRING"}}}};
    return parameters;
}

std::optional<Answer> refuse_enum(const Call& call) {
    for (const auto& parameter : render_parameters()) {
        const auto value = call.parameter(parameter.name);
        if (value.empty() || std::ranges::count(parameter.words, value) != 0) continue;
        return invalid_argument(
            fmt::format("Invalid value at '{}' (type.googleapis.com/google.apps.sheets.v4.{}), "
                        R"("{}")",
                        parameter.snake_name, parameter.type, value));
    }
    return std::nullopt;
}

RenderOptions read_options(const Call& call) {
    RenderOptions options;
    const auto values = call.parameter("valueRenderOption");
    if (values == "UNFORMATTED_VALUE") options.values = RenderOptions::Values::unformatted;
    if (values == "FORMULA") options.values = RenderOptions::Values::formula;
    options.dates_as_text = call.parameter("dateTimeRenderOption") == "FORMATTED_STRING";
    options.by_columns = call.parameter("majorDimension") == "COLUMNS";
    return options;
}

/// Everything both values calls need, or the refusal.
struct Prepared {
    const Spreadsheet* spreadsheet = nullptr;
    RenderOptions options{};
    FieldMask mask{};
    std::optional<Answer> refusal{};
};

Prepared prepare(Sandbox& sandbox, const Call& call, std::string_view known_fields) {
    std::vector<std::string_view> known{"ranges"};
    for (const auto& parameter : render_parameters()) known.push_back(parameter.name);
    Prepared prepared;
    if ((prepared.refusal = refuse_unknown_parameters(call, known))) return prepared;
    if ((prepared.refusal = refuse_enum(call))) return prepared;
    auto found = find_spreadsheet(sandbox, call);
    if (found.spreadsheet == nullptr) {
        prepared.refusal = std::move(found.refusal);
        return prepared;
    }
    auto [mask, refusal] = read_mask(call, known_fields);
    prepared.refusal = std::move(refusal);
    prepared.mask = std::move(mask);
    prepared.spreadsheet = found.spreadsheet;
    prepared.options = read_options(call);
    return prepared;
}

std::vector<Route> make_routes() {
    using http::Method;
    constexpr std::string_view sheets = "sheets.googleapis.com";
    const std::vector<std::string_view> readers{"drive", "drive.file", "drive.readonly",
                                                "spreadsheets", "spreadsheets.readonly"};
    return {
        {Method::get, sheets, "/v4/spreadsheets/*", get_spreadsheet, readers},
        {Method::get, sheets, "/v4/spreadsheets/*/values/*", get_values, readers},
        {Method::get, sheets, "/v4/spreadsheets/*/values:batchGet", batch_get_values, readers},
        {Method::get,
         "www.googleapis.com",
         "/drive/v3/files/*",
         get_file,
         {"drive", "drive.file", "drive.metadata", "drive.metadata.readonly", "drive.readonly"}},
    };
}

}  // namespace

Answer invalid_argument(std::string_view message) {
    return new_style_error(400, "INVALID_ARGUMENT", message);
}

bool is_shared_with(const Spreadsheet& spreadsheet, const std::string& account) {
    return spreadsheet.shared_with.contains("*") || spreadsheet.shared_with.contains(account);
}

Found find_spreadsheet(Sandbox& sandbox, const Call& call) {
    const auto& id = call.path.at(2);
    const auto found = sandbox.sheets.find(id);
    const auto missing = [] {
        return Found{.refusal =
                         new_style_error(404, "NOT_FOUND", "Requested entity was not found.")};
    };
    if (found == sandbox.sheets.end()) return missing();
    const auto& file = found->second;
    const std::string_view type = file.mime_type;
    const bool google = type.starts_with("application/vnd.google-apps.");
    if (google && type != native && type != "application/vnd.google-apps.folder") return missing();
    if (!is_shared_with(file, call.account))
        return {.refusal = new_style_error(403, "PERMISSION_DENIED",
                                           "The caller does not have permission")};
    if (type == native) return {.spreadsheet = &file};
    if (type == "application/vnd.ms-excel" ||
        type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        return {.refusal = new_style_error(400, "FAILED_PRECONDITION",
                                           "This operation is not supported for this document")};
    return {.refusal = invalid_argument("Request contains an invalid argument.")};
}

std::optional<Answer> refuse_unknown_parameters(const Call& call,
                                                const std::vector<std::string_view>& known) {
    constexpr std::array<std::string_view, 11> standard{
        "$.xgafv",     "access_token", "alt",       "callback",   "fields",         "key",
        "oauth_token", "prettyPrint",  "quotaUser", "uploadType", "upload_protocol"};
    for (const auto& [name, value] : call.query) {
        if (std::ranges::count(standard, name) + std::ranges::count(known, name) != 0) continue;
        return invalid_argument(fmt::format(
            R"(Invalid JSON payload received. Unknown name "{0}": Cannot bind query parameter. )"
            "Field '{0}' could not be found in request message.",
            name));
    }
    return std::nullopt;
}

MaskOrRefusal read_mask(const Call& call, std::string_view known_fields) {
    const auto text = call.parameter("fields");
    auto mask = FieldMask::parse(text);
    const auto known = FieldMask::parse(known_fields);
    const auto unknown = mask ? mask->unknown_path(*known) : text;
    if (unknown.empty()) return {.mask = std::move(*mask)};
    json::object violation{
        {"field", unknown},
        {"description",
         fmt::format(
             "Error expanding 'fields' parameter. Cannot find matching fields for path '{}'.",
             unknown)}};
    json::object detail{{"@type", "type.googleapis.com/google.rpc.BadRequest"},
                        {"fieldViolations", json::array{std::move(violation)}}};
    return {
        .mask = {},
        .refusal = new_style_error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.",
                                   json::array{std::move(detail)})};
}

Answer get_values(Sandbox& sandbox, const Call& call) {
    auto prepared = prepare(sandbox, call, "range,majorDimension,values");
    if (prepared.refusal) return *prepared.refusal;
    const auto range = resolve_range(*prepared.spreadsheet, call.path.at(4));
    if (!range.refusal.empty()) return invalid_argument(range.refusal);
    std::string body;
    append_value_range(body, *range.tab, range.cells, prepared.options, prepared.mask);
    return text_answer(std::move(body));
}

Answer batch_get_values(Sandbox& sandbox, const Call& call) {
    auto prepared =
        prepare(sandbox, call, "spreadsheetId,valueRanges(range,majorDimension,values)");
    if (prepared.refusal) return *prepared.refusal;
    std::string ranges;
    const auto* below = prepared.mask.child("valueRanges");
    for (const auto& [name, value] : call.query) {
        if (name != "ranges") continue;
        const auto range = resolve_range(*prepared.spreadsheet, value);
        if (!range.refusal.empty()) return invalid_argument(range.refusal);
        if (below == nullptr) continue;
        if (!ranges.empty()) ranges += ',';
        append_value_range(ranges, *range.tab, range.cells, prepared.options, *below);
    }
    std::string body;
    if (prepared.mask.child("spreadsheetId") != nullptr) {
        body += R"("spreadsheetId":)";
        append_json_string(body, prepared.spreadsheet->id);
    }
    if (!ranges.empty())
        body += (body.empty() ? R"("valueRanges":[)" : R"(,"valueRanges":[)") + ranges + "]";
    return text_answer("{" + body + "}");
}

std::span<const Route> sheets_routes() {
    static const std::vector<Route> routes = make_routes();
    return routes;
}

}  // namespace sheetbq::sandbox
