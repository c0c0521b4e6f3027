#include "integration/world.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <chrono>

namespace sheetbq::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto person = "ada@example.com";

/// One key pair for all tests of the program: making one takes long.
struct Key {
    sandbox::Identities identities;
    std::string file;
};

const Key& shared_key() {
    static const Key key = [] {
        Key made;
        made.file = sandbox::make_service_account_key(made.identities, World::account,
                                                      "https://oauth2.googleapis.com/token");
        return made;
    }();
    return key;
}

/// 64 letters' worth of chance a character, the same for the same row.
void fill_row(int row, std::vector<sandbox::Cell>& out) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    out.resize(2);
    if (row == 0) {
        out[0] = {.kind = sandbox::Cell::Kind::text, .value = "id"};
        out[1] = {.kind = sandbox::Cell::Kind::text, .value = "blob"};
        return;
    }
    std::uint64_t x = static_cast<std::uint64_t>(row) * 0x9E3779B97F4A7C15U + 1;
    std::string blob = "x";
    for (int i = 0; i < 440; ++i) {
        x ^= x << 13U;
        x ^= x >> 7U;
        x ^= x << 17U;
        blob += letters[x % letters.size()];
    }
    out[0] = {.kind = sandbox::Cell::Kind::number, .value = std::to_string(row)};
    out[1] = {.kind = sandbox::Cell::Kind::text, .value = std::move(blob)};
}

}  // namespace

World::World(const Certificate* certificate) {
    sandbox::Spreadsheet sheet;
    sheet.id = spreadsheet_id;
    sheet.title = "Shop";
    sheet.time_zone = "Europe/Berlin";
    sheet.tabs.push_back({.title = "Orders"});
    sheet.shared_with = {account, person, google.identities.metadata_account};
    google.sheets.emplace(sheet.id, std::move(sheet));
    google.bigquery.projects["demo-project"]["demo"].location = "EU";
    google.identities.service_accounts = shared_key().identities.service_accounts;
    google.identities.refresh_tokens["refresh-me"] = {
        .client_id = "client.apps.googleusercontent.com",
        .client_secret = "hush",
        .email = person,
        .scopes = {"https://www.googleapis.com/auth/cloud-platform",
                   "https://www.googleapis.com/auth/spreadsheets.readonly",
                   "https://www.googleapis.com/auth/drive.metadata.readonly"}};
    google.on_request = [this](const sandbox::RecordedRequest&) { asked_.notify_all(); };
    key_file_ = folder.write("key.json", shared_key().file);
    sandbox::ServerOptions options;
    if (certificate != nullptr) {
        options.certificate_file = folder.write("server.pem", certificate->certificate_pem);
        options.key_file = folder.write("server.key", certificate->key_pem);
    }
    server_ = std::make_unique<sandbox::Server>(google, options);
}

World::~World() {
    server_.reset();
    CHECK(google.invalid_requests().empty());
}

void World::type_csv(const std::string& csv) {
    google.edit([&] {
        google.sheets.at(spreadsheet_id).tabs.at(0) = sandbox::tab_from_csv("Orders", csv);
    });
}

void World::type_large(int rows) {
    google.edit([&] {
        sandbox::Tab tab;
        tab.title = "Orders";
        tab.row_count = rows + 1;
        tab.column_count = 2;
        tab.generate = fill_row;
        google.sheets.at(spreadsheet_id).tabs.at(0) = std::move(tab);
    });
}

std::string World::host() const {
    const auto whole = url();
    return whole.substr(whole.find("://") + 3);
}

Variables World::variables(const Variables& more) const {
    Variables all{
        {"CONFIG_NAME", "orders"},
        {"CONFIG_ID", "7"},
        {"GOOGLE_SHEET_URL",
         fmt::format("https://docs.google.com/spreadsheets/d/{}/edit#gid=0", spreadsheet_id)},
        {"GOOGLE_CLOUD_PROJECT_ID", "demo-project"},
        {"BIGQUERY_DATASET_ID", "demo"},
        {"BIGQUERY_TABLE_ID", "orders"},
        {"SHEETBQ_RUN_ID", "r1"},
        {"SHEETBQ_API_ROOT", url()},
        {"NO_GCE_CHECK", "true"},
        {"GOOGLE_APPLICATION_CREDENTIALS", key_file_},
        {"HOME", folder.path()}};
    for (const auto& [name, value] : more) {
        if (value.empty())
            all.erase(name);
        else
            all[name] = value;
    }
    return all;
}

std::unique_ptr<Process> World::start(const Variables& environment,
                                      const std::vector<std::string>& flags) const {
    std::vector<std::string> command{SHEETBQ_JOB};
    command.insert(command.end(), flags.begin(), flags.end());
    return std::make_unique<Process>(command, environment);
}

ProcessEnd World::run(const Variables& more, const std::vector<std::string>& flags) const {
    auto end = start(variables(more), flags)->wait();
    CHECK_FALSE(end.timed_out);
    CHECK(end.signal == 0);
    return end;
}

bool World::wait_for(const std::string& path, std::size_t count) {
    // the count follows the notice by a moment: look again now and then
    std::unique_lock lock{mutex_};
    for (int looks = 0; looks < 1'000; ++looks) {
        if (google.count(path) >= count) return true;
        asked_.wait_for(lock, 10ms);
    }
    return false;
}

std::size_t World::writes() const {
    std::size_t writes = 0;
    for (const auto& request : google.requests())
        if (request.method != http::Method::get &&
            request.host.find("bigquery") != std::string::npos)
            ++writes;
    return writes;
}

std::string World::table() {
    std::string text = "none";
    google.edit([&] {
        if (const auto* found = google.bigquery.find_table("demo-project", "demo", "orders"))
            text = text_of_table(*found);
    });
    return text;
}

boost::json::object report_of(const ProcessEnd& end) {
    INFO("stdout: " << end.out << "\nstderr: " << end.err);
    REQUIRE_FALSE(end.out.empty());
    REQUIRE(end.out.back() == '\n');
    const auto last = end.out.rfind('\n', end.out.size() - 2);
    const auto line = end.out.substr(last == std::string::npos ? 0 : last + 1);
    const auto value = boost::json::parse(line);
    REQUIRE(value.is_object());
    REQUIRE(value.as_object().contains("event"));
    CHECK(value.at("event") == "run_finished");
    CHECK(value.at("exit_code").as_int64() == end.exit_code);
    return value.as_object();
}

std::string authorized_user_json() {
    return R"({"type":"authorized_user","client_id":"client.apps.googleusercontent.com",)"
           R"("client_secret":"hush","refresh_token":"refresh-me"})";
}

std::string text_of_table(const sandbox::Table& table) {
    std::string text;
    for (const auto& row : table.rows) {
        for (const auto& value : row) text += value.value_or("NULL") + "|";
        text += "\n";
    }
    return text;
}

}  // namespace sheetbq::testing
