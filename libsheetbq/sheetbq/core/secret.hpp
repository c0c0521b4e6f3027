#pragma once

#include <string>
#include <utility>

namespace sheetbq {

/// A text that must not reach a log, a database or an environment. Has no formatter and no stream
/// operator on purpose; whoever really needs the text says so.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_{std::move(text)} {}

    /// The text itself, for the one place that sends it.
    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }

private:
    std::string text_;
};

}  // namespace sheetbq
