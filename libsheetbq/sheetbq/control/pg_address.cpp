#include "sheetbq/control/pg_address.hpp"

#include "sheetbq/core/error.hpp"

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
        if (url.find(name + "=") != std::string::npos) continue;
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

}  // namespace

std::string pg_connection_string(const PgSettings& settings) {
    const auto& url = settings.url.reveal();
    if (is_uri(url)) return with_parameters(url, ours(settings));
    if (url.find("://") != std::string::npos)
        throw Error{Code::bad_config, "the address of PostgreSQL cannot be used"}
            .because(fmt::format("it begins with \"{}://\"", url.substr(0, url.find("://"))))
            .fix("Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE.");
    if (!url.empty()) return with_keywords(url, ours(settings));
    return with_keywords(with_keywords({}, {{"host", settings.host},
                                            {"port", settings.port},
                                            {"dbname", settings.database},
                                            {"user", settings.user},
                                            {"password", settings.password.reveal()},
                                            {"sslmode", settings.sslmode},
                                            {"sslrootcert", settings.sslrootcert}}),
                         ours(settings));
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
