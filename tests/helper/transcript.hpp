#pragma once

#include <string>
#include <vector>

namespace sheetbq::testing {

/// One command line of a session, or a directive of it, with what is expected to be seen.
struct Step {
    std::string heading;  ///< the line as it stands in the file, with `$ ` or `## `
    std::string text;     ///< the command, or the directive without `## `
    bool directive = false;
    std::string expected;  ///< everything seen, and `[exit N]` when N is not 0
};

/// Reads a session: lines with `$ ` are commands (a backslash at the end continues them), lines
/// with `## ` are directives, `# ` before the first of these is a remark; all else is expected
/// output.
std::vector<Step> read_session(const std::string& text);

/// Puts names in place of what differs from run to run: ids, times, durations, ports, folders,
/// sizes of memory. The same id gets the same name within a session. Several blanks become two.
class Normaliser {
public:
    /// @param replaced  texts and what stands for them, e.g. the folder of the session.
    explicit Normaliser(std::vector<std::pair<std::string, std::string>> replaced);
    std::string operator()(std::string text);

private:
    std::string name_ids(const std::string& text, const char* pattern, const char* name);

    std::vector<std::pair<std::string, std::string>> replaced_;
    std::vector<std::pair<std::string, std::string>> names_;  ///< id, name
    std::vector<std::pair<std::string, int>> counts_;         ///< name, how many
};

}  // namespace sheetbq::testing
