#include "sheetbq/app/doctor.hpp"

#include "doctor_needs.hpp"
#include "sheetbq/app/doctor_cloud.hpp"
#include "sheetbq/app/doctor_database.hpp"
#include "sheetbq/app/doctor_google.hpp"
#include "sheetbq/app/job_program.hpp"
#include "sheetbq/core/uuid.hpp"
#include "world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::helper {
namespace {

using app::Diagnoses;
using app::Flag;
using app::Health;

constexpr std::array doctor_flags{
    Flag{"config", "CONFIG", "", "", "Doctor", "only the sheet and table of this configuration"},
    Flag{"config-file", "FILE", "", "", "Doctor",
         "the sheet and table of this file instead; -: standard input"},
    Flag{"limit", "N", "", "20", "Doctor", "look at so many sheets and datasets at most"},
    Flag{"deep", "", "", "false", "Doctor",
         "also start and cancel an execution that does nothing, and send a message to Slack"},
    Flag{"offline", "", "", "false", "Doctor", "ask neither Google nor Slack"},
    Flag{"scheduler", "NAME", "SHEETBQ_SCHEDULER", "", "Doctor",
         "the job of Cloud Scheduler; default: those that call an orchestrator"},
};

/// Looks at everything in turn, and tells it as it goes.
class Examination {
public:
    explicit Examination(World& world)
        : world_{world},
          fleet_{world.fleet()},
          live_{world.printer.format() == app::Format::table} {}

    const Diagnoses& all() const { return all_; }

    void run() {
        take(gather_needs(world_, needs_));
        database();
        if (world_.flags.on("offline")) {
            take({{"Google and Slack", Health::skipped, "not asked", "--offline"}});
            return;
        }
        if (!google()) return;
        std::string reader;
        if (fleet_.on_cloud_run())
            reader = cloud_run();
        else
            local_runs();
        sheets_and_tables(reader);
        secrets();
        slack();
    }

private:
    void take(Diagnoses found) {
        for (auto& each : found) {
            if (live_)
                world_.printer.text(app::diagnosis_text(each, world_.printer.terminal().colour));
            all_.push_back(std::move(each));
        }
    }

    void database() {
        if (!asks_database(world_)) {
            take({{"PostgreSQL", Health::skipped, "not configured",
                   "nothing says where it is; --config-file does without"}});
            return;
        }
        take(app::check_database([&]() -> control::Store& { return fleet_.read_only_store(); },
                                 fleet_.clock()));
    }

    /// @returns whether there are credentials to go on with.
    bool google() {
        const auto found = app::examined("credentials", [&] {
            return app::check_credentials(fleet_.google().credentials(), world_.stop());
        });
        take(found);
        if (app::any_failed(found)) {
            take({{"Google", Health::skipped, "not asked", "there are no usable credentials"}});
            return false;
        }
        take(app::check_google_clock(fleet_.google().cloud_api(), world_.stop()));
        take(app::check_apis(fleet_.google().sheets_api(), fleet_.google().cloud_api(), api_needs(),
                             world_.stop()));
        return true;
    }

    app::ApiNeeds api_needs() {
        app::ApiNeeds needs;
        if (!needs_.datasets.empty()) needs.project = needs_.datasets.front().front().project;
        if (!needs_.sheets.empty()) needs.spreadsheet_id = needs_.sheets.front().spreadsheet_id;
        if (fleet_.on_cloud_run()) {
            const auto job = fleet_.job_name();
            needs.run_project = job.project;
            needs.region = job.region;
        }
        const auto used = used_secrets();
        if (!used.empty()) needs.secret = used.front();
        return needs;
    }

    /// @returns the account that the job reads sheets as; empty when it is ours or not known.
    std::string cloud_run() {
        auto& api = fleet_.google().cloud_api();
        const auto job = fleet_.job_name();
        std::optional<gcp::RunJobInfo> info;
        const auto timeout =
            std::chrono::duration_cast<std::chrono::seconds>(world_.flags.duration("timeout"));
        take(app::check_run_job(api, job, timeout, info, world_.stop()));
        if (info) {
            take(app::check_run_rights(api, job, world_.stop()));
            if (world_.flags.on("deep"))
                take(app::check_overrides(api, job, make_uuid(fleet_.clock()), world_.stop()));
            else
                take({{"overrides", Health::skipped, "not tried",
                       "it needs an execution that is started and cancelled",
                       "Run: helper doctor --deep"}});
        }
        take(app::check_scheduler(api, job.project, job.region, world_.flags.text("scheduler"),
                                  world_.stop()));
        if (!info || info->service_account == api.account(world_.stop())) return {};
        return info->service_account;
    }

