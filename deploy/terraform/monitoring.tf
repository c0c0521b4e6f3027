# Metrics from the programs' own events, alerts and a dashboard, as deploy/monitoring has them for gcloud too.

locals {
  monitoring = "${path.module}/../monitoring"
  metrics    = { for file in fileset("${local.monitoring}/metrics", "*.yaml") : trimsuffix(file, ".yaml") => yamldecode(file("${local.monitoring}/metrics/${file}")) }
  alerts     = { for file in fileset("${local.monitoring}/alerts", "*.yaml") : trimsuffix(file, ".yaml") => yamldecode(file("${local.monitoring}/alerts/${file}")) }
}

resource "google_logging_metric" "event" {
  for_each         = local.metrics
  name             = each.value.name
  description      = each.value.description
  filter           = each.value.filter
  label_extractors = try(each.value.labelExtractors, null)
  value_extractor  = try(each.value.valueExtractor, null)
  metric_descriptor {
    metric_kind = each.value.metricDescriptor.metricKind
    value_type  = each.value.metricDescriptor.valueType
    unit        = each.value.metricDescriptor.unit
    dynamic "labels" {
      for_each = try(each.value.metricDescriptor.labels, [])
      content {
        key         = labels.value.key
        value_type  = labels.value.valueType
        description = labels.value.description
      }
    }
  }
  dynamic "bucket_options" {
    for_each = try([each.value.bucketOptions.exponentialBuckets], [])
    content {
      exponential_buckets {
        num_finite_buckets = bucket_options.value.numFiniteBuckets
        growth_factor      = bucket_options.value.growthFactor
        scale              = bucket_options.value.scale
      }
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_monitoring_notification_channel" "email" {
  for_each     = var.alert_emails
  display_name = "sheetbq: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  depends_on   = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each              = local.alerts
  display_name          = each.value.displayName
  combiner              = each.value.combiner
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  dynamic "conditions" {
    for_each = each.value.conditions
    content {
      display_name = conditions.value.displayName
      dynamic "condition_threshold" {
        for_each = try([conditions.value.conditionThreshold], [])
        content {
          filter          = condition_threshold.value.filter
          comparison      = condition_threshold.value.comparison
          threshold_value = condition_threshold.value.thresholdValue
          duration        = condition_threshold.value.duration
          dynamic "aggregations" {
            for_each = condition_threshold.value.aggregations
            content {
              alignment_period     = aggregations.value.alignmentPeriod
              per_series_aligner   = aggregations.value.perSeriesAligner
              cross_series_reducer = aggregations.value.crossSeriesReducer
              group_by_fields      = try(aggregations.value.groupByFields, [])
            }
          }
        }
      }
      dynamic "condition_absent" {
        for_each = try([conditions.value.conditionAbsent], [])
        content {
          filter   = condition_absent.value.filter
          duration = condition_absent.value.duration
          dynamic "aggregations" {
            for_each = condition_absent.value.aggregations
            content {
              alignment_period     = aggregations.value.alignmentPeriod
              per_series_aligner   = aggregations.value.perSeriesAligner
              cross_series_reducer = aggregations.value.crossSeriesReducer
            }
          }
        }
      }
    }
  }
  alert_strategy {
    auto_close = each.value.alertStrategy.autoClose
  }
  documentation {
    mime_type = each.value.documentation.mimeType
    content   = each.value.documentation.content
  }
  # A policy names metrics that have to exist.
  depends_on = [google_logging_metric.event]
}

resource "google_monitoring_dashboard" "sheetbq" {
  dashboard_json = file("${local.monitoring}/dashboard.json")
  depends_on     = [google_logging_metric.event]
}
