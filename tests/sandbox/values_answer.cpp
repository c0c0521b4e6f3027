#include "values_answer.hpp"

#include "cell_text.hpp"
#include "text.hpp"

#include <algorithm>

namespace sheetbq::sandbox {

namespace {

using Values = RenderOptions::Values;

bool is_empty(const Cell& cell) {
    return cell.kind == Cell::Kind::blank || (cell.kind == Cell::Kind::text && cell.value.empty());
}

/// Writes single cells of one tab.
class CellWriter {
public:
    CellWriter(const Tab& tab, const RenderOptions& options) : tab_{tab}, options_{options} {}

    void write(std::string& out, int row, int column, const Cell& cell) const {
        if (options_.values == Values::formula && !tab_.formulas.empty()) {
            const auto formula = tab_.formulas.find({row, column});
            if (formula != tab_.formulas.end()) return append_json_string(out, formula->second);
        }
        if (options_.values == Values::formatted)
            return append_json_string(out, shown_text(tab_, row, column, cell));
        switch (cell.kind) {
            case Cell::Kind::number:
                return number(out, row, column, cell);
            case Cell::Kind::boolean:
                out += cell.value == "TRUE" ? "true" : "false";
                return;
            default:
                append_json_string(out, cell.value);
        }
    }

private:
    void number(std::string& out, int row, int column, const Cell& cell) const {
        const bool as_text = options_.dates_as_text && options_.values == Values::unformatted &&
                             is_temporal(tab_.formats.at(cell.format));
        if (as_text)
            append_json_string(out, shown_text(tab_, row, column, cell));
        else
            out += cell.value;
    }

    const Tab& tab_;
    const RenderOptions& options_;
};

int last_row_with_data(const Tab& tab, const Rectangle& cells) {
    const int known = tab.generate ? tab.row_count : static_cast<int>(tab.rows.size());
    return std::min(cells.last_row, known - 1);
}

int end_of_content(const std::vector<Cell>& row, const Rectangle& cells) {
    int end = std::min(cells.last_column + 1, static_cast<int>(row.size()));
    while (end > cells.first_column && is_empty(row[static_cast<std::size_t>(end - 1)])) --end;
    return end;
}

void append_rows(std::string& out, const Tab& tab, const Rectangle& cells,
                 const CellWriter& writer) {
    std::vector<Cell> row;
    int pending = 0;  // empty rows that only count when another row follows
    bool any = false;
    for (int r = cells.first_row; r <= last_row_with_data(tab, cells); ++r) {
        read_row(tab, r, row);
        const int end = end_of_content(row, cells);
        if (end <= cells.first_column) {
            ++pending;
            continue;
        }
        for (; pending > 0; --pending, any = true) out += any ? ",[]" : "[]";
        out += any ? ",[" : "[";
        any = true;
        for (int c = cells.first_column; c < end; ++c) {
            if (c > cells.first_column) out += ',';
            writer.write(out, r, c, row[static_cast<std::size_t>(c)]);
        }
        out += ']';
    }
}

void append_columns(std::string& out, const Tab& tab, const Rectangle& cells,
                    const CellWriter& writer) {
    std::vector<std::vector<Cell>> rows;
    for (int r = cells.first_row; r <= last_row_with_data(tab, cells); ++r)
        read_row(tab, r, rows.emplace_back());
    int last = cells.first_column - 1;
    for (const auto& row : rows) last = std::max(last, end_of_content(row, cells) - 1);
    for (int c = cells.first_column; c <= last; ++c) {
        const auto column = static_cast<std::size_t>(c);
        const auto filled = [&](const auto& row) {
            return column < row.size() && !is_empty(row[column]);
        };
        auto end = rows.size();
        while (end > 0 && !filled(rows[end - 1])) --end;
        out += c > cells.first_column ? ",[" : "[";
        for (std::size_t r = 0; r < end; ++r) {
            if (r > 0) out += ',';
            const Cell blank;
            writer.write(out, cells.first_row + static_cast<int>(r), c,
                         column < rows[r].size() ? rows[r][column] : blank);
        }
        out += ']';
    }
}

void append_values(std::string& out, const Tab& tab, const Rectangle& cells,
                   const RenderOptions& options) {
    const auto begin = out.size();
    out += ",\"values\":[";
    const auto content = out.size();
    const CellWriter writer{tab, options};
    if (options.by_columns)
        append_columns(out, tab, cells, writer);
    else
        append_rows(out, tab, cells, writer);
    if (out.size() == content)
        out.resize(begin);
    else
        out += ']';
}

}  // namespace

void read_row(const Tab& tab, int row, std::vector<Cell>& out) {
    if (tab.generate) {
        out.clear();
        if (row < tab.row_count) tab.generate(row, out);
    } else if (static_cast<std::size_t>(row) < tab.rows.size()) {
        out = tab.rows[static_cast<std::size_t>(row)];
    } else {
        out.clear();
    }
}

std::string shown_text(const Tab& tab, int row, int column, const Cell& cell) {
    if (!tab.displayed.empty()) {
        const auto shown = tab.displayed.find({row, column});
        if (shown != tab.displayed.end()) return shown->second;
    }
    if (cell.kind != Cell::Kind::number) return cell.value;
    return format_number(cell.value, tab.formats.at(cell.format));
}

void append_value_range(std::string& out, const Tab& tab, const Rectangle& cells,
                        const RenderOptions& options, const FieldMask& mask) {
    const auto begin = out.size();
    if (mask.child("range") != nullptr) {
        out += ",\"range\":";
        append_json_string(out, range_text(tab, cells));
    }
    if (mask.child("majorDimension") != nullptr)
        out +=
            options.by_columns ? ",\"majorDimension\":\"COLUMNS\"" : ",\"majorDimension\":\"ROWS\"";
    if (mask.child("values") != nullptr) append_values(out, tab, cells, options);
    if (out.size() == begin) out += ' ';
    out[begin] = '{';
    out += '}';
}

}  // namespace sheetbq::sandbox
