#include "sheetbq/auth/subject_token.hpp"

#include "sheetbq/auth/token_endpoint.hpp"
#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace sheetbq::auth {
namespace {

Error missing(const std::string& place, std::string_view why) {
    return Error{Code::unauthenticated, "the identity provider's token cannot be had"}
        .because(fmt::format("{}: {}", place, why))
        .fix(
            "Look whether the provider is set up on this machine, and whether "
            "\"credential_source\" "
            "of the credentials file says where its token is.");
}

Error unsupported(const CredentialFile& file, std::string_view what) {
    return Error{Code::unauthenticated,
                 fmt::format("the credentials file {} is not usable", file.path())}
        .because(fmt::format("its credential_source is {}, which is not supported", what))
        .fix(
            "Use a provider whose token is in a file or behind a URL: gcloud iam "
            "workload-identity-pools create-cred-config ... --credential-source-file=PATH.");
}

/// How the format is meant to be read: the JSON field, or nothing for plain text.
std::string json_field(const CredentialFile& source) {
    if (!source.has("format")) return {};
    const auto format = source.object("format");
    const auto type = format.text_or("type", "text");
    if (type == "text") return {};
    if (type != "json") throw format.bad("type", R"(is neither "text" nor "json")");
    return format.text("subject_token_field_name");
}

}  // namespace

SubjectToken::SubjectToken(const CredentialFile& file) : credentials_{file.path()} {
    const auto source = file.object("credential_source");
    if (source.has("environment_id")) throw unsupported(file, "one of AWS");
    if (source.has("executable")) throw unsupported(file, "a program to run");
    if (source.has("certificate")) throw unsupported(file, "a client certificate");
    file_ = source.text_or("file", "");
    url_ = source.text_or("url", "");
    if (file_.empty() == url_.empty())
        throw file.bad("credential_source", R"(has to name either a "file" or a "url")");
    headers_ = source.pairs("headers");
    json_field_ = json_field(source);
    if (url_.empty()) return;
    try {
        http::split_url(url_);
    } catch (const Error&) {
        throw source.bad("url", "is not an http or https address");
    }
}

std::string SubjectToken::fetch(const Outside& outside, std::stop_token stop) const {
    return extract(url_.empty() ? from_file() : from_url(outside, stop));
}

std::string SubjectToken::from_file() const {
    std::ifstream file{file_, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file || file.bad()) throw missing(place(), "it cannot be read");
    return text;
}

std::string SubjectToken::from_url(const Outside& outside, std::stop_token stop) const {
    http::Request request{.url = url_, .timeouts = short_timeouts()};
    for (const auto& [name, value] : headers_) request.headers.set(name, value);
    const auto answer =
        exchange(outside, token_patience(), request, "the identity provider's token URL", stop);
    if (answer.status / 100 != 2)
        throw missing(place(), fmt::format("it answered HTTP {}", answer.status));
    return answer.body;
}

std::string SubjectToken::extract(std::string text) const {
    if (!json_field_.empty()) {
        boost::json::error_code problem;
        const auto value = boost::json::parse(text, problem);
        const auto* object = problem ? nullptr : value.if_object();
        if (!object) throw missing(place(), "it is not a JSON object");
        const auto* field = object->if_contains(json_field_);
        const auto* token = field ? field->if_string() : nullptr;
        if (!token) throw missing(place(), fmt::format("it has no text \"{}\"", json_field_));
        text.assign(token->data(), token->size());
    }
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    if (text.empty()) throw missing(place(), "it is empty");
    return text;
}

std::string SubjectToken::place() const {
    return fmt::format("{} {} (credential_source of {})", url_.empty() ? "the file" : "the URL",
                       url_.empty() ? file_ : url_.substr(0, url_.find('?')), credentials_);
}

}  // namespace sheetbq::auth
