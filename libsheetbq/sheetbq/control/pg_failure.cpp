#include "sheetbq/control/pg_failure.hpp"

#include "sheetbq/control/pg_address.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sheetbq::control {
namespace {

struct Advice {
    std::string_view sign;  ///< part of the message, or the beginning of the SQLSTATE
    std::string_view hint;
};

constexpr std::string_view write_address =
    "Write the address as postgresql://USER:PASSWORD@HOST:5432/DATABASE, with anything but letters "
    "and digits percent-encoded.";

constexpr std::array connection_advice{
    Advice{"password authentication failed",
           "Set POSTGRES_USER and POSTGRES_PASSWORD (or --postgres-password-file FILE) to a login "
           "that PostgreSQL knows."},
    Advice{"no password supplied",
           "Set POSTGRES_PASSWORD, or name a file with --postgres-password-file FILE."},
    Advice{"Peer authentication failed",
           "Run as the operating system's user of that name, or connect with --postgres-host "
           "127.0.0.1 and a password."},
    Advice{"no pg_hba.conf entry",
           "Allow this address and user in the server's pg_hba.conf, or use its Cloud SQL socket: "
           "--postgres-host /cloudsql/PROJECT:REGION:INSTANCE."},
    Advice{"certificate",
           "Give the server's CA with --postgres-sslrootcert FILE, and a host name that its "
           "certificate bears."},
    Advice{"SSL", "Set --postgres-sslmode to what the server offers, for example verify-full."},
    Advice{"is too long",
           "Give the folder of the socket only: /cloudsql/PROJECT:REGION:INSTANCE, without "
           "/.s.PGSQL.5432."},
    Advice{"does not exist",
           "Create it, for example: createdb NAME; or correct --postgres-db and --postgres-user."},
    Advice{"could not translate host name",
           "Correct --postgres-host (POSTGRES_HOST): no such name is known to DNS here."},
    Advice{"too many c",
           "Raise max_connections of the server, or put PgBouncer before it; every process of "
           "ours holds five connections at most."},
    Advice{"No such file or directory",
           "Start PostgreSQL, or correct --postgres-host; on Cloud Run add the Cloud SQL "
           "connection to the service: --add-cloudsql-instances PROJECT:REGION:INSTANCE."},
    Advice{"timeout expired",
           "Let the firewall or the VPC pass port 5432, or correct --postgres-host "
           "(POSTGRES_HOST)."},
    Advice{"connection option", write_address},
    Advice{"connection info string", write_address},
    Advice{"percent-encoded", write_address},
    Advice{"URI", write_address},
};

constexpr std::array refusal_advice{
    Advice{"55P03",
           "Something holds a lock for long; find it with: SELECT pid, query FROM "
           "pg_stat_activity WHERE state LIKE 'idle in tr%' OR wait_event_type = 'Lock';"},
    Advice{"57014",
           "The server is overloaded, or a table grew far; look at pg_stat_activity and "
           "run VACUUM ANALYZE."},
    Advice{"25006", "Leave out --dry-run, or connect to the primary server, not to a replica."},
    Advice{"53", "Give the server more space, memory or connections; nothing was changed."},
    Advice{"57P", "The server is shutting down or starting; try again in a minute."},
    Advice{"22001", "Shorten the value: the column does not take so many characters."},
    Advice{"23", "The table has a rule of its own against this row: write another value."},
    Advice{"42P01", "Create or update the schema: sheetbq-helper db migrate."},
    Advice{"3F000", "Create the schema: sheetbq-helper db migrate."},
    Advice{"42703", "Bring the schema up to date: sheetbq-helper db migrate."},
    Advice{"42602", "Name the table of configurations as SCHEMA.TABLE: --config-table."},
    Advice{"42704", "Bring the schema up to date: sheetbq-helper db migrate."},
};

std::string identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) out += c == '"' ? std::string{"\"\""} : std::string(1, c);
    return out + "\"";
}

}  // namespace

PgFailures::PgFailures(const PgSettings& settings)
    : settings_{settings}, place_{pg_place(settings)} {}

void PgFailures::note_role(std::string_view role, std::string_view database) {
    role_ = identifier(role);
    database_ = identifier(database);
}

void PgFailures::note_table(std::string table) { table_ = std::move(table); }

std::string PgFailures::reason(std::string_view message) const {
    std::string line;
    for (const char c : message) {
        const bool space = c == '\n' || c == '\t' || c == ' ';
        if (!space || (!line.empty() && line.back() != ' ')) line += space ? ' ' : c;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    for (const std::string_view noise : {"ERROR: ", "FATAL: ", "Failure during '"})
        if (line.starts_with(noise)) line.erase(0, noise.size());
    return without_secrets(std::move(line), settings_);
}

Error PgFailures::unreachable(std::string_view message) const {
    std::string hint =
        fmt::format("Check that PostgreSQL runs and answers: psql \"host={}\" -c 'SELECT 1'.",
                    settings_.host.empty() ? "HOST" : settings_.host);
    for (const auto& advice : connection_advice)
        if (message.find(advice.sign) != std::string_view::npos) {
            hint = advice.hint;
            break;
        }
    return Error{Code::database, fmt::format("cannot connect to PostgreSQL at {}", place_)}
        .because(reason(message))
        .fix(std::move(hint));
}

Error PgFailures::lost(std::string_view message) const {
    return Error{Code::database, fmt::format("the connection to PostgreSQL at {} was lost", place_)}
        .because(reason(message))
        .fix("Nothing was changed: start again. If it happens often, read the server's log.");
}

Error PgFailures::in_doubt(std::string_view message) const {
    return Error{Code::database,
                 fmt::format("the connection to PostgreSQL at {} was lost while a change was being "
                             "committed; nobody knows whether it took place",
                             place_)}
        .because(reason(message))
        .fix(
            "Start again: what was recorded is read before anything is done. If it happens "
            "often, read the server's log.");
}

Error PgFailures::refused(std::string_view state, std::string_view message) const {
    std::string hint = "Read the server's log; if it is not the server's fault, report a bug.";
    if (state == "42501")
        hint = fmt::format("Let the schema's owner run:\n{}{}", grants(), table_grants(table_));
    for (const auto& advice : refusal_advice)
        if (state.starts_with(advice.sign)) {
            hint = advice.hint;
            break;
        }
    return Error{Code::database, "PostgreSQL refused a statement"}
        .because(state.empty() ? reason(message) : fmt::format("{} ({})", reason(message), state))
        .fix(std::move(hint));
}

Error PgFailures::too_old(int server_version) const {
    return Error{Code::database, fmt::format("PostgreSQL at {} is too old", place_)}
        .because(fmt::format("it is version {}", server_version / 10'000))
        .fix("Use PostgreSQL 12 or newer.");
}

std::string PgFailures::grants() const {
    return fmt::format(
        "GRANT USAGE ON SCHEMA sheetbq TO {0};\n"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sheetbq TO {0};\n"
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA sheetbq TO {0};\n",
        role_);
}

std::string PgFailures::grant_to_create() const {
    return fmt::format("GRANT CREATE ON DATABASE {} TO {};\n", database_, role_);
}

std::string PgFailures::grant(std::string_view rights, std::string_view object) const {
    return fmt::format("GRANT {} ON {} TO {};\n", rights, object, role_);
}

std::string PgFailures::table_grants(std::string_view table) const {
    return grant("SELECT, UPDATE (last_run)", table);
}

}  // namespace sheetbq::control
