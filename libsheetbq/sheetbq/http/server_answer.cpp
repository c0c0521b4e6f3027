#include "sheetbq/http/server_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sheetbq::http {
namespace {

using namespace std::string_view_literals;

constexpr auto strict_policy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"sv;

std::string_view reason(int status) {
    constexpr std::array reasons{std::pair{200, "OK"sv},
                                 std::pair{202, "Accepted"sv},
                                 std::pair{204, "No Content"sv},
                                 std::pair{303, "See Other"sv},
                                 std::pair{304, "Not Modified"sv},
                                 std::pair{400, "Bad Request"sv},
                                 std::pair{401, "Unauthorized"sv},
                                 std::pair{403, "Forbidden"sv},
                                 std::pair{404, "Not Found"sv},
                                 std::pair{405, "Method Not Allowed"sv},
                                 std::pair{408, "Request Timeout"sv},
                                 std::pair{409, "Conflict"sv},
                                 std::pair{413, "Content Too Large"sv},
                                 std::pair{415, "Unsupported Media Type"sv},
                                 std::pair{417, "Expectation Failed"sv},
                                 std::pair{429, "Too Many Requests"sv},
                                 std::pair{431, "Request Header Fields Too Large"sv},
                                 std::pair{500, "Internal Server Error"sv},
                                 std::pair{501, "Not Implemented"sv},
                                 std::pair{503, "Service Unavailable"sv},
                                 std::pair{505, "HTTP Version Not Supported"sv}};
    const auto* const found = std::find_if(reasons.begin(), reasons.end(),
                                           [&](const auto& pair) { return pair.first == status; });
    return found == reasons.end() ? "Status"sv : found->second;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

bool is_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
    });
}

/// Interim answers are the server's own affair.
bool sendable(const Response& answer) {
    return answer.status >= 200 && answer.status <= 599 &&
           std::all_of(answer.headers.begin(), answer.headers.end(), [](const auto& field) {
               return is_name(field.first) && is_value(field.second);
           });
}

bool has_body(int status) { return status != 204 && status != 304; }

/// The answer's own fields, without those that frame it.
Headers own_fields(const Response& answer) {
    Headers framing{{"content-length", ""}, {"connection", ""}, {"transfer-encoding", ""}};
    Headers fields;
    for (const auto& [name, value] : answer.headers)
        if (!framing.find(name)) fields.add(name, value);
    return fields;
}

}  // namespace

Response short_answer(int status) {
    Response answer{.status = status,
                    .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                    .body = fmt::format("{} {}\n", status, reason(status))};
    if (status == 405) answer.headers.set("Allow", "GET, HEAD, POST");
    if (status == 503) answer.headers.set("Retry-After", "1");
    return answer;
}

std::string answer_text(const Response& answer, AnswerForm form) {
    if (!sendable(answer)) return answer_text(short_answer(500), form);
    auto fields = own_fields(answer);
    fields.set("X-Content-Type-Options", "nosniff");
    fields.set("Referrer-Policy", "no-referrer");
    if (!fields.find("cache-control")) fields.set("Cache-Control", "no-store");
    if (!fields.find("content-security-policy"))
        fields.set("Content-Security-Policy", std::string{strict_policy});
    if (has_body(answer.status)) fields.set("Content-Length", std::to_string(answer.body.size()));
    fields.set("Connection", form.keep_alive ? "keep-alive" : "close");

    auto text = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (const auto& [name, value] : fields) text += fmt::format("{}: {}\r\n", name, value);
    text += "\r\n";
    if (has_body(answer.status) && !form.head_only) text += answer.body;
    return text;
}

}  // namespace sheetbq::http
