// Cloud Logging API v2: entries.list.

#include "bigquery_json.hpp"
#include "bigquery_refusal.hpp"
#include "logging_filter.hpp"
#include "routes.hpp"
#include "run_world.hpp"
#include "sandbox.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

/// What is searched when a filter says nothing about time.
constexpr std::chrono::hours recent{24};
constexpr std::int64_t usual_page = 50;
constexpr std::int64_t largest_page = 1'000;

/// A request for entries, checked.
struct Query {
    std::vector<std::string> projects;
    LogFilter filter;
    bool newest_first = false;
    std::size_t page_size = 0;
    std::string token;
};

/// Where a list goes on: behind an entry, after some more pages without any.
struct Position {
    int empty_pages = 0;
    std::string timestamp;  ///< of the last entry; "" = at the beginning
    std::string insert_id;
};

std::vector<std::string> read_projects(const Identities& identities, const json::object& request) {
    const auto* names = request.if_contains("resourceNames");
    if (names == nullptr || !names->is_array() || names->get_array().empty())
        throw invalid("At least one resource name is required.");
    std::vector<std::string> projects;
    for (const auto& name : names->get_array()) {
        constexpr std::string_view prefix = "projects/";
        const std::string text{name.is_string() ? std::string_view{name.get_string()} : ""};
        if (!text.starts_with(prefix) || text.find('/', prefix.size()) != std::string::npos)
            throw invalid(fmt::format("Invalid resource name: \"{}\"", text));
        const auto project = text.substr(prefix.size());
        projects.push_back(project == identities.project_number ? identities.project_id : project);
    }
    return projects;
}

Query read_query(const Sandbox& sandbox, const json::object& request) {
    constexpr auto known = std::to_array<std::string_view>(
        {"resourceNames", "filter", "orderBy", "pageSize", "pageToken"});
    check_members(request, known, "request");
    const auto order = text_member(request, "orderBy");
    if (!order.empty() && order != "timestamp asc" && order != "timestamp desc")
        throw invalid(
            "The only permitted values of order_by are \"timestamp asc\" and "
            "\"timestamp desc\".");
    const auto size = number_member(request, "pageSize").value_or(0);
    if (size < 0) throw invalid("page_size must not be negative.");
    const auto asked = size == 0 ? usual_page : std::min(size, largest_page);
    return {.projects = read_projects(sandbox.identities, request),
            .filter = LogFilter::parse(text_member(request, "filter")),
            .newest_first = order == "timestamp desc",
            .page_size = static_cast<std::size_t>(
                std::min<std::int64_t>(asked, std::max(sandbox.logging.page_size, 1))),
            .token = text_member(request, "pageToken")};
}

/// Tokens belong to the filter and order that they were made for.
std::string fingerprint(const json::object& request) {
    return fmt::format("{:x}", std::hash<std::string>{}(text_member(request, "filter") + "\n" +
                                                        text_member(request, "orderBy")));
}

std::string write_token(const Position& position, const std::string& print) {
    return base64url(fmt::format("{}\n{}\n{}\n{}", print, position.empty_pages, position.timestamp,
                                 position.insert_id));
}

Position read_token(const std::string& token, const std::string& print, int empty_pages) {
    if (token.empty()) return {.empty_pages = empty_pages, .timestamp = {}, .insert_id = {}};
    const auto parts = split(from_base64url(token).value_or(""), '\n');
    if (parts.size() != 4 || parts[0] != print) throw invalid("page_token is invalid.");
    return {
        .empty_pages = std::atoi(parts[1].c_str()), .timestamp = parts[2], .insert_id = parts[3]};
}

/// Entries that can be found by now and match, in order.
std::vector<const LogEntry*> search(const Sandbox& sandbox, const Query& query) {
    const auto now = sandbox.clock().now();
    const bool any_time = query.filter.bounds_time();
    std::vector<const LogEntry*> found;
    for (const auto& entry : sandbox.logging.entries)
        if (entry.received <= now && (any_time || entry.timestamp >= now - recent) &&
            std::ranges::find(query.projects, entry.project) != query.projects.end() &&
            query.filter.matches(entry))
            found.push_back(&entry);
    std::ranges::stable_sort(found, [&](const auto* a, const auto* b) {
        const auto key = [](const auto* entry) {
            return std::tie(entry->timestamp, entry->insert_id);
        };
        return query.newest_first ? key(b) < key(a) : key(a) < key(b);
    });
    return found;
}

bool is_at(const LogEntry& entry, const Position& position) {
    return to_rfc3339(entry.timestamp) == position.timestamp &&
           entry.insert_id == position.insert_id;
}

json::object list(const Sandbox& sandbox, const json::object& request) {
    const auto query = read_query(sandbox, request);
    const auto print = fingerprint(request);
    auto position = read_token(query.token, print, sandbox.logging.empty_pages);
    if (position.empty_pages > 0) {
        --position.empty_pages;
        return {{"nextPageToken", write_token(position, print)}};
    }
    const auto found = search(sandbox, query);
    auto next = found.begin();
    if (!position.timestamp.empty()) {
        next =
            std::ranges::find_if(found, [&](const auto* entry) { return is_at(*entry, position); });
        if (next != found.end()) ++next;
    }
    json::array page;
    for (; next != found.end() && page.size() < query.page_size; ++next) {
        page.push_back((*next)->resource);
        position.timestamp = to_rfc3339((*next)->timestamp);
        position.insert_id = (*next)->insert_id;
    }
    json::object answer;
    if (!page.empty()) answer["entries"] = std::move(page);
    if (next != found.end()) answer["nextPageToken"] = write_token(position, print);
    return answer;
}

Answer list_entries(Sandbox& sandbox, const Call& call) {
    advance(sandbox.run, sandbox.logging, sandbox.clock().now());
    const auto& readers = sandbox.logging.readers;
    try {
        const auto request = parse_object(call.body);
        if (!readers.contains("*") && !readers.contains(call.account))
            return new_style_error(
                403, "PERMISSION_DENIED",
                "Permission 'logging.logEntries.list' denied on resource (or it may not exist).",
                {json::object{
                    {"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                    {"reason", "IAM_PERMISSION_DENIED"},
                    {"domain", "iam.googleapis.com"},
                    {"metadata", json::object{{"permission", "logging.logEntries.list"}}}}});
        return json_answer(list(sandbox, request));
    } catch (const Error& error) {
        return new_style_error(400, "INVALID_ARGUMENT", error.text());
    }
}

}  // namespace

std::span<const Route> logging_routes() {
    static const std::vector<Route> routes{
        {http::Method::post,
         "logging.googleapis.com",
         "/v2/entries:list",
         list_entries,
         {"cloud-platform", "cloud-platform.read-only", "logging.admin", "logging.read"}}};
    return routes;
}

}  // namespace sheetbq::sandbox
