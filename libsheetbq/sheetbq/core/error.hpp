#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace sheetbq {

/// The class of a failure. Exit code, retry and run record all derive from it.
enum class Code {
    internal,           ///< a bug of ours, or an answer that no documentation explains
    usage,              ///< a command line that cannot be understood
    not_found,          ///< the spreadsheet, tab, dataset ... does not exist
    unauthenticated,    ///< no usable credentials
    conflict,           ///< something else is in the way
    bad_config,         ///< the configuration is refused; running again cannot help
    permission_denied,  ///< the account may not do this, or an API is switched off
    quota,              ///< a limit of the service; waiting helps
    unavailable,        ///< the service or the network failed; repeating may help
    deadline,           ///< the run's own time is up
    bad_data,           ///< the sheet's contents are refused
    too_late,           ///< started after its time; nothing was touched
    cancelled,          ///< somebody asked us to stop
    database,           ///< PostgreSQL is out of reach or not set up
};

/// The stable lower-case name used in logs and reports, e.g. `permission_denied`.
std::string_view to_string(Code code);

/// The exit code of all three programs for a failure of this class.
int exit_code(Code code);

/// The one exception type: what happened, why, and what to do about it.
///
///     throw Error{Code::not_found, "there is no tab \"Ordres\""}
///         .because("the spreadsheet has the tabs \"Orders\", \"Returns\"")
///         .fix("Set GOOGLE_SHEET_TAB_NAME=Orders.");
class Error : public std::exception {
public:
    Error(Code code, std::string text);

    /// Says why, usually in the words of the service.
    Error because(std::string reason) &&;
    /// Says what to do: one imperative sentence with the exact text to type, click or share.
    Error fix(std::string hint) &&;
    /// What the service said about when to come back.
    Error retry_after(std::chrono::milliseconds delay) &&;

    Code code() const { return code_; }
    const std::string& text() const { return text_; }
    const std::string& reason() const { return reason_; }
    const std::string& hint() const { return hint_; }
    std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }

    /// Repeating the same request may succeed.
    bool transient() const { return code_ == Code::quota || code_ == Code::unavailable; }

    /// `text: reason`, for logs.
    const char* what() const noexcept override { return what_.c_str(); }

private:
    Code code_;
    std::string text_;
    std::string reason_;
    std::string hint_;
    std::string what_;
    std::optional<std::chrono::milliseconds> retry_after_;
};

/// The three lines a person sees: `error:`, `why:`, `do:`. Ends with a line break.
std::string describe(const Error& error);

}  // namespace sheetbq
