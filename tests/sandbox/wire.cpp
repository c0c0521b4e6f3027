#include "wire.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sheetbq::sandbox {

void corrupt(Answer& answer) {
    if (!answer.headers.find("content-encoding") || answer.body.empty()) return;
    // A body this short is mostly header and checksum: its last bytes are the checksum's.
    const auto at =
        std::max(answer.body.size() / 2, std::min<std::size_t>(12, answer.body.size() - 1));
    answer.body[at] = static_cast<char>(answer.body[at] ^ 0x55);
}

std::string_view reason_phrase(int status) {
    constexpr std::array<std::pair<int, std::string_view>, 20> phrases{
        {{200, "OK"},
         {201, "Created"},
         {204, "No Content"},
         {301, "Moved Permanently"},
         {302, "Found"},
         {308, "Resume Incomplete"},
         {400, "Bad Request"},
         {401, "Unauthorized"},
         {403, "Forbidden"},
         {404, "Not Found"},
         {408, "Request Timeout"},
         {409, "Conflict"},
         {410, "Gone"},
         {412, "Precondition Failed"},
         {413, "Payload Too Large"},
         {429, "Too Many Requests"},
         {500, "Internal Server Error"},
         {502, "Bad Gateway"},
         {503, "Service Unavailable"},
         {504, "Gateway Timeout"}}};
    const auto* const found =
        std::ranges::find(phrases, status, &std::pair<int, std::string_view>::first);
    return found == phrases.end() ? "Unknown" : found->second;
}

}  // namespace sheetbq::sandbox
