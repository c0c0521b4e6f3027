#include "sheetbq/core/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace sheetbq {
namespace {

/// Cloud Logging cuts or splits entries of more than about 256 KB.
constexpr std::size_t longest_message = 200'000;

std::string_view severity(Level level) {
    switch (level) {
        case Level::debug:
            return "DEBUG";
        case Level::info:
            return "INFO";
        case Level::notice:
            return "NOTICE";
        case Level::warning:
            return "WARNING";
        case Level::error:
            return "ERROR";
    }
    return "DEFAULT";
}

/// One row of the Unicode standard's table of well-formed UTF-8 (3-7): which second bytes may
/// follow these first ones, and how long the character is.
struct Utf8Form {
    unsigned char first_low, first_high;
    std::size_t size;
    unsigned char second_low, second_high;
};
constexpr std::array<Utf8Form, 9> utf8_forms{{{0x00, 0x7F, 1, 0x00, 0x00},
                                              {0xC2, 0xDF, 2, 0x80, 0xBF},
                                              {0xE0, 0xE0, 3, 0xA0, 0xBF},
                                              {0xE1, 0xEC, 3, 0x80, 0xBF},
                                              {0xED, 0xED, 3, 0x80, 0x9F},
                                              {0xEE, 0xEF, 3, 0x80, 0xBF},
                                              {0xF0, 0xF0, 4, 0x90, 0xBF},
                                              {0xF1, 0xF3, 4, 0x80, 0xBF},
                                              {0xF4, 0xF4, 4, 0x80, 0x8F}}};

bool between(char character, unsigned char low, unsigned char high) {
    const auto byte = static_cast<unsigned char>(character);
    return low <= byte && byte <= high;
}

/// Bytes of the UTF-8 character at the front of `text`; 0 when it is malformed.
std::size_t character_size(std::string_view text) {
    const auto* form = std::find_if(utf8_forms.begin(), utf8_forms.end(), [&](const Utf8Form& row) {
        return between(text.front(), row.first_low, row.first_high);
    });
    if (form == utf8_forms.end() || form->size > text.size()) return 0;
    if (form->size > 1 && !between(text[1], form->second_low, form->second_high)) return 0;
    for (std::size_t i = 2; i < form->size; ++i)
        if (!between(text[i], 0x80, 0xBF)) return 0;
    return form->size;
}

struct ValueWriter {
    std::string& line;
    void operator()(const std::string& text) const { line += json_string(text); }
    void operator()(std::int64_t number) const {
        fmt::format_to(std::back_inserter(line), "{}", number);
    }
    void operator()(double number) const {
        if (std::isfinite(number))
            fmt::format_to(std::back_inserter(line), "{}", number);
        else
            line += "null";
    }
    void operator()(bool truth) const { line += truth ? "true" : "false"; }
    void operator()(const RawJson& json) const { line += json.text; }
};

}  // namespace

Log::Log(LogSink sink, Level least) : sink_{std::move(sink)}, least_{least} {}

Log Log::with(Fields context) const {
    Log log = *this;
    log.context_.insert(log.context_.end(), context.begin(), context.end());
    return log;
}

void Log::debug(std::string name, std::string message, Fields fields) const {
    write(Level::debug, std::move(name), std::move(message), std::move(fields));
}
void Log::info(std::string name, std::string message, Fields fields) const {
    write(Level::info, std::move(name), std::move(message), std::move(fields));
}
void Log::notice(std::string name, std::string message, Fields fields) const {
    write(Level::notice, std::move(name), std::move(message), std::move(fields));
}
void Log::warning(std::string name, std::string message, Fields fields) const {
    write(Level::warning, std::move(name), std::move(message), std::move(fields));
}
void Log::error(std::string name, std::string message, Fields fields) const {
    write(Level::error, std::move(name), std::move(message), std::move(fields));
}

void Log::write(Level level, std::string name, std::string message, Fields fields) const {
    if (level < least_ || !sink_) return;
    fields.insert(fields.begin(), context_.begin(), context_.end());
    sink_({level, std::move(name), std::move(message), std::move(fields)});
}

LogSink json_sink(std::function<void(std::string_view)> write,
                  std::function<std::string()> timestamp) {
    return [write = std::move(write), timestamp = std::move(timestamp)](const Event& event) {
        std::string line = fmt::format(R"({{"severity":"{}","time":"{}","event":{},"message":{})",
                                       severity(event.level), timestamp(), json_string(event.name),
                                       json_string(clip_utf8(event.message, longest_message)));
        for (const auto& [name, value] : event.fields) {
            fmt::format_to(std::back_inserter(line), ",{}:", json_string(name));
            std::visit(ValueWriter{line}, value);
        }
        line += "}\n";
        write(line);
    };
}

LogSink text_sink(std::function<void(std::string_view)> write) {
    return [write = std::move(write)](const Event& event) {
        const std::string_view prefix = event.level == Level::error     ? "error: "
                                        : event.level == Level::warning ? "warning: "
                                                                        : "";
        write(fmt::format("{}{}\n", prefix, event.message));
    };
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const auto lead = static_cast<unsigned char>(text.front());
        const std::size_t size = character_size(text);
        if (lead == '"' || lead == '\\') {
            out += '\\';
            out += text.front();
        } else if (lead < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", lead);
        } else if (size == 0) {
            out += "\xEF\xBF\xBD";
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    out += '"';
    return out;
}

std::string_view clip_utf8(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
    return text.substr(0, bytes);
}

}  // namespace sheetbq
