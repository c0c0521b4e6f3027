#pragma once

#include <string_view>

// Texts of `helper example`. Places to edit say `your`, in whatever case.
namespace sheetbq::helper {

inline constexpr std::string_view config_example = R"({
  "config_name": "orders",
  "google_sheet_url": "https://docs.google.com/spreadsheets/d/YOUR-SPREADSHEET-ID/edit#gid=0",
  "google_sheet_tab_name": "Orders",
  "google_cloud_project_id": "your-project",
  "bigquery_dataset_id": "your_dataset",
  "bigquery_table_id": "orders",
  "schema_handling": "auto_detect"
}
)";

inline constexpr std::string_view config_custom_example = R"({
  "config_name": "orders",
  "google_sheet_url": "https://docs.google.com/spreadsheets/d/YOUR-SPREADSHEET-ID/edit#gid=0",
  "google_sheet_tab_name": "Orders",
  "google_cloud_project_id": "your-project",
  "bigquery_dataset_id": "your_dataset",
  "bigquery_table_id": "orders",
  "schema_handling": "custom",
  "custom_schema": [
    {"name": "id", "type": "INT64", "mode": "REQUIRED", "description": "order number"},
    {"name": "customer", "type": "STRING"},
    {"name": "amount", "type": "NUMERIC"},
    {"name": "paid_on", "type": "DATE"}
  ]
}
)";

inline constexpr std::string_view env_example =
    R"(# For sheetbq-job: set -a; . ./.env; set +a; sheetbq-job
# and for containers: docker run --env-file .env IMAGE
CONFIG_NAME=orders
GOOGLE_SHEET_URL=https://docs.google.com/spreadsheets/d/YOUR-SPREADSHEET-ID/edit#gid=0
GOOGLE_SHEET_TAB_NAME=Orders
GOOGLE_CLOUD_PROJECT_ID=your-project
BIGQUERY_DATASET_ID=your_dataset
BIGQUERY_TABLE_ID=orders
)";

inline constexpr std::string_view env_auto_detect = "SCHEMA_HANDLING=auto_detect\n";
inline constexpr std::string_view env_custom =
    "SCHEMA_HANDLING=custom\n"
    "CUSTOM_SCHEMA=id:INT64,customer:STRING,amount:NUMERIC,paid_on:DATE\n";

inline constexpr std::string_view sql_table =
    R"(-- The table of configurations, as the orchestrator reads it: psql -f configs.sql
CREATE TABLE IF NOT EXISTS sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    google_sheet_url TEXT NOT NULL,
    google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL,
    bigquery_dataset_id VARCHAR(255) NOT NULL,
    bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect',
    custom_schema JSONB,
    is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE,
    run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
-- Options of the job may stand in a column of their own, e.g. {"header_row": 2}:
-- ALTER TABLE sheet_to_bigquery_configs ADD COLUMN options JSONB;

INSERT INTO sheet_to_bigquery_configs
    (name, google_sheet_url, google_sheet_tab_name, google_cloud_project_id,
     bigquery_dataset_id, bigquery_table_id, run_frequency_hours, schema_handling, custom_schema)
VALUES
    ('orders', 'https://docs.google.com/spreadsheets/d/YOUR-SPREADSHEET-ID/edit#gid=0', 'Orders',
     'your-project', 'your_dataset', 'orders', 24, )";

inline constexpr std::string_view sql_auto_detect = "'auto_detect', NULL);\n";
inline constexpr std::string_view sql_custom = R"('custom',
     '[{"name": "id", "type": "INT64", "mode": "REQUIRED", "description": "order number"},
       {"name": "customer", "type": "STRING"},
       {"name": "amount", "type": "NUMERIC"},
       {"name": "paid_on", "type": "DATE"}]');
)";

inline constexpr std::string_view scheduler_example = R"(#!/bin/bash
# Cloud Scheduler asks the orchestrator every 15 minutes what is due.
set -euo pipefail
PROJECT=your-project
REGION=europe-west1
ACCOUNT="sheetbq-scheduler@$PROJECT.iam.gserviceaccount.com"

gcloud iam service-accounts create sheetbq-scheduler --project="$PROJECT"
gcloud run services add-iam-policy-binding sheetbq-orchestrator \
  --project="$PROJECT" --region="$REGION" \
  --member="serviceAccount:$ACCOUNT" --role=roles/run.invoker
URL=$(gcloud run services describe sheetbq-orchestrator \
  --project="$PROJECT" --region="$REGION" --format='value(status.url)')

gcloud scheduler jobs create http sheetbq-tick \
  --project="$PROJECT" --location="$REGION" \
  --schedule='*/15 * * * *' --time-zone=Etc/UTC \
  --uri="$URL/tick" --http-method=POST \
  --headers=Content-Type=application/json --message-body='{}' \
  --oidc-service-account-email="$ACCOUNT" --oidc-token-audience="$URL" \
  --attempt-deadline=900s --max-retry-attempts=3 --min-backoff=10s
)";

extern const std::string_view terraform_example;

}  // namespace sheetbq::helper
