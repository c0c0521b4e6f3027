#include "discovery.hpp"

#include "discovery_schema.hpp"
#include "field_mask.hpp"
#include "target.hpp"
#include "text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

using Problems = std::vector<std::string>;

/// One way to call a method: its own path, or one of its upload paths.
struct Entry {
    std::string verb;
    std::vector<std::string> pattern;  ///< escaped segments; `{x}` stands for any
    const json::object* method = nullptr;
    bool upload = false;
};

/// A discovery file, with its methods laid flat.
struct Api {
    json::object document;
    std::vector<Entry> entries;
};

void add_entries(Api& api, const json::object& resource) {
    const std::string service{member(api.document, "servicePath")};
    if (const auto* methods = resource.if_contains("methods")) {
        for (const auto& item : methods->as_object()) {
            const auto& method = item.value().as_object();
            const std::string verb{member(method, "httpMethod")};
            api.entries.push_back(
                {verb, split(service + std::string{member(method, "flatPath")}, '/'), &method});
            const auto* upload = method.if_contains("mediaUpload");
            if (upload == nullptr) continue;
            for (const auto& protocol : upload->at("protocols").as_object()) {
                const std::string path{member(protocol.value().as_object(), "path")};
                for (const auto* word : {"POST", "PUT"})
                    api.entries.push_back({word, split(path.substr(1), '/'), &method, true});
            }
        }
    }
    if (const auto* resources = resource.if_contains("resources"))
        for (const auto& item : resources->as_object()) add_entries(api, item.value().as_object());
}

std::string_view file_of(std::string_view host) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> files{
        {{"sheets.googleapis.com", "sheets.v4.json"},
         {"www.googleapis.com", "drive.v3.json"},
         {"bigquery.googleapis.com", "bigquery.v2.json"},
         {"iamcredentials.googleapis.com", "iamcredentials.v1.json"},
         {"sts.googleapis.com", "sts.v1.json"},
         {"run.googleapis.com", "run.v2.json"},
         {"logging.googleapis.com", "logging.v2.json"},
         {"cloudscheduler.googleapis.com", "cloudscheduler.v1.json"},
         {"secretmanager.googleapis.com", "secretmanager.v1.json"}}};
    if (host.starts_with("secretmanager.")) host = "secretmanager.googleapis.com";
    const auto* const found =
        std::ranges::find(files, host, &std::pair<std::string_view, std::string_view>::first);
    return found == files.end() ? std::string_view{} : found->second;
}

/// The keys of identity tokens stand on Drive's host and in no description.
bool is_undescribed(const Call& call) { return call.raw_path == "/oauth2/v3/certs"; }

/// Files are large and never change: each is read once a process.
const Api* load(const std::string& path) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<Api>> known;
    const std::lock_guard lock{mutex};
    auto& api = known[path];
    if (api == nullptr && std::filesystem::exists(path)) {
        std::stringstream text;
        text << std::ifstream{path}.rdbuf();
        api = std::make_unique<Api>();
        api->document = json::parse(text.str()).as_object();
        add_entries(*api, api->document);
    }
    return api.get();
}

/// `{x}`, `{+x}`, `{x}:verb`, or a literal.
bool segment_matches(std::string_view pattern, std::string_view segment) {
    if (!pattern.starts_with('{')) return pattern == segment;
    const auto tail = pattern.substr(pattern.find('}') + 1);
    return segment.size() > tail.size() && segment.ends_with(tail);
}

const Entry* find_entry(const Api& api, const Call& call) {
    const auto path = split(std::string_view{call.raw_path}.substr(1), '/');
    const auto wildness = [](const Entry& entry) {
        return std::ranges::count_if(entry.pattern, [](const auto& s) { return s.ends_with('}'); });
    };
    const Entry* best = nullptr;
    for (const auto& entry : api.entries)
        if (entry.verb == http::to_string(call.method) &&
            std::ranges::equal(entry.pattern, path, segment_matches) &&
            (best == nullptr || wildness(entry) < wildness(*best)))
            best = &entry;
    return best;
}

const json::object* query_parameter(const Api& api, const json::object& method,
                                    std::string_view name) {
    for (const auto* owner : {&method, &api.document}) {
        const auto* parameters = owner->if_contains("parameters");
        if (parameters == nullptr) continue;
        const auto* found = parameters->as_object().if_contains(name);
        if (found != nullptr && member(found->as_object(), "location") == "query")
            return &found->as_object();
    }
    return nullptr;
}

