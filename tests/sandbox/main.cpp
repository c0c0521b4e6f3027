// sheetbq-sandbox: Google on this machine, for the demo and for tests of whole programs.

#include "control.hpp"
#include "run_control.hpp"
#include "server.hpp"
#include "setup.hpp"
#include "sheetbq/core/error.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

using namespace sheetbq;

/// Blocked in all threads, awaited in this one: no handler code.
sigset_t block_signals() {
    sigset_t signals{};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

void write_private(const std::string& option, const std::string& path, const std::string& text) {
    std::ofstream file{path};
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    file << text << '\n';
    if (!file.flush())
        throw Error{Code::bad_config, "cannot write " + path}.fix(
            fmt::format("Give {} a path in a folder that exists.", option));
}

/// Writes the credential files asked for. @returns the variable that makes programs use them.
std::string write_credentials(sandbox::Sandbox& google, const sandbox::Options& options,
                              const std::string& url) {
    auto& identities = google.identities;
    const auto& email = identities.metadata_account;
    std::string out = "GCE_METADATA_HOST=" + url.substr(url.find("://") + 3);
    const auto write = [&](const std::string& option, const std::string& path,
                           const std::string& text) {
        write_private(option, path, text);
        out = "GOOGLE_APPLICATION_CREDENTIALS=" + std::filesystem::absolute(path).string();
    };
    if (!options.authorized_user.empty())
        write("--authorized-user", options.authorized_user,
              sandbox::make_authorized_user(identities, email, sandbox::login_scopes()));
    if (!options.service_account_key.empty())
        write("--service-account-key", options.service_account_key,
              sandbox::make_service_account_key(identities, email,
                                                url + "/oauth2.googleapis.com/token"));
    return out;
}

/// What a job of Cloud Run needs to find this sandbox. @param credentials  NAME=VALUE
void run_jobs(sandbox::Sandbox& google, const sandbox::Options& options, const std::string& url,
              const std::string& credentials) {
    if (options.job_program.empty()) return;
    if (access(options.job_program.c_str(), X_OK) != 0)
        throw Error{Code::bad_config, options.job_program + " is no program"}.fix(
            "Give --job-program the path of sheetbq-job.");
    const auto equals = credentials.find('=');
    use_job_program(google, std::filesystem::absolute(options.job_program).string(),
                    {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                     {"SHEETBQ_API_ROOT", url},
                     {credentials.substr(0, equals), credentials.substr(equals + 1)}});
}

void announce(sandbox::Sandbox& google, const sandbox::Options& options, const std::string& url,
              const std::vector<std::pair<std::string, std::string>>& sheets) {
    std::string credentials;
    google.edit([&] { credentials = write_credentials(google, options, url); });
    run_jobs(google, options, url, credentials);
    std::cout << "sheetbq-sandbox listening on " << url << "\n"
              << "export SHEETBQ_API_ROOT=" << url << "\nexport " << credentials << "\n";
    for (const auto& [name, sheet] : sheets) std::cout << "sheet " << name << " " << sheet << "\n";
    std::cout << std::flush;
}

int serve(const sandbox::Options& options) {
    const auto signals = block_signals();
    SystemClock clock;
    sandbox::Sandbox google{clock};
    const auto sheets = sandbox::set_up(google, options);
    std::ofstream log;
    if (!options.request_log.empty()) {
        log.open(options.request_log);
        google.on_request = [&](const sandbox::RecordedRequest& request) {
            log << boost::json::serialize(sandbox::to_json(request)) << std::endl;
        };
    }
    {
        const sandbox::Server server{google,
                                     {.host = options.host,
                                      .port = options.port,
                                      .certificate_file = options.tls_certificate,
                                      .key_file = options.tls_key,
                                      .latency = options.latency}};
        announce(google, options, server.url(), sheets);
        const timespec most{.tv_sec = options.max_seconds.count(), .tv_nsec = 0};
        while (sigtimedwait(&signals, nullptr, &most) < 0 && errno == EINTR) continue;
    }
    if (!options.state_dir.empty()) sandbox::save_tables(google, options.state_dir);
    for (const auto& problem : google.invalid_requests())
        std::cerr << "invalid request: " << problem << "\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto options = sandbox::read_options(argc, argv);
        if (options.help.empty()) return serve(options);
        std::cout << options.help;
        return 0;
    } catch (const Error& error) {
        std::cerr << describe(error);
        return exit_code(error.code());
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << "\n";
        return 1;
    }
}
