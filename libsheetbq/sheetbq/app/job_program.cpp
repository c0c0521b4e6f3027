#include "sheetbq/app/job_program.hpp"

#include "sheetbq/app/settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <sstream>

namespace sheetbq::app {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view job = "sheetbq-job";

bool runs(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string find_job_program(const std::string& given) {
    if (!given.empty()) {
        if (runs(given)) return fs::absolute(given);
        throw Error{Code::not_found, fmt::format("{} cannot be run", given)}
            .because("--job-program names it, and it is no program")
            .fix("Give the path of sheetbq-job.");
    }
    std::error_code ignored;
    const auto own = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    // Installed side by side, or each in its folder of a build tree.
    for (const auto& path : {own / job, own.parent_path() / "job" / job})
        if (runs(path)) return path;
    std::istringstream folders{environment_variable("PATH").value_or("")};
    for (std::string folder; std::getline(folders, folder, ':');)
        if (!folder.empty() && runs(fs::path{folder} / job)) return fs::path{folder} / job;
    throw Error{Code::not_found, "sheetbq-job is not on this machine"}
        .because(fmt::format("it is neither in {} nor on the PATH", own.string()))
        .fix(
            "Give its path with --job-program, or run on Cloud Run: --launcher=cloud-run "
            "--region=REGION.");
}

control::Variables inherited_variables() {
    control::Variables variables{{"LOG_FORMAT", "json"}};
    const auto take = [&](std::string_view name) {
        if (name == "LOG_FORMAT") return;
        if (auto value = environment_variable(name))
            variables.emplace_back(std::string{name}, std::move(*value));
    };
    for (const auto& setting : setting_definitions()) take(setting.name);
    static constexpr std::array<std::string_view, 7> besides{
        "HOME", "PATH", "TMPDIR", "LANG", "https_proxy", "no_proxy", "GCE_METADATA_ROOT"};
    for (const auto name : besides) take(name);
    return variables;
}

}  // namespace sheetbq::app
