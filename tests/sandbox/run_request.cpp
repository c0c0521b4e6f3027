#include "run_request.hpp"

#include "bigquery_json.hpp"
#include "bigquery_refusal.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sheetbq::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_value = 32'768;
constexpr std::size_t most_variables = 1'000;
constexpr int most_tasks = 10'000;
constexpr std::chrono::hours longest_timeout{168};

json::array array_member(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return {};
    if (!value->is_array())
        throw invalid(fmt::format("Invalid value at '{}', it is no list", name));
    return value->get_array();
}

bool is_reserved(std::string_view name) {
    constexpr auto names =
        std::to_array<std::string_view>({"PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"});
    return std::ranges::find(names, name) != names.end() || name.starts_with("CLOUD_RUN_") ||
           name.starts_with("X_GOOGLE_");
}

void check_variable(const std::string& name, const std::string& value) {
    constexpr std::string_view impossible{"=\0", 2};
    if (name.empty() || name.size() > longest_value ||
        name.find_first_of(impossible) != std::string::npos)
        throw invalid("overrides.container_overrides[0].env: env variable name is invalid.");
    if (is_reserved(name))
        throw invalid(
            fmt::format("The following reserved env names were provided: {}. These "
                        "values are automatically set by the system.",
                        name));
    if (value.size() > longest_value)
        throw invalid(
            fmt::format("overrides.container_overrides[0].env: the value of {} has {} "
                        "bytes, the maximum is {}.",
                        name, value.size(), longest_value));
    if (value.find('\0') != std::string::npos)
        throw invalid(fmt::format("the value of {} holds a zero byte.", name));
}

void merge(std::vector<std::pair<std::string, std::string>>& env, std::string name,
           std::string value) {
    const auto known = std::ranges::find(env, name, &std::pair<std::string, std::string>::first);
    if (known == env.end())
        env.emplace_back(std::move(name), std::move(value));
    else
        known->second = std::move(value);
}

void apply_env(const json::array& variables, RunOrder& order) {
    constexpr auto known = std::to_array<std::string_view>({"name", "value"});
    std::vector<std::string> seen;
    for (const auto& variable : variables) {
        if (!variable.is_object()) throw invalid("Invalid value at 'env', it is no object");
        const auto& entry = variable.get_object();
        check_members(entry, known, "overrides.container_overrides[0].env[0]");
        auto name = text_member(entry, "name");
        auto value = text_member(entry, "value");
        check_variable(name, value);
        if (std::ranges::find(seen, name) != seen.end())
            throw invalid(fmt::format("the variable {} is given twice.", name));
        seen.push_back(name);
        merge(order.env, std::move(name), std::move(value));
    }
    if (order.env.size() > most_variables)
        throw invalid(fmt::format("{} env variables are too many, the maximum is {}.",
                                  order.env.size(), most_variables));
}

void apply_container(const json::object& container, const CloudRunJob& job, RunOrder& order) {
    constexpr auto known = std::to_array<std::string_view>({"name", "args", "env", "clearArgs"});
    check_members(container, known, "overrides.container_overrides[0]");
    const auto name = text_member(container, "name");
    if (!name.empty() && name != job.container)
        throw invalid(fmt::format("container {} does not exist in the job.", name));
    const auto args = array_member(container, "args");
    if (flag_member(container, "clearArgs") && !args.empty())
        throw invalid("args and clear_args cannot be set at the same time.");
    for (const auto& arg : args) {
        if (!arg.is_string()) throw invalid("Invalid value at 'args', it is no text");
        order.args.emplace_back(arg.get_string());
    }
    apply_env(array_member(container, "env"), order);
}

void apply_overrides(const json::object& overrides, const CloudRunJob& job, RunOrder& order) {
    constexpr auto known =
        std::to_array<std::string_view>({"containerOverrides", "taskCount", "timeout"});
    check_members(overrides, known, "overrides");
    const auto containers = array_member(overrides, "containerOverrides");
    if (containers.size() > 1)
        throw invalid("there are more container overrides than containers in the job.");
    for (const auto& container : containers) {
        if (!container.is_object())
            throw invalid("Invalid value at 'overrides.container_overrides[0]', it is no object");
        apply_container(container.get_object(), job, order);
    }
    if (const auto count = number_member(overrides, "taskCount")) {
        if (*count < 1 || *count > most_tasks)
            throw invalid("overrides.task_count: must be between 1 and 10000.");
        order.task_count = static_cast<int>(*count);
    }
    if (const auto timeout = text_member(overrides, "timeout"); !timeout.empty())
        order.timeout = read_duration(timeout, "overrides.timeout");
}

}  // namespace

bool has_overrides(const json::object& request) {
    return !object_member(request, "overrides").empty();
}

RunOrder read_order(const json::object& request, const std::string& name, const CloudRunJob& job) {
    constexpr auto known = std::to_array<std::string_view>({"overrides", "etag", "validateOnly"});
    check_members(request, known, "request");
    RunOrder order{.job = name,
                   .env = job.env,
                   .args = {},
                   .task_count = job.task_count,
                   .timeout = job.timeout,
                   .creator = {}};
    apply_overrides(object_member(request, "overrides"), job, order);
    return order;
}

std::chrono::milliseconds read_duration(const std::string& text, std::string_view field) {
    int seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool whole = problem == std::errc{} && end + 1 == text.data() + text.size();
    if (!whole || *end != 's' || seconds < 1 || std::chrono::seconds{seconds} > longest_timeout)
        throw invalid(fmt::format("Invalid value at '{}', \"{}\"", field, text));
    return std::chrono::seconds{seconds};
}

}  // namespace sheetbq::sandbox
