#include "options.hpp"

#include "sheetbq/core/error.hpp"

#include <boost/program_options.hpp>

#include <sstream>

namespace sheetbq::sandbox {

namespace po = boost::program_options;

namespace {

using Words = std::vector<std::string>;

po::options_description describe(Options& options, long& latency, long& seconds) {
    po::options_description known{"sheetbq-sandbox: a stand-in for Google on this machine"};
    known.add_options()             //
        ("help", "show this text")  //
        ("port", po::value(&options.port)->default_value(options.port), "0 = chosen")(
            "host", po::value(&options.host)->default_value(options.host), "address to listen on")(
            "sheet", po::value<Words>(&options.sheets)->composing(),
            "NAME=FILE.csv or NAME=FILE.json; repeatable")(
            "generate", po::value<Words>(&options.generated)->composing(),
            "NAME=ROWSxCOLS: a made-up sheet; repeatable")(
            "project", po::value(&options.project)->default_value(options.project),
            "project of the accounts")("secret", po::value<Words>(&options.secrets)->composing(),
                                       "NAME=VALUE: a secret of the project; repeatable")(
            "dataset", po::value<Words>(&options.datasets)->composing(),
            "project.dataset[:LOCATION]; repeatable; default PROJECT.demo")(
            "service-account-key", po::value(&options.service_account_key),
            "writes a fresh key file here and registers its account")(
            "authorized-user", po::value(&options.authorized_user),
            "writes a file as gcloud auth application-default login does")(
            "tls-cert", po::value(&options.tls_certificate), "PEM certificate: serves https")(
            "tls-key", po::value(&options.tls_key), "PEM key of --tls-cert")(
            "latency", po::value(&latency)->default_value(0),
            "milliseconds before every values.get")(
            "fault", po::value<Words>(&options.faults)->composing(),
            "a fault as JSON (docs/sandbox.md); repeatable")(
            "pretty", po::bool_switch(&options.pretty), "ignore prettyPrint=false")(
            "discard-rows", po::bool_switch(&options.discard_rows), "count loaded rows only")(
            "cloud-run-job", po::value<Words>(&options.cloud_run_jobs)->composing(),
            "projects/P/locations/R/jobs/J, or JSON (docs/sandbox.md); repeatable")(
            "job-program", po::value(&options.job_program), "program that executions run")(
            "cloud-run", po::value(&options.cloud_run),
            "lags and limits of Cloud Run and Logging as JSON (docs/sandbox.md)")(
            "request-log", po::value(&options.request_log), "a line of JSON a request goes here")(
            "state-dir", po::value(&options.state_dir),
            "tables are written here as JSON at the end")(
            "max-seconds", po::value(&seconds)->default_value(seconds),
            "ends by itself after that");
    return known;
}

}  // namespace

Options read_options(int argc, char** argv) {
    Options options;
    long latency = 0;
    long seconds = options.max_seconds.count();
    const auto known = describe(options, latency, seconds);
    try {
        po::variables_map given;
        po::store(po::parse_command_line(argc, argv, known), given);
        po::notify(given);
        if (given.count("help") != 0) {
            std::ostringstream text;
            text << known;
            options.help = text.str();
        }
    } catch (const po::error& error) {
        throw Error{Code::usage, "the command line cannot be understood"}
            .because(error.what())
            .fix("Run sheetbq-sandbox --help.");
    }
    options.latency = std::chrono::milliseconds{latency};
    options.max_seconds = std::chrono::seconds{seconds};
    return options;
}

}  // namespace sheetbq::sandbox
