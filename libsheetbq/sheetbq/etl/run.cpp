#include "sheetbq/etl/run.hpp"

#include "sheetbq/core/process.hpp"
#include "sheetbq/core/run_together.hpp"
#include "sheetbq/core/uuid.hpp"
#include "sheetbq/etl/load_job.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sheetbq::etl {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr int most_rereads = 2;
/// Between the end of a load and the label that records it; later changes are somebody else's.
constexpr std::chrono::milliseconds label_delay = 30s;

/// Measures phases one after the other.
class Stopwatch {
public:
    Stopwatch(Clock& clock, RunReport& report)
        : clock_{clock}, report_{report}, begin_{clock.monotonic()} {}
    void phase(std::string name) {
        const auto now = clock_.monotonic();
        report_.seconds.emplace_back(std::move(name),
                                     std::chrono::duration<double>(now - begin_).count());
        begin_ = now;
    }

private:
    Clock& clock_;
    RunReport& report_;
    std::chrono::nanoseconds begin_;
};

/// A stop before the load, which tells its own.
Error stopped_early(const Error& error) {
    return Error{Code::cancelled, "the run was asked to stop before it wrote anything"}
        .because(fmt::format("{}; the table is as it was", error.what()))
        .fix("Run again to load the sheet.");
}

class Run {
public:
    Run(const Services& services, const Options& options, Mode mode, const Log& log,
        const OnProgress& progress, const Interruption& interruption)
        : services_{services},
          options_{options},
          mode_{mode},
          log_{log},
          progress_{progress},
          interruption_{interruption},
          spool_{options.spool_bytes, options.skip_unchanged} {}

    RunReport run() {
        report_.run_id = options_.run_id;
        report_.config_id = options_.config_id;
        report_.config_name = options_.config_name;
        report_.table = options_.destination.dotted();
        try {
            work();
        } catch (const Error& error) {
            report_.outcome = Outcome::failed;
            report_.error = error.code() == Code::cancelled && error.hint().empty()
                                ? stopped_early(error)
                                : error;
        } catch (const std::exception& bug) {
            report_.outcome = Outcome::failed;
            report_.error = Error{Code::internal, "the run failed in a way that it does not know"}
                                .because(bug.what())
                                .fix("Report this as a bug of sheetbq, with the lines above.");
        }
        report_.bytes_in = services_.traffic.bytes_in;
        report_.bytes_out = services_.traffic.bytes_out;
        report_.requests = services_.traffic.requests;
        report_.retries = services_.traffic.retries;
        report_.peak_memory = peak_memory_bytes();
        report_.cpu_seconds = cpu_seconds();
        return std::move(report_);
    }

private:
    std::stop_token stop() const { return interruption_.stop; }

    void work() {
        Stopwatch watch{services_.clock, report_};
        refuse_late_start();
        look();
        watch.phase("look");
        read();
        watch.phase("read");
        verdict_ = judge(read_, source_, destination_, options_);
        describe_result();
        if (mode_ == Mode::dry_run) {
            report_.outcome = Outcome::dry_run;
            report_.first_rows = read_own_csv(read_.first_lines, read_.layout.encoding.null_marker,
                                              options_.preview_rows);
            report_.difference = compare(destination_, read_, verdict_, options_);
            return;
        }
        const std::string digest = content_digest();
        if (is_unchanged(digest)) {
            report_.outcome = Outcome::unchanged;
            return;
        }
        load_table();
        watch.phase("load");
        if (options_.skip_unchanged) record_content(digest);
    }

    /// A run that starts too late may have been replaced by another one.
    void refuse_late_start() {
        if (!options_.start_by || services_.clock.now() <= *options_.start_by) return;
        const auto& id = options_.destination;
        const auto location = services_.bigquery.location(id.project, id.dataset, stop());
        const gcp::JobId job{id.project, location, fmt::format("sheetbq_{}_1", options_.run_id)};
        if (services_.bigquery.find_job(job, stop()))
            return;  // it had begun in time: go on with it
        throw Error{Code::too_late, "the run started too late and touched nothing"}
            .because(fmt::format("it is {}, SHEETBQ_START_BY was {}",
                                 to_rfc3339(services_.clock.now()), to_rfc3339(*options_.start_by)))
            .fix("Start a new run.");
    }

