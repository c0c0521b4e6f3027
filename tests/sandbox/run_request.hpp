#pragma once

#include "run_world.hpp"

#include <boost/json/object.hpp>

namespace sheetbq::sandbox {

/// Whether the request changes what the job is configured with, which needs a permission of its
/// own.
bool has_overrides(const boost::json::object& request);

/// The order that a RunJobRequest makes of a job.
/// @throws Error bad_data with the refusal: unknown fields, reserved names, values over 32 KiB.
RunOrder read_order(const boost::json::object& request, const std::string& name,
                    const CloudRunJob& job);

/// `3600s`. @throws Error bad_data.
std::chrono::milliseconds read_duration(const std::string& text, std::string_view field);

}  // namespace sheetbq::sandbox
