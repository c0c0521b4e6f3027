#include "sheetbq/http/transport.hpp"

#include "support/catch.hpp"

using namespace sheetbq::http;

TEST_CASE("Headers finds the first field of a name, without case") {
    const Headers headers{{"Content-Type", "text/csv"}, {"x", "1"}, {"X", "2"}};
    CHECK(headers.find("content-type") == "text/csv");
    CHECK(headers.find("x") == "1");
    CHECK(headers.find("content-typ") == std::nullopt);
    CHECK(headers.find("") == std::nullopt);
}

TEST_CASE("Headers::set replaces every field of that name, add keeps them") {
    Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
    headers.set("a", "4");
    headers.add("B", "5");

    std::string all;
    for (const auto& [name, value] : headers) all += name + value + ' ';
    CHECK(all == "b2 a4 B5 ");
}

TEST_CASE("methods have their names of the wire") {
    CHECK(to_string(Method::get) == "GET");
    CHECK(to_string(Method::post) == "POST");
    CHECK(to_string(Method::put) == "PUT");
    CHECK(to_string(Method::patch) == "PATCH");
    CHECK(to_string(Method::del) == "DELETE");
}
