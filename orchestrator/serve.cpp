#include "commands.hpp"
#include "sheetbq/app/gate.hpp"
#include "sheetbq/app/service.hpp"
#include "sheetbq/app/version.hpp"

#include <fmt/format.h>

namespace sheetbq::orchestrator {

int serve(World& world) {
    const auto& flags = world.flags;
    const bool on_service = app::environment_variable("K_SERVICE").has_value();
    auto address = flags.text("listen");
    if (address.empty()) address = on_service ? "0.0.0.0" : "127.0.0.1";
    const auto port = static_cast<std::uint16_t>(flags.number("port", 0, 65'535));
    auto authenticate = app::make_gate({.word = flags.text("auth"),
                                        .audiences = flags.words("audience"),
                                        .emails = flags.words("allowed-emails"),
                                        .address = address,
                                        .on_service = on_service},
                                       world.fleet.transport(), world.fleet.clock(), world.log);

    auto& reconciler = world.fleet.reconciler();
    const auto interruption = world.interrupter.interruption();
    app::Service service{world.fleet.store(),
                         [&](const control::TickOrder& order, std::stop_token stop) {
                             return reconciler.tick(order, {std::move(stop), interruption.give_up});
                         },
                         std::move(authenticate),
                         {.tick_budget = flags.duration("tick-budget"),
                          .version = app::version_line("sheetbq-orchestrator")},
                         world.fleet.clock(),
                         world.log};
    const auto server =
        http::listen(address, port, {}, [&](const http::Incoming& request, std::stop_token stop) {
            return service.handle(request, std::move(stop));
        });
    world.log.notice("serving",
                     fmt::format("status page: http://{}:{}/   tick: POST http://{}:{}/tick",
                                 address, server->port(), address, server->port()),
                     {{"port", std::int64_t{server->port()}}});
    server->run(interruption.stop);
    world.fleet.store().release_all();
    // Asked to end by the platform: that is no failure.
    return 0;
}

}  // namespace sheetbq::orchestrator
