#include "sheetbq/auth/id_token.hpp"

#include "sandbox/sandbox.hpp"
#include "sandbox/signing.hpp"
#include "sheetbq/auth/google_keys.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/scripted_transport.hpp"

#include <boost/json.hpp>

#include <latch>
#include <thread>

using namespace sheetbq;
using namespace std::chrono_literals;
using auth::Identity;
using auth::IdTokenRules;
using auth::IdTokenVerifier;
using testing::answers;
using testing::FakeClock;
using testing::ScriptedTransport;

namespace json = boost::json;

namespace {

const std::string scheduler = "scheduler@demo-project.iam.gserviceaccount.com";
const std::string service = "https://sheetbq-abc.a.run.app";
const std::string marker = "SIGNATURE_REMOVED_BY_GOOGLE";
const std::string certs_url = "https://www.googleapis.com/oauth2/v3/certs";

/// Keys that all tests share: making one takes a tenth of a second.
const sandbox::CertsWorld& two_keys() {
    static const auto world = [] {
        sandbox::CertsWorld made;
        made.rotate();
        made.rotate();
        return made;
    }();
    return world;
}

/// Google's keys, a clock, and a verifier of our rules.
struct Gate {
    Gate() { google.certs.keys = {two_keys().keys.front()}; }

    std::string token(const json::object& changes = {}, const json::object& header = {}) {
        return google.certs.sign(sandbox::identity_claims(scheduler, service, clock.now(), changes),
                                 header);
    }
    std::optional<Error> refusal(const std::string& token) {
        try {
            verifier.verify(token, {});
            return std::nullopt;
        } catch (const Error& error) {
            return error;
        }
    }
    bool accepts(const std::string& token) { return !refusal(token); }
    std::size_t fetches() const { return google.count("/oauth2/v3/certs"); }
    std::int64_t seconds(std::chrono::seconds later = 0s) const {
        return std::chrono::floor<std::chrono::seconds>(clock.now() + later)
            .time_since_epoch()
            .count();
    }

    FakeClock clock;
    sandbox::Sandbox google{clock};
    IdTokenRules rules{.audiences = {service, service + "/"}, .emails = {scheduler}};
    IdTokenVerifier verifier{rules, google, clock};
};

std::string without_signature(const std::string& token) {
    return token.substr(0, token.rfind('.') + 1);
}

std::string key_id_of(const sandbox::CertsWorld& world, std::size_t index) {
    return world.keys.at(index).id;
}

}  // namespace

TEST_CASE("a token of an allowed account for this service tells who calls") {
    Gate gate;
    const auto identity = gate.verifier.verify(gate.token(), {});
    CHECK(identity.email == scheduler);
    CHECK(identity.subject.size() == 21);
    CHECK(gate.google.invalid_requests().empty());
    CHECK(gate.accepts(gate.token({{"iss", "accounts.google.com"}})));
    CHECK(gate.accepts(gate.token({{"aud", service + "/"}})));
}

