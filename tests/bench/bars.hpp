#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sheetbq::bench {

/// Prints measurements beside their bars, and counts what missed them.
class Bars {
public:
    void at_most(const std::string& name, double value, double limit, const std::string& unit) {
        print(value <= limit, name, value, unit, "most", limit);
    }
    void at_least(const std::string& name, double value, double limit, const std::string& unit) {
        print(value >= limit, name, value, unit, "least", limit);
    }

    /// The last line, and the exit code: a smoke run proves that the bench works; its few, single
    /// measurements judge nothing.
    int conclude(bool smoke) const {
        fmt::print("\n{}\n", missed_ == 0 ? "every bar was kept"
                                          : fmt::format("{} bars were missed", missed_));
        return missed_ == 0 || smoke ? 0 : 1;
    }

private:
    void print(bool kept, const std::string& name, double value, const std::string& unit,
               const char* side, double limit) {
        if (!kept) ++missed_;
        fmt::print("  {} {:<46} {:>10.2f} {} (bar: at {} {:g})\n", kept ? "ok    " : "MISSED", name,
                   value, unit, side, limit);
    }

    int missed_ = 0;
};

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace sheetbq::bench
