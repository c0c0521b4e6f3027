#include "bigquery_query.hpp"

#include "bigquery_api.hpp"
#include "bigquery_history.hpp"
#include "bigquery_jobs.hpp"
#include "bigquery_json.hpp"
#include "bigquery_refusal.hpp"
#include "bigquery_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <regex>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

constexpr auto icase = std::regex::ECMAScript | std::regex::icase;

void read_table_name(const std::string& name, const std::string& project, Statement& out) {
    const auto last = name.rfind('.');
    if (last == std::string::npos)
        throw Error{Code::usage, fmt::format("Table \"{}\" must be qualified with a dataset (e.g. "
                                             "dataset.table).",
                                             name)};
    out.table = name.substr(last + 1);
    const auto front = name.substr(0, last);
    const auto dot = front.rfind('.');
    out.project = dot == std::string::npos ? project : front.substr(0, dot);
    out.dataset = dot == std::string::npos ? front : front.substr(dot + 1);
}

Error syntax_error(const std::string& sql) {
    return {Code::usage, fmt::format("Syntax error: Unexpected statement at [1:1]: {}", sql)};
}

BigQueryType sql_type(const std::string& name) {
    try {
        return bigquery_type(name);
    } catch (const Error&) {
        throw Error{Code::usage, fmt::format("Type not found: {}", name)};
    }
}

/// `ALTER COLUMN a SET DATA TYPE FLOAT64, ALTER COLUMN ...`
void read_actions(const std::string& sql, std::string rest, Statement& out) {
    static const std::regex action{
        R"(^\s*ALTER\s+COLUMN\s+(?:`([^`]+)`|([a-z_]\w*))\s+SET\s+DATA\s+TYPE\s+(\w+)\s*(,|;?\s*$))",
        icase};
    for (bool more = true; more;) {
        std::smatch match;
        if (!std::regex_search(rest, match, action)) throw syntax_error(sql);
        const auto column = match[1].matched ? match[1].str() : match[2].str();
        out.columns.emplace_back(column, sql_type(match[3].str()));
        more = match[4].str() == ",";
        rest = match.suffix().str();
    }
}

bool widens(BigQueryType from, BigQueryType to) {
    using enum BigQueryType;
    if (from == to) return true;
    if (from == integer) return to == numeric || to == bignumeric || to == real;
    if (from == numeric) return to == bignumeric || to == real;
    return from == bignumeric && to == real;
}

void widen_column(Table& table, std::size_t at, BigQueryType type) {
    table.fields[at].as_object()["type"] = legacy_name(type);
    if (type != BigQueryType::real) return;
    for (auto& row : table.rows)
        if (row.at(at)) row[at] = format_double(std::strtod(row[at]->c_str(), nullptr));
}

void widen(BigQueryWorld& world, const Statement& statement) {
    auto* const table = world.find_table(statement.project, statement.dataset, statement.table);
    if (table == nullptr) throw absent("Not found: Table " + statement.table_name());
    const auto columns = read_schema(table->fields);
    const auto positions = column_positions(columns);
    std::map<std::size_t, BigQueryType> changes;
    for (const auto& [name, type] : statement.columns) {
        const auto at = positions.find(column_key(name));
        if (at == positions.end())
            throw Error{Code::usage, fmt::format("Column not found: {}", name)};
        const auto& column = columns[at->second];
        if (!widens(column.type, type))
            throw Error{Code::usage,
                        fmt::format("ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the "
                                    "existing column type ({}) is assignable to the new type ({})",
                                    legacy_name(column.type), legacy_name(type))};
        changes[at->second] = type;
    }
    remember(find_dataset(world, statement.project, statement.dataset), statement.table,
             world.now_ms);
    table->fields = write_schema(columns);
    for (const auto& [at, type] : changes) widen_column(*table, at, type);
    table->modified_ms = world.now_ms;
    ++table->version;
}