    void look() {
        run_together(stop(), {[&](std::stop_token stage) { look_at_sheet(stage); },
                              [&](std::stop_token stage) {
                                  destination_ = look_at_destination(services_.bigquery,
                                                                     options_.destination, stage);
                              }});
        if (options_.sheet.range)
            notice("range_ignored",
                   fmt::format("the address also names the range {}, which is not used; set "
                               "SHEET_RANGE to load a part of the tab",
                               *options_.sheet.range),
                   false);
        log_.info("sheet_found", fmt::format(R"(reading "{}" of "{}" ({} rows, {} columns))",
                                             source_.tab.title, source_.spreadsheet.title,
                                             source_.range.last_row - source_.range.first_row + 1,
                                             source_.columns()));
    }

    void look_at_sheet(std::stop_token stage) {
        auto spreadsheet = services_.sheets.spreadsheet(options_.sheet.spreadsheet_id, stage);
        source_ = choose_source(std::move(spreadsheet), options_, gid_);
        gid_ = source_.tab.gid;
        report_.spreadsheet_title = source_.spreadsheet.title;
        report_.tab_title = source_.tab.title;
        report_.sheet_link = source_.link();
    }

    bool needs_several_windows() const {
        const std::int64_t rows = source_.range.last_row - source_.range.first_row + 1;
        return rows * source_.columns() > options_.window_cells;
    }

    /// Reads until what was read is one state of the sheet, as far as that can be known.
    void read() {
        for (int reread = 0;; ++reread) {
            const bool last = reread == most_rereads;
            try {
                if (read_once(last)) return;
            } catch (const Error& error) {
                if (error.code() != Code::conflict) throw;
                if (last) refuse_changing_shape(error);
                log_.notice("tab_changed", fmt::format("{}; looking at it again", error.text()));
            }
            look_at_sheet(stop());
        }
    }

    /// @returns false when the sheet was edited meanwhile and is to be read again.
    bool read_once(bool last) {
        const auto before = version();
        if (before) look_at_sheet(stop());  // a shape no older than the version
        read_ = read_tab(services_.sheets, source_, options_, destination_.live, spool_, log_,
                         progress_, stop());
        if (!before || read_.windows == 1) return true;
        const auto after = version();
        if (!after || *before == *after) return true;
        if (last)
            settle_for_changing();
        else
            log_.notice("sheet_changed",
                        "the sheet was edited while it was read; reading it again");
        return last;
    }

    [[noreturn]] static void refuse_changing_shape(const Error& error) {
        throw Error{Code::unavailable, "the tab keeps changing its shape while it is read"}
            .because(error.what())
            .fix("Run again when nobody is adding, deleting or renaming rows, columns and tabs.");
    }

    /// Drive's version of the file; nothing when one answer is enough or Drive does not tell.
    std::optional<std::string> version() {
        if (!needs_several_windows()) return std::nullopt;
        auto answer = services_.drive.version(source_.spreadsheet.id, stop());
        if (answer.trashed)
            notice_once(
                "trashed",
                "the spreadsheet is in the bin and will be deleted; restore it in Google Drive");
        if (!answer.version)
            notice_once(
                "consistency_not_checked",
                fmt::format(
                    "whether the sheet was edited while it was read could not be checked: {}",
                    answer.unavailable_because));
        return std::move(answer.version);
    }

    void settle_for_changing() {
        if (options_.consistency == Consistency::strict)
            throw Error{Code::bad_data, "the sheet was edited during each of three reads"}
                .because("CONSISTENCY is strict, and rows of different moments may be mixed")
                .fix("Run again when nobody edits the sheet, or set CONSISTENCY=relaxed.");
        notice("sheet_changed",
               "the sheet was edited during each of three reads; rows of different moments may be "
               "mixed");
    }

    void notice(std::string event, std::string message, bool warning = true) {
        report_.notices.push_back({std::move(event), std::move(message), warning});
    }

