#include "sheetbq/control/pg_address.hpp"

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

#include <string>

using sheetbq::Secret;
using sheetbq::control::pg_connection_string;
using sheetbq::control::pg_place;
using sheetbq::control::PgSettings;
using sheetbq::control::without_secrets;

namespace {

PgSettings with_url(const std::string& url) {
    PgSettings settings;
    settings.url = Secret{url};
    settings.instance = "one";
    return settings;
}

}  // namespace

TEST_CASE("Empty settings are left to libpq, which is told our name and patience") {
    const auto text = pg_connection_string({.instance = "one"});

    CHECK(text ==
          "connect_timeout='5' application_name='sheetbq/one' client_encoding='UTF8'"
          " keepalives='1' keepalives_idle='10' keepalives_interval='5' keepalives_count='3'"
          " tcp_user_timeout='10000'");
}

TEST_CASE("Single settings become libpq's keywords, whatever characters they have") {
    PgSettings settings;
    settings.host = "/cloudsql/p:r:i";
    settings.port = "5433";
    settings.database = "my db";
    settings.user = "o'neill";
    settings.password = Secret{R"(a'b\c d)"};
    settings.sslmode = "verify-full";
    settings.sslrootcert = "/ca.pem";

    CHECK(pg_connection_string(settings).starts_with(
        R"(host='/cloudsql/p:r:i' port='5433' dbname='my db' user='o\'neill' password='a\'b\\c d')"
        R"( sslmode='verify-full' sslrootcert='/ca.pem' connect_timeout='5')"));
}

TEST_CASE("A URL wins over single settings and keeps what it says itself") {
    auto settings = with_url("postgresql://u:p@h:6432/d?connect_timeout=1&sslmode=require");
    settings.host = "elsewhere";

    const auto text = pg_connection_string(settings);

    CHECK(text.starts_with(settings.url.reveal() + "&application_name=sheetbq%2Fone&"));
    CHECK_THAT(text, !ContainsSubstring("elsewhere"));
    CHECK_THAT(text, !ContainsSubstring("connect_timeout=5"));
    CHECK_THAT(pg_connection_string(with_url("postgres://h/d")),
               ContainsSubstring("postgres://h/d?sslmode=verify-full&connect_timeout=5&"));
    CHECK_THAT(pg_connection_string(with_url("host=h dbname=d")),
               ContainsSubstring("host=h dbname=d sslmode='verify-full' connect_timeout='5'"));
}

TEST_CASE("A server on another machine must prove who it is, unless somebody says otherwise") {
    const auto secure = [](PgSettings settings) {
        settings.trusted = "/trusted.pem";
        const auto text = pg_connection_string(settings);
        const bool verified = text.find("verify-full") != std::string::npos;
        CHECK((text.find("trusted.pem") != std::string::npos) == verified);
        return verified;
    };
    const auto host = [](const std::string& name) {
        PgSettings settings;
        settings.host = name;
        return settings;
    };

    for (const auto* far : {"db.example.com", "10.0.0.3", "/tmp,db.example.com",
                            "localhost.example.com", "127.0.0.1.example.com", "::1.example.com"})
        CHECK(secure(host(far)));
    for (const auto* near : {"", "/cloudsql/p:r:i", "localhost", "127.0.0.1", "::1", "@socket"})
        CHECK_FALSE(secure(host(near)));
    for (const auto* far : {"postgresql://u:p@db.example.com:5432/d", "postgres://10.0.0.3/d?a=b",
                            "postgresql://u:p%40@h/d", "host=h dbname=d", "dbname=d host=10.0.0.3"})
        CHECK(secure(with_url(far)));
    for (const auto* near :
         {"postgresql:///d", "postgresql://u:p@localhost/d", "postgresql://[::1]:5432/d",
          "postgresql://127.0.0.1:6432/d", "postgresql://%2Fcloudsql%2Fp%3Ar%3Ai/d",
          "postgresql://u:p@/d?host=/cloudsql/p:r:i", "dbname=d", "host=/tmp dbname=d",
          "postgresql://u:p@h/d?sslmode=require", "host=h sslmode=disable"})
        CHECK_FALSE(secure(with_url(near)));
}

