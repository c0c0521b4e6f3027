#include "bigquery_load.hpp"
#include "bigquery_refusal.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view prefix = "Error while reading data, error message: ";
constexpr std::size_t most_errors = 10;

/// What a value counts in statistics.load.outputBytes.
std::uint64_t stored_bytes(BigQueryType type, std::size_t text) {
    switch (type) {
        case BigQueryType::string:
        case BigQueryType::bytes:
        case BigQueryType::json_text:
        case BigQueryType::geography:
            return text + 2;
        case BigQueryType::boolean:
            return 1;
        default:
            return 8;
    }
}

/// Checks cells and collects rows, good and bad ones.
class Collector {
public:
    Collector(const LoadConfig& config, const std::vector<BigQueryColumn>& columns, bool keep)
        : config_{config}, columns_{columns}, keep_{keep} {}

    void begin(std::uint64_t position) {
        position_ = position;
        problem_.clear();
        if (keep_) row_.assign(columns_.size(), std::nullopt);
        bytes_ = 0;
    }
    void fail(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
    }
    bool failed() const { return !problem_.empty(); }

    void null(std::size_t index) {
        if (columns_[index].mode == "REQUIRED")
            fail(
                fmt::format("Required column value for column index: {} is missing in row "
                            "starting at position: {}",
                            index, position_));
    }
    void value(std::size_t index, std::string_view text) {
        const auto& column = columns_[index];
        const auto problem =
            read_literal(column, text, config_.literals, keep_ ? &canonical_ : nullptr);
        if (!problem.empty()) {
            fail(
                fmt::format("Could not parse '{}' as {} for field {} (position {}) starting at "
                            "location {} with message '{}'",
                            text.substr(0, 100), parser_name(column.type), column.name, index,
                            position_, problem));
            return;
        }
        bytes_ += stored_bytes(column.type, text.size());
        if (keep_) row_[index] = canonical_;
    }
    /// @returns false when too many rows were bad.
    bool end() {
        if (problem_.empty()) {
            ++out.count;
            out.bytes += bytes_;
            if (keep_) out.rows.push_back(std::move(row_));
            return true;
        }
        ++out.bad;
        if (out.errors.size() < most_errors)
            out.errors.push_back(fmt::format("{}{}", prefix, problem_));
        return out.bad <= config_.max_bad_records;
    }
    void give_up(std::string_view format) {
        out.failure = fmt::format(
            "{}{} table encountered too many errors, giving up. Rows: {}; "
            "errors: {}. Please look into the errors[] collection for more "
            "details.",
            prefix, format, out.count + out.bad, out.bad);
    }

    LoadedRows out;

private:
    const LoadConfig& config_;
    const std::vector<BigQueryColumn>& columns_;
    bool keep_;
    std::uint64_t position_ = 0;
    std::string problem_;
    std::string canonical_;
    Row row_;
    std::uint64_t bytes_ = 0;
};

class CsvLoader {
public:
    CsvLoader(const LoadConfig& config, const std::vector<BigQueryColumn>& columns,
              Collector& collector)
        : config_{config}, columns_{columns}, collector_{collector} {}

    void run(std::string_view body) {
        LoadInput input{body};
        BigQueryCsvReader reader{input, config_.csv};
        CsvRow row;
        for (std::uint64_t skipped = 0; skipped < config_.skip_rows; ++skipped)
            if (!reader.next(row)) return;
        while (reader.next(row)) {
            collector_.begin(row.position);
            read(row);
            if (collector_.end()) continue;
            collector_.give_up("CSV");
            return;
        }
    }

private:
    void read(const CsvRow& row) {
        if (!row.error.empty()) {
            collector_.fail(
                fmt::format("Error detected while parsing row starting at position: "
                            "{}. Error: {}",
                            row.position, row.error));
            return;
        }
        if (!check_width(row)) return;
        const auto given = std::min(row.cells.size(), columns_.size());
        for (std::size_t i = 0; i < given && !collector_.failed(); ++i) cell(i, row.cells[i]);
        for (auto i = given; i < columns_.size(); ++i) collector_.null(i);
    }
    bool check_width(const CsvRow& row) {
        const auto found = row.cells.size();
        const auto wanted = columns_.size();
        if (found < wanted && !config_.jagged_rows) {
            collector_.fail(
                fmt::format("CSV table references column position {}, but line "
                            "starting at position:{} contains only {} columns.",
                            found, row.position, found));
            return false;
        }
        if (found > wanted && !config_.ignore_unknown) {
            collector_.fail(
                fmt::format("Too many values in row starting at position: {}. Found "
                            "{} column(s) while expected {}.",
                            row.position, found, wanted));
            return false;
        }
        return true;
    }
    void cell(std::size_t index, const CsvCell& cell) {
        if (is_marker(cell.text)) {
            if (!cell.quoted) {
                collector_.null(index);
                return;
            }
            ++collector_.out.quoted_markers;
        }
        collector_.value(index, cell.text);
    }
    bool is_marker(std::string_view text) const {
        const auto& markers = config_.null_markers;
        return std::find(markers.begin(), markers.end(), text) != markers.end();
    }