TEST_CASE("claims that prove nothing are refused, and why is said for the log") {
    Gate gate;
    const auto [changes, reason] = GENERATE(table<std::string, std::string>({
        {R"({"iss":"https://accounts.google.com.evil.com"})", "not issued by Google"},
        {R"({"iss":null})", "not issued by Google"},
        {R"({"aud":"https://other"})", "its audience is \"https://other\""},
        {R"({"aud":"https://sheetbq-abc.a.run.app//"})", "its audience is"},
        {R"({"aud":["https://sheetbq-abc.a.run.app"]})", "its audience is \"\""},
        {R"({"aud":null})", "its audience is \"\""},
        {R"({"email_verified":false})", "does not vouch"},
        {R"({"email_verified":"true"})", "does not vouch"},
        {R"({"email_verified":null})", "does not vouch"},
        {R"({"email":null})", "does not vouch"},
        {R"({"exp":null})", "when it begins and ends"},
        {R"({"iat":null})", "when it begins and ends"},
        {R"({"exp":"soon"})", "when it begins and ends"},
        {R"({"exp":-1})", "when it begins and ends"},
        {R"({"exp":1e300})", "when it begins and ends"},
        {R"({"exp":9223372036854775807})", "when it begins and ends"},
        {R"({"exp":253402300799})", "a time that Google does not give"},
        {R"({"nbf":"later"})", "not valid yet"},
    }));
    CAPTURE(changes);
    const auto refusal = gate.refusal(gate.token(json::parse(changes).as_object()));
    REQUIRE(refusal);
    CHECK(refusal->code() == Code::unauthenticated);
    CHECK_THAT(refusal->reason(), ContainsSubstring(reason));
    CHECK_FALSE(refusal->hint().empty());
}

TEST_CASE("times are taken with a minute of grace, and live a day at most") {
    Gate gate;
    const auto [issued, expires, begins, good] = GENERATE(table<long, long, long, bool>({
        {-3600, -59, -3600, true},
        {-3600, -60, -3600, false},
        {60, 3600, 0, true},
        {61, 3600, 0, false},
        {0, 3600, 60, true},
        {0, 3600, 61, false},
        {0, 86'400, 0, true},
        {0, 86'401, 0, false},
        {10, 10, 0, false},
        {10, 5, 0, false},
    }));
    CAPTURE(issued, expires, begins);
    const auto at = [&](long seconds) { return gate.seconds(std::chrono::seconds{seconds}); };
    CHECK(gate.accepts(gate.token(
              {{"iat", at(issued)}, {"exp", at(expires)}, {"nbf", at(begins)}})) == good);
}

TEST_CASE("a good token of somebody who is not allowed is told apart from a bad one") {
    Gate gate;
    const auto refusal = gate.refusal(gate.token({{"email", "eve@example.com"}}));
    REQUIRE(refusal);
    CHECK(refusal->code() == Code::permission_denied);
    CHECK(refusal->text() == "eve@example.com may not call this service");
    CHECK(refusal->hint() == "Start with --allowed-emails=eve@example.com if it should.");
}

TEST_CASE("rules that name nobody allow nobody") {
    Gate gate;
    const auto rules = GENERATE(IdTokenRules{.audiences = {service}},
                                IdTokenRules{.emails = {scheduler}}, IdTokenRules{});
    IdTokenVerifier verifier{rules, gate.google, gate.clock};
    CHECK_THROWS_AS(verifier.verify(gate.token(), {}), Error);
}

TEST_CASE("only RS256 by a key of Google's is a signature") {
    Gate gate;
    const auto genuine = gate.token();
    const auto other_claims = gate.token({{"email", "eve@example.com"}});
    const auto other_key = [&](const json::object& header) {
        sandbox::CertsWorld stranger;
        stranger.keys = {two_keys().keys.back()};
        return stranger.sign(sandbox::identity_claims(scheduler, service, gate.clock.now()),
                             header);
    };
    const std::vector<std::pair<std::string, std::string>> cases{
        {gate.token({}, {{"alg", "none"}}), "RS256"},
        {without_signature(gate.token({}, {{"alg", "none"}})), "RS256"},
        {gate.token({}, {{"alg", "HS256"}}), "RS256"},
        {gate.token({}, {{"alg", "RS384"}}), "RS256"},
        {gate.token({}, {{"alg", "rs256"}}), "RS256"},
        {gate.token({}, {{"alg", nullptr}}), "RS256"},
        {gate.token({}, {{"alg", json::array{"RS256"}}}), "RS256"},
        {gate.token({}, {{"crit", json::array{"exp"}}}), "extensions"},
        {gate.token({}, {{"kid", "unknown"}}), "a key that Google does not have"},
        {gate.token({}, {{"kid", ""}}), "a key that Google does not have"},
        {gate.token({}, {{"kid", nullptr}}), "a key that Google does not have"},
        {other_key({}), "a key that Google does not have"},
        {other_key({{"kid", key_id_of(two_keys(), 0)}}), "not Google's"},
        {without_signature(genuine), "not Google's"},
        {without_signature(genuine) + other_claims.substr(other_claims.rfind('.') + 1),
         "not Google's"},
        {without_signature(genuine) + "AAAA", "not Google's"},
        {genuine + "=", "Base64"},
        {genuine + "A", "not Google's"},
        {genuine.substr(0, genuine.size() - 1) + static_cast<char>(genuine.back() + 1), "Base64"},
        {without_signature(genuine) + "!!!!", "Base64"},
    };
    for (const auto& [token, reason] : cases) {
        CAPTURE(token);
        const auto refusal = gate.refusal(token);
        REQUIRE(refusal);
        CHECK(refusal->code() == Code::unauthenticated);
        CHECK_THAT(refusal->reason(), ContainsSubstring(reason));
    }
}

TEST_CASE("what is no token is refused before anything is fetched, and not repeated") {
    Gate gate;
    const std::string text = GENERATE(
        as<std::string>{}, "", ".", "..", "...", "canary", "canary.canary", "canary.canary.canary",
        "e30.e30.", "e30.W10.canary", "bnVsbA.e30.canary", "e30=.e30.canary", "e30.e30.a.canary",
        std::string(8193, 'a'), std::string(4000, '.'));
    const auto refusal = gate.refusal(text);
    REQUIRE(refusal);
    CHECK(refusal->code() == Code::unauthenticated);
    CHECK_THAT(describe(*refusal), !ContainsSubstring("canary"));
    CHECK_THAT(refusal->hint(), ContainsSubstring("gcloud auth print-identity-token"));
    CHECK(gate.fetches() == 0);
}

TEST_CASE("a token may have 8 KiB and no byte more") {
    Gate gate;
    std::string filler(5000, 'x');
    while (gate.token({{"x", filler}}).size() <= 8192) filler += "xxx";
    CHECK_THAT(gate.refusal(gate.token({{"x", filler}}))->reason(), ContainsSubstring("8 KiB"));
    filler.resize(filler.size() - 4);
    CHECK(gate.accepts(gate.token({{"x", filler}})));
}

TEST_CASE("a verifier never takes a token whose signature Cloud Run took away") {
    Gate gate;
    const auto refusal = gate.refusal(without_signature(gate.token()) + marker);
    REQUIRE(refusal);
    CHECK(refusal->code() == Code::unauthenticated);
    CHECK_THAT(refusal->hint(), ContainsSubstring("--auth=iam"));
    CHECK(gate.fetches() == 0);
}

TEST_CASE("keys are fetched once for as long as their answer allows") {
    Gate gate;
    gate.google.certs.max_age = 3600s;
    CHECK(gate.accepts(gate.token()));
    gate.clock.advance(3599s);
    CHECK(gate.accepts(gate.token()));
    CHECK(gate.fetches() == 1);
    gate.clock.advance(1s);
    CHECK(gate.accepts(gate.token()));
    CHECK(gate.fetches() == 2);
}

TEST_CASE("how long keys are kept has a floor, a ceiling, and an hour when nothing is said") {
    const auto [header, value, lifetime] = GENERATE(table<std::string, std::string, long>({
        {"cache-control", "public, max-age=0", 300},
        {"cache-control", "no-store", 3600},
        {"cache-control", "max-age=abc", 3600},
        {"cache-control", "max-age=999999999", 86'400},
        {"cache-control", "max-age=99999999999999999999999", 86'400},
        {"x-nothing", "", 3600},
    }));
    CAPTURE(value);
    FakeClock clock;
    ScriptedTransport transport;
    auto world = two_keys();
    const auto jwks = json::serialize(world.jwks());
    transport.on(certs_url, answers(200, jwks, {{header, value}}), 2);
    auth::GoogleKeys keys{transport, clock};
    const auto id = key_id_of(world, 0);
    CHECK(keys.find(id, {}) != nullptr);
    clock.advance(std::chrono::seconds{lifetime - 1});
    CHECK(keys.find(id, {}) != nullptr);
    CHECK(transport.requests().size() == 1);
    clock.advance(1s);
    CHECK(keys.find(id, {}) != nullptr);
    CHECK(transport.requests().size() == 2);
}

TEST_CASE("the age of an answer counts") {
    FakeClock clock;
    ScriptedTransport transport;
    auto world = two_keys();
    transport.on(certs_url,
                 answers(200, json::serialize(world.jwks()),
                         {{"cache-control", "max-age=2000"}, {"age", "1500"}}),
                 2);
    auth::GoogleKeys keys{transport, clock};
    keys.find(key_id_of(world, 0), {});
    clock.advance(500s);
    keys.find(key_id_of(world, 0), {});
    CHECK(transport.requests().size() == 2);
}

TEST_CASE("a new key is found by asking again, at most once a minute") {
    Gate gate;
    CHECK(gate.accepts(gate.token()));
    gate.google.certs.keys = {two_keys().keys.front(), two_keys().keys.back()};
    CHECK_FALSE(gate.accepts(gate.token()));
    CHECK(gate.fetches() == 1);
    gate.clock.advance(60s);
    CHECK(gate.accepts(gate.token()));
    CHECK(gate.fetches() == 2);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(gate.accepts(gate.token({}, {{"kid", "no"}})));
    CHECK(gate.fetches() == 2);
}

TEST_CASE("a key that Google withdrew is no key any more") {
    Gate gate;
    const auto old = gate.token();
    CHECK(gate.accepts(old));
    gate.google.certs.keys = {two_keys().keys.back()};
    gate.clock.advance(60s);
    CHECK(gate.accepts(gate.token()));
    CHECK_FALSE(gate.accepts(old));
}

TEST_CASE("old keys serve on while Google cannot be asked") {
    Gate gate;
    gate.google.certs.max_age = 3600s;
    CHECK(gate.accepts(gate.token()));
    gate.google.fail({.path_contains = "/certs", .times = -1, .answer = sandbox::Answer{503}});
    gate.clock.advance(3600s);
    for (int i = 0; i < 5; ++i) CHECK(gate.accepts(gate.token()));
    CHECK(gate.fetches() == 2);
    const auto unknown = gate.refusal(gate.token({}, {{"kid", "no"}}));
    REQUIRE(unknown);
    CHECK(unknown->code() == Code::unauthenticated);
    gate.clock.advance(60s);
    CHECK(gate.accepts(gate.token()));
    CHECK(gate.fetches() == 3);
}

TEST_CASE("without any key there is no verdict, and Google is asked again soon") {
    Gate gate;
    const auto fault = GENERATE(0, 1, 2, 3, 4, 5);
    const std::string large(300'000, ' ');
    const std::vector<sandbox::Fault> faults{
        {.path_contains = "/certs", .answer = sandbox::Answer{500}},
        {.path_contains = "/certs", .answer = sandbox::Answer{200, {}, "<html>"}},
        {.path_contains = "/certs", .answer = sandbox::Answer{200, {}, R"({"keys":[]})"}},
        {.path_contains = "/certs", .answer = sandbox::Answer{200, {}, large}},
        {.path_contains = "/certs", .reset = true},
        {.path_contains = "/certs", .cut_after = 100},
    };
    gate.google.fail(faults.at(static_cast<std::size_t>(fault)));
    for (int i = 0; i < 2; ++i) {
        const auto refusal = gate.refusal(gate.token());
        REQUIRE(refusal);
        CHECK(refusal->code() == Code::unavailable);
    }
    CHECK(gate.fetches() == 1);
    gate.clock.advance(5s);
    CHECK(gate.accepts(gate.token()));
}

TEST_CASE("a caller that is stopped while it fetches keys leaves the next one free to try") {
    Gate gate;
    std::stop_source stop;
    stop.request_stop();
    try {
        gate.verifier.verify(gate.token(), stop.get_token());
        FAIL("it went on");
    } catch (const Error& error) {
        CHECK(error.code() == Code::cancelled);
    }
    CHECK(gate.accepts(gate.token()));
}

TEST_CASE("many callers at once make one fetch") {
    FakeClock clock;
    ScriptedTransport transport;
    auto world = two_keys();
    std::latch asked{1};
    std::latch released{1};
    transport.on(certs_url, [&](const testing::SentRequest& sent) {
        asked.count_down();
        released.wait();
        return answers(200, json::serialize(world.jwks()))(sent);
    });
    auth::GoogleKeys keys{transport, clock};
    const auto id = key_id_of(world, 0);
    std::atomic<int> found = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                if (keys.find(id, {})) ++found;
            });
        asked.wait();
        released.count_down();
    }
    CHECK(found == 4);
    CHECK(transport.requests().size() == 1);
    CHECK(transport.unexpected().empty());
}

TEST_CASE("somebody who waits for keys can be stopped") {
    FakeClock clock;
    ScriptedTransport transport;
    auto world = two_keys();
    std::latch asked{1};
    std::latch released{1};
    transport.on(certs_url, [&](const testing::SentRequest& sent) {
        asked.count_down();
        released.wait();
        return answers(200, json::serialize(world.jwks()))(sent);
    });
    auth::GoogleKeys keys{transport, clock};
    std::jthread first{[&] { keys.find("a", {}); }};
    asked.wait();
    std::stop_source stop;
    std::jthread stopper{[&] { stop.request_stop(); }};
    CHECK_THROWS_AS(keys.find("a", stop.get_token()), Error);
    released.count_down();
}

TEST_CASE("keys that cannot verify RS256 are left out of a set") {
    auto world = two_keys();
    world.keys.resize(1);
    auto good = world.jwks().at("keys").at(0).as_object();
    const auto written = [](const std::string& bytes) {
        return '"' + sandbox::base64url(bytes) + '"';
    };
    const std::vector<std::pair<std::string, std::string>> flaws{
        {"kty", R"("EC")"},
        {"kty", "null"},
        {"alg", R"("RS512")"},
        {"use", R"("enc")"},
        {"kid", R"("")"},
        {"kid", "5"},
        {"n", R"("")"},
        {"n", R"("AQAB")"},
        {"n", written(std::string(128, '\xff'))},                    // 1024 bits
        {"n", written(std::string(2048, '\xff'))},                   // 16384 bits
        {"n", written(std::string(255, '\xff') + "\xfe")},           // even
        {"n", '"' + std::string(good.at("n").as_string()) + "=\""},  // padded
        {"e", R"("AQ")"},                                            // 1
        {"e", R"("AA")"},                                            // 0
        {"e", R"("BA")"},                                            // 4
        {"e", written(std::string(9, '\xff'))},                      // 72 bits
    };
    good["kid"] = "good";
    for (const auto& [name, value] : flaws) {
        CAPTURE(name, value);
        auto bad = good;
        bad["kid"] = "bad";
        bad[name] = json::parse(value);
        CHECK_FALSE(auth::read_jwks(json::serialize(json::object{{"keys", json::array{bad}}})));
        const auto both =
            auth::read_jwks(json::serialize(json::object{{"keys", json::array{bad, 5, good}}}));
        REQUIRE(both);
        CHECK(both->size() == 1);
        CHECK(both->contains("good"));
    }
}

TEST_CASE("what is no set of keys is none") {
    CHECK_FALSE(auth::read_jwks(
        GENERATE("", "[]", "{}", "null", R"({"keys":{}})", R"({"keys":[{"kid":"a"}]})")));
}

TEST_CASE("a platform token is read only when its signature was taken away") {
    Gate gate;
    const auto genuine = gate.token();
    const auto stripped = without_signature(genuine) + marker;
    CHECK(auth::read_platform_token(stripped, gate.rules, gate.clock.now()).email == scheduler);
    CHECK(auth::read_platform_token(stripped, {}, gate.clock.now()).email == scheduler);
    for (const auto& token : {genuine, without_signature(genuine), stripped + "A",
                              without_signature(genuine) + "signature_removed_by_google"}) {
        try {
            auth::read_platform_token(token, gate.rules, gate.clock.now());
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.code() == Code::unauthenticated);
            CHECK_THAT(error.hint(), ContainsSubstring("--auth=oidc"));
        }
    }
}

TEST_CASE("a platform token is judged like any other") {
    Gate gate;
    const std::vector<std::pair<json::object, Code>> cases{
        {{{"iss", "https://evil"}}, Code::unauthenticated},
        {{{"aud", "https://other"}}, Code::unauthenticated},
        {{{"exp", gate.seconds(-60s)}, {"iat", gate.seconds(-90s)}}, Code::unauthenticated},
        {{{"email_verified", false}}, Code::unauthenticated},
        {{{"email", "eve@example.com"}}, Code::permission_denied},
    };
    for (const auto& [changes, code] : cases) {
        CAPTURE(json::serialize(changes));
        const auto token = without_signature(gate.token(changes)) + marker;
        try {
            auth::read_platform_token(token, gate.rules, gate.clock.now());
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.code() == code);
        }
    }
}
