#include "target.hpp"

#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {

namespace {

struct Url {
    std::string scheme;
    std::string authority;
    std::string path;
    std::string query;
};

std::optional<Url> split_url(std::string_view url) {
    const auto colon = url.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    Url out{.scheme = std::string{url.substr(0, colon)}, .authority = {}, .path = {}, .query = {}};
    url.remove_prefix(colon + 3);
    const auto slash = std::min(url.find('/'), url.size());
    out.authority = url.substr(0, slash);
    url.remove_prefix(slash);
    const auto question = std::min(url.find('?'), url.size());
    out.path = question == 0 ? "/" : std::string{url.substr(0, question)};
    if (question < url.size()) out.query = url.substr(question + 1);
    return out;
}

bool is_google(std::string_view host) {
    return host.ends_with(".googleapis.com") || host.ends_with(".google.com") ||
           host.ends_with(".google.internal") || host == "169.254.169.254" ||
           host == "hooks.slack.com";
}

/// Which of Google's hosts a path without a host belongs to.
std::string_view host_of_path(std::string_view path) {
    if (path.starts_with("/bigquery/") || path.starts_with("/upload/bigquery/") ||
        path.starts_with("/resumable/upload/bigquery/"))
        return "bigquery.googleapis.com";
    if (path.starts_with("/_sandbox/")) return control_host;
    return "metadata.google.internal";
}

/// Sets host, raw_path and base_url.
void locate(Call& call, const Url& url, const std::string& base_url) {
    const auto host = url.authority.substr(0, url.authority.find(':'));
    const auto root = base_url.empty() ? url.scheme + "://" + url.authority : base_url;
    call.base_url = root;
    call.raw_path = url.path;
    if (is_google(host)) {
        call.host = host;
        return;
    }
    const auto end = std::min(url.path.find('/', 1), url.path.size());
    const auto first = url.path.substr(1, end - 1);
    if (is_google(first)) {
        call.host = first;
        call.raw_path = end < url.path.size() ? url.path.substr(end) : "/";
        call.base_url = root + "/" + first;
    } else {
        call.host = host_of_path(url.path);
    }
}

bool decode_path(Call& call) {
    for (const auto& segment : split(std::string_view{call.raw_path}.substr(1), '/')) {
        auto decoded = percent_decode(segment);
        if (!decoded) return false;
        call.path.push_back(std::move(*decoded));
    }
    return true;
}

}  // namespace

std::optional<Call> read_call(const http::Request& request, const std::string& base_url) {
    const auto url = split_url(request.url);
    if (!url || url->path.front() != '/') return std::nullopt;
    Call call;
    call.method = request.method;
    call.headers = request.headers;
    locate(call, *url, base_url);
    auto query = parse_form(url->query);
    if (!query || !decode_path(call)) return std::nullopt;
    call.query = std::move(*query);
    std::size_t size = 0;
    for (const auto part : request.body) size += part.size();
    call.body.reserve(size);
    for (const auto part : request.body) call.body += part;
    return call;
}

std::string readable_target(const Call& call) {
    std::string out = call.host;
    for (const auto& segment : call.path) out += "/" + segment;
    char separator = '?';
    for (const auto& [name, value] : call.query) {
        out += fmt::format("{}{}={}", separator, name, value);
        separator = '&';
    }
    return out;
}

}  // namespace sheetbq::sandbox
