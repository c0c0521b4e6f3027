#include "sheetbq/gcp/secrets.hpp"

#include "sheetbq/auth/jwt.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <isa-l/crc.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace sheetbq::gcp {
namespace {

namespace json = boost::json;

constexpr int attempts = 3;

/// A secret's version, taken apart.
struct SecretName {
    std::string project;
    std::string location;  ///< empty: global
    std::string secret;
    std::string version;
};

bool is_word(std::string_view text, std::string_view others, std::size_t longest) {
    return !text.empty() && text.size() <= longest &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      others.find(c) != std::string_view::npos;
           });
}

std::vector<std::string> segments_of(std::string_view text) {
    std::vector<std::string> segments{{}};
    for (const char c : text) {
        if (c == '/')
            segments.emplace_back();
        else
            segments.back() += c;
    }
    return segments;
}

std::optional<SecretName> read_name(std::string_view text) {
    auto part = segments_of(text);
    SecretName name;
    if (part.size() == 8 && part[2] == "locations") {
        name.location = part[3];
        if (!is_word(name.location, "-", 63)) return std::nullopt;
        part.erase(part.begin() + 2, part.begin() + 4);
    }
    if (part.size() != 6 || part[0] != "projects" || part[2] != "secrets" || part[4] != "versions")
        return std::nullopt;
    name.project = part[1];
    name.secret = part[3];
    name.version = part[5];
    // A project may belong to a domain: example.com:project.
    const bool sound = is_word(name.project, "-.:", 100) && is_word(name.secret, "-_", 255) &&
                       is_word(name.version, "-_", 63);
    return sound ? std::optional{std::move(name)} : std::nullopt;
}

std::string url_of(const SecretName& name) {
    const auto host = name.location.empty()
                          ? std::string{"secretmanager.googleapis.com"}
                          : fmt::format("secretmanager.{}.rep.googleapis.com", name.location);
    const auto location =
        name.location.empty() ? std::string{} : fmt::format("/locations/{}", name.location);
    return fmt::format("https://{}/v1/projects/{}{}/secrets/{}/versions/{}:access", host,
                       name.project, location, name.secret, name.version);
}

/// Where gcloud finds it.
std::string flags_of(const SecretName& name) {
    return fmt::format(" --project={}{}", name.project,
                       name.location.empty() ? "" : " --location=" + name.location);
}

/// As IAM writes an account; who runs us may not be known.
std::string member(const std::string& account) {
    if (account.find('@') == std::string::npos) return "serviceAccount:ACCOUNT_EMAIL";
    return (account.ends_with("gserviceaccount.com") ? "serviceAccount:" : "user:") + account;
}

Error explain(const Refusal& refusal, const SecretName& name) {
    const auto because = in_google_words(refusal);
    const bool about_api =
        refusal.reason == "SERVICE_DISABLED" || refusal.reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT";
    if (refusal.status == 403 && !about_api && code_of(refusal) == Code::permission_denied)
        return Error{Code::permission_denied,
                     fmt::format("{} may not read the secret {}", refusal.account, name.secret)}
            .because(because)
            .fix(fmt::format("Run: gcloud secrets add-iam-policy-binding {}{} --member={} "
                             "--role=roles/secretmanager.secretAccessor",
                             name.secret, flags_of(name), member(refusal.account)));
    if (refusal.status == 404)
        return Error{Code::not_found, fmt::format("there is no version {} of the secret {}",
                                                  name.version, name.secret)}
            .because(because)
            .fix(
                fmt::format("Run: gcloud secrets versions list {}{}", name.secret, flags_of(name)));
    if (refusal.status == 400 && refusal.name == "FAILED_PRECONDITION")
        return Error{Code::bad_config, fmt::format("version {} of the secret {} is switched off",
                                                   name.version, name.secret)}
            .because(because)
            .fix(fmt::format("Name another version, or run: gcloud secrets versions enable {} "
                             "--secret={}{}",
                             name.version, name.secret, flags_of(name)));
    return to_error(refusal);
}

/// Castagnoli's CRC, as Secret Manager gives it.
std::uint32_t crc32c(std::string& bytes) {
    constexpr std::uint32_t all_ones = 0xFFFF'FFFFU;
    return ~crc32_iscsi(reinterpret_cast<unsigned char*>(bytes.data()),
                        static_cast<int>(bytes.size()), all_ones);
}

std::optional<std::int64_t> checksum_of(const json::object& payload) {
    const auto* value = payload.if_contains("dataCrc32c");
    if (value == nullptr) return std::nullopt;
    if (const auto* number = value->if_int64()) return *number;
    const auto* text = value->if_string();
    std::int64_t number = 0;
    if (text == nullptr) return std::nullopt;
    const auto* last = text->data() + text->size();
    const auto [end, problem] = std::from_chars(text->data(), last, number);
    if (problem != std::errc{} || end != last) return std::nullopt;
    return number;
}

/// @returns nothing when data and checksum do not agree.
std::optional<std::string> data_of(const json::value& answer) {
    const auto* object = answer.if_object();
    const auto* payload = object != nullptr ? object->if_contains("payload") : nullptr;
    if (payload == nullptr || !payload->is_object()) return std::nullopt;
    const auto* data = payload->get_object().if_contains("data");
    const auto* text = data != nullptr ? data->if_string() : nullptr;
    // An empty secret has no data at all: proto3 leaves out what is empty.
    const auto written = text != nullptr ? std::string_view{text->data(), text->size()} : "";
    auto bytes = auth::decode_base64(written);
    if (!bytes || checksum_of(payload->get_object()) != std::int64_t{crc32c(*bytes)})
        return std::nullopt;
    return bytes;
}

}  // namespace

bool is_secret_name(std::string_view text) { return read_name(text).has_value(); }

Secret Secrets::access(const std::string& name, std::stop_token stop) {
    const auto parts = read_name(name);
    if (!parts)
        // Not quoted: somebody may have given the secret itself.
        throw Error{Code::bad_config, "a name in Secret Manager is not that of a secret's version"}
            .fix("Write projects/PROJECT/secrets/NAME/versions/latest.");
    const Call call{.url = url_of(*parts),
                    .explain = [&](const Refusal& refusal) { return explain(refusal, *parts); }};
    for (int i = 0; i < attempts; ++i) {
        auto data = data_of(api_.json(call, stop));
        if (!data) continue;
        while (data->ends_with('\n') || data->ends_with('\r')) data->pop_back();
        return Secret{std::move(*data)};
    }
    throw Error{Code::unavailable, fmt::format("the secret {} arrives damaged", parts->secret)}
        .because(fmt::format("its checksum was wrong {} times", attempts))
        .fix("Check that nothing between this machine and Google changes answers, and run again.");
}

}  // namespace sheetbq::gcp
