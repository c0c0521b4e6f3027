#pragma once

#include "bigquery_world.hpp"
#include "call.hpp"

#include <set>
#include <string>

namespace sheetbq::sandbox {

/// Answers one call of BigQuery v2, refusals included.
Answer answer_bigquery(BigQueryWorld& world, const Call& call);

// The methods, one file a resource. All throw Error for refusals. Segments of the path are those
// of https://cloud.google.com/bigquery/docs/reference/rest: bigquery/v2/projects/P/datasets/D ...
Answer get_dataset(BigQueryWorld& world, const Call& call);
Answer list_tables(BigQueryWorld& world, const Call& call);
Answer get_table(BigQueryWorld& world, const Call& call);
Answer insert_table(BigQueryWorld& world, const Call& call);
Answer patch_table(BigQueryWorld& world, const Call& call);
Answer delete_table(BigQueryWorld& world, const Call& call);
Answer test_table_permissions(BigQueryWorld& world, const Call& call);
Answer list_rows(BigQueryWorld& world, const Call& call);
Answer insert_job(BigQueryWorld& world, const Call& call);
Answer get_job(BigQueryWorld& world, const Call& call);
Answer list_jobs(BigQueryWorld& world, const Call& call);
Answer cancel_job(BigQueryWorld& world, const Call& call);
Answer run_query(BigQueryWorld& world, const Call& call);
Answer get_query_results(BigQueryWorld& world, const Call& call);
Answer begin_upload(BigQueryWorld& world, const Call& call);
Answer continue_upload(BigQueryWorld& world, const Call& call);

/// The dataset. @throws Error not_found.
Dataset& find_dataset(BigQueryWorld& world, const std::string& project, const std::string& dataset);

/// Whether `accounts` names this one, or everybody.
bool may(const std::set<std::string>& accounts, const std::string& account);

/// @throws Error permission_denied "Permission bigquery.tables.get denied on table p:d.t ...".
void require_table_permission(const std::set<std::string>& accounts, const Call& call,
                              const std::string& table, const std::string& permission);

/// Same place, whatever the case of its letters.
bool same_location(const std::string& a, const std::string& b);

}  // namespace sheetbq::sandbox
