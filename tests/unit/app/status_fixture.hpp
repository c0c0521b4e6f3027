#pragma once

#include "support/html_check.hpp"
#include "support/status_sample.hpp"

#include <algorithm>
#include <set>

namespace sheetbq::testing {

inline std::string page(const app::StatusView& view, const std::string& query = "") {
    return app::status_page(view, app::read_status_query(query));
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The ids of the configurations in the order in which the page shows them.
inline std::vector<int> shown(const app::StatusView& view, const std::string& query = "") {
    std::vector<int> ids;
    for (const auto& id : attribute_values(page(view, query), "id"))
        if (id.starts_with("config-")) ids.push_back(std::stoi(id.substr(7)));
    return ids;
}

/// Those that a query finds in the sample.
inline std::set<int> found(const std::string& query) {
    const auto ids = shown(sample_view(), query);
    return {ids.begin(), ids.end()};
}

}  // namespace sheetbq::testing
