#pragma once

#include "sheetbq/app/config_file.hpp"
#include "sheetbq/control/config.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sheetbq::app {

/// A configuration under examination, and what was found.
struct Validation {
    std::string name{};       ///< of the configuration; a file's when it has none
    std::string source{};     ///< the file's path; empty: a row of the table of configurations
    std::optional<int> id{};  ///< of the row
    bool active = true;
    bool readable = true;  ///< false: its fields are not known
    etl::Options options{};
    std::vector<etl::OptionProblem> problems{};  ///< by field
    std::vector<std::string> remarks{};

    bool ok() const { return problems.empty(); }
    bool has_problem(std::string_view field) const;
    /// For people: `orders (1)`, `config.json`.
    std::string title() const;
};

/// Everything about a file that can be said without network; what cannot be read is a problem too.
/// @param path  `-`: standard input.
Validation validate_file(const std::string& path);
/// The same for a file's content.
Validation validate_text(std::string_view content, const std::string& path);
/// The same for a row.
Validation validate_config(const control::Config& config);

/// Adds a problem where two active configurations replace one table, and a remark where they read
/// the same cells.
/// @param others  count, but nothing is added to them.
void compare(std::vector<Validation>& validations, const std::vector<Validation>& others = {});

/// An item of `sheetbq.validation/v1`.
boost::json::object to_json(const Validation& validation);

/// 0 when all are ok; 10 when a configuration is refused; else that of the first other problem.
int exit_code(const std::vector<Validation>& validations);

}  // namespace sheetbq::app
