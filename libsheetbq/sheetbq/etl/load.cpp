#include "sheetbq/etl/load.hpp"

#include "sheetbq/etl/load_job.hpp"
#include "sheetbq/gcp/resumable_upload.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sheetbq::etl {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr int most_jobs = 5;       // load jobs of one attempt, failed ones included
constexpr int most_sessions = 5;   // upload sessions of one job
constexpr auto hidden_job = 200s;  // how long jobs.get may deny a job that exists
constexpr auto first_poll = 250ms;
constexpr auto longest_poll = 10'000ms;
constexpr int most_looks = 6;  // for a job that may have begun when the run was stopped
constexpr auto look_again = 400ms;

/// Failed jobs that a new job may do better.
bool is_retryable(const gcp::JobInfo& job) {
    constexpr std::array<std::string_view, 7> reasons{
        "backendError",      "internalError",        "jobBackendError", "jobInternalError",
        "rateLimitExceeded", "jobRateLimitExceeded", "tableUnavailable"};
    return std::find(reasons.begin(), reasons.end(), job.reason) != reasons.end();
}

/// The service cannot add columns and keep the table's metadata in one job.
bool refuses_schema_update(const gcp::JobInfo& job) {
    const auto says = [&](std::string_view text) {
        return job.message.find(text) != std::string::npos;
    };
    return job.reason == "invalid" &&
           (says("schemaUpdateOptions") || says("Schema update options") ||
            says("schema update options"));
}

