#include "sheetbq/app/report_numbers.hpp"

#include <boost/json.hpp>

namespace sheetbq::app {
namespace {

namespace json = boost::json;

constexpr double longest = 1e9;  // some thirty years

std::optional<std::int64_t> count_of(const json::value* value) {
    if (value == nullptr || !value->is_number()) return std::nullopt;
    json::error_code problem;
    const auto number = value->to_number<std::int64_t>(problem);
    if (problem || number < 0) return std::nullopt;
    return number;
}

std::optional<double> sum_of(const json::value* value) {
    if (value == nullptr || !value->is_object() || value->get_object().empty()) return std::nullopt;
    double sum = 0;
    for (const auto& phase : value->get_object()) {
        if (!phase.value().is_number()) return std::nullopt;
        sum += phase.value().to_number<double>();
    }
    if (!(sum >= 0 && sum < longest)) return std::nullopt;
    return sum;
}

}  // namespace

ReportNumbers read_report_numbers(std::string_view report) {
    if (report.empty()) return {};
    json::error_code problem;
    const auto parsed = json::parse(report, problem);
    if (problem || !parsed.is_object()) return {};
    const auto& fields = parsed.get_object();
    return {count_of(fields.if_contains("rows")), sum_of(fields.if_contains("seconds"))};
}

}  // namespace sheetbq::app