/// The table, as of the statement's time. A table that was deleted cannot be queried, however far
/// back one looks.
const Table& queried_table(BigQueryWorld& world, const Statement& statement) {
    const auto* const table =
        world.find_table(statement.project, statement.dataset, statement.table);
    if (table == nullptr) throw absent("Not found: Table " + statement.table_name());
    if (!statement.as_of_ms) return *table;
    return table_at(world, {statement.project, statement.dataset, statement.table},
                    *statement.as_of_ms);
}

std::string count_of(BigQueryWorld& world, const Statement& statement) {
    if (statement.kind == Statement::Kind::one) return "1";
    const auto& table = queried_table(world, statement);
    return std::to_string(table.rows.size() + table.rows_not_kept);
}

/// The answer of jobs.query and jobs.getQueryResults.
json::object results(BigQueryWorld& world, const Job& job, const Statement& statement,
                     std::string_view kind, bool with_rows) {
    json::object out{{"kind", kind},
                     {"jobReference", job.resource.at("jobReference")},
                     {"jobComplete", is_done(job)}};
    if (!is_done(job)) return out;
    out["totalBytesProcessed"] = "0";
    out["cacheHit"] = false;
    out["totalRows"] = "0";
    if (statement.kind == Statement::Kind::widen) return out;
    out["schema"] = {{"fields", {{{"name", "f0_"}, {"type", "INTEGER"}, {"mode", "NULLABLE"}}}}};
    out["totalRows"] = "1";
    if (with_rows)
        out["rows"] = json::array{{{"f", json::array{{{"v", count_of(world, statement)}}}}}};
    return out;
}

/// jobs.query and jobs.getQueryResults answer a failed job with its error.
void throw_failure(const Job& job) {
    const auto* const error = job.resource.at("status").as_object().if_contains("errorResult");
    if (error == nullptr) return;
    const auto& proto = error->as_object();
    const auto reason = text_member(proto, "reason");
    for (const auto code :
         {Code::usage, Code::not_found, Code::conflict, Code::permission_denied, Code::cancelled})
        if (bigquery_reason(code) == reason) throw Error{code, text_member(proto, "message")};
    throw invalid(text_member(proto, "message"));
}

}  // namespace

Statement read_statement(const json::object& query, const std::string& project) {
    const auto sql = text_member(query, "query");
    if (sql.empty()) throw invalid("Required parameter is missing: query");
    const auto* const legacy = query.if_contains("useLegacySql");
    if (legacy == nullptr || flag_member(query, "useLegacySql"))
        throw Error{Code::usage,
                    "Legacy SQL is not done by this stand-in; useLegacySql is true "
                    "where it is not given"};
    static const std::regex one{R"(^\s*SELECT\s+1\s*;?\s*$)", icase};
    static const std::regex select{
        R"(^\s*SELECT\s+(COUNT\(\*\)|\*)\s+FROM\s+`([^`]+)`)"
        R"((?:\s+FOR\s+SYSTEM_TIME\s+AS\s+OF\s+TIMESTAMP_MILLIS\((\d{1,15})\))?\s*;?\s*$)",
        icase};
    static const std::regex alter{R"(^\s*ALTER\s+TABLE\s+`([^`]+)`)", icase};
    Statement out;
    std::smatch match;
    if (std::regex_match(sql, one)) return out;
    if (std::regex_match(sql, match, select)) {
        out.kind = match[1].str() == "*" ? Statement::Kind::all : Statement::Kind::count;
        read_table_name(match[2].str(), project, out);
        if (match[3].matched) out.as_of_ms = std::stoll(match[3].str());
    } else if (std::regex_search(sql, match, alter)) {
        out.kind = Statement::Kind::widen;
        read_table_name(match[1].str(), project, out);
        read_actions(sql, match.suffix().str(), out);
    } else {
        throw syntax_error(sql);
    }
    return out;
}

