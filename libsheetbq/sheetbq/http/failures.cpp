#include "sheetbq/http/failures.hpp"

#include <fmt/format.h>

#include <utility>

namespace sheetbq::http {
namespace {

std::string again(const std::string& host) {
    return fmt::format(
        "Run it again; if it keeps happening, check the network between here and {}.", host);
}

}  // namespace

Error plain_refused(const UrlParts& url) {
    return Error{Code::bad_config, fmt::format("plain http to {} is refused", url.host)}
        .because("credentials and data would travel unencrypted")
        .fix(fmt::format("Write https://{}; plain http is for 127.0.0.1 and localhost only.",
                         url.host));
}

Error stopped(const std::string& host) {
    return {Code::cancelled, fmt::format("stopped while talking to {}", host)};
}

Error unknown_host(const std::string& host, std::string why) {
    return Error{Code::unavailable, fmt::format("the host {} cannot be found", host)}
        .because(std::move(why))
        .fix(fmt::format("Check the name and this machine's DNS: getent hosts {}", host));
}

Error unreachable(const std::string& host, const std::string& port, std::string why) {
    return Error{Code::unavailable, fmt::format("cannot connect to {} port {}", host, port)}
        .because(std::move(why))
        .fix(fmt::format("Check that {} is up and that firewall and HTTPS_PROXY let it through.",
                         host));
}

Error gave_up(const std::string& host, std::string why) {
    return Error{Code::unavailable, fmt::format("gave up waiting for {}", host)}
        .because(std::move(why))
        .fix(again(host));
}

Error not_trusted(const std::string& host, std::string reason) {
    return Error{Code::bad_config, fmt::format("the certificate of {} is not trusted", host)}
        .because(std::move(reason))
        .fix(
            "Install the package ca-certificates, or set SSL_CERT_FILE=/path/to/your-ca.pem when a "
            "proxy or a server of yours uses its own authority.");
}

Error no_tls(const std::string& host, std::string why) {
    return Error{Code::unavailable,
                 fmt::format("no encrypted connection to {} could be agreed on", host)}
        .because(std::move(why))
        .fix(fmt::format("Check that {} speaks TLS 1.2 or newer and that nothing in between cuts "
                         "connections.",
                         host));
}

Error proxy_refused(const std::string& proxy, const std::string& host, int status) {
    auto error = Error{status / 100 == 4 ? Code::bad_config : Code::unavailable,
                       fmt::format("the proxy {} did not connect to {}", proxy, host)}
                     .because(fmt::format("it answered {}", status));
    if (status == 407)
        return std::move(error).fix("Set HTTPS_PROXY=http://user:password@" + proxy + ".");
    return std::move(error).fix(
        fmt::format("Let the proxy pass {}, or add {} to NO_PROXY.", host, host));
}

Error cut_short(const std::string& host, bool begun, std::uint64_t bytes, std::string why) {
    auto text = begun
                    ? fmt::format("the answer of {} was cut short after {} bytes", host, bytes)
                    : fmt::format("{} ended the connection without an answer (0 bytes came)", host);
    return Error{Code::unavailable, std::move(text)}.because(std::move(why)).fix(again(host));
}

Error not_http(const std::string& host, std::string why) {
    return Error{Code::unavailable, fmt::format("{} answered something that is not HTTP", host)}
        .because(std::move(why))
        .fix(again(host));
}

}  // namespace sheetbq::http
