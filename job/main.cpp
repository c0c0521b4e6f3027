#include "sheetbq/app/console.hpp"
#include "sheetbq/app/environment.hpp"
#include "sheetbq/app/interrupter.hpp"
#include "sheetbq/app/job_run.hpp"
#include "sheetbq/app/man_page.hpp"
#include "sheetbq/app/version.hpp"
#include "sheetbq/core/process.hpp"

#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>

namespace {

namespace app = sheetbq::app;
namespace etl = sheetbq::etl;
namespace po = boost::program_options;
using sheetbq::Code;
using sheetbq::Error;

constexpr std::array known_flags{
    app::Flag{"dry-run", "", "", "false", "Flags",
              "read and type everything, print schema and first rows, write nothing"},
    app::Flag{"print-config", "", "", "false", "Flags",
              "print every variable with its value and where it comes from"},
    app::Flag{"version", "", "", "false", "Flags", "print the version"},
    app::Flag{"man", "", "", "false", "Flags", "print the manual page, for man(1)"},
    app::Flag{"help", "", "", "false", "Flags", "print this text", false, 'h'},
};

po::options_description flags() {
    po::options_description described{"Flags"};
    for (const auto& flag : known_flags) {
        std::string names{flag.name};
        if (flag.letter != '\0') names += fmt::format(",{}", flag.letter);
        described.add_options()(names.c_str(), std::string{flag.description}.c_str());
    }
    return described;
}

constexpr std::array examples{
    app::Example{"sheetbq-job --dry-run",
                 "what would be loaded, by the same variables as a run; writes nothing"},
    app::Example{"sheetbq-job --print-config", "what is set, and what is wrong with it"},
};

std::string manual() {
    auto variables = app::manual_variables({});
    const auto options = etl::option_definitions();
    std::vector<app::ManEntry> own;
    for (const auto& option : options)
        own.push_back(
            {std::string{option.name},
             fmt::format(
                 "{}{} Values: {}.{}", option.required ? "Required. " : "", option.description,
                 option.values,
                 option.initial.empty() ? "" : fmt::format(" Default: {}.", option.initial))});
    variables.insert(variables.begin(), own.begin(), own.end());
    return app::man_page(
        {.name = "sheetbq-job",
         .summary = "copies one tab of a Google Sheet into one BigQuery table",
         .details = "A run is configured by variables of the environment, and by nothing "
                    "else. The table is either the whole sheet of before or the whole "
                    "sheet of now: what cannot be loaded faithfully is refused, with the "
                    "cell and what to do.\n\n"
                    "Each event is a line of JSON on standard output, text on a terminal. "
                    "The last one, run_finished, is the report.",
         .flags = {known_flags.begin(), known_flags.end()},
         .variables = std::move(variables),
         .files = app::manual_files(false),
         .examples = {examples.begin(), examples.end()},
         .see_also = {"sheetbq-helper", "sheetbq-orchestrator"}});
}

void print_variable(std::string_view name, std::string_view values, std::string_view initial,
                    bool required, std::string_view description) {
    std::cout << fmt::format("  {}{}\n      {} {}{}\n", name, required ? " (required)" : "",
                             description, values,
                             initial.empty() ? "" : fmt::format(" Default: {}.", initial));
}

void print_help() {
    std::cout
        << "sheetbq-job: copies one tab of a Google Sheet into one BigQuery table, whole and "
           "typed.\n\n"
           "Examples\n"
           "  CONFIG_NAME=orders "
           "GOOGLE_SHEET_URL='https://docs.google.com/spreadsheets/d/.../edit#gid=0' \\\n"
           "  GOOGLE_CLOUD_PROJECT_ID=my-project BIGQUERY_DATASET_ID=sales "
           "BIGQUERY_TABLE_ID=orders sheetbq-job\n"
           "  sheetbq-job --dry-run          the same variables; shows what would be loaded\n\n"
        << flags() << "\nVariables\n";
    for (const auto& option : etl::option_definitions())
        print_variable(option.name, fmt::format("[{}]", option.values), option.initial,
                       option.required, option.description);
    for (const auto& setting : app::setting_definitions())
        print_variable(setting.name, fmt::format("[{}]", setting.values), setting.initial, false,
                       setting.description);
    std::cout << "\nExit codes\n"
                 "  0 ok, 1 bug, 2 usage, 3 not found, 4 no credentials, 6 conflict, 10 "
                 "configuration refused,\n"
                 "  11 permission, 12 quota, 13 upstream failure, 14 deadline, 15 data refused,\n"
                 "  75 started too late, 130 SIGINT, 143 SIGTERM\n";
}

/// Everything that is set, and what is wrong with it. @returns the exit code.
int print_config(const app::Settings& settings) {
    const auto print = [](std::string_view name, std::string_view initial) {
        const auto value = app::environment_variable(name);
        std::cout << fmt::format("{}={}{}\n", name, value.value_or(std::string{initial}),
                                 value             ? ""
                                 : initial.empty() ? "  # not set"
                                                   : "  # default");
    };
    for (const auto& option : etl::option_definitions()) print(option.name, option.initial);
    for (const auto& setting : app::setting_definitions())
        if (setting.name != "HTTPS_PROXY") print(setting.name, setting.initial);
    std::cout << fmt::format("HTTPS_PROXY={}\n", settings.connection.https_proxy.empty()
                                                     ? "  # not set"
                                                     : "(set, not shown)");
    int code = 0;
    try {
        etl::read_options(app::environment_variable);
    } catch (const Error& error) {
        std::cout << "\n" << describe(error);
        code = exit_code(error.code());
    }
    try {
        const sheetbq::Log silent{{}};
        const app::Environment environment{settings, {}, silent, {}};
        std::cout << "\ncredentials: " << environment.credentials().kind << "\n";
    } catch (const Error& error) {
        std::cout << "\n" << describe(error);
        if (code == 0) code = exit_code(error.code());
    }
    return code;
}

/// All three parts of an error as one sentence after the other.
std::string one_line(const Error& error) {
    std::string text = error.what();
    if (error.hint().empty()) return text;
    if (!text.ends_with('.')) text += '.';
    return text + " " + error.hint();
}

/// The last line: the whole report for programs, the outcome for people.
void finish(const etl::RunReport& report, const app::Settings& settings, app::Console& console) {
    if (settings.log_format == app::LogFormat::text) {
        if (!report.error && report.outcome == etl::Outcome::dry_run)
            app::write_all(STDOUT_FILENO, preview(report) + "\n");
        app::write_all(report.error ? STDERR_FILENO : STDOUT_FILENO,
                       report.error ? describe(*report.error) : summary(report) + "\n");
        return;
    }
    sheetbq::Fields fields;
    for (const auto& [name, value] : to_json(report))
        fields.emplace_back(std::string{name}, sheetbq::RawJson{boost::json::serialize(value)});
    const auto log = console.log();
    if (report.error)
        log.error("run_finished", one_line(*report.error), std::move(fields));
    else
        log.notice("run_finished", summary(report), std::move(fields));
}

int run_program(int argc, char** argv) {
    po::variables_map given;
    try {
        const auto known = flags();
        const auto parsed = po::parse_command_line(argc, argv, known);
        for (const auto& option : parsed.options)
            if (option.string_key.empty())
                throw po::error{fmt::format("\"{}\" is no flag; a run is configured by variables",
                                            option.value.at(0))};
        po::store(parsed, given);
    } catch (const po::error& error) {
        std::cerr << describe(Error{Code::usage, "the command line cannot be understood"}
                                  .because(error.what())
                                  .fix("Run: sheetbq-job --help"));
        return exit_code(Code::usage);
    }
    if (given.count("help") != 0) {
        print_help();
        return 0;
    }
    if (given.count("version") != 0) {
        std::cout << app::version_line("sheetbq-job") << "\n";
        return 0;
    }
    if (given.count("man") != 0) {
        std::cout << manual();
        return 0;
    }
    app::Interrupter interrupter;
    app::Settings settings;
    try {
        settings = app::read_settings();
    } catch (const Error& error) {
        std::cerr << describe(error);
        return exit_code(error.code());
    }
    if (given.count("print-config") != 0) return print_config(settings);
    app::Console console{settings};
    constexpr std::size_t preview_rows = 5;
    const auto report = app::run_job(
        settings, app::environment_variable,
        given.count("dry-run") != 0 ? etl::Mode::dry_run : etl::Mode::load, preview_rows,
        console.log(), [&](const etl::Progress& progress) { console.progress(progress); },
        interrupter);
    finish(report, settings, console);
    return report.exit_code();
}

}  // namespace

int main(int argc, char** argv) {
    sheetbq::forbid_core_dumps();
    try {
        return run_program(argc, argv);
    } catch (const std::exception& bug) {
        std::cerr << describe(
            Error{Code::internal, "sheetbq-job failed in a way that it does not know"}
                .because(bug.what())
                .fix("Report this as a bug of sheetbq, with the lines above."));
        return exit_code(Code::internal);
    }
}
