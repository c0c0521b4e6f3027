#include "world.hpp"

#include "sheetbq/app/fleet_flags.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <iostream>

namespace sheetbq::helper {
namespace {

using app::Flag;

constexpr std::array settings_flags{
    Flag{"settings", "FILE", "SHEETBQ_SETTINGS", "", "Output",
         "settings file; default: ./sheetbq.toml, ~/.config/sheetbq/config.toml, "
         "/etc/sheetbq/config.toml"},
};

}  // namespace

World::World(const app::Command& of_command, const app::FlagValues& of_flags,
             std::vector<std::string> of_arguments, app::Settings of_settings,
             app::Interrupter& of_interrupter, const app::Printer& of_printer,
             app::Console& of_console)
    : command{of_command},
      flags{of_flags},
      arguments{std::move(of_arguments)},
      settings{std::move(of_settings)},
      interrupter{of_interrupter},
      printer{of_printer},
      console{of_console},
      log{of_console.log()} {}

app::Fleet& World::fleet() {
    // How a run ended is a command's result, and no remark.
    if (!fleet_)
        fleet_ = std::make_unique<app::Fleet>(settings, flags,
                                              console.log(settings.log_level, "run_ended"), stop());
    return *fleet_;
}

std::vector<std::span<const Flag>> fleet_flags(std::span<const Flag> own) {
    return {own,
            app::output_flags(),
            settings_flags,
            app::postgres_flags(),
            app::run_flags(),
            app::notify_flags()};
}

std::vector<std::span<const Flag>> store_flags(std::span<const Flag> own) {
    return {own, app::output_flags(), settings_flags, app::postgres_flags()};
}

std::vector<std::span<const Flag>> google_flags(std::span<const Flag> own) {
    return {own, app::output_flags(), settings_flags};
}

std::vector<std::span<const Flag>> plain_flags(std::span<const Flag> own) {
    return {own, app::output_flags(), settings_flags};
}

void confirm(World& world, const std::string& question) {
    if (world.flags.on("yes")) return;
    const auto& terminal = world.printer.terminal();
    if (!terminal.input || !terminal.error)
        throw Error{Code::usage, "nobody can be asked whether to " + question}
            .because("standard input is no terminal")
            .fix("Add --yes when that is what you want.");
    app::write_all(STDERR_FILENO, fmt::format("Really {}? [y/N] ", question));
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "Y" || answer == "yes") return;
    throw Error{Code::cancelled, "nothing was done"}.because("the answer was not yes");
}

}  // namespace sheetbq::helper
