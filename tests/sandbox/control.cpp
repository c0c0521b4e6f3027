#include "control.hpp"

#include "sheet_range.hpp"
#include "sheetbq/core/error.hpp"
#include "typed_cell.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
    throw Error{Code::bad_config, what}.because(why).fix("Write it as docs/sandbox.md describes.");
}

json::object read_object(const std::string& text, const std::string& what) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    if (error || !value.is_object()) refuse(what, "it is not a JSON object");
    return std::move(value.get_object());
}

/// Takes fields out of an object one by one, so that what is left over is unknown.
class Fields {
public:
    Fields(const std::string& text, std::string what)
        : object_{read_object(text, what)}, what_{std::move(what)} {}

    std::string text(const char* name) {
        const auto value = take(name);
        if (value.is_null()) return {};
        if (!value.is_string()) bad(name, "a string");
        return std::string{value.get_string()};
    }
    bool flag(const char* name) {
        const auto value = take(name);
        if (!value.is_null() && !value.is_bool()) bad(name, "true or false");
        return value.is_bool() && value.get_bool();
    }
    std::optional<std::int64_t> number(const char* name) {
        const auto value = take(name);
        if (value.is_null()) return std::nullopt;
        if (!value.is_int64()) bad(name, "a whole number");
        return value.get_int64();
    }
    std::optional<std::size_t> size(const char* name) {
        const auto value = number(name);
        if (value && *value < 0) bad(name, "a number from 0 on");
        return value ? std::optional{static_cast<std::size_t>(*value)} : std::nullopt;
    }
    json::value take(const char* name) {
        const auto* found = object_.if_contains(name);
        if (found == nullptr) return nullptr;
        auto value = *found;
        object_.erase(name);
        return value;
    }
    bool has(const char* name) const { return object_.contains(name); }
    void end() const {
        if (!object_.empty())
            refuse(what_,
                   fmt::format(R"(there is no field "{}")", std::string{object_.begin()->key()}));
    }

private:
    [[noreturn]] void bad(const char* name, const char* expected) const {
        refuse(what_, fmt::format(R"("{}" must be {})", name, expected));
    }

    json::object object_;
    std::string what_;
};

std::optional<http::Method> method_of(const std::string& word) {
    using http::Method;
    for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del})
        if (http::to_string(method) == word) return method;
    if (!word.empty()) refuse("the fault is refused", R"(there is no method ")" + word + R"(")");
    return std::nullopt;
}

std::optional<Answer> read_answer(Fields& fields) {
    const auto status = fields.number("status");
    const auto headers = fields.take("headers");
    const auto body = fields.text("body");
    if (!status) return std::nullopt;
    Answer answer{.status = static_cast<int>(*status), .headers = {}, .body = body};
    if (!headers.is_null() && !headers.is_object())
        refuse("the fault is refused", R"("headers" must be an object)");
    if (headers.is_object())
        for (const auto& item : headers.get_object())
            if (item.value().is_string())
                answer.headers.add(std::string{item.key()}, std::string{item.value().get_string()});
    return answer;
}

json::array rows_to_json(const Table& table, std::size_t most) {
    json::array rows;
    for (std::size_t i = 0; i < std::min(most, table.rows.size()); ++i) {
        json::array cells;
        for (const auto& cell : table.rows[i]) {
            if (cell)
                cells.emplace_back(*cell);
            else
                cells.emplace_back(nullptr);
        }
        rows.push_back(std::move(cells));
    }
    return rows;
}

void set_cell(Spreadsheet& file, Tab& tab, const std::string& address, const json::value& value) {
    const std::string what = "the edit is refused";
    Spreadsheet alone{.id = file.id, .tabs = {tab}};
    alone.tabs.front().sheet_type = "GRID";
    const auto range = resolve_range(alone, address);
    if (range.tab == nullptr || range.cells.first_row != range.cells.last_row ||
        range.cells.first_column != range.cells.last_column)
        refuse(what, fmt::format(R"("{}" is not a cell of the tab)", address));
    const auto row = static_cast<std::size_t>(range.cells.first_row);
    const auto column = static_cast<std::size_t>(range.cells.first_column);
    if (tab.rows.size() <= row) tab.rows.resize(row + 1);
    if (tab.rows[row].size() <= column) tab.rows[row].resize(column + 1);
    const std::pair at{range.cells.first_row, range.cells.first_column};
    tab.formulas.erase(at);
    tab.displayed.erase(at);
    tab.rows[row][column] = cell_from_json(tab, value, at, address);
}

}  // namespace

Fault fault_from_json(const std::string& text) {
    Fields fields{text, "the fault is refused"};
    Fault fault;
    fault.path_contains = fields.text("path_contains");
    fault.method = method_of(fields.text("method"));
    fault.skip = static_cast<int>(fields.size("skip").value_or(0));
    fault.times = static_cast<int>(fields.number("times").value_or(1));
    fault.answer = read_answer(fields);
    fault.stall = std::chrono::milliseconds{fields.size("stall_ms").value_or(0)};
    fault.cut_after = fields.size("cut_after");
    fault.clean_cut = fields.flag("clean_cut");
    fault.reset = fields.flag("reset");
    fault.lose_answer = fields.flag("lose_answer");
    fault.corrupt_gzip = fields.flag("corrupt_gzip");
    fault.drip = fields.size("drip");
    if (fault.drip == 0U) refuse("the fault is refused", R"("drip" must be at least 1)");
    fault.commit_only = fields.size("commit_only");
    fields.end();
    return fault;
}

json::object to_json(const RecordedRequest& request) {
    return {{"method", http::to_string(request.method)},
            {"host", request.host},
            {"target", request.target},
            {"status", request.status},
            {"body_bytes", request.body_bytes}};
}

json::array tables_to_json(const BigQueryWorld& world, std::size_t rows) {
    json::array out;
    for (const auto& [project, datasets] : world.projects)
        for (const auto& [dataset_id, dataset] : datasets)
            for (const auto& [table_id, table] : dataset.tables)
                out.push_back(
                    json::object{{"table", fmt::format("{}.{}.{}", project, dataset_id, table_id)},
                                 {"type", table.type},
                                 {"location", dataset.location},
                                 {"schema", table.fields},
                                 {"row_count", table.rows.size() + table.rows_not_kept},
                                 {"rows", rows_to_json(table, rows)}});
    return out;
}

void apply_edit(Sandbox& sandbox, const std::string& text) {
    const std::string what = "the edit is refused";
    Fields fields{text, what};
    const auto id = fields.text("spreadsheet");
    const auto title = fields.text("tab");
    sandbox.edit([&] {
        const auto found = sandbox.sheets.find(id);
        if (found == sandbox.sheets.end())
            refuse(what, R"(there is no spreadsheet ")" + id + R"(")");
        auto& file = found->second;
        auto& tab = title.empty() ? file.tabs.at(0) : file.tab(title);
        if (fields.has("cell")) {
            const auto address = fields.text("cell");
            set_cell(file, tab, address, fields.take("value"));
        }
        if (fields.has("rename")) tab.title = fields.text("rename");
        if (const auto rows = fields.size("rows")) {
            tab.row_count = static_cast<int>(*rows);
            if (!tab.generate && tab.rows.size() > *rows) tab.rows.resize(*rows);
        }
        fields.end();
        ++file.version;
    });
}

}  // namespace sheetbq::sandbox
