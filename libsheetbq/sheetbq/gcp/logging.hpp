#pragma once

#include "sheetbq/gcp/api_client.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace sheetbq::gcp {

/// Cloud Logging API v2, reading.
class Logging {
public:
    explicit Logging(ApiClient& api) : api_{api} {}

    /// Entries of a project that match `filter`, all pages up to `limit` entries, in `order`
    /// (`timestamp asc` or `timestamp desc`).
    /// @param filter  must bound the timestamp; see execution_filter.
    std::vector<boost::json::object> entries(const std::string& project, const std::string& filter,
                                             std::string_view order, std::size_t limit,
                                             std::stop_token stop);

private:
    ApiClient& api_;
};

/// The filter for everything one execution wrote. @param execution  its short name.
std::string execution_filter(std::string_view region, std::string_view job,
                             std::string_view execution, Clock::TimePoint since);

}  // namespace sheetbq::gcp
