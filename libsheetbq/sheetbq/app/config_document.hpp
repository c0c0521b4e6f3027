#pragma once

#include "sheetbq/control/config.hpp"
#include "sheetbq/etl/options.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// A configuration as a document has it, with what is wrong with it.
struct ConfigDraft {
    control::Config config;
    std::vector<etl::OptionProblem> problems;  ///< named by keys, e.g. `google_sheet_url`
};

/// What the owner wrote, as keys of a document: neither ids, nor times, nor what runs led to.
boost::json::object config_fields(const control::Config& config);

/// Reads such an object, or a configuration file; what a listing tells besides is passed over.
/// Everything that the job would refuse is a problem.
ConfigDraft draft_config(const boost::json::object& whole);

/// The configurations of a document: `{"configs": [...]}`, a list, or one of them.
/// @param name  of the document, for the error.
/// @throws Error bad_config.
std::vector<boost::json::object> documents_in(std::string_view content, const std::string& name);

/// A difference between two configurations, as texts for people; empty: not set.
struct FieldChange {
    std::string field;
    std::string before;
    std::string after;
};
std::vector<FieldChange> config_changes(const control::Config& before,
                                        const control::Config& after);

/// The address of the sheet, also where only an id was written down.
std::string sheet_link(const control::Config& config);

}  // namespace sheetbq::app
