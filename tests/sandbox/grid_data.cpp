// Sheets v4: GridData and CellData of spreadsheets.get.

#include "grid_data.hpp"

#include "text.hpp"
#include "values_answer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

std::string_view error_type(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> types{
        {{"#ERROR!", "ERROR"},
         {"#NULL!", "NULL_VALUE"},
         {"#DIV/0!", "DIVIDE_BY_ZERO"},
         {"#VALUE!", "VALUE"},
         {"#REF!", "REF"},
         {"#NAME?", "NAME"},
         {"#NUM!", "NUM"},
         {"#N/A", "N_A"},
         {"Loading...", "LOADING"}}};
    const auto found =
        std::ranges::find(types, word, &std::pair<std::string_view, std::string_view>::first);
    return found == types.end() ? "ERROR" : found->second;
}

/// Writes CellData straight to text: a format scan asks for hundreds of thousands of them.
class CellDataWriter {
public:
    CellDataWriter(const Tab& tab, const FieldMask& mask)
        : tab_{tab},
          user_value_{mask.child("userEnteredValue")},
          value_{mask.child("effectiveValue")},
          shown_{mask.child("formattedValue")},
          user_format_{mask.child("userEnteredFormat")},
          format_{mask.child("effectiveFormat")} {}

    void write(std::string& out, int row, int column, const Cell& cell) const {
        out += '{';
        const bool blank = cell.kind == Cell::Kind::blank;
        if (!blank && user_value_ != nullptr) entered(out, row, column, cell);
        if (!blank && value_ != nullptr) value(out, "effectiveValue", cell, *value_);
        if (!blank && shown_ != nullptr) {
            append_name(out, "formattedValue");
            append_json_string(out, shown_text(tab_, row, column, cell));
        }
        if (user_format_ != nullptr) format(out, "userEnteredFormat", cell, *user_format_);
        if (format_ != nullptr) format(out, "effectiveFormat", cell, *format_);
        out += '}';
    }

private:
    void entered(std::string& out, int row, int column, const Cell& cell) const {
        const auto formula = tab_.formulas.find({row, column});
        if (formula == tab_.formulas.end())
            return value(out, "userEnteredValue", cell, *user_value_);
        if (user_value_->child("formulaValue") == nullptr) return;
        append_name(out, "userEnteredValue");
        out += "{\"formulaValue\":";
        append_json_string(out, formula->second);
        out += '}';
    }

    static void value(std::string& out, std::string_view name, const Cell& cell,
                      const FieldMask& mask) {
        constexpr std::array<std::string_view, 5> names{"", "numberValue", "stringValue",
                                                        "boolValue", "errorValue"};
        const auto kind = names.at(static_cast<std::size_t>(cell.kind));
        const auto* selected = mask.child(kind);
        if (selected == nullptr) return;
        append_name(out, name);
        out += '{';
        append_name(out, kind);
        switch (cell.kind) {
            case Cell::Kind::number:
                out += cell.value;
                break;
            case Cell::Kind::boolean:
                out += cell.value == "TRUE" ? "true" : "false";
                break;
            case Cell::Kind::error:
                out += json::serialize(selected->apply(
                    json::object{{"type", error_type(cell.value)},
                                 {"message", "The cell shows " + cell.value + "."}}));
                break;
            default:
                append_json_string(out, cell.value);
        }
        out += '}';
    }

    void format(std::string& out, std::string_view name, const Cell& cell,
                const FieldMask& mask) const {
        const auto& known = tab_.formats.at(cell.format);
        const auto* selected = mask.child("numberFormat");
        if (known.type.empty() || selected == nullptr) return;
        append_name(out, name);
        out += "{\"numberFormat\":{";
        if (selected->child("type") != nullptr) {
            append_name(out, "type");
            append_json_string(out, known.type);
        }
        if (!known.pattern.empty() && selected->child("pattern") != nullptr) {
            append_name(out, "pattern");
            append_json_string(out, known.pattern);
        }
        out += "}}";
    }

    const Tab& tab_;
    const FieldMask* user_value_;
    const FieldMask* value_;
    const FieldMask* shown_;
    const FieldMask* user_format_;
    const FieldMask* format_;
};

void append_row_data(std::string& out, const Tab& tab, const Rectangle& cells,
                     const FieldMask& mask) {
    const FieldMask nothing;
    const auto* values = mask.child("values");
    const CellDataWriter writer{tab, values == nullptr ? nothing : *values};
    const auto begin = out.size();
    std::vector<Cell> row;
    std::size_t content = begin;  // rows after the last one with content are cut
    const int known = tab.generate ? tab.row_count : static_cast<int>(tab.rows.size());
    for (int r = cells.first_row; r <= std::min(cells.last_row, known - 1); ++r) {
        read_row(tab, r, row);
        int end = std::min(cells.last_column + 1, static_cast<int>(row.size()));
        const auto has_content = [&](int c) {
            const auto& cell = row[static_cast<std::size_t>(c)];
            return cell.kind != Cell::Kind::blank || cell.format != 0;
        };
        while (end > cells.first_column && !has_content(end - 1)) --end;
        if (r > cells.first_row) out += ',';
        out += '{';
        if (end > cells.first_column && values != nullptr) {
            out += "\"values\":[";
            for (int c = cells.first_column; c < end; ++c) {
                if (c > cells.first_column) out += ',';
                writer.write(out, r, c, row[static_cast<std::size_t>(c)]);
            }
            out += ']';
        }
        out += '}';
        if (end > cells.first_column) content = out.size();
    }
    out.resize(content);
}

}  // namespace

void append_name(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
}

void append_grid(std::string& out, const Tab& tab, const Rectangle& cells, const FieldMask& mask) {
    out += '{';
    const auto number = [&](std::string_view name, int value) {
        if (value == 0 || mask.child(name) == nullptr) return;
        append_name(out, name);
        out += std::to_string(value);
    };
    number("startRow", cells.first_row);
    number("startColumn", cells.first_column);
    if (const auto* rows = mask.child("rowData")) {
        std::string data;
        append_row_data(data, tab, cells, *rows);
        if (!data.empty()) {
            append_name(out, "rowData");
            out += '[' + data + ']';
        }
    }
    out += '}';
}

}  // namespace sheetbq::sandbox
