#include "sheetbq/http/request_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace sheetbq::http {
namespace {

std::string in_brackets(const std::string& host) {
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

std::string host_field(const UrlParts& url) {
    const bool usual = url.port == (url.scheme == "https" ? "443" : "80");
    return usual ? in_brackets(url.host) : authority(url);
}

bool ours(std::string_view name) {
    static constexpr std::array<std::string_view, 4> names{"host", "content-length",
                                                           "transfer-encoding", "connection"};
    std::string lower{name};
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::find(names.begin(), names.end(), lower) != names.end();
}

/// Lets no value smuggle in a field of its own.
void check(std::string_view name, std::string_view value) {
    constexpr std::string_view breaks{"\r\n\0", 3};
    if (name.find_first_of(breaks) == std::string_view::npos &&
        value.find_first_of(breaks) == std::string_view::npos)
        return;
    throw Error{Code::bad_config, fmt::format("the request header {} would hold a line break",
                                              name.substr(0, name.find_first_of(breaks)))}
        .fix("Remove the line break from the setting or key file it comes from.");
}

std::size_t body_size(const Request& request) {
    std::size_t size = 0;
    for (const auto piece : request.body) size += piece.size();
    return size;
}

}  // namespace

std::string authority(const UrlParts& url) {
    return fmt::format("{}:{}", in_brackets(url.host), url.port);
}

std::string request_head(const Request& request, const UrlParts& url) {
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", to_string(request.method),
                                   url.target, host_field(url));
    for (const auto& [name, value] : request.headers) {
        check(name, value);
        if (!ours(name)) fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
    }
    const auto size = body_size(request);
    const bool may_be_silent = request.method == Method::get || request.method == Method::del;
    if (size > 0 || !may_be_silent)
        fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", size);
    return head += "\r\n";
}

std::string connect_head(const Proxy& proxy, const UrlParts& url) {
    const auto target = authority(url);
    std::string head = fmt::format("CONNECT {} HTTP/1.1\r\nHost: {}\r\n", target, target);
    if (!proxy.authorization.empty())
        head += fmt::format("Proxy-Authorization: {}\r\n", proxy.authorization);
    return head += "\r\n";
}

}  // namespace sheetbq::http
