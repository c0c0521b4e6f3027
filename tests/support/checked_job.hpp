#pragma once

#include "support/catch.hpp"
#include "support/job_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sheetbq::testing {

using Variables = std::map<std::string, std::string>;

/// A Job that, when it goes, checks what must be true of every run: each request is valid by
/// Google's own description, and no quoted cell ever equalled the null marker.
class CheckedJob : public Job {
public:
    CheckedJob() = default;
    explicit CheckedJob(const std::string& csv) { type_csv(csv); }
    CheckedJob(const CheckedJob&) = delete;
    CheckedJob& operator=(const CheckedJob&) = delete;
    ~CheckedJob() {
        CHECK(google.invalid_requests() == std::vector<std::string>{});
        CHECK(google.bigquery.quoted_markers == 0);
    }

    /// Types `csv` and loads it: the table that stands before the test begins.
    void fill(const std::string& csv, const Variables& variables = {}) {
        type_csv(csv);
        const auto report = run(variables);
        INFO((report.error ? describe(*report.error) : ""));
        REQUIRE(report.outcome == etl::Outcome::loaded);
    }

    /// Runs; success is required.
    etl::RunReport load(const Variables& variables = {}) {
        auto report = run(variables);
        INFO((report.error ? describe(*report.error) : ""));
        REQUIRE(report.outcome == etl::Outcome::loaded);
        return report;
    }

    /// Runs; the failure, whether the configuration or the run was refused.
    Error failure(const Variables& variables = {}) {
        try {
            auto report = run(variables);
            REQUIRE(report.outcome == etl::Outcome::failed);
            REQUIRE(report.error);
            return *report.error;
        } catch (const Error& error) {
            return error;
        }
    }

    /// Everything that the table is, as one text.
    std::string snapshot() {
        const auto* live = table();
        if (live == nullptr) return "no table";
        std::string text = boost::json::serialize(live->fields) + live->type + live->description +
                           boost::json::serialize(live->labels) +
                           std::to_string(live->modified_ms) + "/" + std::to_string(live->version);
        for (const auto& policy : live->row_access_policies) text += "\n" + policy;
        return text + "\n" + rows();
    }

    /// The cell in zero-based `row` and `column`, made when it is not there.
    sandbox::Cell& cell(std::size_t row, std::size_t column) {
        auto& rows = tab().rows;
        if (rows.size() <= row) rows.resize(row + 1);
        if (rows[row].size() <= column) rows[row].resize(column + 1);
        return rows[row][column];
    }

    /// A number with a format, as the sheet stores it.
    void number(std::size_t row, std::size_t column, const std::string& token,
                const std::string& type = {}, const std::string& pattern = {}) {
        cell(row, column) = {sandbox::Cell::Kind::number, tab().format(type, pattern), token};
    }
    void text(std::size_t row, std::size_t column, const std::string& value) {
        cell(row, column) = {sandbox::Cell::Kind::text, 0, value};
    }
    void error(std::size_t row, std::size_t column, const std::string& word) {
        cell(row, column) = {sandbox::Cell::Kind::error, 0, word};
    }
};

/// Requires class, exit code and words of a failure, and that it says why and what to do.
inline void check_failure(const Error& error, Code code, int exit,
                          const std::vector<std::string>& words) {
    const std::string told = describe(error);
    INFO(told);
    CHECK(to_string(error.code()) == to_string(code));
    CHECK(exit_code(error.code()) == exit);
    CHECK_FALSE(error.reason().empty());
    CHECK_FALSE(error.hint().empty());
    for (const auto& word : words) CHECK_THAT(told, ContainsSubstring(word));
}

}  // namespace sheetbq::testing
