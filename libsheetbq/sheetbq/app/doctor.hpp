#pragma once

#include "sheetbq/core/error.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

enum class Health { ok, warning, failed, skipped };
std::string_view to_string(Health health);

/// What a check found.
struct Diagnosis {
    std::string check;  ///< what was looked at, e.g. `sheet Shop`
    Health health = Health::ok;
    std::string text{};    ///< what is so
    std::string reason{};  ///< why
    std::string fix{};     ///< the command or the click that mends it
};
using Diagnoses = std::vector<Diagnosis>;

/// A check that an Error ended. @throws the Error itself when somebody asked to stop.
Diagnosis failed(std::string check, const Error& error);
/// The same where nothing is broken for that.
Diagnosis warned(std::string check, const Error& error);

/// What `look` finds, or the Error that ended it.
Diagnoses examined(const std::string& check, const std::function<Diagnoses()>& look);

/// `{"check","state","text","reason","hint"}` of `sheetbq.doctor/v1`.
boost::json::object diagnosis_json(const Diagnosis& diagnosis);

/// As people read it: state, check and text in a line, reason and fix below.
std::string diagnosis_text(const Diagnosis& diagnosis, bool colour);

/// `9 ok, 1 warning, 2 failed`.
std::string summary_of(const Diagnoses& all);
/// Whether a check failed.
bool any_failed(const Diagnoses& all);

}  // namespace sheetbq::app
