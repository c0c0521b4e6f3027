#pragma once

#include "sandbox/sandbox.hpp"
#include "sheetbq/etl/run.hpp"
#include "support/fake_clock.hpp"

#include <map>
#include <string>
#include <vector>

namespace sheetbq::testing {

/// Tokens straight from the sandbox.
class SandboxTokens final : public auth::TokenSource {
public:
    SandboxTokens(sandbox::Sandbox& google, Clock& clock) : google_{google}, clock_{clock} {}
    auth::AccessToken token(std::stop_token stop) override;
    void forget(const auth::AccessToken& refused) override;
    std::string account(std::stop_token stop) override;

private:
    sandbox::Sandbox& google_;
    Clock& clock_;
    std::mutex mutex_;
    auth::AccessToken current_;
};

/// A whole run in one process: sandbox, fake clock, one spreadsheet with one tab, one dataset.
class Job {
public:
    static constexpr auto account = "etl@demo-project.iam.gserviceaccount.com";
    static constexpr auto spreadsheet_id = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh";

    Job();

    /// Makes the tab from CSV as a person would type it.
    sandbox::Tab& type_csv(const std::string& csv);
    sandbox::Spreadsheet& spreadsheet() { return google.sheets.at(spreadsheet_id); }
    sandbox::Tab& tab() { return spreadsheet().tabs.at(0); }
    sandbox::Dataset& dataset() { return google.bigquery.projects["demo-project"]["demo"]; }
    /// The destination; null when it does not exist.
    sandbox::Table* table();
    /// `table`'s cells as text, `NULL` for null; a row a line, cells joined by `|`.
    std::string rows();
    /// `name:TYPE` of its columns, joined by spaces.
    std::string schema();

    /// Runs with these variables on top of the usual ones; "" unsets one.
    etl::RunReport run(const std::map<std::string, std::string>& variables = {},
                       etl::Mode mode = etl::Mode::load);
    /// The first notice of that name; "" when there is none.
    static std::string notice(const etl::RunReport& report, std::string_view event);

    FakeClock clock;
    sandbox::Sandbox google{clock};
    std::stop_source stop;
    std::vector<Event> events;
    /// Called with each step of progress.
    etl::OnProgress on_progress = [](const etl::Progress&) {};
    int runs = 0;
};

}  // namespace sheetbq::testing
