#include "setup.hpp"

#include "control.hpp"
#include "run_control.hpp"
#include "sheetbq/core/error.hpp"
#include "signing.hpp"
#include "synthetic.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace sheetbq::sandbox {

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& given,
                         const std::string& form) {
    throw Error{Code::usage, fmt::format("--{} {} cannot be understood", option, given)}.fix(
        fmt::format("Write --{} {}.", option, form));
}

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file)
        throw Error{Code::not_found, "cannot read " + path}.fix(
            "Check the path given to --sheet NAME=FILE.");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// `NAME=VALUE`
std::pair<std::string, std::string> read_pair(const std::string& option, const std::string& given,
                                              const std::string& form) {
    const auto equals = given.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == given.size())
        refuse(option, given, form);
    return {given.substr(0, equals), given.substr(equals + 1)};
}

Spreadsheet read_sheet(const std::string& name, const std::string& path) {
    if (path.ends_with(".json")) return spreadsheet_from_json(read_file(path));
    Spreadsheet file;
    file.title = name;
    file.tabs.push_back(tab_from_csv(name, read_file(path)));
    return file;
}

Spreadsheet generate_sheet(const std::string& name, const std::string& size) {
    int rows = 0;
    int columns = 0;
    char rest = 0;
    if (std::sscanf(size.c_str(), "%9dx%9d%c", &rows, &columns, &rest) != 2 || rows < 1 ||
        columns < 1 || columns > 18'278)
        refuse("generate", name + "=" + size, "NAME=ROWSxCOLS, e.g. big=100000x10");
    Spreadsheet file;
    file.title = name;
    file.tabs.push_back(synthetic_tab(name, rows, columns));
    return file;
}

void add_dataset(BigQueryWorld& world, const std::string& given) {
    const auto colon = given.rfind(':');
    const auto name = given.substr(0, colon);
    const auto point = name.rfind('.');
    if (point == std::string::npos || point == 0 || point + 1 == name.size())
        refuse("dataset", given, "PROJECT.DATASET or PROJECT.DATASET:LOCATION");
    auto& dataset = world.projects[name.substr(0, point)][name.substr(point + 1)];
    if (colon != std::string::npos) dataset.location = given.substr(colon + 1);
}

}  // namespace

std::string stable_id(const std::string& name) {
    std::array<unsigned char, 32> digest{};
    EVP_Digest(name.data(), name.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return "1" + base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::vector<std::pair<std::string, std::string>> set_up(Sandbox& sandbox, const Options& options) {
    auto& identities = sandbox.identities;
    identities.project_id = options.project;
    identities.metadata_account =
        fmt::format("sandbox@{}.iam.gserviceaccount.com", options.project);
    sandbox.always_pretty = options.pretty;
    sandbox.bigquery.keep_rows = !options.discard_rows;
    for (const auto& dataset : options.datasets) add_dataset(sandbox.bigquery, dataset);
    if (options.datasets.empty()) add_dataset(sandbox.bigquery, options.project + ".demo");
    for (const auto& job : options.cloud_run_jobs) add_cloud_run_job(sandbox, job);
    if (!options.cloud_run.empty()) set_cloud_run(sandbox, options.cloud_run);
    for (const auto& given : options.secrets) {
        const auto [name, value] = read_pair("secret", given, "NAME=VALUE");
        const bool full = name.starts_with("projects/");
        sandbox.secrets.add(
            full ? name : fmt::format("projects/{}/secrets/{}", options.project, name), value,
            identities.metadata_account);
    }
    for (const auto& fault : options.faults) sandbox.fail(fault_from_json(fault));

    std::vector<std::pair<std::string, std::string>> urls;
    const auto add = [&](const std::string& name, Spreadsheet file) {
        if (file.id.empty()) file.id = stable_id(name);
        if (file.shared_with.empty()) file.shared_with = {identities.metadata_account};
        const auto gid = file.tabs.empty() ? 0 : file.tabs.front().gid;
        urls.emplace_back(name, fmt::format("https://docs.google.com/spreadsheets/d/{}/edit#gid={}",
                                            file.id, gid));
        sandbox.sheets[file.id] = std::move(file);
    };
    for (const auto& given : options.sheets) {
        const auto [name, path] = read_pair("sheet", given, "NAME=FILE.csv or NAME=FILE.json");
        add(name, read_sheet(name, path));
    }
    for (const auto& given : options.generated) {
        const auto [name, size] = read_pair("generate", given, "NAME=ROWSxCOLS");
        add(name, generate_sheet(name, size));
    }
    return urls;
}

void save_tables(const Sandbox& sandbox, const std::string& folder) {
    std::filesystem::create_directories(folder);
    const auto all = std::numeric_limits<std::size_t>::max();
    for (const auto& table : tables_to_json(sandbox.bigquery, all)) {
        const std::string name{table.at("table").as_string()};
        std::ofstream{std::filesystem::path{folder} / (name + ".json")}
            << boost::json::serialize(table) << '\n';
    }
}

}  // namespace sheetbq::sandbox
