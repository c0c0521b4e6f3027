#include "sheetbq/gcp/http_date.hpp"

#include <fmt/format.h>

#include <array>

namespace sheetbq::gcp {

std::optional<Clock::TimePoint> from_http_date(std::string_view text) {
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::size_t size = 29;
    if (text.size() < size) return std::nullopt;
    for (std::size_t month = 0; month < months.size(); ++month)
        if (text.substr(8, 3) == months[month])
            return from_rfc3339(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month + 1,
                                            text.substr(5, 2), text.substr(17, 8)));
    return std::nullopt;
}

}  // namespace sheetbq::gcp
