#pragma once

#include "sheetbq/core/descriptor.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sheetbq::control {

/// A program that runs as our child, leading a process group of its own.
struct Child {
    int pid = -1;            ///< also of its group
    std::string started{};   ///< start time in clock ticks since boot; with the pid, unique
    Descriptor end{};        ///< readable once it has ended
    Descriptor out{};        ///< its standard output, non-blocking
    Descriptor complaint{};  ///< its standard error, non-blocking
};

/// Why there is no child. Nothing of the program ran.
struct NoChild {
    std::string_view step;  ///< the call that failed, e.g. `fork`
    int number = 0;         ///< errno
    bool passing = false;   ///< a lack of memory, processes or descriptors: may work later
};

/// Starts a program that dies with the calling thread, whatever ends that.
///
/// It gets `environment` and nothing else of ours: no descriptor, no signal mask, no handler; its
/// standard input is empty. Signals should be blocked in the calling thread.
/// @param environment  `NAME=value` each, without NUL.
std::variant<Child, NoChild> spawn(const std::string& program,
                                   const std::vector<std::string>& environment);

/// How a child ended.
struct ChildEnd {
    int exit_code = -1;  ///< -1: a signal ended it, or nobody knows
    int signal = 0;
};

/// Takes the end of a child whose `end` is readable, and kills what is left of its group.
ChildEnd reap(const Child& child);

}  // namespace sheetbq::control
