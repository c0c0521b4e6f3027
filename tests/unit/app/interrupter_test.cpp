#include "sheetbq/app/interrupter.hpp"

#include "support/catch.hpp"

#include <csignal>
#include <functional>

using sheetbq::app::Interrupter;
using namespace std::chrono_literals;

namespace {

/// Waits at most ten seconds for what another thread does.
bool soon(const std::function<bool()>& happened) {
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    while (!happened() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    return happened();
}

}  // namespace

TEST_CASE("Interrupter asks to stop at the first signal and to give up at the second") {
    Interrupter interrupter;
    const auto tokens = interrupter.interruption();
    CHECK(interrupter.signal() == 0);

    kill(getpid(), SIGTERM);

    CHECK(soon([&] { return tokens.stop.stop_requested(); }));
    CHECK(interrupter.signal() == SIGTERM);
    CHECK_FALSE(tokens.give_up.stop_requested());

    kill(getpid(), SIGINT);

    CHECK(soon([&] { return tokens.give_up.stop_requested(); }));
    CHECK(interrupter.signal() == SIGTERM);
}

TEST_CASE("Interrupter asks to stop when the run's time is up, and says that it was the time") {
    Interrupter interrupter;
    const auto tokens = interrupter.interruption();

    interrupter.limit(0s);

    CHECK(soon([&] { return tokens.stop.stop_requested(); }));
    CHECK(interrupter.timed_out());
    CHECK(interrupter.signal() == 0);
}
