#include "sandbox/server.hpp"

#include "google.hpp"
#include "raw_client.hpp"
#include "sheetbq/core/error.hpp"
#include "sheetbq/http/inflate.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <thread>

using namespace sheetbq;
using namespace sheetbq::sandbox;
using namespace sheetbq::sandbox::testing;
using namespace std::chrono_literals;

namespace {

/// A sandbox behind a real socket. Its clock sleeps without waiting.
struct Served : Google {
    std::string request(const std::string& target, const std::string& more = "") const {
        return "GET /sheets.googleapis.com" + target +
               " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\n" + more +
               "\r\n";
    }
    std::string values(const std::string& more = "") const {
        return request("/v4/spreadsheets/S1/values/Sheet1?prettyPrint=false&fields=range,values",
                       more);
    }

    Server server{sandbox, {}};
};

const std::string expected =
    R"({"range":"Sheet1!A1:Z1000","values":[["name","price"],["tea","1.50"]]})";

/// A self-signed certificate and its key in files that vanish with it.
class Certificate {
public:
    Certificate() {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
            EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free};
        const std::unique_ptr<X509, decltype(&X509_free)> x509{X509_new(), X509_free};
        X509_gmtime_adj(X509_getm_notBefore(x509.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
        X509_set_pubkey(x509.get(), key.get());
        X509_sign(x509.get(), key.get(), EVP_sha256());
        std::filesystem::create_directories(folder_);
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> certificate_out{
            BIO_new_file(certificate().c_str(), "w"), BIO_free_all};
        PEM_write_bio_X509(certificate_out.get(), x509.get());
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> key_out{
            BIO_new_file(this->key().c_str(), "w"), BIO_free_all};
        PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    }
    ~Certificate() { std::filesystem::remove_all(folder_); }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    std::string certificate() const { return folder_ / "cert.pem"; }
    std::string key() const { return folder_ / "key.pem"; }

private:
    std::filesystem::path folder_ = std::filesystem::temp_directory_path() /
                                    ("sheetbq_server_test_" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE("the server answers one request after the other on one connection") {
    Served google;
    RawClient client{google.server.url()};
    for (int i = 0; i < 3; ++i) {
        client.say(google.values());
        const auto answer = client.hear("\r\n0\r\n\r\n");
        CHECK_THAT(answer, ContainsSubstring("HTTP/1.1 200 OK\r\n") &&
                               ContainsSubstring("transfer-encoding: chunked\r\n"));
        CHECK(dechunk(answer) == expected);
    }
    client.say(google.values("Connection: close\r\n"));
    CHECK(dechunk(client.hear()) == expected);
}

TEST_CASE("the server compresses where asked") {
    Served google;
    RawClient client{google.server.url()};
    client.say(google.values("Accept-Encoding: gzip\r\nConnection: close\r\n"));
    const auto answer = client.hear();
    CHECK_THAT(answer, ContainsSubstring("content-encoding: gzip\r\n"));
    CHECK(http::inflate(dechunk(answer), 1 << 20) == expected);
}

TEST_CASE("the server reads bodies with a length, in chunks, and after 100-continue") {
    Served google;
    RawClient client{google.server.url()};
    const std::string head =
        "POST /oauth2.googleapis.com/token HTTP/1.1\r\nHost: h\r\nContent-Type: "
        "application/x-www-form-urlencoded\r\n";
    SECTION("length") { client.say(head + "Content-Length: 12\r\n\r\ngrant_type=x"); }
    SECTION("chunks") {
        client.say(head +
                   "Transfer-Encoding: chunked\r\n\r\n7;a=b\r\ngrant_t\r\n5\r\nype=x\r\n0\r\n"
                   "\r\n");
    }
    SECTION("100-continue") {
        client.say(head + "Expect: 100-continue\r\nContent-Length: 12\r\n\r\n");
        CHECK(client.hear("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
        client.say("grant_type=x");
    }
    const auto answer = client.hear("\r\n0\r\n\r\n");
    CHECK_THAT(answer, ContainsSubstring("HTTP/1.1 400 Bad Request\r\n") &&
                           ContainsSubstring("Invalid grant_type: x"));
    CHECK(google.sandbox.requests().at(0).body == "grant_type=x");
}

TEST_CASE("the server refuses what is not HTTP") {
    Served google;
    const auto text = GENERATE(as<std::string>{}, "nonsense\r\n\r\n", "BREW / HTTP/1.1\r\n\r\n",
                               "GET / HTTP/2\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                               "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                               "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    RawClient client{google.server.url()};
    client.say(text);
    CHECK_THAT(client.hear(), ContainsSubstring("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_CASE("the server refuses endless headers") {
    Served google;
    RawClient client{google.server.url()};
    client.say("GET / HTTP/1.1\r\nx: " + std::string(70'000, 'y'));
    const auto answer = client.hear();
    CHECK((client.was_reset || answer.find("HTTP/1.1 431") == 0));
}

TEST_CASE("network faults reach the wire") {
    Served google;
    google.tab().rows.assign(900, {text("0123456789")});
    RawClient client{google.server.url()};
    SECTION("a reset breaks before the call") {
        google.sandbox.fail({.reset = true});
        client.say(google.values());
        CHECK(client.hear() == "");
        CHECK(client.was_reset);
        CHECK(google.sandbox.requests().at(0).status == 0);
    }
    SECTION("a lost answer breaks after the call") {
        google.sandbox.fail({.lose_answer = true});
        client.say(google.values());
        CHECK(client.hear() == "");
        CHECK(client.was_reset);
    }
    SECTION("a cut ends inside the body") {
        google.sandbox.fail({.cut_after = 100});
        client.say(google.values());
        CHECK(dechunk(client.hear()).size() <= 100);
        CHECK(client.was_reset);
    }
    SECTION("a clean cut closes in order, short of what was announced") {
        google.sandbox.fail({.cut_after = 100, .clean_cut = true});
        client.say(google.values());
        const auto answer = client.hear();
        CHECK_FALSE(client.was_reset);
        const auto end = answer.find("\r\n\r\n");
        CHECK(answer.size() == end + 4 + 100);
        const auto length = answer.find("content-length: ");
        REQUIRE(length != std::string::npos);
        CHECK(std::stoul(answer.substr(length + 16)) > 100);
    }
    SECTION("a drip is cut into small pieces by the clock") {
        google.sandbox.fail({.drip = 10'000});
        client.say(google.values("Connection: close\r\n"));
        const auto size = dechunk(client.hear()).size();
        CHECK(google.clock.slept().size() == (size + 999) / 1000);
        CHECK(google.clock.slept().front() == 100ms);
    }
    SECTION("corrupt gzip arrives whole and does not inflate") {
        google.sandbox.fail({.corrupt_gzip = true});
        client.say(google.values("Accept-Encoding: gzip\r\nConnection: close\r\n"));
        const auto body = dechunk(client.hear());
        CHECK_THROWS_AS(http::inflate(body, 1 << 20), Error);
    }
    SECTION("a scripted answer keeps the connection") {
        google.sandbox.fail({.answer = Answer{.status = 429, .headers = {{"retry-after", "7"}}}});
        client.say(google.values());
        CHECK(client.hear("\r\n\r\n") ==
              "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n");
        client.say(google.values("Connection: close\r\n"));
        CHECK_THAT(client.hear(), ContainsSubstring("HTTP/1.1 200 OK"));
    }
}

TEST_CASE("latency waits before values.get only") {
    Google google;
    const Server server{google.sandbox, {.latency = 250ms}};
    RawClient client{server.url()};
    const std::string tail = " HTTP/1.1\r\nHost: h\r\n\r\n";
    client.say("GET /sheets.googleapis.com/v4/spreadsheets/S1" + tail);
    client.hear("\r\n0\r\n\r\n");
    CHECK(google.clock.slept().empty());
    client.say("GET /sheets.googleapis.com/v4/spreadsheets/S1/values/A1" + tail);
    client.hear("\r\n0\r\n\r\n");
    CHECK(google.clock.slept() == std::vector<std::chrono::milliseconds>{250ms});
}

TEST_CASE("links of an answer lead back to the server") {
    Served google;
    google.sandbox.bigquery.projects["p"]["d"];
    const std::string body =
        R"({"configuration":{"load":{"destinationTable":{"projectId":"p","datasetId":"d",)"
        R"("tableId":"t"},"sourceFormat":"CSV"}}})";
    RawClient client{google.server.url()};
    client.say(
        "POST /bigquery.googleapis.com/upload/bigquery/v2/projects/p/jobs?uploadType=resumable "
        "HTTP/1.1\r\nHost: sandbox:8085\r\nContent-Type: application/json\r\nAuthorization: "
        "Bearer " +
        google.token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    CHECK_THAT(client.hear("\r\n\r\n"),
               ContainsSubstring("ocation: http://sandbox:8085/bigquery.googleapis.com/upload/"
                                 "bigquery/v2/projects/p/jobs"));
}

TEST_CASE("many connections are served at once, and the server ends while some are open") {
    auto google = std::make_unique<Served>();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(std::make_unique<RawClient>(google->server.url()));
        clients.back()->say(google->values());
    }
    for (auto& client : clients) CHECK(dechunk(client->hear("\r\n0\r\n\r\n")) == expected);
    google.reset();
    CHECK(clients.front()->hear() == "");
}

TEST_CASE("the server serves TLS") {
    const Certificate certificate;
    Google google;
    const Server server{
        google.sandbox,
        {.certificate_file = certificate.certificate(), .key_file = certificate.key()}};
    CHECK(server.url().starts_with("https://127.0.0.1:"));
    const RawClient client{server.url()};
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{
        SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls{SSL_new(context.get()), SSL_free};
    SSL_set_fd(tls.get(), client.descriptor());
    REQUIRE(SSL_connect(tls.get()) == 1);
    const std::string request =
        "GET /computeMetadata/v1/project/project-id HTTP/1.1\r\nHost: h\r\n"
        "Metadata-Flavor: Google\r\nConnection: close\r\n\r\n";
    SSL_write(tls.get(), request.data(), static_cast<int>(request.size()));
    std::string answer;
    std::array<char, 4096> buffer{};
    for (int size = 0; (size = SSL_read(tls.get(), buffer.data(), buffer.size())) > 0;)
        answer.append(buffer.data(), static_cast<std::size_t>(size));
    CHECK_THAT(answer, ContainsSubstring("200 OK") && ContainsSubstring("demo-project"));
    CHECK(SSL_get_shutdown(tls.get()) == SSL_RECEIVED_SHUTDOWN);
}

TEST_CASE("a server that cannot start says why and what to do") {
    Google google;
    const Server first{google.sandbox, {}};
    const auto port =
        static_cast<unsigned short>(std::stoul(first.url().substr(first.url().rfind(':') + 1)));
    const auto [options, hint] = GENERATE_REF(table<ServerOptions, std::string>({
        {ServerOptions{.port = port}, "Choose another port, or --port 0 for a free one."},
        {ServerOptions{.host = "nowhere"}, "Choose another port, or --port 0 for a free one."},
        {ServerOptions{.certificate_file = "/nonexistent", .key_file = "/nonexistent"},
         "openssl req -x509"},
    }));
    try {
        const Server second{google.sandbox, options};
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == Code::bad_config);
        CHECK_THAT(error.hint(), ContainsSubstring(hint));
    }
}