    void local_runs() {
        const std::string check = "runs on this machine";
        take(app::examined(check, [&]() -> Diagnoses {
            return {{check, Health::ok,
                     "by " + app::find_job_program(world_.flags.text("job-program"))}};
        }));
    }

    void sheets_and_tables(const std::string& reader) {
        const auto limit = static_cast<std::size_t>(world_.flags.number("limit", 1, 1'000));
        if (needs_.sheets.empty())
            take({{"sheets", Health::skipped, "none to look at", "there is no active configuration",
                   "Run: helper configs create --help   or: helper doctor --config-file FILE"}});
        for (std::size_t i = 0; i < std::min(limit, needs_.sheets.size()); ++i)
            take(app::check_sheet(fleet_.google().sheets_api(), needs_.sheets[i], reader,
                                  world_.stop()));
        for (std::size_t i = 0; i < std::min(limit, needs_.datasets.size()); ++i)
            take(
                app::check_dataset(fleet_.google().cloud_api(), needs_.datasets[i], world_.stop()));
        const auto most = std::max(needs_.sheets.size(), needs_.datasets.size());
        if (most > limit)
            take({{"further sheets", Health::skipped,
                   fmt::format("{} were not looked at", most - limit), "--limit",
                   fmt::format("Run: helper doctor --limit={}", most)}});
    }

    /// Names of secrets that flags refer to.
    std::vector<std::string> used_secrets() const {
        std::vector<std::string> names;
        for (const auto& flag : world_.command.all_flags())
            if (flag.secret && gcp::is_secret_name(world_.flags.text(flag.name)))
                names.push_back(world_.flags.text(flag.name));
        return names;
    }

    void secrets() {
        for (const auto& name : used_secrets())
            take(app::check_secret(fleet_.google().cloud_api(), name, world_.stop()));
    }

    void slack() {
        const std::string check = "Slack";
        take(app::examined(check, [&]() -> Diagnoses {
            auto* const webhook = fleet_.slack();
            if (webhook == nullptr)
                return {{check, Health::skipped, "no webhook", "failures are told to nobody",
                         "Make one at https://api.slack.com/messaging/webhooks and set "
                         "SLACK_WEBHOOK_FILE."}};
            if (!world_.flags.on("deep"))
                return {{check, Health::ok, "the webhook is well formed (--deep sends a message)"}};
            const auto answer = webhook->post(
                R"({"text":"helper doctor tries this webhook: it works."})", world_.stop());
            if (answer.sent) return {{check, Health::ok, "took a message"}};
            return {{check, Health::failed, "did not take a message", answer.error,
                     "Make a new webhook at https://api.slack.com/messaging/webhooks and put it in "
                     "place of the old one."}};
        }));
    }

    World& world_;
    app::Fleet& fleet_;
    bool live_;
    Needs needs_;
    Diagnoses all_;
};

app::Shown shown_state(const boost::json::object& item) {
    return {app::plain_text(app::value_at(item, "state"))};
}

int doctor(World& world) {
    Examination examination{world};
    examination.run();
    const auto& all = examination.all();
    if (world.printer.format() == app::Format::table) {
        world.printer.note(fmt::format("\n{}.", app::summary_of(all)));
    } else {
        app::Listing listing{.schema = "sheetbq.doctor/v1",
                             .key = "checks",
                             .items = {},
                             .columns = {{"state", "state", shown_state},
                                         {"check", "check"},
                                         {"text", "text"},
                                         {"reason", "why"},
                                         {"hint", "do"}},
                             .name = "check",
                             .empty = {}};
        for (const auto& each : all) listing.items.push_back(app::diagnosis_json(each));
        world.printer.list(listing);
    }
    return app::any_failed(all) ? 1 : 0;
}

}  // namespace

std::vector<Entry> doctor_entries() {
    return {
        {{.path = "doctor",
          .heading = "Look",
          .summary = "look at everything that a run needs, and say how to mend it",
          .details =
              "Credentials and who you are, APIs, sheets and whom they are shared with, datasets "
              "and rights, PostgreSQL, clocks, the Cloud Run job, Cloud Scheduler, secrets and "
              "Slack. Each line is ok, warning, failed or skipped; what is not ok says why, and "
              "the command or the click that mends it.\n\n"
              "It changes nothing, unless --deep lets it start an execution that does nothing. The "
              "exit code is 0 when nothing failed, else 1. It looks with your own rights: what "
              "another account may do, only that account can try.",
          .arguments = {},
          .examples = {{"helper doctor", "everything, for all active configurations"},
                       {"helper doctor --config=orders", "one configuration"},
                       {"helper doctor --config-file=config.json", "a file, without a database"},
                       {"helper doctor --deep -o json",
                        "everything that can be tried, for programs"}},
          .flags = fleet_flags(doctor_flags)},
         doctor},
    };
}

}  // namespace sheetbq::helper
