#pragma once

#include "sheetbq/app/doctor.hpp"
#include "sheetbq/auth/application_default.hpp"
#include "sheetbq/gcp/api_client.hpp"
#include "sheetbq/gcp/bigquery.hpp"
#include "sheetbq/table/sheet_url.hpp"

#include <string>
#include <vector>

/// What of Google's can be looked at from here. Each function costs a few requests, changes
/// nothing, and throws only when it is asked to stop.
namespace sheetbq::app {

/// Who we are: fetches a token.
Diagnoses check_credentials(const auth::Credentials& credentials, std::stop_token stop);

/// This machine's clock against Google's.
Diagnoses check_google_clock(gcp::ApiClient& api, std::stop_token stop);

/// Which APIs are to be looked at, and where.
struct ApiNeeds {
    std::string project;         ///< that holds the tables
    std::string spreadsheet_id;  ///< one of them; empty: none is known
    std::string run_project;     ///< of the Cloud Run job
    std::string region;          ///< empty: nothing runs on Cloud Run
    std::string secret;          ///< name of one that is used; empty: none
};

/// Whether each API is switched on, and the token's scopes suffice: by a cheap call each.
/// @param sheets_api  whoever reads sheets: perhaps a delegated person.
Diagnoses check_apis(gcp::ApiClient& sheets_api, gcp::ApiClient& cloud_api, const ApiNeeds& needs,
                     std::stop_token stop);

/// A sheet that a configuration reads, and the tabs that are wanted of it.
struct SheetNeed {
    std::string spreadsheet_id;
    /// A configuration and the title of its tab; empty: whichever comes first.
    struct Wanted {
        std::string config;
        std::string tab;
    };
    std::vector<Wanted> by;
};

/// Whether the sheet is shared with us and has its tabs.
/// @param reader  e-mail of the Cloud Run job's account, when that is not ours; empty: none.
Diagnoses check_sheet(gcp::ApiClient& api, const SheetNeed& need, const std::string& reader,
                      std::stop_token stop);

/// Whether the dataset is there, where it is, and whether we may load tables into it.
/// @param tables  of one dataset.
Diagnoses check_dataset(gcp::ApiClient& api, const std::vector<gcp::TableId>& tables,
                        std::stop_token stop);

/// The command that grants a role on a dataset.
std::string grant_on_dataset(const std::string& project, const std::string& dataset,
                             const std::string& account);

}  // namespace sheetbq::app