TEST_CASE("What is said of certificates is left as it was said") {
    PgSettings settings;
    settings.host = "db.example.com";
    settings.trusted = "/trusted.pem";
    settings.sslrootcert = "/own.pem";
    CHECK_THAT(pg_connection_string(settings),
               ContainsSubstring("sslmode='verify-full' sslrootcert='/own.pem'"));
    settings.sslmode = "require";
    CHECK_THAT(pg_connection_string(settings), ContainsSubstring("sslmode='require'"));
    auto url = with_url("postgresql://h/d");
    url.sslmode = "disable";
    CHECK(pg_connection_string(url).starts_with("postgresql://h/d?sslmode=disable&connect"));
}

TEST_CASE("A URL of something else is refused, with the form that works") {
    const auto* url = GENERATE("postgresql+psycopg2://u:secret@h/d", "mysql://u:secret@h/d",
                               "https://u:secret@h/d");
    try {
        pg_connection_string(with_url(url));
        FAIL("it was taken");
    } catch (const sheetbq::Error& error) {
        CHECK(error.code() == sheetbq::Code::bad_config);
        CHECK_THAT(describe(error), !ContainsSubstring("secret"));
        CHECK_THAT(error.hint(),
                   ContainsSubstring("postgresql://USER:PASSWORD@HOST:5432/DATABASE"));
    }
}

TEST_CASE("Where we connect to is said without the password") {
    struct Case {
        const char* url;
        const char* place;
    };
    const auto given =
        GENERATE(Case{"postgresql://u:secret@h:5432/d?sslmode=x", "postgresql://u@h:5432/d"},
                 Case{"postgresql://h/d", "postgresql://h/d"},
                 Case{"postgresql://u@h/d", "postgresql://u@h/d"},
                 Case{"postgresql://u:sec@ret@h/d", "postgresql://u@h/d"},
                 Case{"postgresql://u:sec/ret@h/d", "postgresql://u@h/d"},
                 Case{"postgresql://u:sec?ret@h/d", "postgresql://u@h/d"},
                 Case{"postgresql:///d?host=/run&password=secret", "postgresql:///d"},
                 Case{"host=h password=secret", "the server that DATABASE_URL names"});

    CHECK(pg_place(with_url(given.url)) == given.place);
    PgSettings single;
    CHECK(pg_place(single) == "the server that libpq's defaults name");
    single.host = "h";
    CHECK(pg_place(single) == "h");
    single.port = "1";
    CHECK(pg_place(single) == "h:1");
}

TEST_CASE("No piece of a password is left in what libpq says") {
    struct Case {
        const char* url;
        const char* says;
    };
    const auto given = GENERATE(
        Case{"postgresql://u:s%65cret@h/d", "token \"s%65cret\", that is secret"},
        Case{"postgresql://u:secret@h/d", "URI \"postgresql://u:secret@h/d?connect_timeout=5\""},
        Case{"postgresql://u:secret/secret@h/d", "invalid port \"secret\" and \"secret@h\""},
        Case{"postgresql://u:x?secret@h/d", "missing value: \"secret@h/d\""},
        Case{"postgresql://h/d?password=secret&user=u", "option \"secret\""},
        Case{"secret words", "missing = after \"secret\""});

    const auto clean = without_secrets(given.says, with_url(given.url));

    CHECK_THAT(clean, !ContainsSubstring("secret") && ContainsSubstring("[redacted]"));
    PgSettings single;
    single.password = Secret{"hunter2"};
    CHECK(without_secrets("a hunter2 b", single) == "a [redacted] b");
    CHECK(without_secrets("nothing to hide", {}) == "nothing to hide");
}
