#include "sheetbq/control/pg_address.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>
#include <vector>

namespace sheetbq::control {
namespace {

using Keywords = std::vector<std::pair<std::string, std::string>>;

/// A frozen instance wakes to dead connections, and a lost server says nothing: neither may hold
/// us for long.
Keywords ours(const PgSettings& settings) {
    return {{"connect_timeout", "5"},    {"application_name", "sheetbq/" + settings.instance},
            {"client_encoding", "UTF8"}, {"keepalives", "1"},
            {"keepalives_idle", "10"},   {"keepalives_interval", "5"},
            {"keepalives_count", "3"},   {"tcp_user_timeout", "10000"}};
}

std::string as_keyword(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char* digits = text.data() + i + 1;
        unsigned char byte = 0;
        const bool coded = text[i] == '%' && i + 2 < text.size() &&
                           std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        out += coded ? static_cast<char>(byte) : text[i];
        if (coded) i += 2;
    }
    return out;
}

bool is_uri(std::string_view url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

/// What stands between `://` and the `@` before the host; empty: nothing does. A password that
/// ought to have been percent-encoded may reach beyond what libpq takes for the authority.
std::string_view login_in(std::string_view url) {
    const auto start = std::min(url.find("://"), url.size() - 3) + 3;
    const auto authority = url.substr(start, url.find_first_of("/?#", start) - start);
    auto at = authority.rfind('@');
    if (at == std::string_view::npos) at = url.substr(start).rfind('@');
    return at == std::string_view::npos ? std::string_view{} : url.substr(start, at);
}

/// The words that stand alone: libpq quotes what is no `name=value`.
std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> words;
    std::istringstream stream{std::string{text}};
    for (std::string word; stream >> word;)
        if (word.find('=') == std::string::npos) words.push_back(word);
    return words;
}

/// Every piece of an address that is, or may be, a piece of its password.
std::vector<std::string> secrets_in(std::string_view url) {
    std::vector<std::string> pieces;
    if (!is_uri(url)) return words_in(url);
    const auto add = [&](std::string_view piece) {
        pieces.emplace_back(piece);
        pieces.push_back(unescaped(piece));
    };
    const auto login = login_in(url);
    const auto colon = std::min(login.find(':'), login.size());
    for (auto rest = login.substr(colon); !rest.empty();) {
        rest.remove_prefix(1);
        const auto end = std::min(rest.find_first_of("/?#"), rest.size());
        add(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    constexpr std::string_view parameter = "password=";
    if (const auto at = url.find(parameter); at != std::string_view::npos) {
        const auto value = url.substr(at + parameter.size());
        add(value.substr(0, value.find('&')));
    }
    return pieces;
}

std::string with_parameters(std::string url, const Keywords& keywords) {
    char join = url.find('?') == std::string::npos ? '?' : '&';
    for (const auto& [name, value] : keywords) {
        if (value.empty() || url.find(name + "=") != std::string::npos) continue;
        url += fmt::format("{}{}={}", join, name, escaped(value));
        join = '&';
    }
    return url;
}

std::string with_keywords(std::string text, const Keywords& keywords) {
    for (const auto& [name, value] : keywords)
        if (!value.empty())
            text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, as_keyword(value));
    return text;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    if (what.empty()) return;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

/// The value of `name=...` among a URL's parameters, or of an address in keywords.
std::string_view value_in(std::string_view url, std::string_view name, std::string_view ends) {
    for (auto at = url.find(name); at != std::string_view::npos; at = url.find(name, at + 1)) {
        const bool begins =
            at == 0 || ends.find(url[at - 1]) != std::string_view::npos || url[at - 1] == '?';
        if (!begins || url.substr(at + name.size(), 1) != "=") continue;
        const auto value = url.substr(at + name.size() + 1);
        return value.substr(0, value.find_first_of(ends));
    }
    return {};
}

/// The hosts of an address, separated by commas; empty: libpq's default, a socket of this machine.
std::string hosts_in(const PgSettings& settings) {
    const std::string_view url = settings.url.reveal();
    if (url.empty()) return settings.host;
    if (!is_uri(url)) return std::string{value_in(url, "host", " \t'")};
    if (const auto named = value_in(url, "host", "&#"); !named.empty()) return unescaped(named);
    auto rest = url.substr(url.find("://") + 3);
    const auto login = login_in(url);
    if (!login.empty()) rest.remove_prefix(login.size() + 1);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    return rest.empty() ? settings.host : unescaped(rest);
}

/// `host`, `host:5432`, `[::1]:5432`, or a socket.
bool is_of_this_machine(std::string_view host) {
    if (host.empty() || host.starts_with('/') || host.starts_with('@')) return true;
    const bool bracketed = host.starts_with('[');
    const bool one_colon = std::count(host.begin(), host.end(), ':') == 1;
    if (bracketed)
        host = host.substr(1, host.find(']') - 1);
    else if (one_colon)
        host = host.substr(0, host.find(':'));
    return http::is_loopback(host);
}

bool leaves_the_machine(std::string_view hosts) {
    while (!hosts.empty()) {
        const auto host = hosts.substr(0, hosts.find(','));
        if (!is_of_this_machine(host)) return true;
        hosts.remove_prefix(std::min(host.size() + 1, hosts.size()));
    }
    return false;
}

/// libpq's own default takes plain text, and any certificate.
Keywords encryption(const PgSettings& settings) {
    const auto& url = settings.url.reveal();
    const bool said = !settings.sslmode.empty() || url.find("sslmode=") != std::string::npos;
    if (said || !leaves_the_machine(hosts_in(settings)))
        return {{"sslmode", settings.sslmode}, {"sslrootcert", settings.sslrootcert}};
    const auto& authorities =
        settings.sslrootcert.empty() ? settings.trusted : settings.sslrootcert;
    return {{"sslmode", "verify-full"}, {"sslrootcert", authorities}};
}

}  // namespace

std::string pg_connection_string(const PgSettings& settings) {
    const auto& url = settings.url.reveal();
    if (is_uri(url))
        return with_parameters(with_parameters(url, encryption(settings)), ours(settings));
    if (url.find("://") != std::string::npos)
        throw Error{Code::bad_config, "the address of PostgreSQL cannot be used"}
            .because(fmt::format("it begins with \"{}://\"", url.substr(0, url.find("://"))))
            .fix("Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE.");
    const auto where = url.empty() ? with_keywords({}, {{"host", settings.host},
                                                        {"port", settings.port},
                                                        {"dbname", settings.database},
                                                        {"user", settings.user},
                                                        {"password", settings.password.reveal()}})
                                   : url;
    return with_keywords(with_keywords(where, encryption(settings)), ours(settings));
}

std::string pg_place(const PgSettings& settings) {
    const std::string_view url = settings.url.reveal();
    if (is_uri(url)) {
        const auto start = url.find("://") + 3;
        const auto login = login_in(url);
        const auto host = url.substr(start + login.size() + (login.empty() ? 0 : 1));
        return fmt::format("{}{}{}{}", url.substr(0, start), login.substr(0, login.find(':')),
                           login.empty() ? "" : "@", host.substr(0, host.find('?')));
    }
    if (!url.empty()) return "the server that DATABASE_URL names";
    if (settings.host.empty()) return "the server that libpq's defaults name";
    return settings.port.empty() ? settings.host
                                 : fmt::format("{}:{}", settings.host, settings.port);
}

std::string without_secrets(std::string text, const PgSettings& settings) {
    constexpr std::string_view hidden = "[redacted]";
    replace_all(text, settings.url.reveal(), hidden);
    replace_all(text, settings.password.reveal(), hidden);
    for (const auto& piece : secrets_in(settings.url.reveal())) replace_all(text, piece, hidden);
    return text;
}

}  // namespace sheetbq::control
