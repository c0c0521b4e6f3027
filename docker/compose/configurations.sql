-- What compose.yaml starts with: the table of configurations, and two sheets of the sandbox that are loaded every hour.
CREATE TABLE sheet_to_bigquery_configs (
    id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, google_sheet_url TEXT NOT NULL, google_sheet_tab_name VARCHAR(255),
    google_cloud_project_id VARCHAR(255) NOT NULL, bigquery_dataset_id VARCHAR(255) NOT NULL, bigquery_table_id VARCHAR(255) NOT NULL,
    schema_handling VARCHAR(50) DEFAULT 'auto_detect', custom_schema JSONB, is_active BOOLEAN DEFAULT true,
    last_run TIMESTAMP WITH TIME ZONE, run_frequency_hours INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(), updated_at TIMESTAMP WITH TIME ZONE DEFAULT NOW());
INSERT INTO sheet_to_bigquery_configs (name, google_sheet_url, google_cloud_project_id, bigquery_dataset_id,
                                       bigquery_table_id, run_frequency_hours) VALUES
    ('orders', 'https://docs.google.com/spreadsheets/d/1HBaK2wDSCOQvkzFFKfH6nAQn62MjPO2pWl21K3ASpxk/edit#gid=0',
     'demo-project', 'demo', 'orders', 1),
    ('contacts', 'https://docs.google.com/spreadsheets/d/1qlr0CE83Rrspop_WzMAXp91Jyjt52-suyP280co8UM4/edit#gid=0',
     'demo-project', 'demo', 'contacts', 1);