std::uint64_t number_in(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// How to go on when a load may have succeeded unseen.
std::string same_run_again(const Options& options) {
    return fmt::format(
        "Run again with SHEETBQ_RUN_ID={}: the same run takes over what has begun and never loads "
        "a second time.",
        options.run_id);
}

/// A failure after which the job may still load the table.
Error with_open_end(const Error& error, const gcp::JobId& id, const Options& options) {
    return Error{error.code(), error.text()}
        .because(fmt::format("{}{}BigQuery may have accepted the load job {}, which would still "
                             "load the table",
                             error.reason(), error.reason().empty() ? "" : "; ", id.id))
        .fix(fmt::format("{}{}{}", error.hint(), error.hint().empty() ? "" : " ",
                         same_run_again(options)));
}

Error explain_failed_job(const gcp::JobInfo& job, const gcp::JobId& id,
                         const Destination& destination) {
    std::string reasons = fmt::format("BigQuery says {}: {}", job.reason, job.message);
    for (const auto& error : job.errors)
        if (error != job.message && reasons.size() < 1'500)
            reasons += fmt::format("\n    {}", error);
    const std::string text =
        fmt::format("BigQuery did not load {} (job {})", destination.id.dotted(), id.id);
    const auto make = [&](Code code, std::string hint) {
        return Error{code, text}.because(reasons).fix(std::move(hint));
    };
    if (job.reason == "accessDenied")
        return make(
            Code::permission_denied,
            fmt::format("Grant roles/bigquery.dataEditor on the dataset {} to the job's account.",
                        destination.id.dataset));
    if (job.reason == "quotaExceeded" || is_retryable(job))
        return make(
            job.reason == "quotaExceeded" || job.reason.find("ateLimit") != std::string::npos
                ? Code::quota
                : Code::unavailable,
            "The table stays as it was. Run again later; see "
            "https://cloud.google.com/bigquery/quotas#load_jobs for the limits.");
    if (job.reason == "notFound")
        return make(Code::not_found, "Create the dataset again, or correct BIGQUERY_DATASET_ID.");
    if (job.reason == "stopped")
        return make(Code::conflict,
                    "Somebody cancelled the job; the table stays as it was. Run again.");
    return make(Code::bad_data,
                "The table stays as it was. Correct the sheet or the schema against BigQuery's "
                "message, or set TYPE_CONFLICT=rebuild to replace the table's schema.");
}

class Loader {
public:
    Loader(gcp::BigQuery& bigquery, const Source& source, const Destination& destination,
           const ReadResult& read, const Verdict& verdict, const Spool& spool,
           const Options& options, const Log& log, const OnProgress& progress, std::stop_token stop)
        : bigquery_{bigquery},
          source_{source},
          destination_{destination},
          read_{read},
          verdict_{verdict},
          spool_{spool},
          options_{options},
          log_{log},
          progress_{progress},
          stop_{std::move(stop)},
          pieces_{spool.pieces()},
          update_schema_{destination.live.has_value() && !verdict.added.empty()} {}

    LoadOutcome run() {
        widen_columns();
        for (int number = 1;; ++number) {
            current_ = job_id(std::to_string(number));
            ++outcome_.jobs;
            const auto job = run_job();
            may_run_ = false;
            if (!job.failed()) return finish(job);
            const bool more = number < most_jobs;
            if (more && update_schema_ && refuses_schema_update(job)) {
                add_columns();
            } else if (more && (is_retryable(job) || adopted_)) {
                log_.warning("load_retried",
                             fmt::format("the load job failed ({}: {}); trying again", job.reason,
                                         job.message));
                pause(number);
            } else {
                throw explain_failed_job(job, current_, destination_);
            }
        }
    }

    /// The job that may be under way; empty before the first.
    const gcp::JobId& current() const { return current_; }
    /// Whether BigQuery may have accepted that job, as far as we know.
    bool may_run() const { return may_run_; }

private:
    gcp::JobId job_id(const std::string& suffix) const {
        return {destination_.id.project, destination_.location,
                fmt::format("sheetbq_{}_{}", options_.run_id, suffix)};
    }

    void pause(int number) {
        bigquery_.api().clock().sleep(std::chrono::seconds{1} * (1 << number), stop_);
        check_stop();
    }

    void check_stop() const {
        if (stop_.stop_requested())
            throw Error{Code::cancelled, "stopped while the table was loaded"};
    }

    /// INT64 columns that met a fraction become FLOAT64 first: a load cannot do that.
    void widen_columns() {
        int number = 0;
        for (const auto& name : verdict_.widened) {
            if (verdict_.rebuild) return;
            current_ = job_id(fmt::format("widen{}", ++number));
            bigquery_.start_query(
                current_,
                fmt::format("ALTER TABLE `{}` ALTER COLUMN `{}` SET DATA TYPE FLOAT64",
                            destination_.id.dotted(), name),
                stop_);
            may_run_ = true;
            const auto job = wait();
            may_run_ = false;
            if (job.failed()) throw explain_failed_job(job, current_, destination_);
        }
    }

    void add_columns() {
        log_.info("columns_added", "the table gets its new columns before the load");
        bigquery_.add_columns(destination_.id, *destination_.live, verdict_.added, stop_);
        update_schema_ = false;
    }

    /// Uploads and waits; a job that exists already is adopted.
    gcp::JobInfo run_job() {
        adopted_ = false;
        const json::object resource = load_job(current_, source_, destination_, read_, verdict_,
                                               options_, update_schema_ && !verdict_.rebuild);
        for (int session = 1; session <= most_sessions; ++session) {
            if (auto job = run_session(resource, session == 1)) return *job;
            log_.warning("upload_restarted",
                         "BigQuery forgot the upload session; the upload starts over");
        }
        throw Error{Code::unavailable, "BigQuery lost the upload again and again"}
            .because(fmt::format("{} upload sessions ended with 404 or 410", most_sessions))
            .fix("The table stays as it was. Run again later.");
    }

    /// One upload session and the job it begins; nothing when the service forgot the session.
    std::optional<gcp::JobInfo> run_session(const json::object& resource, bool first) {
        const auto start = bigquery_.start_upload(destination_.id.project, resource,
                                                  spool_.compressed_bytes(), stop_);
        if (start.refused) return start.refused;
        if (start.job_exists) {
            adopted_ = first;
            may_run_ = true;
            return wait();
        }
        sent(0);
        const auto end = gcp::upload(
            bigquery_.api(), start.session, pieces_, options_.upload_chunk_bytes,
            [&](std::uint64_t bytes) { sent(bytes); }, stop_);
        adopted_ = end.job_exists;
        if (end.job && end.job->done) return end.job;
        if (adopted_ || end.job || bigquery_.find_job(current_, stop_)) return wait();
        may_run_ = false;
        return std::nullopt;
    }

    /// The next piece may be the last one, which begins the job.
    void sent(std::uint64_t bytes) {
        may_run_ = spool_.compressed_bytes() - bytes <= options_.upload_chunk_bytes;
        if (bytes == 0) return;
        progress_({.phase = Progress::Phase::uploading,
                   .done = bytes,
                   .total = spool_.compressed_bytes(),
                   .rows = read_.stats.rows});
    }

    gcp::JobInfo wait() {
        Clock& clock = bigquery_.api().clock();
        const auto begin = clock.monotonic();
        std::chrono::milliseconds delay = first_poll;
        while (true) {
            check_stop();
            const auto job = bigquery_.find_job(current_, stop_);
            if (job && job->done) return *job;
            if (!job && clock.monotonic() - begin > hidden_job)
                throw Error{Code::unavailable,
                            fmt::format("BigQuery knows nothing of the job {}", current_.id)}
                    .because("it accepted the job, but jobs.get answers 404 for 200 s")
                    .fix(fmt::format(
                        "Look for the job in the console (location {}), then run again.",
                        current_.location));
            progress_({.phase = Progress::Phase::loading,
                       .done = 0,
                       .total = 0,
                       .rows = read_.stats.rows});
            clock.sleep(delay, stop_);
            delay = std::min<std::chrono::milliseconds>(delay * 2, longest_poll);
        }
    }

    /// A load is proven by its row count.
    LoadOutcome finish(const gcp::JobInfo& job) {
        outcome_.job = current_;
        outcome_.output_rows = job.output_rows;
        outcome_.adopted = adopted_;
        std::uint64_t expected = read_.stats.rows;
        if (adopted_)
            if (const auto* label = job.labels.if_contains("rows");
                label != nullptr && label->is_string())
                expected = number_in(label->get_string());
        if (job.output_rows == expected) return outcome_;
        throw Error{Code::unavailable,
                    fmt::format("BigQuery loaded {} rows instead of {}", job.output_rows, expected)}
            .because(fmt::format("job {} ended without an error, but its outputRows disagree",
                                 current_.id))
            .fix(fmt::format(
                "Do not trust the table: compare it with the sheet and {}. Its former rows: "
                "SELECT * FROM `{}` FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), "
                "INTERVAL 1 HOUR)",
                options_.write_mode == WriteMode::append
                    ? "delete the added rows before a new run, which would add them twice"
                    : "run again",
                destination_.id.dotted()));
    }

    gcp::BigQuery& bigquery_;
    const Source& source_;
    const Destination& destination_;
    const ReadResult& read_;
    const Verdict& verdict_;
    const Spool& spool_;
    const Options& options_;
    const Log& log_;
    const OnProgress& progress_;
    std::stop_token stop_;
    std::vector<std::string_view> pieces_;
    gcp::JobId current_;
    LoadOutcome outcome_;
    bool update_schema_ = false;
    bool adopted_ = false;
    bool may_run_ = false;
};

/// The job; one that BigQuery may have accepted this moment is looked for several times.
std::optional<gcp::JobInfo> find_accepted(gcp::BigQuery& bigquery, const gcp::JobId& id,
                                          bool may_run, std::stop_token give_up) {
    auto job = bigquery.find_job(id, give_up);
    for (int look = 1; !job && may_run && look < most_looks && !give_up.stop_requested(); ++look) {
        bigquery.api().clock().sleep(look_again, give_up);
        job = bigquery.find_job(id, give_up);
    }
    return job;
}

/// Cancels the job that an interruption left behind and says what became of the table.
std::string tidy_up(gcp::BigQuery& bigquery, const gcp::JobId& id, bool may_run,
                    std::stop_token give_up) {
    try {
        auto job = find_accepted(bigquery, id, may_run, give_up);
        if (!job) return "no load job had begun; the table is as it was";
        if (!job->done) bigquery.cancel(id, give_up);
        for (auto delay = first_poll; !job->done && !give_up.stop_requested(); delay *= 2) {
            bigquery.api().clock().sleep(delay, give_up);
            if (auto now = bigquery.find_job(id, give_up)) job = std::move(now);
        }
        if (!job->done)
            return fmt::format("the load job {} was asked to cancel but had not ended yet", id.id);
        return job->failed() ? "the load job was cancelled; the table is as it was"
                             : "the load job had already ended; the table is the new one, complete";
    } catch (const Error& error) {
        return fmt::format("the load job {} may still run and could not be cancelled ({})", id.id,
                           error.what());
    }
}

}  // namespace

LoadOutcome load(gcp::BigQuery& bigquery, const Source& source, const Destination& destination,
                 const ReadResult& read, const Verdict& verdict, const Spool& spool,
                 const Options& options, const Log& log, const OnProgress& progress,
                 const Interruption& interruption) {
    Loader loader{bigquery, source,  destination, read,     verdict,
                  spool,    options, log,         progress, interruption.stop};
    try {
        return loader.run();
    } catch (const Error& error) {
        if (error.transient() && loader.may_run())
            throw with_open_end(error, loader.current(), options);
        if (error.code() != Code::cancelled || loader.current().id.empty()) throw;
        throw Error{Code::cancelled, "the run was asked to stop while it loaded the table"}
            .because(tidy_up(bigquery, loader.current(), loader.may_run(), interruption.give_up))
            .fix(same_run_again(options));
    }
}

}  // namespace sheetbq::etl
