#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace sheetbq::testing {

struct PostgresOptions {
    bool durable = false;                 ///< fsync and all that follows, on a real disk
    std::vector<std::string> settings{};  ///< e.g. `max_connections=50`
};

using Table = std::vector<std::vector<std::string>>;

/// A PostgreSQL of its own, on a socket in a temporary folder and nowhere else. Gone with the test,
/// however that ends: a guard waits for our end of a pipe to close.
class Postgres {
public:
    /// @throws std::runtime_error saying what to install when there is no PostgreSQL.
    explicit Postgres(PostgresOptions options = {});
    ~Postgres();
    Postgres(const Postgres&) = delete;
    Postgres& operator=(const Postgres&) = delete;

    /// The folder of the socket, which is libpq's `host`.
    std::string host() const { return folder_.string(); }

    /// A new database. @param like  the one it is a copy of; nobody may be connected to that.
    std::string create_database(const std::string& like = "template1");
    void drop_database(const std::string& name) const;
    /// Runs SQL as the superuser, any number of statements. @returns the last one's rows; NULL is
    /// an empty text.
    Table query(const std::string& database, const std::string& sql) const;
    /// The first cell.
    std::string value(const std::string& database, const std::string& sql) const;

    /// What the server and all its sessions have used so far.
    double cpu_seconds() const;

    /// As a crash: nothing is written, everybody is cut off.
    void stop();
    void start();

    /// A PgBouncer in transaction mode before it, on port 6432 of the same folder; every login is
    /// taken. @returns false when it is not installed.
    bool start_bouncer();

private:
    void run(std::vector<std::string> words, const std::string& log) const;

    PostgresOptions options_;
    std::filesystem::path binaries_;
    std::filesystem::path folder_;
    std::vector<std::string> as_server_;  ///< stands before a command: PostgreSQL refuses root
    int guard_pipe_ = -1;
    int guard_ = -1;
    std::mutex mutex_;
    int databases_ = 0;
};

}  // namespace sheetbq::testing
