#include "call.hpp"

#include "text.hpp"

#include <boost/json/serialize.hpp>

namespace sheetbq::sandbox {

namespace json = boost::json;

std::string Call::parameter(std::string_view name) const { return form_value(query, name); }

bool Call::flag(std::string_view name) const { return read_flag(parameter(name)).value_or(false); }

std::optional<bool> read_flag(std::string_view text) {
    if (text == "true" || text == "True") return true;
    if (text == "false" || text == "False") return false;
    return std::nullopt;
}

Answer json_answer(const json::value& body, int status) {
    return {status,
            {{"content-type", "application/json; charset=UTF-8"},
             {"vary", "Origin"},
             {"cache-control", "private"}},
            json::serialize(body)};
}

Answer new_style_error(int code, std::string_view status, std::string_view message,
                       json::array details) {
    json::object error{{"code", code}, {"message", message}, {"status", status}};
    if (!details.empty()) error["details"] = std::move(details);
    return json_answer(json::object{{"error", std::move(error)}}, code);
}

Answer old_style_error(int code, std::string_view reason, std::string_view message,
                       std::string_view domain, std::string_view status) {
    json::object item{{"message", message}, {"domain", domain}, {"reason", reason}};
    json::object error{{"code", code}, {"message", message}, {"errors", json::array{item}}};
    if (!status.empty()) error["status"] = status;
    return json_answer(json::object{{"error", std::move(error)}}, code);
}

}  // namespace sheetbq::sandbox
