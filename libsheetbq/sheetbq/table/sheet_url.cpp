#include "sheetbq/table/sheet_url.hpp"

#include "sheetbq/core/error.hpp"
#include "sheetbq/core/log.hpp"
#include "sheetbq/table/trim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace sheetbq::table {
namespace {

constexpr std::string_view how_to_copy =
    "Open the sheet in a browser and copy the whole address, which looks like "
    "https://docs.google.com/spreadsheets/d/1AbC.../edit#gid=0.";

/// A web address in its parts; nothing is decoded.
struct Address {
    std::string_view bare_id;  ///< "" for an address
    std::string host;          ///< lower case
    std::vector<std::string_view> path;
    std::string_view query;
    std::string_view fragment;
};

std::string shown(std::string_view text) {
    constexpr std::size_t most = 200;
    return json_string(clip_utf8(text, most));
}

Error refusal(std::string_view text, std::string reason) {
    return Error{Code::bad_config,
                 fmt::format("{} is not the address of a Google Sheet", shown(text))}
        .because(std::move(reason))
        .fix(std::string{how_to_copy});
}

std::string lower(std::string_view text) {
    std::string result{text};
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

/// The part of `text` before `mark`; `text` keeps what is behind it, or nothing.
std::string_view take_until(std::string_view& text, char mark) {
    const auto end = std::min(text.find(mark), text.size());
    const auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

bool is_id(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

/// Reads `[https://]host/path?query#fragment`, or an id with an optional query and fragment.
Address read_address(std::string_view text) {
    Address address;
    const auto before_fragment = take_until(text, '#');
    address.fragment = text;
    auto rest = before_fragment;
    auto path = take_until(rest, '?');
    address.query = rest;
    for (const std::string_view scheme : {"https://", "http://"})
        if (lower(path.substr(0, scheme.size())) == scheme) {
            path.remove_prefix(scheme.size());
            break;
        }
    if (is_id(path)) {
        address.bare_id = path;
        return address;
    }
    address.host = lower(take_until(path, '/'));
    while (!path.empty()) address.path.push_back(take_until(path, '/'));
    return address;
}

std::optional<std::string_view> parameter(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        auto value = take_until(list, '&');
        if (take_until(value, '=') == name) return value;
    }
    return std::nullopt;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// `%3A` as `:`; a stray `%` stays.
std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size();
        const int high = escape ? hex_digit(text[i + 1]) : -1;
        const int low = escape ? hex_digit(text[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

/// Path segments that only say whose account or domain it is: `/u/0`, `/a/example.com`.
void drop_account(std::vector<std::string_view>& path) {
    for (std::size_t i = 0; i + 1 < path.size() && i < 3;) {
        const bool account = path[i] == "u" || (i == 0 && path[i] == "a");
        const auto from = path.begin() + static_cast<std::ptrdiff_t>(i);
        if (account)
            path.erase(from, from + 2);
        else
            ++i;
    }
}

/// What else a Google address can lead to, by the word in its path.
std::optional<std::string_view> other_kind(const Address& address) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kinds{{
        {"document", "it is a Google Docs document"},
        {"presentation", "it is a Google Slides presentation"},
        {"forms", "it is a Google Form; its answers are in the sheet that the form is linked to"},
        {"drawings", "it is a Google drawing"},
        {"folders", "it is a Drive folder"},
        {"folderview", "it is a Drive folder"},
        {"drive", "it is a page of Google Drive, not one file"},
        {"shared-drives", "it is a shared drive"},
        {"macros", "it is an Apps Script"},
    }};
    if (address.host == "forms.gle") return kinds[2].second;
    const auto has = [&](std::string_view word) {
        return std::find(address.path.begin(), address.path.end(), word) != address.path.end();
    };
    for (const auto& [word, sentence] : kinds)
        if (has(word)) return sentence;
    return std::nullopt;
}

bool is_google_host(std::string_view host) {
    constexpr std::array<std::string_view, 5> hosts{"docs.google.com", "drive.google.com",
                                                    "spreadsheets.google.com", "sheets.google.com",
                                                    "forms.gle"};
    return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
}

Error published(std::string_view text) {
    return Error{Code::bad_config, fmt::format("{} is a link to a published copy", shown(text))}
        .because(
            "File > Share > Publish to web makes such links (/d/e/2PACX-...); they do not "
            "say which spreadsheet they show")
        .fix(
            "Open the sheet itself and copy the address of that page, which looks like "
            "https://docs.google.com/spreadsheets/d/1AbC.../edit#gid=0.");
}

/// The id that the path names, e.g. in /spreadsheets/d/ID/edit and /file/d/ID; "" for none.
std::string_view id_in_path(const Address& address, std::string_view text) {
    const auto& path = address.path;
    const bool holds_files = !path.empty() && (path[0] == "spreadsheets" || path[0] == "file");
    if (!holds_files || path.size() < 3 || path[1] != "d") return {};
    if (path[2] == "e" && path.size() > 3) throw published(text);
    return path[2];
}

/// The id of /open?id=ID, /uc?id=ID and of the addresses of before 2014, ?key=ID.
std::string_view id_in_query(const Address& address) {
    if (const auto key = parameter(address.query, "key")) return *key;
    const bool by_id =
        !address.path.empty() && (address.path[0] == "open" || address.path[0] == "uc");
    return by_id ? parameter(address.query, "id").value_or("") : "";
}

std::string_view find_id(const Address& address, std::string_view text) {
    if (!address.bare_id.empty()) return address.bare_id;
    if (address.host.find('.') == std::string::npos)
        throw refusal(text, "it has the form of neither a web address nor an id");
    if (!is_google_host(address.host))
        throw refusal(text,
                      fmt::format("its host is {}, not docs.google.com", shown(address.host)));
    auto id = id_in_path(address, text);
    if (id.empty()) {
        if (const auto kind = other_kind(address)) throw refusal(text, std::string{*kind});
        id = id_in_query(address);
    }
    if (id.empty()) throw refusal(text, "it names no spreadsheet; the id is missing");
    return id;
}

std::optional<std::string_view> setting(const Address& address, std::string_view name) {
    const auto value = parameter(address.fragment, name);
    return value ? value : parameter(address.query, name);
}

int read_gid(std::string_view text, std::string_view gid) {
    int number = 0;
    const char* const past = gid.data() + gid.size();
    const auto [end, problem] = std::from_chars(gid.data(), past, number);
    if (gid.empty() || problem != std::errc{} || end != past || number < 0)
        throw Error{Code::bad_config,
                    fmt::format("the gid {} of {} is no tab", shown(gid), shown(text))}
            .because("a gid is a whole number from 0 to 2147483647")
            .fix(
                "Open the tab in a browser and copy the address again, or leave out gid= and set "
                "GOOGLE_SHEET_TAB_NAME to the tab's title.");
    return number;
}

}  // namespace

SheetReference parse_sheet_url(std::string_view text) {
    text = trim(text);
    if (text.empty())
        throw Error{Code::bad_config, "the address of the sheet is empty"}.fix(
            std::string{how_to_copy});
    Address address = read_address(text);
    drop_account(address.path);
    const auto id = find_id(address, text);
    if (id.substr(0, 6) == "2PACX-") throw published(text);
    if (!is_id(id))
        throw refusal(text, fmt::format("the id {} has characters that no id has", shown(id)));
    SheetReference reference{std::string{id}, std::nullopt, std::nullopt};
    if (const auto gid = setting(address, "gid")) reference.gid = read_gid(text, *gid);
    if (const auto range = setting(address, "range"); range && !range->empty())
        reference.range = percent_decoded(*range);
    return reference;
}

}  // namespace sheetbq::table
