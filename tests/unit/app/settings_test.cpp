#include "sheetbq/app/settings.hpp"

#include "support/catch.hpp"

#include <cstdlib>

using sheetbq::Code;
using sheetbq::Error;
using sheetbq::app::read_settings;

namespace {

/// Sets a variable for as long as it lives.
class Variable {
public:
    Variable(std::string name, const std::string& value) : name_{std::move(name)} {
        setenv(name_.c_str(), value.c_str(), 1);
    }
    ~Variable() { unsetenv(name_.c_str()); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    std::string name_;
};

}  // namespace

TEST_CASE("LOG_FORMAT decides, and on Cloud Run lines are JSON") {
    {
        const Variable format{"LOG_FORMAT", "text"};
        CHECK(read_settings().log_format == sheetbq::app::LogFormat::text);
    }
    const Variable job{"CLOUD_RUN_JOB", "sheettobigquery-job"};
    CHECK(read_settings().log_format == sheetbq::app::LogFormat::json);
}

TEST_CASE("unknown words are refused with the words that are known") {
    const Variable level{"LOG_LEVEL", "loud"};
    try {
        read_settings();
        FAIL("was accepted");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK(error.text() == "LOG_LEVEL is \"loud\"");
        CHECK_THAT(error.reason(), ContainsSubstring("debug, info"));
    }
}

TEST_CASE("lower-case proxy variables are understood, empty ones count as not set") {
    const Variable empty{"HTTPS_PROXY", ""};
    const Variable proxy{"https_proxy", "http://proxy:3128"};
    CHECK(read_settings().connection.https_proxy == "http://proxy:3128");
}
