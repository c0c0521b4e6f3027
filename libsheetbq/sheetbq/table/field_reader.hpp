#pragma once

#include "sheetbq/table/schema.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sheetbq::table {

/// Gathers what is wrong with a custom schema, each problem with the place where it is.
class SchemaProblems {
public:
    /// The field that problems are about from now on, counted from one.
    void enter(std::size_t number, std::string_view name);
    /// A problem of that field.
    void add(std::string_view problem);
    /// A problem of the whole.
    void add_alone(std::string problem) { list_.push_back(std::move(problem)); }
    /// @throws Error bad_config with all problems, numbered, when there is one.
    void throw_if_any() const;

private:
    std::string place_;
    std::vector<std::string> list_;
};

/// Reads the fields of one custom schema; everything wrong goes to the problems.
class FieldReader {
public:
    explicit FieldReader(SchemaProblems& problems) : problems_{problems} {}

    /// `{"name": ..., "type": ...}`.
    void read(const boost::json::value& value);
    /// `name:TYPE`.
    void read(std::string_view name, std::string_view type);
    Schema take() { return std::move(schema_); }

private:
    void enter(std::string name);
    void check_key(std::string_view key);
    std::string optional_text(const boost::json::object& field, std::string_view key,
                              bool complain);
    std::string required_text(const boost::json::object& field, std::string_view key);
    void read_mode(std::string_view mode);
    void read_type(std::string_view spelled);
    void read_parameters(std::string_view list, std::string_view spelled);
    void read_number(const boost::json::object& field, std::string_view key,
                     std::optional<std::int64_t>& number);
    void finish();
    void check_name();
    void check_length();
    void check_decimal();

    SchemaProblems& problems_;
    std::unordered_map<std::string, std::size_t> numbers_;  ///< of fields, by folded name
    Schema schema_;
    Column column_;
    bool typed_ = false;  ///< the type of `column_` is known
    std::size_t count_ = 0;
};

/// `text` in quotes for a message, short and printable.
std::string in_quotes(std::string_view text);

}  // namespace sheetbq::table
