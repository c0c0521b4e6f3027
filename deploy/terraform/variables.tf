variable "project_id" {
  type        = string
  description = "Project in which sheetbq runs."
}

variable "region" {
  type        = string
  description = "Region of everything. Choose the one where the datasets are."
  default     = "europe-west1"
}

variable "job_digest" {
  type        = string
  description = "Digest of the job's image when it is first deployed; later ones are Cloud Build's."
  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.job_digest))
    error_message = "Give the digest that Cloud Build printed, sha256:..., not a tag."
  }
}

variable "orchestrator_digest" {
  type        = string
  description = "Digest of the orchestrator's image when it is first deployed; later ones are Cloud Build's."
  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.orchestrator_digest))
    error_message = "Give the digest that Cloud Build printed, sha256:..., not a tag."
  }
}

variable "datasets" {
  type = set(object({
    project_id = string
    dataset_id = string
  }))
  description = "Datasets that sheets are loaded into; they exist already. Loads are run and paid in their projects."
}

variable "cloud_sql_instance" {
  type        = string
  description = "Cloud SQL instance with the table of configurations, as PROJECT:REGION:INSTANCE."
  validation {
    # The socket's path, /cloudsql/INSTANCE/.s.PGSQL.5432, must fit into the 107 characters that Linux takes.
    condition     = can(regex("^[^:/]+:[^:/]+:[^:/]+$", var.cloud_sql_instance)) && length(var.cloud_sql_instance) <= 79
    error_message = "Write PROJECT:REGION:INSTANCE, at most 79 characters."
  }
}

variable "postgres_db" {
  type        = string
  description = "Database with the table of configurations."
}

variable "postgres_user" {
  type        = string
  description = "Role that the orchestrator logs in as; its password is a version of the secret sheetbq-postgres-password."
}

variable "max_parallel_jobs" {
  type        = number
  description = "Runs at the same time. Null: what the database has, which is 3 at first and set with the helper."
  default     = null
}

variable "slack" {
  type        = bool
  description = "Whether the secret sheetbq-slack-webhook has a version, so that Slack is told."
  default     = false
}

variable "schedule" {
  type        = string
  description = "When Cloud Scheduler asks for a tick."
  default     = "*/15 * * * *"
}

variable "time_zone" {
  type        = string
  description = "Time zone of the schedule."
  default     = "Etc/UTC"
}

variable "paused" {
  type        = bool
  description = "Whether the schedule rests, e.g. beside the service that is replaced."
  default     = false
}

variable "ingress" {
  type        = string
  description = "Who reaches the service at all. Internal is enough for Cloud Scheduler; people's browsers need ALL."
  default     = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  validation {
    condition     = contains(["INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "INGRESS_TRAFFIC_ALL"], var.ingress)
    error_message = "Write INGRESS_TRAFFIC_INTERNAL_ONLY, INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER or INGRESS_TRAFFIC_ALL."
  }
}

variable "people" {
  type        = set(string)
  description = "E-mail addresses of those who may open the status page and ask for runs over HTTP."
  default     = []
}

variable "operators" {
  type        = set(string)
  description = "Members who use the helper on the deployment, e.g. user:ann@example.com or group:data@example.com."
  default     = []
}

variable "alert_emails" {
  type        = set(string)
  description = "E-mail addresses that alerts are sent to."
  default     = []
}

variable "deletion_protection" {
  type        = bool
  description = "Whether terraform destroy is refused for the job and the service."
  default     = true
}
