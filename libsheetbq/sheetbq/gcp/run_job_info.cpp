#include "sheetbq/gcp/run_job_info.hpp"

#include "sheetbq/gcp/json_members.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <cstdlib>

namespace sheetbq::gcp {
namespace {

Error explain(const Refusal& refusal, const JobName& job) {
    if (refusal.status == 404)
        return Error{Code::not_found, fmt::format("there is no Cloud Run job {} in {} of {}",
                                                  job.job, job.region, job.project)}
            .because(in_google_words(refusal))
            .fix(fmt::format("Correct --job-name (gcloud run jobs list --project={0} shows those "
                             "that exist), or create it: gcloud run jobs create {2} --project={0} "
                             "--region={1} --image=IMAGE --max-retries=0 --task-timeout=3600s",
                             job.project, job.region, job.job));
    const bool lacks = refusal.status == 403 &&
                       (refusal.reason.empty() || refusal.reason == "IAM_PERMISSION_DENIED");
    if (!lacks) return to_error(refusal);
    return Error{Code::permission_denied,
                 fmt::format("{} may not see the Cloud Run job {}", refusal.account, job.job)}
        .because(in_google_words(refusal))
        .fix(fmt::format("Run: gcloud run jobs add-iam-policy-binding {} --project={} --region={} "
                         "--member={} --role=roles/run.viewer",
                         job.job, job.project, job.region, iam_member(refusal.account)));
}

}  // namespace

RunJobInfo run_job_info(ApiClient& api, const JobName& job, std::stop_token stop) {
    const auto answer =
        api.json({.url = fmt::format(
                      "https://run.googleapis.com/v2/projects/{}/locations/{}/jobs/{}"
                      "?prettyPrint=false&fields=template",
                      http::escape(job.project), http::escape(job.region), http::escape(job.job)),
                  .explain = [&](const Refusal& refusal) { return explain(refusal, job); }},
                 std::move(stop));
    const auto& execution = object_at(answer.as_object(), "template");
    const auto& task = object_at(execution, "template");
    const auto& containers = array_at(task, "containers");
    RunJobInfo info{.service_account = text_at(task, "serviceAccount"),
                    // Zeros are left out of the JSON of protocol buffers.
                    .max_retries = int_at(task, "maxRetries", 0),
                    .tasks = int_at(execution, "taskCount", 1),
                    .containers = static_cast<int>(containers.size())};
    if (!containers.empty() && containers.front().is_object())
        info.image = text_at(containers.front().get_object(), "image");
    if (const auto timeout = text_at(task, "timeout"); !timeout.empty())
        info.timeout = std::chrono::seconds{std::strtol(timeout.c_str(), nullptr, 10)};
    return info;
}

}  // namespace sheetbq::gcp
