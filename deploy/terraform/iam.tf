# One account a program, and each has what its program does and no more. Only members are added: what others hold on the
# project stays. Nobody needs to write logs: Cloud Run takes the programs' standard output itself.
# Sheets have no roles: share each with the job's account as a viewer.

locals {
  load_projects = toset([for each in var.datasets : each.project_id])
  datasets      = { for each in var.datasets : "${each.project_id}.${each.dataset_id}" => each }
  runtime       = { job = google_service_account.job.name, orchestrator = google_service_account.orchestrator.name }
  secrets       = { postgres = google_secret_manager_secret.postgres_password.id, slack = google_secret_manager_secret.slack_webhook.id }
}

resource "google_service_account" "job" {
  account_id   = "sheetbq-job"
  display_name = "sheetbq job: reads sheets, loads tables"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "orchestrator" {
  account_id   = "sheetbq-orchestrator"
  display_name = "sheetbq orchestrator: starts and follows executions"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "scheduler" {
  account_id   = "sheetbq-scheduler"
  display_name = "sheetbq scheduler: asks for ticks"
  depends_on   = [google_project_service.api]
}

resource "google_service_account" "deployer" {
  account_id   = "sheetbq-deployer"
  display_name = "sheetbq deployer: builds and deploys images"
  depends_on   = [google_project_service.api]
}

# The job: load jobs in a project, tables in a dataset.
resource "google_project_iam_member" "job" {
  for_each = local.load_projects
  project  = each.value
  role     = "roles/bigquery.jobUser"
  member   = google_service_account.job.member
}

resource "google_bigquery_dataset_iam_member" "job" {
  for_each   = local.datasets
  project    = each.value.project_id
  dataset_id = each.value.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.job.member
}

# The orchestrator: the one job, its executions, their reports in the log, the database, two secrets; and whether a load
# job succeeded whose execution nobody remembers.
resource "google_project_iam_custom_role" "run_reader" {
  role_id     = "sheetbqRunReader"
  title       = "sheetbq: reads executions of a Cloud Run job"
  permissions = ["run.executions.get", "run.executions.list", "run.jobs.get", "run.tasks.get", "run.tasks.list"]
  depends_on  = [google_project_service.api]
}

resource "google_project_iam_custom_role" "log_reader" {
  role_id     = "sheetbqLogReader"
  title       = "sheetbq: reads the reports of runs"
  permissions = ["logging.logEntries.list"]
  depends_on  = [google_project_service.api]
}

resource "google_cloud_run_v2_job_iam_member" "orchestrator" {
  for_each = {
    start = "roles/run.jobsExecutorWithOverrides"
    read  = google_project_iam_custom_role.run_reader.name
  }
  name     = google_cloud_run_v2_job.job.name
  location = google_cloud_run_v2_job.job.location
  role     = each.value
  member   = google_service_account.orchestrator.member
}

resource "google_project_iam_member" "orchestrator" {
  for_each = {
    database = "roles/cloudsql.client"
    logs     = google_project_iam_custom_role.log_reader.name
  }
  project = var.project_id
  role    = each.value
  member  = google_service_account.orchestrator.member
}

resource "google_secret_manager_secret_iam_member" "orchestrator" {
  for_each  = local.secrets
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.orchestrator.member
}

resource "google_project_iam_member" "load_reader" {
  for_each = local.load_projects
  project  = each.value
  role     = "roles/bigquery.resourceViewer"
  member   = google_service_account.orchestrator.member
}

resource "google_bigquery_dataset_iam_member" "load_reader" {
  for_each   = local.datasets
  project    = each.value.project_id
  dataset_id = each.value.dataset_id
  role       = "roles/bigquery.metadataViewer"
  member     = google_service_account.orchestrator.member
}

# Who may call the service: the schedule, and people who were named. Never allUsers.
resource "google_cloud_run_v2_service_iam_member" "callers" {
  for_each = merge(
    { scheduler = google_service_account.scheduler.member },
    { for email in var.people : email => "user:${email}" },
  )
  name     = google_cloud_run_v2_service.orchestrator.name
  location = google_cloud_run_v2_service.orchestrator.location
  role     = "roles/run.servicesInvoker"
  member   = each.value
}

# Who uses the helper.
resource "google_cloud_run_v2_job_iam_member" "operators" {
  for_each = { for pair in setproduct(var.operators, ["roles/run.jobsExecutorWithOverrides", "roles/run.viewer"]) : join(" ", pair) => pair }
  name     = google_cloud_run_v2_job.job.name
  location = google_cloud_run_v2_job.job.location
  role     = each.value[1]
  member   = each.value[0]
}

resource "google_project_iam_member" "operators" {
  for_each = { for pair in setproduct(var.operators, ["roles/logging.viewer", "roles/cloudsql.client"]) : join(" ", pair) => pair }
  project  = var.project_id
  role     = each.value[1]
  member   = each.value[0]
}

# Cloud Build: pushes images, puts them into the job and the service, and writes its own log.
resource "google_project_iam_member" "deployer" {
  for_each = toset(["roles/run.developer", "roles/logging.logWriter"])
  project  = var.project_id
  role     = each.value
  member   = google_service_account.deployer.member
}

resource "google_artifact_registry_repository_iam_member" "deployer" {
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deployer.member
}

resource "google_storage_bucket_iam_member" "deployer" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.deployer.member
}

resource "google_service_account_iam_member" "deployer" {
  for_each           = local.runtime
  service_account_id = each.value
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deployer.member
}
