// launch_one PROGRAM [NAME=VALUE...]: starts one job by the process launcher, then waits to be
// killed. For the test that jobs die with whoever started them.
#include "sheetbq/control/process_launcher.hpp"

#include <unistd.h>

#include <iostream>

int main(int argc, char** argv) {
    sheetbq::SystemClock clock;
    sheetbq::control::Variables variables;
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        const auto equals = word.find('=');
        variables.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    const auto launcher = sheetbq::control::make_process_launcher({.program = argv[1]}, clock, {});
    const auto answer = launcher->start(variables, std::chrono::seconds{10}, {});
    if (answer.error) std::cerr << describe(*answer.error);
    if (!answer.execution) return 1;
    for (;;) ::pause();
}