    void notice_once(const std::string& event, std::string message) {
        if (std::none_of(report_.notices.begin(), report_.notices.end(),
                         [&](const Notice& known) { return known.event == event; }))
            notice(event, std::move(message));
    }

    void describe_result() {
        for (const auto* notices : {&read_.layout.notices, &verdict_.notices})
            report_.notices.insert(report_.notices.end(), notices->begin(), notices->end());
        for (const auto& known : report_.notices)
            known.warning ? log_.warning(known.event, known.message)
                          : log_.info(known.event, known.message);
        report_.rows = read_.stats.rows;
        report_.blank_rows = read_.stats.blank_rows;
        report_.cells = read_.stats.cells;
        report_.text_bytes = spool_.text_bytes();
        report_.compressed_bytes = spool_.compressed_bytes();
        for (std::size_t i = 0; i < verdict_.schema.size(); ++i) {
            const auto& from = read_.layout.columns[i];
            ReportedColumn column{.name = verdict_.schema[i].name,
                                  .type = std::string{to_string(verdict_.schema[i].type)},
                                  .header = from.header,
                                  .letters = {},
                                  .cells = {}};
            if (from.sheet_column >= 0) {
                column.letters =
                    table::column_letters(source_.range.first_column + from.sheet_column);
                column.cells =
                    read_.stats.columns[static_cast<std::size_t>(from.sheet_column)].counts;
            }
            report_.columns.push_back(std::move(column));
        }
    }

    /// Names text, schema and target together.
    std::string content_digest() const {
        if (!options_.skip_unchanged) return {};
        std::string schema;
        for (const auto& column : verdict_.schema)
            schema += json::serialize(table::to_json(column));
        return label_value(
            fmt::format("{}-{:016x}", spool_.digest(), std::hash<std::string>{}(schema)));
    }

    /// The live table is what the last run of this option has loaded, untouched since.
    bool is_unchanged(const std::string& digest) const {
        if (!options_.skip_unchanged || !destination_.live ||
            options_.write_mode == WriteMode::append)
            return false;
        const auto label = [&](std::string_view name) {
            const auto* value = destination_.live->labels.if_contains(name);
            return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                          : std::string{};
        };
        const std::string recorded = label("sheetbq_recorded_ms");
        std::int64_t recorded_ms = 0;
        std::from_chars(recorded.data(), recorded.data() + recorded.size(), recorded_ms);
        return label("sheetbq_content") == digest && destination_.live->rows == read_.stats.rows &&
               destination_.live->modified_ms - recorded_ms <= label_delay.count();
    }

    void record_content(const std::string& digest) {
        try {
            const auto table = services_.bigquery.find_table(options_.destination, stop());
            if (!table) return;
            services_.bigquery.set_labels(
                options_.destination,
                {{"sheetbq_content", digest},
                 {"sheetbq_recorded_ms", std::to_string(table->modified_ms)}},
                stop());
        } catch (const Error& error) {
            // the load is done and proven; only the next run's shortcut is lost
            notice("content_not_recorded",
                   fmt::format("the table's labels could not be set, so the next run loads "
                               "again: {}",
                               error.what()));
        }
    }

    void load_table() {
        const auto outcome = load(services_.bigquery, source_, destination_, read_, verdict_,
                                  spool_, options_, log_, progress_, interruption_);
        report_.outcome = Outcome::loaded;
        report_.job_id = outcome.job.id;
        report_.adopted = outcome.adopted;
        if (outcome.adopted) report_.rows = outcome.output_rows;
    }

    const Services& services_;
    const Options& options_;
    Mode mode_;
    const Log& log_;
    const OnProgress& progress_;
    const Interruption& interruption_;
    Spool spool_;
    Source source_;
    Destination destination_;
    std::optional<int> gid_;
    ReadResult read_;
    Verdict verdict_;
    RunReport report_;
};

}  // namespace

RunReport run(const Services& services, const Options& options, Mode mode, const Log& log,
              const OnProgress& progress, const Interruption& interruption) {
    return Run{services, options, mode, log, progress, interruption}.run();
}

std::string make_run_id(Clock& clock) { return make_uuid(clock); }

}  // namespace sheetbq::etl
