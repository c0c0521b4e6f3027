# Everything that sheetbq needs in a project, and nothing that it has already: datasets and the database are yours.
# Images are Cloud Build's business after the first time: a deployment changes them, Terraform does not change them back.

locals {
  apis = toset([
    "artifactregistry.googleapis.com", "bigquery.googleapis.com", "cloudbuild.googleapis.com",
    "cloudscheduler.googleapis.com", "drive.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com",
    "logging.googleapis.com", "monitoring.googleapis.com", "run.googleapis.com", "secretmanager.googleapis.com",
    "sheets.googleapis.com", "sqladmin.googleapis.com", "storage.googleapis.com",
  ])
  images = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
  # Members of the second lock: behind Cloud Run's own check, the program takes tokens of these accounts alone.
  callers = join(",", concat([google_service_account.scheduler.email], sort(var.people)))
}

resource "google_project_service" "api" {
  for_each           = local.apis
  service            = each.value
  disable_on_destroy = false
}

# What a first build needs, and all that can be there before there is an image:
#   terraform apply -target=terraform_data.before_images
resource "terraform_data" "before_images" {
  depends_on = [
    google_artifact_registry_repository_iam_member.deployer,
    google_project_iam_member.deployer,
    google_service_account_iam_member.deployer,
    google_storage_bucket_iam_member.deployer,
    google_secret_manager_secret.postgres_password,
    google_secret_manager_secret.slack_webhook,
  ]
}

resource "google_artifact_registry_repository" "images" {
  location      = var.region
  repository_id = "sheetbq"
  description   = "Images of sheetbq"
  format        = "DOCKER"
  docker_config {
    immutable_tags = true
  }
  cleanup_policies {
    id     = "keep-the-last-twenty"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }
  cleanup_policies {
    id     = "drop-what-is-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "7776000s"
    }
  }
  depends_on = [google_project_service.api]
}

# Sources that `gcloud builds submit` uploads; the deployer may read them here and nowhere else.
resource "google_storage_bucket" "sources" {
  name                        = "${var.project_id}-sheetbq-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 30
    }
  }
  depends_on = [google_project_service.api]
}

# Secrets without versions: a value in here would be in the state too.
#   gcloud secrets versions add sheetbq-postgres-password --data-file=-
resource "google_secret_manager_secret" "postgres_password" {
  secret_id = "sheetbq-postgres-password"
  replication {
    auto {}
  }
  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret" "slack_webhook" {
  secret_id = "sheetbq-slack-webhook"
  replication {
    auto {}
  }
  depends_on = [google_project_service.api]
}

# The orchestrator cancels a run after 40 minutes (--timeout), the job stops itself after 55 and says so, Cloud Run
# kills it after 60. A retry is safe: it adopts the load job of the attempt before it.
resource "google_cloud_run_v2_job" "job" {
  name                = "sheettobigquery-job"
  location            = var.region
  deletion_protection = var.deletion_protection
  template {
    task_count  = 1
    parallelism = 1
    template {
      service_account       = google_service_account.job.email
      timeout               = "3600s"
      max_retries           = 1
      execution_environment = "EXECUTION_ENVIRONMENT_GEN2"
      containers {
        image = "${local.images}/job@${var.job_digest}"
        resources {
          limits = { cpu = "1", memory = "512Mi" }
        }
        env {
          name  = "RUN_TIMEOUT_SECONDS"
          value = "3300"
        }
      }
    }
  }
  lifecycle {
    ignore_changes = [template[0].template[0].containers[0].image, client, client_version]
  }
  depends_on = [google_project_service.api]
}

# A request for a tick is answered within --tick-budget, 150 s, and the CPU is there for as long as the request is.
# Both probes ask /livez: it is the only address that needs no token, and the port opens only when PostgreSQL has
# answered and the schema is there.
resource "google_cloud_run_v2_service" "orchestrator" {
  name                 = "sheettobigquery-orchestrator"
  location             = var.region
  ingress              = var.ingress
  invoker_iam_disabled = false
  deletion_protection  = var.deletion_protection
  template {
    service_account                  = google_service_account.orchestrator.email
    timeout                          = "300s"
    max_instance_request_concurrency = 8
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    scaling {
      min_instance_count = 0
      max_instance_count = 2
    }
    volumes {
      name = "cloudsql"
      cloud_sql_instance {
        instances = [var.cloud_sql_instance]
      }
    }
    containers {
      image = "${local.images}/orchestrator@${var.orchestrator_digest}"
      args  = ["--serve", "--auth=iam"]
      ports {
        container_port = 8080
      }
      resources {
        limits            = { cpu = "1", memory = "512Mi" }
        cpu_idle          = true
        startup_cpu_boost = true
      }
      env {
        name  = "SHEETBQ_ALLOWED_EMAILS"
        value = local.callers
      }
      env {
        name  = "GOOGLE_CLOUD_PROJECT"
        value = var.project_id
      }
      env {
        name  = "CLOUD_RUN_REGION"
        value = var.region
      }
      env {
        name  = "CLOUD_RUN_JOB_NAME"
        value = google_cloud_run_v2_job.job.name
      }
      env {
        name  = "POSTGRES_HOST"
        value = "/cloudsql/${var.cloud_sql_instance}"
      }
      env {
        name  = "POSTGRES_DB"
        value = var.postgres_db
      }
      env {
        name  = "POSTGRES_USER"
        value = var.postgres_user
      }
      # The name of the secret, not its value: the program reads it when it starts.
      env {
        name  = "POSTGRES_PASSWORD"
        value = "${google_secret_manager_secret.postgres_password.id}/versions/latest"
      }
      dynamic "env" {
        for_each = var.slack ? [1] : []
        content {
          name  = "SLACK_WEBHOOK_URL"
          value = "${google_secret_manager_secret.slack_webhook.id}/versions/latest"
        }
      }
      dynamic "env" {
        for_each = var.max_parallel_jobs == null ? [] : [1]
        content {
          name  = "MAX_PARALLEL_JOBS"
          value = tostring(var.max_parallel_jobs)
        }
      }
      volume_mounts {
        name       = "cloudsql"
        mount_path = "/cloudsql"
      }
      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 30
        http_get {
          path = "/livez"
        }
      }
      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/livez"
        }
      }
    }
  }
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = 100
  }
  lifecycle {
    ignore_changes = [template[0].containers[0].image, template[0].revision, traffic, client, client_version]
  }
  depends_on = [
    google_project_iam_member.orchestrator,
    google_secret_manager_secret_iam_member.orchestrator,
  ]
}

resource "google_cloud_scheduler_job" "tick" {
  name             = "sheetbq-tick"
  description      = "Asks the orchestrator to run what is due"
  region           = var.region
  schedule         = var.schedule
  time_zone        = var.time_zone
  paused           = var.paused
  attempt_deadline = "180s"
  retry_config {
    retry_count          = 3
    min_backoff_duration = "10s"
    max_backoff_duration = "120s"
    max_doublings        = 3
  }
  http_target {
    http_method = "POST"
    uri         = "${google_cloud_run_v2_service.orchestrator.uri}/tick"
    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = google_cloud_run_v2_service.orchestrator.uri
    }
  }
  depends_on = [google_cloud_run_v2_service_iam_member.callers]
}