void check_value(const std::string& name, const std::string& value, const json::object& parameter,
                 Problems& problems) {
    const auto type = member(parameter, "type");
    const auto format = member(parameter, "format");
    const bool number = type == "integer" || format.find("int") != std::string_view::npos;
    if ((type == "boolean" && !read_flag(value)) || (number && !is_integer_text(value, format)))
        problems.push_back(fmt::format(R"(parameter "{}" is not a {}: "{}")", name, type, value));
    const auto* words = parameter.if_contains("enum");
    if (words != nullptr && std::ranges::count(words->as_array(), json::value(value)) == 0)
        problems.push_back(fmt::format(R"(parameter "{}" has the unknown word "{}")", name, value));
}

void check_query(const Api& api, const Entry& entry, const Call& call, Problems& problems) {
    for (const auto& [name, value] : call.query) {
        if (entry.upload && name == "upload_id") continue;
        const auto* parameter = query_parameter(api, *entry.method, name);
        if (parameter == nullptr) {
            problems.push_back(fmt::format(R"(unknown parameter "{}")", name));
            continue;
        }
        check_value(name, value, *parameter, problems);
        const auto times =
            std::ranges::count(call.query, name, &std::pair<std::string, std::string>::first);
        if (times > 1 && !parameter->contains("repeated"))
            problems.push_back(fmt::format(R"(parameter "{}" is given {} times)", name, times));
    }
    const auto* parameters = entry.method->if_contains("parameters");
    if (parameters == nullptr) return;
    for (const auto& item : parameters->as_object()) {
        const auto& parameter = item.value().as_object();
        const std::string name{item.key()};
        if (member(parameter, "location") == "query" && parameter.contains("required") &&
            std::ranges::count(call.query, name, &std::pair<std::string, std::string>::first) == 0)
            problems.push_back(fmt::format(R"(parameter "{}" is missing)", name));
    }
}

/// The JSON of a multipart upload's first part.
std::string_view first_part(std::string_view body) {
    const auto begin = body.find("\r\n\r\n");
    if (begin == std::string_view::npos) return {};
    const auto boundary = body.substr(0, body.find("\r\n"));
    const auto end = body.find(boundary, begin);
    return body.substr(begin + 4, end == std::string_view::npos ? end : end - begin - 4);
}

void check_body(const Api& api, const Entry& entry, const Call& call, Problems& problems) {
    if (entry.upload && call.method == http::Method::put) return;
    const auto type = call.headers.find("content-type").value_or("");
    if (type.starts_with("application/x-www-form-urlencoded")) return;
    const auto text =
        type.starts_with("multipart/") ? first_part(call.body) : std::string_view{call.body};
    const auto* request = entry.method->if_contains("request");
    if (request == nullptr) {
        if (!text.empty()) problems.emplace_back("the method takes no body");
        return;
    }
    boost::system::error_code error;
    const auto value = json::parse(json::string_view{text.data(), text.size()}, error);
    if (error) {
        problems.push_back("the body is not JSON: " + error.message());
        return;
    }
    const SchemaCheck check{api.document.at("schemas").as_object()};
    check.body(value, std::string{member(request->as_object(), "$ref")}, problems);
}

void check_fields(const Api& api, const Entry& entry, const Call& call, Problems& problems) {
    const auto mask = FieldMask::parse(call.parameter("fields"));
    const auto* response = entry.method->if_contains("response");
    if (!mask) problems.emplace_back(R"(parameter "fields" is malformed)");
    if (!mask || response == nullptr) return;
    const SchemaCheck check{api.document.at("schemas").as_object()};
    check.mask(*mask, std::string{member(response->as_object(), "$ref")}, problems);
}

}  // namespace

DiscoveryCheck::DiscoveryCheck(std::string folder)
    : folder_{std::move(folder)}, enabled_{std::filesystem::is_directory(folder_)} {}

std::string DiscoveryCheck::default_folder() { return SHEETBQ_SOURCE_DIR "/../shared/discovery"; }

std::vector<std::string> DiscoveryCheck::problems(const Call& call) const {
    const auto file = file_of(call.host);
    if (!enabled_ || file.empty() || is_undescribed(call)) return {};
    const auto* api = load(fmt::format("{}/{}", folder_, file));
    if (api == nullptr) return {};
    Problems problems;
    if (const auto* entry = find_entry(*api, call)) {
        check_query(*api, *entry, call, problems);
        check_body(*api, *entry, call, problems);
        check_fields(*api, *entry, call, problems);
    } else {
        problems.emplace_back("no method has this path");
    }
    for (auto& problem : problems)
        problem =
            fmt::format("{} {}: {}", http::to_string(call.method), readable_target(call), problem);
    return problems;
}

}  // namespace sheetbq::sandbox
