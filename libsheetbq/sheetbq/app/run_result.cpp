#include "sheetbq/app/run_result.hpp"

#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/report_numbers.hpp"
#include "sheetbq/control/policy.hpp"
#include "sheetbq/core/counted.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace sheetbq::app {
namespace {

namespace json = boost::json;
using control::Run;
using control::RunState;

constexpr std::size_t most_warnings = 10;

json::object report_of(const Run& run) {
    json::error_code broken;
    const auto parsed = json::parse(run.report, broken);
    return !broken && parsed.is_object() ? parsed.get_object() : json::object{};
}

std::string text_at(const json::object& object, std::string_view path) {
    return plain_text(value_at(object, path));
}

std::int64_t number_at(const json::object& object, std::string_view path) {
    const auto* const value = value_at(object, path);
    json::error_code odd;
    const auto number = value != nullptr ? value->to_number<std::int64_t>(odd) : 0;
    return odd ? 0 : number;
}

Code class_of(const Run& run) {
    for (const auto code :
         {Code::internal, Code::usage, Code::not_found, Code::unauthenticated, Code::conflict,
          Code::bad_config, Code::permission_denied, Code::quota, Code::unavailable, Code::deadline,
          Code::bad_data, Code::too_late, Code::cancelled, Code::database})
        if (run.error_class == to_string(code)) return code;
    if (run.state == RunState::cancelled) return Code::cancelled;
    return run.exit_code ? control::code_of_exit(*run.exit_code) : Code::unavailable;
}

bool is_unchanged(const json::object& report) { return text_at(report, "outcome") == "unchanged"; }

/// Of Cloud Run by the name that other commands and Google's console know; a local one is over.
std::string execution_of(const Run& run) {
    const auto name = run.execution_name.value_or("");
    const auto at = name.find("/executions/");
    return at == std::string::npos ? "" : name.substr(name.rfind('/') + 1);
}

std::string what_was_done(const Run& run, const json::object& report) {
    if (run.state != RunState::succeeded) return std::string{to_string(run.state)};
    if (report.empty()) return "done";
    if (is_unchanged(report))
        return fmt::format(R"("{}" of "{}" since its last load; the table stays as it is)",
                           text_at(report, "tab"), text_at(report, "spreadsheet"));
    const auto* const columns = value_at(report, "columns");
    const auto width = columns != nullptr && columns->is_array() ? columns->get_array().size() : 0;
    const auto rows = number_at(report, "rows");
    return fmt::format(R"({} of {} from "{}" of "{}"{})", grouped(rows, "row"),
                       counted(width, "column"), text_at(report, "tab"),
                       text_at(report, "spreadsheet"),
                       text_at(report, "adopted") == "true" ? ", by an earlier attempt" : "");
}

std::string what_it_took(const Run& run, const json::object& report) {
    const auto numbers = read_report_numbers(run.report);
    if (!numbers.seconds) return {};
    const std::chrono::duration<double> took{*numbers.seconds};
    return fmt::format(
        "{}, {}, {:.1f} kB", span_text(std::chrono::duration_cast<std::chrono::milliseconds>(took)),
        counted(number_at(report, "requests"), "request"),
        static_cast<double>(number_at(report, "bytes_in") + number_at(report, "bytes_out")) / 1e3);
}

std::string warnings_of(const json::object& report) {
    const auto* const list = value_at(report, "warnings");
    if (list == nullptr || !list->is_array()) return {};
    std::string out;
    std::size_t count = 0;
    for (const auto& each : list->get_array()) {
        if (!each.is_object() || text_at(each.get_object(), "warning") != "true") continue;
        if (++count <= most_warnings)
            out += (out.empty() ? "" : "\n") + text_at(each.get_object(), "message");
    }
    if (count > most_warnings) out += fmt::format("\nand {} more", count - most_warnings);
    return out;
}

/// The table's page in Google's console, from `project.dataset.table`.
std::string table_link(const std::string& dotted) {
    const auto last = dotted.rfind('.');
    const auto first = last == std::string::npos ? last : dotted.rfind('.', last - 1);
    if (first == std::string::npos) return {};
    return fmt::format("https://console.cloud.google.com/bigquery?p={}&d={}&t={}&page=table",
                       dotted.substr(0, first), dotted.substr(first + 1, last - first - 1),
                       dotted.substr(last + 1));
}

}  // namespace