std::string statement_location(BigQueryWorld& world, const Call& call, const Statement& statement,
                               const std::string& wanted) {
    if (statement.kind == Statement::Kind::one) return wanted.empty() ? "US" : wanted;
    const auto& dataset = find_dataset(world, statement.project, statement.dataset);
    if (!wanted.empty() && !same_location(wanted, dataset.location))
        throw absent(fmt::format("Not found: Dataset {}:{} was not found in location {}",
                                 statement.project, statement.dataset, wanted));
    if (statement.kind == Statement::Kind::widen)
        require_table_permission(dataset.writers, call, statement.table_name(),
                                 "bigquery.tables.update");
    else
        require_table_permission(dataset.readers, call, statement.table_name(),
                                 "bigquery.tables.getData");
    return dataset.location;
}

json::object dry_run(BigQueryWorld& world, const JobOrder& order) {
    const auto statement =
        read_statement(object_member(order.configuration, "query"), order.project);
    json::object query{{"totalBytesProcessed", "0"}, {"statementType", "SELECT"}};
    if (statement.kind == Statement::Kind::widen)
        query["statementType"] = "ALTER_TABLE";
    else if (statement.kind != Statement::Kind::all)
        query["schema"] = {{"fields", {{{"name", "f0_"}, {"type", "INTEGER"}}}}};
    else
        query["schema"] = {{"fields", queried_table(world, statement).fields}};
    return {{"kind", "bigquery#job"},
            {"configuration", order.configuration},
            {"jobReference", {{"projectId", order.project}, {"location", order.location}}},
            {"statistics",
             {{"creationTime", std::to_string(world.now_ms)},
              {"totalBytesProcessed", "0"},
              {"query", std::move(query)}}},
            {"status", {{"state", "DONE"}}}};
}

std::function<void(Job&)> query_work(BigQueryWorld& world, const Statement& statement) {
    if (statement.kind == Statement::Kind::all)
        throw Error{Code::usage, "SELECT * is done by this stand-in as a dry run only"};
    return [&world, statement](Job& job) {
        if (statement.kind == Statement::Kind::widen)
            widen(world, statement);
        else
            count_of(world, statement);
        job.resource["statistics"].as_object()["query"] = {
            {"totalBytesProcessed", "0"},
            {"statementType", statement.kind == Statement::Kind::widen ? "ALTER_TABLE" : "SELECT"}};
    };
}

Answer run_query(BigQueryWorld& world, const Call& call) {
    const auto query = parse_object(call.body);
    const auto& project = call.path.at(3);
    const auto request_id = text_member(query, "requestId");
    json::object configuration{{"query", {{"query", text_member(query, "query")}}}};
    if (const auto* const legacy = query.if_contains("useLegacySql"))
        configuration["query"].as_object()["useLegacySql"] = *legacy;
    json::object reference{{"projectId", project}, {"location", text_member(query, "location")}};
    if (!request_id.empty()) reference["jobId"] = "query_" + request_id;
    const auto statement = read_statement(query, project);
    const auto location =
        statement_location(world, call, statement, text_member(query, "location"));
    const auto known =
        world.jobs.find(fmt::format("{}:{}.query_{}", project, location, request_id));
    const json::object body{{"jobReference", reference}, {"configuration", configuration}};
    auto& job = !request_id.empty() && known != world.jobs.end()
                    ? known->second
                    : start_job(world, call, read_job(world, call, project, json::serialize(body)),
                                query_work(world, statement));
    if (world.polls_until_done <= 1) end_job(world, job);
    throw_failure(job);
    return json_answer(results(world, job, statement, "bigquery#queryResponse", true));
}

Answer get_query_results(BigQueryWorld& world, const Call& call) {
    const auto& project = call.path.at(3);
    auto& job = find_job(world, project, call.path.at(5), call.parameter("location"));
    const auto& configuration = job.resource.at("configuration").as_object();
    const auto statement = read_statement(object_member(configuration, "query"), project);
    poll_job(world, job);
    throw_failure(job);
    return json_answer(results(world, job, statement, "bigquery#getQueryResultsResponse",
                               call.parameter("maxResults") != "0"));
}

}  // namespace sheetbq::sandbox