    const LoadConfig& config_;
    const std::vector<BigQueryColumn>& columns_;
    Collector& collector_;
};

/// One object a line; what Google's own Python client sends.
class JsonLoader {
public:
    JsonLoader(const LoadConfig& config, const std::vector<BigQueryColumn>& columns,
               Collector& collector)
        : config_{config}, columns_{columns}, collector_{collector} {
        for (std::size_t i = 0; i < columns.size(); ++i) index_[column_key(columns[i].name)] = i;
    }

    void run(std::string_view body) {
        std::string text;
        LoadInput input{body};
        while (input.read(text)) {
        }
        std::uint64_t position = 0;
        while (position < text.size()) {
            const auto end = std::min(text.find('\n', position), text.size());
            const auto line = std::string_view{text}.substr(position, end - position);
            if (line.find_first_not_of(" \t\r") != std::string_view::npos &&
                !take(line, position)) {
                collector_.give_up("JSON");
                return;
            }
            position = end + 1;
        }
    }

private:
    bool take(std::string_view line, std::uint64_t position) {
        collector_.begin(position);
        read(line, position);
        return collector_.end();
    }
    void read(std::string_view line, std::uint64_t position) {
        json::error_code error;
        const auto parsed = json::parse({line.data(), line.size()}, error);
        if (error || !parsed.is_object()) {
            fail(position, "Parser terminated before end of string");
            return;
        }
        std::vector<bool> seen(columns_.size(), false);
        for (const auto& member : parsed.get_object()) {
            const std::string key{member.key()};
            const auto column = index_.find(column_key(key));
            if (column != index_.end()) {
                seen[column->second] = true;
                value(column->second, member.value(), position);
            } else if (!config_.ignore_unknown) {
                fail(position, fmt::format("No such field: {}.", key));
            }
        }
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (!seen[i]) collector_.null(i);
    }
    void value(std::size_t index, const json::value& value, std::uint64_t position) {
        const auto type = columns_[index].type;
        const bool json_text = type == BigQueryType::json_text;
        if (value.is_null()) {
            collector_.null(index);
        } else if (value.is_string() && !json_text) {
            std::string text{value.get_string()};
            if (type == BigQueryType::datetime && text.size() > 10 && text[10] == 'T')
                text[10] = ' ';
            collector_.value(index, text);
        } else if (value.is_double() && !json_text) {
            collector_.value(index, fmt::format("{}", value.get_double()));
        } else if ((value.is_object() || value.is_array()) && !json_text) {
            fail(position, fmt::format("Nested value for field {}", columns_[index].name));
        } else {
            collector_.value(index, json::serialize(value));
        }
    }
    void fail(std::uint64_t position, const std::string& why) {
        collector_.fail(
            fmt::format("JSON parsing error in row starting at position {}: {}", position, why));
    }

    const LoadConfig& config_;
    const std::vector<BigQueryColumn>& columns_;
    Collector& collector_;
    std::map<std::string, std::size_t> index_;
};

void refuse_nested(const std::vector<BigQueryColumn>& columns) {
    for (const auto& column : columns) {
        if (column.mode == "REPEATED")
            throw invalid(
                fmt::format("{}CSV and this stand-in do not support repeated data. "
                            "Field: {}",
                            prefix, column.name));
        if (column.type == BigQueryType::record)
            throw invalid(
                fmt::format("{}CSV and this stand-in do not support nested data. "
                            "Field: {}",
                            prefix, column.name));
    }
}

}  // namespace

LoadedRows read_rows(const LoadConfig& config, const std::vector<BigQueryColumn>& columns,
                     std::string_view body, bool keep) {
    refuse_nested(columns);
    Collector collector{config, columns, keep};
    if (config.json_lines)
        JsonLoader{config, columns, collector}.run(body);
    else
        CsvLoader{config, columns, collector}.run(body);
    return std::move(collector.out);
}

}  // namespace sheetbq::sandbox
