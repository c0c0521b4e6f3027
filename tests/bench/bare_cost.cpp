#include "bench/bare_cost.hpp"

#include "sandbox/sandbox.hpp"
#include "sandbox/synthetic.hpp"
#include "sheetbq/core/process.hpp"
#include "sheetbq/etl/spool.hpp"
#include "sheetbq/http/inflate.hpp"
#include "sheetbq/table/csv_encoder.hpp"
#include "sheetbq/table/values_scanner.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <stdexcept>

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

// Counts every allocation of this program.
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sheetbq::bench {
namespace {

constexpr int columns = 10;
constexpr int window_rows = 30'000;

/// Takes cells and forgets them.
struct Nothing {
    std::uint64_t cells = 0;
    void text(int, std::string_view, bool) { ++cells; }
    void number(int, std::string_view, bool) { ++cells; }
    void boolean(int, bool) { ++cells; }
    void end_row() {}
};

template <class Handler>
void scan(const std::string& gzip, Handler& handler) {
    table::ValuesScanner<Handler> scanner{handler};
    http::Inflater inflater;
    std::string_view in = gzip;
    while (!inflater.finished()) {
        const auto space = scanner.space();
        const auto size = inflater.read(in, space.data, space.size);
        scanner.commit(size);
    }
    scanner.finish();
}

/// Answers of values.get as the sandbox sends them, compressed.
std::vector<std::string> answers(int rows, bool pretty) {
    SystemClock clock;
    sandbox::Sandbox google{clock};
    google.always_pretty = pretty;
    sandbox::Spreadsheet sheet;
    sheet.id = "bench";
    sheet.shared_with = {"*"};
    sheet.tabs.push_back(sandbox::synthetic_tab("mix", rows + 1, columns));
    google.sheets.emplace(sheet.id, std::move(sheet));
    const auto token =
        google.token_for("bench@demo-project.iam.gserviceaccount.com", {"spreadsheets.readonly"});
    std::vector<std::string> bodies;
    for (int row = 2; row <= rows + 1; row += window_rows) {
        http::Request request{
            .url = fmt::format(
                "https://sheets.googleapis.com/v4/spreadsheets/bench/values/%27mix%27%21A{}%3AJ{}"
                "?valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=SERIAL_NUMBER"
                "&prettyPrint=false&fields=range%2Cvalues",
                row, std::min(rows + 1, row + window_rows - 1))};
        request.headers.set("authorization", "Bearer " + token);
        request.headers.set("accept-encoding", "gzip");
        auto answer = google.send(request, nullptr, {});
        if (answer.status != 200) throw std::runtime_error{answer.body};
        bodies.push_back(std::move(answer.body));
    }
    return bodies;
}

table::EncodingPlan plan_all() {
    using table::NumberKind;
    table::EncodingPlan plan;
    plan.width = columns;
    for (int i = 0; i < columns; ++i) plan.columns.push_back({.output = i});
    plan.columns[7].habit = NumberKind::date;
    plan.columns[8].habit = NumberKind::datetime;
    return plan;
}

}  // namespace

BareCost::BareCost(int rows, bool pretty) : answers_{answers(rows, pretty)} {
    const auto plan = plan_all();
    table::CsvEncoder encoder{plan, 1};
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        encoder.restart(1);
        const auto before = allocations.load();
        scan(answers_[i], encoder);
        if (i > 0) allocations_ += allocations.load() - before;
        csv_ += encoder.csv();
    }
}

double BareCost::measure() const {
    etl::Spool spool{4096UL << 20U, false};
    Nothing nothing;
    const double begin = cpu_seconds();
    for (const auto& answer : answers_) scan(answer, nothing);
    spool.append(csv_);
    spool.finish();
    return cpu_seconds() - begin;
}

}  // namespace sheetbq::bench
