#include "sheetbq/http/endpoint_rewriter.hpp"

#include "sheetbq/http/url.hpp"

#include <fmt/format.h>

namespace sheetbq::http {
namespace {

constexpr std::string_view https = "https://";
constexpr std::string_view bigquery_host = "bigquery.googleapis.com";

/// The root as a URL without a slash at its end.
std::string checked_root(std::string_view variable, std::string root) {
    if (root.empty()) return root;
    while (root.ends_with('/')) root.pop_back();
    UrlParts parts;
    try {
        parts = split_url(root);
    } catch (const Error& error) {
        throw Error{Code::bad_config, fmt::format("{} is not a web address", variable)}
            .because(error.what())
            .fix(fmt::format("Write {}=http://127.0.0.1:8085.", variable));
    }
    if (root.find_first_of("?#") != std::string::npos)
        throw Error{Code::bad_config, fmt::format("{} has a query or fragment", variable)}.fix(
            fmt::format("Write {}=http://127.0.0.1:8085.", variable));
    if (parts.scheme == "http" && !is_loopback(parts.host))
        throw Error{Code::bad_config, fmt::format("{} would send credentials unencrypted to {}",
                                                  variable, parts.host)}
            .because("plain http is only for this machine")
            .fix(fmt::format("Write {}=https://{} or use 127.0.0.1.", variable, parts.host));
    return root;
}

/// BIGQUERY_EMULATOR_HOST is usually `host:port`, which means http in Google's own clients.
std::string emulator_root(std::string root) {
    if (!root.empty() && root.find("://") == std::string::npos) root.insert(0, "http://");
    return checked_root("BIGQUERY_EMULATOR_HOST", std::move(root));
}

bool is_google(std::string_view host) {
    return host.ends_with(".googleapis.com") || host == "accounts.google.com" ||
           host == "hooks.slack.com";
}

}  // namespace

EndpointRewriter::EndpointRewriter(Transport& next, Endpoints endpoints)
    : next_{next},
      endpoints_{.api_root = checked_root("SHEETBQ_API_ROOT", std::move(endpoints.api_root)),
                 .bigquery_emulator = emulator_root(std::move(endpoints.bigquery_emulator))} {}

Response EndpointRewriter::send(const Request& request, const BodySink* sink,
                                std::stop_token stop) {
    const bool rewrites = !endpoints_.api_root.empty() || !endpoints_.bigquery_emulator.empty();
    if (!rewrites || !std::string_view{request.url}.starts_with(https))
        return next_.send(request, sink, std::move(stop));
    const auto rest = std::string_view{request.url}.substr(https.size());
    const auto slash = std::min(rest.find_first_of("/?"), rest.size());
    const auto host = rest.substr(0, slash);

    Request rewritten = request;
    if (!endpoints_.bigquery_emulator.empty() && host == bigquery_host)
        rewritten.url = fmt::format("{}{}", endpoints_.bigquery_emulator, rest.substr(slash));
    else if (!endpoints_.api_root.empty() && is_google(host))
        rewritten.url = fmt::format("{}/{}", endpoints_.api_root, rest);
    return next_.send(rewritten, sink, std::move(stop));
}

}  // namespace sheetbq::http
