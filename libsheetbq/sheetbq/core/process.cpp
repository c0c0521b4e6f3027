#include "sheetbq/core/process.hpp"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace sheetbq {
namespace {

rusage usage() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return used;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

// getrusage would also count what a parent had resident when it started us by vfork.
std::uint64_t peak_memory_bytes() {
    std::ifstream status{"/proc/self/status"};
    for (std::string word; status >> word;) {
        if (word != "VmHWM:") continue;
        std::uint64_t kib = 0;
        status >> kib;
        return kib * 1024;
    }
    return static_cast<std::uint64_t>(usage().ru_maxrss) * 1024;
}

double cpu_seconds() {
    const rusage used = usage();
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void forbid_core_dumps() {
    constexpr rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);  // lowering a limit needs no right
}

}  // namespace sheetbq
