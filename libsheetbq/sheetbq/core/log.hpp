#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sheetbq {

enum class Level { debug, info, notice, warning, error };

/// JSON text that goes into a log line as it is.
struct RawJson {
    std::string text;
};

using FieldValue = std::variant<std::string, std::int64_t, double, bool, RawJson>;
using Field = std::pair<std::string, FieldValue>;
using Fields = std::vector<Field>;

/// One thing that happened: a stable name for programs, a sentence for people, fields for both.
struct Event {
    Level level = Level::info;
    std::string name;     ///< snake_case, e.g. `run_finished`; docs/errors.md lists warnings
    std::string message;  ///< a sentence for people
    Fields fields;
};

/// Where events go. Must be safe to call from several threads.
using LogSink = std::function<void(const Event&)>;

/// A logger: a value, cheap to copy. `with` adds fields to every event that follows.
class Log {
public:
    explicit Log(LogSink sink, Level least = Level::info);

    Log with(Fields context) const;
    void debug(std::string name, std::string message, Fields fields = {}) const;
    void info(std::string name, std::string message, Fields fields = {}) const;
    void notice(std::string name, std::string message, Fields fields = {}) const;
    void warning(std::string name, std::string message, Fields fields = {}) const;
    void error(std::string name, std::string message, Fields fields = {}) const;

private:
    void write(Level level, std::string name, std::string message, Fields fields) const;

    LogSink sink_;
    Level least_;
    Fields context_;
};

/// One line of JSON an event with Cloud Logging's special fields `severity`, `message`, `time`.
/// `write` gets whole lines, each ending in a line break, one call a line.
LogSink json_sink(std::function<void(std::string_view line)> write,
                  std::function<std::string()> timestamp);

/// A short line an event for a terminal: the message, and `warning:` or `error:` before it.
LogSink text_sink(std::function<void(std::string_view line)> write);

/// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// The first `bytes` of `text` at most, cut between characters.
std::string_view clip_utf8(std::string_view text, std::size_t bytes);

}  // namespace sheetbq
