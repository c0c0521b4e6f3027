#include "sheetbq/control/cloud_run_launcher.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::control {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view run_id_variable = "SHEETBQ_RUN_ID";
/// How far back an execution's log lines are looked for, before it was created: clocks differ.
constexpr milliseconds clocks_differ = std::chrono::minutes{5};

std::string_view last_segment(std::string_view name) {
    return name.substr(name.rfind('/') + 1);  // npos + 1 is 0
}

StartAnswer answer(StartAnswer::Kind kind, Error error) {
    return {.kind = kind, .execution = {}, .error = std::move(error)};
}

/// Asking again helps against a network that fails, not against missing credentials.
StartAnswer not_sent(const Error& error) {
    const bool hopeless =
        error.code() == Code::unauthenticated || error.code() == Code::permission_denied;
    return answer(hopeless ? StartAnswer::Kind::refused : StartAnswer::Kind::not_sent, error);
}

StartAnswer nameless() {
    return answer(StartAnswer::Kind::ambiguous,
                  Error{Code::unavailable, "Cloud Run took the request but named no execution"}
                      .because("its answer is not the operation that the documentation promises")
                      .fix("Nothing is to be done: the list of executions will tell whether it "
                           "started."));
}

/// Whether a refusal proves that nothing was started.
bool is_certain(int status, const Error& error) {
    const bool by_status = status == 400 || status == 401 || status == 403 || status == 404;
    return by_status && !error.transient();
}

class CloudRunLauncher final : public Launcher {
public:
    CloudRunLauncher(gcp::RunJobs& jobs, gcp::Logging& logging, gcp::JobName job,
                     milliseconds settle, Clock& clock)
        : jobs_{jobs}, logging_{logging}, job_{std::move(job)}, settle_{settle}, clock_{clock} {}

    std::string place() const override { return fmt::format("{}/{}", job_.project, job_.region); }
    bool attached() const override { return false; }
    milliseconds settle() const override { return settle_; }

    StartAnswer start(const Variables& variables, milliseconds patience,
                      std::stop_token stop) override {
        try {
            return classify(jobs_.run(job_, variables, patience, stop), stop);
        } catch (const http::NotSent& error) {
            return not_sent(error);
        } catch (const Error& error) {
            return answer(StartAnswer::Kind::ambiguous, error);
        }
    }

    std::optional<Execution> find(const std::string& name, std::stop_token stop) override {
        const auto found = jobs_.find_execution(name, std::move(stop));
        return found ? std::optional{read(*found)} : std::nullopt;
    }

    std::vector<Execution> list(Clock::TimePoint since, std::stop_token stop) override {
        std::vector<Execution> out;
        for (const auto& found : jobs_.executions(job_, since, std::move(stop)))
            out.push_back(read(found));
        return out;
    }

    void cancel(const std::string& name, std::stop_token stop) override {
        jobs_.cancel_execution(name, std::move(stop));
    }

    Aftermath aftermath(const Execution& execution, std::stop_token stop) override {
        Aftermath left;
        for (const auto& end : jobs_.tasks(execution.name, stop)) {
            const bool tells_more = end.signal != 0 || end.exit_code.value_or(0) != 0;
            if (left.exit_code && !tells_more) continue;
            left.exit_code = end.exit_code;
            left.signal = end.signal;
            left.timed_out = end.timed_out;
            if (tells_more) break;
        }
        left.report = report(execution, stop);
        return left;
    }

private:
    StartAnswer classify(const http::Response& response, const std::stop_token& stop) {
        if (response.status / 100 == 2) {
            const auto started = gcp::RunJobs::started(response);
            if (!started) return nameless();
            return {.kind = StartAnswer::Kind::started, .execution = read(*started), .error = {}};
        }
        auto error = jobs_.refusal(job_, response, stop);
        const auto kind = is_certain(response.status, error) ? StartAnswer::Kind::refused
                                                             : StartAnswer::Kind::ambiguous;
        return answer(kind, std::move(error));
    }

    /// Names come with the project's id or its number; ours always have what we were told.
    std::string own_name(const std::string& name) const {
        const auto place = fmt::format("/locations/{}/jobs/{}/executions/", job_.region, job_.job);
        const auto at = name.find(place);
        if (at == std::string::npos) return name;
        return fmt::format("{}/executions/{}", job_.path(), last_segment(name));
    }

    Execution read(const gcp::RunExecution& found) const {
        Execution execution{.name = own_name(found.name),
                            .uid = found.uid,
                            .run_id = {},
                            .created_at = from_rfc3339(found.create_time).value_or(clock_.now()),
                            .completed_at = {},
                            .tasks = found.task_count,
                            .succeeded = found.succeeded,
                            .failed = found.failed,
                            .cancelled = found.cancelled,
                            .reason = found.reason,
                            .message = found.message,
                            .log_uri = found.log_uri};
        if (!found.completion_time.empty())
            execution.completed_at = from_rfc3339(found.completion_time).value_or(clock_.now());
        const auto variable =
            std::find_if(found.env.begin(), found.env.end(),
                         [](const auto& entry) { return entry.first == run_id_variable; });
        if (variable != found.env.end()) execution.run_id = variable->second;
        return execution;
    }

    /// The log is a convenience: without permission, or while it fails, there is no report.
    std::string report(const Execution& execution, const std::stop_token& stop) {
        try {
            return find_report(execution, stop);
        } catch (const Error& error) {
            if (error.code() == Code::cancelled) throw;
            return {};
        }
    }

    /// Of the last attempt, when there were several.
    std::string find_report(const Execution& execution, const std::stop_token& stop) {
        const auto filter =
            gcp::execution_filter(job_.region, job_.job, last_segment(execution.name),
                                  execution.created_at - clocks_differ) +
            " AND jsonPayload.event=\"run_finished\"";
        const auto entries = logging_.entries(job_.project, filter, "timestamp desc", 1, stop);
        if (entries.empty()) return {};
        const auto* payload = entries.front().if_contains("jsonPayload");
        const bool tells = payload != nullptr && payload->is_object();
        return tells ? boost::json::serialize(*payload) : std::string{};
    }

    gcp::RunJobs& jobs_;
    gcp::Logging& logging_;
    gcp::JobName job_;
    milliseconds settle_;
    Clock& clock_;
};

}  // namespace

std::unique_ptr<Launcher> make_cloud_run_launcher(gcp::RunJobs& jobs, gcp::Logging& logging,
                                                  const gcp::JobName& job, milliseconds settle,
                                                  Clock& clock) {
    return std::make_unique<CloudRunLauncher>(jobs, logging, job, settle, clock);
}

}  // namespace sheetbq::control
