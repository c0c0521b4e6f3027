// Calls about the sandbox itself, for tests of programs and for the demo.

#include "control.hpp"
#include "routes.hpp"
#include "run_control.hpp"
#include "sheetbq/core/error.hpp"
#include "target.hpp"

#include <algorithm>
#include <cstdlib>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

Answer requests(Sandbox& sandbox, const Call&) {
    json::array out;
    for (const auto& request : sandbox.requests()) out.push_back(to_json(request));
    return json_answer(out);
}

Answer tables(Sandbox& sandbox, const Call& call) {
    const auto rows = std::max(0L, std::strtol(call.parameter("rows").c_str(), nullptr, 10));
    return json_answer(tables_to_json(sandbox.bigquery, static_cast<std::size_t>(rows)));
}

Answer invalid(Sandbox& sandbox, const Call&) {
    json::array out;
    for (const auto& problem : sandbox.invalid_requests()) out.emplace_back(problem);
    return json_answer(out);
}

Answer refused(const Error& error) {
    return json_answer(json::object{{"error", error.what()}, {"hint", error.hint()}}, 400);
}

Answer add_fault(Sandbox& sandbox, const Call& call) {
    try {
        sandbox.fail(fault_from_json(call.body));
        return json_answer(json::object{});
    } catch (const Error& error) {
        return refused(error);
    }
}

Answer edit(Sandbox& sandbox, const Call& call) {
    try {
        apply_edit(sandbox, call.body);
        return json_answer(json::object{});
    } catch (const Error& error) {
        return refused(error);
    }
}

Answer executions(Sandbox& sandbox, const Call&) { return json_answer(journal_to_json(sandbox)); }

Answer set_run(Sandbox& sandbox, const Call& call) {
    try {
        set_cloud_run(sandbox, call.body);
        return json_answer(json::object{});
    } catch (const Error& error) {
        return refused(error);
    }
}

}  // namespace

std::span<const Route> control_routes() {
    using http::Method;
    static const std::vector<Route> routes{
        {Method::get, control_host, "/_sandbox/requests", requests, {}},
        {Method::get, control_host, "/_sandbox/tables", tables, {}},
        {Method::get, control_host, "/_sandbox/invalid", invalid, {}},
        {Method::post, control_host, "/_sandbox/faults", add_fault, {}},
        {Method::post, control_host, "/_sandbox/edit", edit, {}},
        {Method::get, control_host, "/_sandbox/executions", executions, {}},
        {Method::post, control_host, "/_sandbox/cloud-run", set_run, {}},
    };
    return routes;
}

}  // namespace sheetbq::sandbox
