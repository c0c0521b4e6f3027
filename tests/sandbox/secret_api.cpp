// Secret Manager, as far as versions are read.
// https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access

#include "routes.hpp"
#include "sandbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <cstdint>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

constexpr std::string_view verb = ":access";

/// CRC-32C bit by bit, apart from the library's.
std::uint32_t castagnoli(std::string_view bytes) {
    std::uint32_t crc = 0xFFFF'FFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F6'3B78U : 0U);
    }
    return ~crc;
}

std::string base64(const std::string& bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

/// What a call names: the secret by the project's id, and the version as written.
struct Named {
    std::string secret;   ///< `projects/ID/...`
    std::string shown;    ///< the same by the project's number
    std::string version;  ///< `latest` or a number
};

Named read_name(const Sandbox& sandbox, const Call& call) {
    const auto& identities = sandbox.identities;
    std::string rest;
    for (std::size_t i = 3; i + 2 < call.path.size(); ++i) rest += "/" + call.path[i];
    const auto& project = call.path.at(2);
    const bool ours = project == identities.project_id || project == identities.project_number;
    Named named;
    named.secret = fmt::format("projects/{}{}", ours ? identities.project_id : project, rest);
    named.shown = fmt::format("projects/{}{}", ours ? identities.project_number : project, rest);
    named.version = call.path.back();
    named.version.resize(named.version.size() - verb.size());
    return named;
}

Answer not_permitted(const Call& call, const Named& named) {
    const auto resource = fmt::format("{}/versions/{}", named.secret, named.version);
    json::object info{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                      {"reason", "IAM_PERMISSION_DENIED"},
                      {"domain", "iam.googleapis.com"},
                      {"metadata", json::object{{"resource", resource},
                                                {"permission", "secretmanager.versions.access"}}}};
    return new_style_error(
        403, "PERMISSION_DENIED",
        fmt::format("Permission 'secretmanager.versions.access' denied for resource '{}' (or it "
                    "may not exist).",
                    resource),
        call.account.empty() ? json::array{} : json::array{std::move(info)});
}

/// Which version is meant, counted from 0; beyond the last one when there is none.
std::size_t index_of(const StoredSecret& secret, const std::string& version) {
    if (version == "latest") return secret.versions.size() - 1;
    std::size_t number = 0;
    const auto* end = version.data() + version.size();
    const auto [stopped, problem] = std::from_chars(version.data(), end, number);
    return problem == std::errc{} && stopped == end && number > 0 ? number - 1
                                                                  : secret.versions.size();
}

Answer read(Sandbox& sandbox, const Call& call) {
    const auto named = read_name(sandbox, call);
    const auto found = sandbox.secrets.secrets.find(named.secret);
    if (found == sandbox.secrets.secrets.end() || found->second.versions.empty())
        return new_style_error(
            404, "NOT_FOUND",
            fmt::format("Secret [{}] not found or has no versions.", named.shown));
    auto& secret = found->second;
    if (!secret.accessors.contains("*") && !secret.accessors.contains(call.account))
        return not_permitted(call, named);
    const auto index = index_of(secret, named.version);
    if (index >= secret.versions.size())
        return new_style_error(
            404, "NOT_FOUND",
            fmt::format("Secret Version [{}/versions/{}] not found.", named.shown, named.version));
    const auto name = fmt::format("{}/versions/{}", named.shown, index + 1);
    const auto& version = secret.versions[index];
    if (version.state != SecretVersion::State::enabled)
        return new_style_error(
            400, "FAILED_PRECONDITION",
            fmt::format(
                "Secret Version [{}] is in {} state.", name,
                version.state == SecretVersion::State::disabled ? "DISABLED" : "DESTROYED"));
    auto checksum = castagnoli(version.data);
    if (secret.wrong_checksums > 0) {
        --secret.wrong_checksums;
        checksum ^= 1U;
    }
    json::object payload{{"dataCrc32c", std::to_string(checksum)}};
    if (!version.data.empty()) payload["data"] = base64(version.data);
    return json_answer(json::object{{"name", name}, {"payload", std::move(payload)}});
}

Answer access(Sandbox& sandbox, const Call& call) {
    auto answer = read(sandbox, call);
    const auto named = read_name(sandbox, call);
    sandbox.secrets.journal.push_back(
        {named.secret + "/versions/" + named.version, call.account, answer.status});
    return answer;
}

}  // namespace

std::span<const Route> secret_routes() {
    using http::Method;
    static const std::vector<Route> routes{
        {Method::get,
         "secretmanager.googleapis.com",
         "/v1/projects/*/secrets/*/versions/*:access",
         access,
         {"cloud-platform"}},
        {Method::get,
         "secretmanager.*.rep.googleapis.com",
         "/v1/projects/*/locations/*/secrets/*/versions/*:access",
         access,
         {"cloud-platform"}},
    };
    return routes;
}

}  // namespace sheetbq::sandbox
