output "orchestrator_url" {
  description = "Address of the service: the status page, and POST /tick."
  value       = google_cloud_run_v2_service.orchestrator.uri
}

output "job" {
  description = "The Cloud Run job."
  value       = google_cloud_run_v2_job.job.id
}

output "job_account" {
  description = "Share each sheet with this address as a viewer."
  value       = google_service_account.job.email
}

output "deployer_account" {
  description = "Account that Cloud Build works as."
  value       = google_service_account.deployer.email
}
