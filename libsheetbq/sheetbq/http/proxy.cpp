#include "sheetbq/http/proxy.hpp"

#include "sheetbq/core/error.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

namespace sheetbq::http {
namespace {

Error refused(std::string why) {
    return Error{Code::bad_config, "HTTPS_PROXY cannot be understood"}
        .because(std::move(why))
        .fix("Write HTTPS_PROXY=http://user:password@proxy.example.com:3128.");
}

std::string base64(std::string_view text) {
    std::string result((text.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    result.resize(static_cast<std::size_t>(size));
    return result;
}

template <class View>
std::string text_of(const View& view) {
    return {view.begin(), view.end()};
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_text(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

/// `[::1]:443` or `host:443` or `::1` in its two parts; the port may be empty.
std::pair<std::string_view, std::string_view> host_and_port(std::string_view entry) {
    if (entry.starts_with('[')) {
        const auto end = entry.find(']');
        if (end == std::string_view::npos) return {entry, {}};
        const auto rest = entry.substr(end + 1);
        return {entry.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : rest};
    }
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos || entry.find(':', colon + 1) != std::string_view::npos)
        return {entry, {}};
    return {entry.substr(0, colon), entry.substr(colon + 1)};
}

bool names(std::string_view entry, std::string_view host, std::string_view port) {
    auto [name, only_port] = host_and_port(entry);
    if (!only_port.empty() && only_port != port) return false;
    if (name == "*") return true;
    if (name.starts_with('.')) name.remove_prefix(1);
    if (name.empty() || host.size() < name.size()) return false;
    const auto before = host.size() - name.size();
    return same_text(host.substr(before), name) && (before == 0 || host[before - 1] == '.');
}

}  // namespace

std::optional<Proxy> parse_proxy(std::string_view setting) {
    setting = trimmed(setting);
    if (setting.empty()) return std::nullopt;
    std::string url{setting};
    if (url.find("://") == std::string::npos) url.insert(0, "http://");
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed) throw refused(parsed.error().message());
    if (!same_text({parsed->scheme().data(), parsed->scheme().size()}, "http"))
        throw refused(
            fmt::format("\"{}\" proxies are not supported, only http", text_of(parsed->scheme())));
    Proxy proxy{.host = text_of(parsed->encoded_host_address()), .port = "80", .authorization{}};
    if (proxy.host.empty()) throw refused("it names no host");
    if (parsed->has_port() && !parsed->port().empty()) {
        if (parsed->port_number() == 0) throw refused("the port is not between 1 and 65535");
        proxy.port = std::to_string(parsed->port_number());
    }
    if (parsed->has_userinfo()) {
        const auto user = fmt::format("{}:{}", parsed->user(), parsed->password());
        proxy.authorization = "Basic " + base64(user);
    }
    return proxy;
}

bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::string_view port) {
    while (!no_proxy.empty()) {
        const auto comma = std::min(no_proxy.find(','), no_proxy.size());
        if (names(trimmed(no_proxy.substr(0, comma)), host, port)) return true;
        no_proxy.remove_prefix(std::min(comma + 1, no_proxy.size()));
    }
    return false;
}

}  // namespace sheetbq::http