Run record_of(const etl::RunReport& report, Clock::TimePoint began, Clock::TimePoint ended) {
    Run run;
    run.run_id = report.run_id;
    run.trigger = "manual";
    run.state = RunState::succeeded;
    run.due_at = run.created_at = began;
    run.started_at = began;
    run.finished_at = ended;
    run.exit_code = report.exit_code();
    run.report = json::serialize(to_json(report));
    if (!report.error) return run;
    run.state = report.error->code() == Code::cancelled ? RunState::cancelled : RunState::failed;
    run.error_class = to_string(report.error->code());
    run.error_message = report.error->what();
    run.error_hint = report.error->hint();
    return run;
}

void end_record(Run& run, const control::Ending& ending, Clock::TimePoint ended) {
    run.state = ending.state;
    run.finished_at = ended;
    run.exit_code = ending.exit_code;
    run.error_class = ending.code ? to_string(*ending.code) : "";
    run.error_message = ending.message;
    run.error_hint = ending.hint;
    run.log_uri = ending.log_uri;
    run.report = ending.report;
}

std::optional<Error> failure_of(const Run& run) {
    if (control::is_live(run.state) || run.state == RunState::succeeded) return std::nullopt;
    const auto report = report_of(run);
    const auto text = text_at(report, "error.text");
    if (!text.empty())
        return Error{class_of(run), text}
            .because(text_at(report, "error.reason"))
            .fix(text_at(report, "error.hint"));
    return Error{class_of(run), run.error_message.empty()
                                    ? fmt::format("the run {}", to_string(run.state))
                                    : run.error_message}
        .fix(run.error_hint);
}

int exit_code_of(const Run& run) {
    if (control::is_live(run.state)) return exit_pending;
    if (run.state == RunState::succeeded) return 0;
    if (run.exit_code && *run.exit_code != 0) return *run.exit_code;
    return exit_code(class_of(run));
}

std::vector<Detail> details_of(const Run& run) {
    const auto report = report_of(run);
    const bool good = run.state == RunState::succeeded;
    const auto table = text_at(report, "table");
    return {{is_unchanged(report) ? "unchanged"
             : good               ? "loaded"
                                  : "state",
             {what_was_done(run, report), good ? Tone::good : Tone::plain}},
            {"table", {table}},
            {"run", {run.run_id}},
            {"execution", {execution_of(run)}},
            {"took", {what_it_took(run, report)}},
            {"warnings", {warnings_of(report), Tone::warning}},
            {"sheet", {text_at(report, "sheet_link"), Tone::dim}},
            {"link", {good ? table_link(table) : "", Tone::dim}},
            {"log", {run.log_uri, Tone::dim}}};
}

std::string run_id_of_key(const std::string& key, const etl::Options& options) {
    const auto name =
        fmt::format("{}\n{}\n{}\n{}\n{}", key, options.destination.dotted(),
                    options.sheet.spreadsheet_id, options.tab_title, options.sheet_range);
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned int size = 0;
    if (EVP_Digest(name.data(), name.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1)
        throw Error{Code::internal, "OpenSSL has no SHA-256"};
    // RFC 9562, version 8: bits of our own making.
    hash[6] = static_cast<unsigned char>((hash[6] & 0x0FU) | 0x80U);
    hash[8] = static_cast<unsigned char>((hash[8] & 0x3FU) | 0x80U);
    std::string id;
    for (std::size_t i = 0; i < 16; ++i)
        id += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", hash[i]);
    return id;
}

}  // namespace sheetbq::app
