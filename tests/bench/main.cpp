#include "bench/bare_cost.hpp"
#include "bench/bars.hpp"
#include "bench/child.hpp"
#include "support/certificate.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <stdexcept>

namespace {

using namespace sheetbq::bench;
namespace json = boost::json;

struct Setup {
    std::string job;
    std::string sandbox;
    std::string python;  ///< interpreter with the Python stack; empty: not measured
    std::string python_script;
    bool smoke = false;  ///< the small sizes only, once each
};

Bars bars;

/// The last line of the job's output.
json::object report_of(const Usage& usage) {
    auto text = usage.output;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const auto line = text.substr(text.rfind('\n') + 1);
    if (usage.exit_code != 0) throw std::runtime_error{"the job failed: " + line};
    return json::parse(line).as_object();
}

/// A sandbox with one synthetic sheet, over TLS, and how to reach it.
class Google {
public:
    Google(const Setup& setup, int rows, const std::vector<std::string>& more)
        : certificate_{sheetbq::testing::make_certificate("IP:127.0.0.1")},
          certificate_file_{folder_.write("cert.pem", certificate_.certificate_pem)},
          key_file_{folder_.write("key.pem", certificate_.key_pem)},
          server_{words(setup, rows, more), {}, "sheetbq-sandbox listening on "} {
        const auto& text = server_.output();
        root_ = after(text, "listening on ");
        sheet_ = text.substr(text.find("https://docs"));
        sheet_ = sheet_.substr(0, sheet_.find('\n'));
    }

    Variables variables(const std::string& table) const {
        return {{"CONFIG_NAME", "bench"},
                {"GOOGLE_SHEET_URL", sheet_},
                {"GOOGLE_CLOUD_PROJECT_ID", "demo-project"},
                {"BIGQUERY_DATASET_ID", "demo"},
                {"BIGQUERY_TABLE_ID", table},
                {"SHEETBQ_API_ROOT", root_},
                {"SSL_CERT_FILE", certificate_file_},
                {"LOG_FORMAT", "json"},
                {"GOOGLE_APPLICATION_CREDENTIALS", credentials()}};
    }
    std::string root() const { return root_; }
    std::string credentials() const { return (folder_.path() / "account.json").string(); }
    std::string certificate() const { return certificate_file_; }
    std::string spreadsheet_id() const {
        const auto from = sheet_.find("/d/") + 3;
        return sheet_.substr(from, sheet_.find('/', from) - from);
    }

private:
    static std::string after(const std::string& text, const std::string& mark) {
        const auto from = text.find(mark) + mark.size();
        return text.substr(from, text.find('\n', from) - from);
    }

    std::vector<std::string> words(const Setup& setup, int rows,
                                   const std::vector<std::string>& more) const {
        std::vector<std::string> list{setup.sandbox,
                                      "--port",
                                      "0",
                                      "--generate",
                                      fmt::format("mix={}x10", rows + 1),
                                      "--dataset",
                                      "demo-project.demo",
                                      "--service-account-key",
                                      credentials(),
                                      "--tls-cert",
                                      certificate_file_,
                                      "--tls-key",
                                      key_file_,
                                      "--discard-rows",
                                      "--max-seconds",
                                      "900"};
        list.insert(list.end(), more.begin(), more.end());
        return list;
    }

