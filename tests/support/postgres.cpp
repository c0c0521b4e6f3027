#include "support/postgres.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pqxx/pqxx>
#include <pwd.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace sheetbq::testing {
namespace {

namespace fs = std::filesystem;

fs::path find_binaries() {
    std::vector<fs::path> found;
    std::error_code none;
    for (const auto& version : fs::directory_iterator{"/usr/lib/postgresql", none})
        if (fs::exists(version.path() / "bin/initdb")) found.push_back(version.path() / "bin");
    if (found.empty())
        throw std::runtime_error{"there is no PostgreSQL here: apt-get install postgresql"};
    return *std::max_element(found.begin(), found.end());
}

/// In memory where there is room for it, unless it has to be durable. The name is short: the path
/// of a socket has at most a hundred bytes.
fs::path make_folder(bool durable) {
    constexpr std::uintmax_t enough = 500'000'000;
    std::error_code none;
    const auto memory = fs::space("/dev/shm", none);
    std::string name =
        !durable && !none && memory.available > enough ? "/dev/shm/pg.XXXXXX" : "/tmp/pg.XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"cannot create " + name};
    fs::permissions(name, fs::perms{0755});
    return name;
}

std::vector<std::string> as_server(const fs::path& folder) {
    if (geteuid() != 0) return {};
    const auto* const user = getpwnam("postgres");
    if (user == nullptr) throw std::runtime_error{"there is no user postgres"};
    if (chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0)
        throw std::runtime_error{"cannot hand over " + folder.string()};
    return {"/usr/bin/setpriv", fmt::format("--reuid={}", user->pw_uid),
            fmt::format("--regid={}", user->pw_gid), "--clear-groups", "--inh-caps=-all"};
}

std::string content(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

pid_t spawn(std::vector<std::string> words, int input, const std::string& log) {
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    if (input >= 0)
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);  // Ctrl-C is for the test alone
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<std::string, 2> variables{"PATH=/usr/sbin:/usr/bin:/bin", "LC_ALL=C"};
    std::array<char*, 3> environment{variables[0].data(), variables[1].data(), nullptr};
    pid_t child = -1;
    const int problem = posix_spawn(&child, words.at(0).c_str(), &actions, &attributes,
                                    arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (problem != 0) throw std::runtime_error{"cannot start " + words.at(0)};
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Waits until the pipe closes, then ends the servers and removes their folder.
constexpr auto guard_script = R"sh(trap '' INT TERM HUP
cat >/dev/null
folder=$1; stop=$2; shift 2
[ ! -f "$folder/bouncer.pid" ] || kill -QUIT "$(cat "$folder/bouncer.pid")"
[ ! -f "$folder/data/postmaster.pid" ] || "$@" "$stop" stop -D "$folder/data" -m immediate -w -t 20
rm -rf "$folder")sh";

/// Of /proc/PID/stat, from `state` on: a program's name may have spaces.
std::vector<std::string> process_facts(const fs::path& folder) {
    auto text = content(folder / "stat");
    text.erase(0, text.rfind(')') + 1);
    std::istringstream stream{text};
    return {std::istream_iterator<std::string>{stream}, {}};
}

template <class Connection>
pqxx::result execute(Connection& connection, const std::string& sql) {
    pqxx::nontransaction work{connection};
    return work.exec(sql);
}

}  // namespace

Postgres::Postgres(PostgresOptions options)
    : options_{std::move(options)},
      binaries_{find_binaries()},
      folder_{make_folder(options_.durable)},
      as_server_{as_server(folder_)} {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
    std::vector<std::string> guard{
        "/bin/sh", "-c", guard_script, "guard", folder_.string(), binaries_ / "pg_ctl"};
    guard.insert(guard.end(), as_server_.begin(), as_server_.end());
    if (as_server_.empty()) guard.emplace_back("/usr/bin/env");
    guard_ = spawn(guard, ends[0], "/dev/null");
    close(ends[0]);
    guard_pipe_ = ends[1];
    std::vector<std::string> initdb{binaries_ / "initdb",
                                    "-D",
                                    folder_ / "data",
                                    "-U",
                                    "postgres",
                                    "-A",
                                    "trust",
                                    "-E",
                                    "UTF8",
                                    "--locale=C",
                                    "--no-sync"};
    if (!options_.durable) initdb.emplace_back("--wal-segsize=1");
    run(initdb, "initdb.log");
    start();
}

Postgres::~Postgres() {
    close(guard_pipe_);
    wait_for(guard_);
}

void Postgres::run(std::vector<std::string> words, const std::string& log) const {
    words.insert(words.begin(), as_server_.begin(), as_server_.end());
    const auto file = folder_ / log;
    if (const int code = wait_for(spawn(words, -1, file)); code != 0)
        throw std::runtime_error{fmt::format("{} failed ({}): {}{}", words.at(as_server_.size()),
                                             code, content(file), content(folder_ / "log"))};
}

void Postgres::start() {
    std::string settings = fmt::format("-k {} -c listen_addresses= -c timezone=UTC", host());
    auto all = options_.settings;
    if (!options_.durable)
        all.insert(all.begin(),
                   {"fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=32MB"});
    for (const auto& setting : all) settings += " -c " + setting;
    run({binaries_ / "pg_ctl", "start", "-w", "-t", "60", "-D", folder_ / "data", "-l",
         folder_ / "log", "-o", settings},
        "start.log");
}

void Postgres::stop() {
    run({binaries_ / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", folder_ / "data"},
        "stop.log");
}

double Postgres::cpu_seconds() const {
    std::string server;
    std::ifstream{folder_ / "data/postmaster.pid"} >> server;
    long ticks = 0;
    const auto own = process_facts("/proc/" + server);
    for (std::size_t i = 11; i < 15; ++i) ticks += std::stol(own.at(i));  // ended sessions too
    for (const auto& process : fs::directory_iterator{"/proc"}) {
        const auto facts = process_facts(process.path());
        if (facts.size() > 15 && facts[1] == server)
            ticks += std::stol(facts[11]) + std::stol(facts[12]);
    }
    return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

bool Postgres::start_bouncer() {
    if (!fs::exists("/usr/sbin/pgbouncer")) return false;
    // auth_type any takes every login and uses the user of the database's line.
    std::ofstream{folder_ / "bouncer.ini"} << fmt::format(
        "[databases]\n* = host={0} port=5432 user=postgres\n[pgbouncer]\nlisten_addr =\n"
        "listen_port = 6432\nunix_socket_dir = {0}\npidfile = {0}/bouncer.pid\n"
        "logfile = {0}/bouncer.log\npool_mode = transaction\nauth_type = any\n"
        "default_pool_size = 3\nserver_reset_query_always = 1\n",
        host());
    run({"/usr/sbin/pgbouncer", "-d", "-q", folder_ / "bouncer.ini"}, "bouncer.start");
    for (int i = 0; i < 250 && !fs::exists(folder_ / ".s.PGSQL.6432"); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    return true;
}

Table Postgres::query(const std::string& database, const std::string& sql) const {
    pqxx::connection connection{
        fmt::format("host={} port=5432 user=postgres dbname={}", host(), database)};
    Table table;
    for (const auto& row : execute(connection, sql)) {
        auto& cells = table.emplace_back();
        for (const auto& field : row) cells.emplace_back(field.is_null() ? "" : field.c_str());
    }
    return table;
}

std::string Postgres::value(const std::string& database, const std::string& sql) const {
    const auto table = query(database, sql);
    return table.empty() || table[0].empty() ? "" : table[0][0];
}

std::string Postgres::create_database(const std::string& like) {
    std::string name;
    {
        const std::lock_guard lock{mutex_};
        name = fmt::format("test_{}", ++databases_);
    }
    query("postgres", fmt::format("CREATE DATABASE {} TEMPLATE {}", name, like));
    return name;
}

void Postgres::drop_database(const std::string& name) const {
    query("postgres", fmt::format("DROP DATABASE {} WITH (FORCE)", name));
}

}  // namespace sheetbq::testing
