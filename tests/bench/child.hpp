#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace sheetbq::bench {

/// What a finished child used.
struct Usage {
    int exit_code = 0;
    double cpu_seconds = 0;
    double wall_seconds = 0;
    double peak_mib = 0;
    std::string output;  ///< standard output, whole
};

using Variables = std::map<std::string, std::string>;

/// Runs a program to its end and measures it alone (wait4). Its environment is `variables` and
/// PATH.
Usage run_child(const std::vector<std::string>& words, const Variables& variables);

/// A program that runs beside us; ended by SIGTERM when destroyed.
class Background {
public:
    /// Waits until its output has a line that begins with `ready`.
    Background(const std::vector<std::string>& words, const Variables& variables,
               const std::string& ready);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    /// Everything it wrote until it was ready and shortly after.
    const std::string& output() const { return output_; }

private:
    pid_t child_ = 0;
    int pipe_ = -1;
    std::string output_;
};

}  // namespace sheetbq::bench
