#include "sheetbq/core/error.hpp"

#include <fmt/format.h>

#include <utility>

namespace sheetbq {

std::string_view to_string(Code code) {
    switch (code) {
        case Code::internal:
            return "internal";
        case Code::usage:
            return "usage";
        case Code::not_found:
            return "not_found";
        case Code::unauthenticated:
            return "unauthenticated";
        case Code::conflict:
            return "conflict";
        case Code::bad_config:
            return "bad_config";
        case Code::permission_denied:
            return "permission_denied";
        case Code::quota:
            return "quota";
        case Code::unavailable:
            return "unavailable";
        case Code::deadline:
            return "deadline";
        case Code::bad_data:
            return "bad_data";
        case Code::too_late:
            return "too_late";
        case Code::cancelled:
            return "cancelled";
        case Code::database:
            return "database";
    }
    return "internal";
}

int exit_code(Code code) {
    switch (code) {
        case Code::internal:
            return 1;
        case Code::usage:
            return 2;
        case Code::not_found:
            return 3;
        case Code::unauthenticated:
            return 4;
        case Code::database:
            return 5;
        case Code::conflict:
            return 6;
        case Code::bad_config:
            return 10;
        case Code::permission_denied:
            return 11;
        case Code::quota:
            return 12;
        case Code::unavailable:
            return 13;
        case Code::deadline:
            return 14;
        case Code::bad_data:
            return 15;
        case Code::too_late:
            return 75;
        case Code::cancelled:
            return 143;
    }
    return 1;
}

Error::Error(Code code, std::string text) : code_{code}, text_{std::move(text)}, what_{text_} {}

Error Error::because(std::string reason) && {
    reason_ = std::move(reason);
    what_ = reason_.empty() ? text_ : fmt::format("{}: {}", text_, reason_);
    return std::move(*this);
}

Error Error::fix(std::string hint) && {
    hint_ = std::move(hint);
    return std::move(*this);
}

Error Error::retry_after(std::chrono::milliseconds delay) && {
    retry_after_ = delay;
    return std::move(*this);
}

std::string describe(const Error& error) {
    std::string lines = fmt::format("error: {}\n", error.text());
    if (!error.reason().empty()) lines += fmt::format("  why: {}\n", error.reason());
    if (!error.hint().empty()) lines += fmt::format("  do:  {}\n", error.hint());
    return lines;
}

}  // namespace sheetbq
