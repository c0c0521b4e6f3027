#pragma once

#include "sandbox/server.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

#include <boost/json/object.hpp>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sheetbq::testing {

using Variables = std::map<std::string, std::string>;

/// The real sheetbq-job against a sandbox on loopback: one spreadsheet, one dataset, accounts.
class World {
public:
    static constexpr auto account = "etl@demo-project.iam.gserviceaccount.com";
    static constexpr auto spreadsheet_id = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh";

    /// @param certificate  serves TLS with it.
    explicit World(const Certificate* certificate = nullptr);
    /// Checks that every request was valid.
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    void type_csv(const std::string& csv);
    /// A tab of that many rows that do not compress: 600 rows are about 200 KiB of upload.
    void type_large(int rows);

    /// The configuration, and the service-account key as credentials; "" unsets one.
    Variables variables(const Variables& more = {}) const;
    /// Starts sheetbq-job with exactly this environment.
    std::unique_ptr<Process> start(const Variables& environment,
                                   const std::vector<std::string>& flags = {}) const;
    ProcessEnd run(const Variables& more = {}, const std::vector<std::string>& flags = {}) const;

    /// Waits until so many requests had this in their path. @returns false after ten seconds.
    bool wait_for(const std::string& path, std::size_t count);
    /// The number of requests that wrote or asked to write: everything but GETs and tokens.
    std::size_t writes() const;

    /// Schema and rows of the table as text; `none` when there is no table.
    std::string table();
    std::string url() const { return server_->url(); }
    std::string host() const;  ///< `127.0.0.1:PORT`

    TemporaryDirectory folder;
    SystemClock clock;
    sandbox::Sandbox google{clock};

private:
    std::mutex mutex_;
    std::condition_variable asked_;
    std::string key_file_;
    std::unique_ptr<sandbox::Server> server_;
};

/// The last line of a JSON log, which is the report.
boost::json::object report_of(const ProcessEnd& end);

/// `{account type}` credentials of a person, as gcloud writes them.
std::string authorized_user_json();

/// What the sheet `type_large` leaves in a table, by a run that nothing disturbs.
std::string text_of_table(const sandbox::Table& table);

}  // namespace sheetbq::testing
