#include "sheetbq/app/fleet.hpp"
#include "sheetbq/app/fleet_flags.hpp"
#include "sheetbq/app/secret_option.hpp"
#include "sheetbq/core/uuid.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

/// The part of the fleet that is PostgreSQL.
namespace sheetbq::app {
namespace {

constexpr auto system_authorities = "/etc/ssl/certs/ca-certificates.crt";

/// Named by host and process, so that a person finds it; and unique.
std::string instance_name(const Clock& clock) {
    std::array<char, 64> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    return fmt::format("{}/{}/{}", host.data(), getpid(), make_uuid(clock).substr(24));
}

}  // namespace

std::unique_ptr<control::Store> Fleet::connect(bool read_only) {
    const auto secret = [&](std::string_view name) {
        return secret_option(flags_, name, [&](const auto& each) { return read_secret(each); });
    };
    auto host = flags_.text("postgres-host");
    if (host.empty()) host = flags_.text("postgres-socket");
    if (host.empty()) host = environment_variable("PGHOST").value_or("");
    auto sslmode = flags_.text("postgres-sslmode");
    if (sslmode.empty()) sslmode = environment_variable("PGSSLMODE").value_or("");
    auto authorities = flags_.text("postgres-sslrootcert");
    if (authorities.empty()) authorities = environment_variable("PGSSLROOTCERT").value_or("");
    const auto& trusted = settings_.connection.ssl_cert_file;
    return control::make_pg_store({.url = secret("postgres-url"),
                                   .host = host,
                                   .port = flags_.text("postgres-port"),
                                   .database = flags_.text("postgres-db"),
                                   .user = flags_.text("postgres-user"),
                                   .password = secret("postgres-password"),
                                   .sslmode = sslmode,
                                   .sslrootcert = authorities,
                                   .trusted = trusted.empty() ? system_authorities : trusted,
                                   .config_table = flags_.text("config-table"),
                                   .instance = instance_name(network_.clock()),
                                   .read_only = read_only},
                                  network_.clock(), network_.jitter(), log_);
}

control::Store& Fleet::store() {
    if (store_) return *store_;
    auto store = connect(false);
    if (flags_.on("auto-migrate"))
        store->migrate();
    else if (!store->hello().schema_ready)
        throw Error{Code::database, "the schema sheetbq is missing or out of date"}
            .because("--no-auto-migrate keeps this program from making it")
            .fix("Leave --no-auto-migrate out once, or run as a role that may:\n" +
                 control::migration_sql());
    if (flags_.knows("max-parallel-jobs") && flags_.given("max-parallel-jobs"))
        store->set_max_running(static_cast<int>(flags_.number("max-parallel-jobs", 1, 10'000)));
    store_ = std::move(store);
    return *store_;
}

control::Store& Fleet::read_only_store() {
    if (!read_only_store_) read_only_store_ = connect(true);
    return *read_only_store_;
}

control::Store& Fleet::bare_store() {
    if (!bare_store_) bare_store_ = connect(false);
    return *bare_store_;
}

bool Fleet::knows_postgres() const {
    const auto given = [&](const Flag& flag) {
        return flag.name.starts_with("postgres-") && !flags_.text(flag.name).empty();
    };
    const auto known = postgres_flags();
    if (std::any_of(known.begin(), known.end(), given)) return true;
    constexpr std::array<std::string_view, 6> of_libpq{"PGHOST",     "PGHOSTADDR", "PGSERVICE",
                                                       "PGDATABASE", "PGUSER",     "PGPORT"};
    return std::any_of(of_libpq.begin(), of_libpq.end(),
                       [](auto name) { return environment_variable(name).has_value(); });
}

}  // namespace sheetbq::app