    sheetbq::testing::TemporaryDirectory folder_;
    sheetbq::testing::Certificate certificate_;
    std::string certificate_file_;
    std::string key_file_;
    Background server_;
    std::string root_;
    std::string sheet_;
};

struct Size {
    const char* name;
    int rows;
    int repeats;
};

void measure_python(const Setup& setup, const Size& size, double cells, double job_cpu,
                    double job_peak);

void measure(const Setup& setup, const Size& size, bool pretty) {
    const double cells = size.rows * 10.0;
    const BareCost bare{size.rows, pretty};
    const Google google{setup, size.rows,
                        pretty ? std::vector<std::string>{"--pretty"} : std::vector<std::string>{}};
    std::vector<double> cpu;
    std::vector<double> bare_cpu;
    std::vector<double> wall;
    double peak = 0;
    json::object report;
    for (int i = 0; i < (setup.smoke ? 1 : size.repeats); ++i) {
        const auto usage = run_child({setup.job}, google.variables(fmt::format("t{}", i)));
        report = report_of(usage);
        bare_cpu.push_back(bare.measure());
        cpu.push_back(usage.cpu_seconds);
        wall.push_back(usage.wall_seconds);
        peak = std::max(peak, json::value_to<double>(report.at("peak_memory_bytes")) / 1048576.0);
    }
    const double per_cell = median(cpu) * 1e9 / cells;
    const double bare_per_cell = median(bare_cpu) * 1e9 / cells;
    fmt::print(
        "\n{} cells, {}: {:.0f} ns a cell, CPU {:.3f} s, wall {:.2f} s, peak {:.1f} MiB, in {:.1f} "
        "MB, out {:.1f} MB\n",
        size.name, pretty ? "pretty" : "compact", per_cell, median(cpu), median(wall), peak,
        json::value_to<double>(report.at("bytes_in")) / 1e6,
        json::value_to<double>(report.at("bytes_out")) / 1e6);
    fmt::print(
        "  bare inflate + scan + deflate of the same bytes: {:.0f} ns a cell; ratio {:.2f}\n",
        bare_per_cell, per_cell / bare_per_cell);
    if (size.rows == 1'000) {
        bars.at_most("CPU of the whole process", median(cpu) * 1e3, 20, "ms");
        bars.at_most("peak memory", peak, 20, "MiB");
    }
    if (size.rows == 1'000'000) {
        bars.at_most("CPU a cell", per_cell, 110, "ns");
        bars.at_most("peak memory", peak, 96, "MiB");
        bars.at_most("ratio to the bare cost", per_cell / bare_per_cell, 1.6, "");
        bars.at_most("allocations a million cells, after window 1",
                     static_cast<double>(bare.allocations_after_first_window()) * 1e6 / cells, 100,
                     "");
    }
    if (!pretty) measure_python(setup, size, cells, median(cpu), peak);
}

void measure_python(const Setup& setup, const Size& size, double cells, double job_cpu,
                    double job_peak) {
    if (setup.python.empty()) return;
    const Google google{setup, size.rows, {}};
    const auto usage =
        run_child({setup.python, setup.python_script, "--api-root", google.root(), "--key",
                   google.credentials(), "--spreadsheet", google.spreadsheet_id(), "--tab", "mix",
                   "--table", "demo-project.demo.python"},
                  {{"SSL_CERT_FILE", google.certificate()},
                   {"REQUESTS_CA_BUNDLE", google.certificate()},
                   {"HTTPLIB2_CA_CERTS", google.certificate()},
                   {"HOME", "/nonexistent"}});
    if (usage.exit_code != 0) throw std::runtime_error{"the Python stack failed: " + usage.output};
    fmt::print(
        "  the Python stack it replaces: {:.0f} ns a cell, CPU {:.2f} s ({:.0f}x), wall {:.2f} s, "
        "peak {:.0f} MiB ({:.0f}x)\n",
        usage.cpu_seconds * 1e9 / cells, usage.cpu_seconds, usage.cpu_seconds / job_cpu,
        usage.wall_seconds, usage.peak_mib, usage.peak_mib / job_peak);
}

void measure_start(const Setup& setup) {
    std::vector<double> wall;
    for (int i = 0; i < 50; ++i)
        wall.push_back(run_child({setup.job, "--version"}, {}).wall_seconds * 1e3);
    fmt::print("\nstart: spawn, main, exit of sheetbq-job --version, median of 50\n");
    bars.at_most("process start to the end of main", median(wall), 3, "ms");
}

void measure_latency(const Setup& setup) {
    const Google google{setup, 1'000'000, {"--latency", "600"}};
    auto variables = google.variables("latency");
    variables["READ_CONCURRENCY"] = "8";
    const auto usage = run_child({setup.job}, variables);
    const auto report = report_of(usage);
    fmt::print(
        "\n10 million cells, 600 ms an answer, READ_CONCURRENCY=8: CPU {:.2f} s, peak {:.1f} MiB\n",
        usage.cpu_seconds, json::value_to<double>(report.at("peak_memory_bytes")) / 1048576.0);
    bars.at_most("reading the sheet",
                 json::value_to<double>(report.at("seconds").as_object().at("read")), 8, "s");
}

void run(const Setup& setup) {
    measure_start(setup);
    for (const Size& size : {Size{"10 thousand", 1'000, 11}, Size{"1 million", 100'000, 5},
                             Size{"10 million", 1'000'000, 7}}) {
        if (setup.smoke && size.rows > 100'000) break;
        for (const bool pretty : {false, true}) measure(setup, size, pretty);
    }
    if (!setup.smoke) measure_latency(setup);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: bench JOB SANDBOX [--smoke] [--python PYTHON SCRIPT]\n");
        return 2;
    }
    Setup setup{.job = argv[1], .sandbox = argv[2], .python = {}, .python_script = {}};
    for (int i = 3; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--smoke") setup.smoke = true;
        if (word == "--python" && i + 2 < argc) {
            setup.python = argv[i + 1];
            setup.python_script = argv[i + 2];
        }
    }
    try {
        run(setup);
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench: {}\n", error.what());
        return 1;
    }
    return bars.conclude(setup.smoke);
}
