#include "sheetbq/app/job_run.hpp"

#include "sheetbq/app/environment.hpp"

namespace sheetbq::app {
namespace {

/// The report of a run that could not even begin.
etl::RunReport refused(const Error& error, const etl::Lookup& lookup) {
    etl::RunReport report;
    report.error = error;
    report.run_id = lookup("SHEETBQ_RUN_ID").value_or("");
    report.config_id = lookup("CONFIG_ID").value_or("");
    report.config_name = lookup("CONFIG_NAME").value_or("");
    return report;
}

/// A stop that the time limit asked for is a deadline, not somebody's wish.
void name_deadline(etl::RunReport& report, const Interrupter& interrupter) {
    if (!interrupter.timed_out() || !report.error || report.error->code() != Code::cancelled)
        return;
    report.error = Error{Code::deadline, "the run took longer than RUN_TIMEOUT_SECONDS allows"}
                       .because(report.error->what())
                       .fix(
                           "Raise RUN_TIMEOUT_SECONDS (and the task timeout of Cloud Run), or load "
                           "a smaller part of "
                           "the tab with SHEET_RANGE.");
}

etl::RunReport run(Settings& settings, const etl::Lookup& lookup, etl::Mode mode,
                   std::size_t preview_rows, const Log& log, const etl::OnProgress& progress,
                   Interrupter& interrupter) {
    auto options = etl::read_options(lookup);
    options.preview_rows = preview_rows;
    settings.credentials.delegated_user = options.delegated_user;
    SystemClock clock;
    if (options.run_id.empty()) options.run_id = etl::make_run_id(clock);
    interrupter.limit(options.run_timeout);
    const auto named = log.with({{"config_id", options.config_id},
                                 {"config_name", options.config_name},
                                 {"run_id", options.run_id}});
    Environment environment{
        settings, {.budget = options.retry_budget}, named, interrupter.interruption().stop};
    return etl::run(environment.services(), options, mode, named, progress,
                    interrupter.interruption());
}

}  // namespace

etl::RunReport run_job(Settings settings, const etl::Lookup& lookup, etl::Mode mode,
                       std::size_t preview_rows, const Log& log, const etl::OnProgress& progress,
                       Interrupter& interrupter) {
    etl::RunReport report;
    try {
        report = run(settings, lookup, mode, preview_rows, log, progress, interrupter);
    } catch (const Error& error) {
        report = refused(error, lookup);
    }
    name_deadline(report, interrupter);
    report.signal = interrupter.signal();
    return report;
}

}  // namespace sheetbq::app
