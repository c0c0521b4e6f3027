#include "example_texts.hpp"

namespace sheetbq::helper {

const std::string_view terraform_example =
    R"(# The job, the orchestrator and the clock that asks it what is due.
# Beside this: APIs switched on, two images, and a secret with the database's URL.
terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.30, < 8"
    }
  }
}

locals {
  project = "your-project"
  region  = "europe-west1"
  dataset = "your_dataset"
  images  = "europe-west1-docker.pkg.dev/your-project/your-repository"
  secret  = "your-secret-with-the-database-url"
}

provider "google" {
  project = local.project
  region  = local.region
}

resource "google_service_account" "job" {
  account_id = "sheetbq-job" # share the sheets with this account
}

resource "google_service_account" "orchestrator" {
  account_id = "sheetbq-orchestrator"
}

resource "google_service_account" "scheduler" {
  account_id = "sheetbq-scheduler"
}

resource "google_bigquery_dataset_iam_member" "write" {
  dataset_id = local.dataset
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.job.member
}

resource "google_project_iam_member" "load" {
  project = local.project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.job.member
}

resource "google_cloud_run_v2_job" "job" {
  name     = "sheettobigquery-job"
  location = local.region
  template {
    template {
      service_account = google_service_account.job.email
      timeout         = "3600s"
      max_retries     = 0
      containers {
        image = "${local.images}/sheetbq-job:latest"
      }
    }
  }
}

resource "google_cloud_run_v2_job_iam_member" "start" {
  name     = google_cloud_run_v2_job.job.name
  location = local.region
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = google_service_account.orchestrator.member
}

resource "google_project_iam_member" "watch" {
  for_each = toset(["roles/run.viewer", "roles/logging.viewer"])
  project  = local.project
  role     = each.value
  member   = google_service_account.orchestrator.member
}

resource "google_secret_manager_secret_iam_member" "database" {
  secret_id = local.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.orchestrator.member
}

resource "google_cloud_run_v2_service" "orchestrator" {
  name     = "sheetbq-orchestrator"
  location = local.region
  template {
    service_account = google_service_account.orchestrator.email
    timeout         = "900s"
    containers {
      image = "${local.images}/sheetbq-orchestrator:latest"
      args  = ["--serve", "--auth=iam"]
      env {
        name  = "GOOGLE_CLOUD_PROJECT"
        value = local.project
      }
      env {
        name  = "CLOUD_RUN_REGION"
        value = local.region
      }
      env {
        name  = "DATABASE_URL"
        value = "projects/${local.project}/secrets/${local.secret}/versions/latest"
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.database]
}

resource "google_cloud_run_v2_service_iam_member" "tick" {
  name     = google_cloud_run_v2_service.orchestrator.name
  location = local.region
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_scheduler_job" "tick" {
  name             = "sheetbq-tick"
  region           = local.region
  schedule         = "*/15 * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "900s"
  http_target {
    http_method = "POST"
    uri         = "${google_cloud_run_v2_service.orchestrator.uri}/tick"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode("{}")
    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = google_cloud_run_v2_service.orchestrator.uri
    }
  }
}
)";

}  // namespace sheetbq::helper
