#include "sheetbq/auth/google_keys.hpp"

#include "sheetbq/auth/jwt.hpp"
#include "sheetbq/core/bytes.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <charconv>

namespace sheetbq::auth {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr std::string_view address = "https://www.googleapis.com/oauth2/v3/certs";
constexpr std::size_t longest_answer = 256_KiB;
constexpr std::size_t most_keys = 64;
constexpr int fewest_bits = 2048;
constexpr int most_bits = 8192;
constexpr seconds usual_lifetime{3600};
constexpr seconds shortest_lifetime{300};
constexpr seconds longest_lifetime{86'400};
constexpr seconds pause{60};
constexpr seconds pause_without_keys{5};

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string{text->data(), text->size()} : std::string{};
}

Number number_of(const json::object& jwk, std::string_view name) {
    const auto bytes = decode_base64url(text_of(jwk, name)).value_or("");
    if (bytes.empty() || bytes.size() > most_bits / 8) return {nullptr, &BN_free};
    return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()), nullptr),
            &BN_free};
}

PublicKey rsa_key(const BIGNUM* modulus, const BIGNUM* exponent) {
    const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder{
        OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free};
    if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent) != 1)
        return nullptr;
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters{
        OSSL_PARAM_BLD_to_param(builder.get()), &OSSL_PARAM_free};
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context{
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free};
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
        return nullptr;
    return {key, &EVP_PKEY_free};
}

/// A key that may verify RS256; null for any other.
PublicKey read_jwk(const json::object& jwk) {
    const auto allows = [&](std::string_view name, std::string_view value) {
        return !jwk.contains(name) || text_of(jwk, name) == value;
    };
    if (text_of(jwk, "kty") != "RSA" || !allows("alg", "RS256") || !allows("use", "sig"))
        return nullptr;
    const auto modulus = number_of(jwk, "n");
    const auto exponent = number_of(jwk, "e");
    if (!modulus || !exponent) return nullptr;
    const bool sound = BN_num_bits(modulus.get()) >= fewest_bits && BN_is_odd(modulus.get()) == 1 &&
                       BN_num_bits(exponent.get()) <= 64 && BN_is_odd(exponent.get()) == 1 &&
                       BN_is_one(exponent.get()) == 0;
    auto key = sound ? rsa_key(modulus.get(), exponent.get()) : nullptr;
    ERR_clear_error();
    return key;
}

std::optional<seconds> seconds_after(std::string_view text, std::string_view name) {
    const auto at = text.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + name.size());
    std::int64_t count = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem == std::errc::result_out_of_range) return longest_lifetime;
    if (problem != std::errc{} || count < 0) return std::nullopt;
    return seconds{std::min<std::int64_t>(count, longest_lifetime.count())};
}

seconds lifetime_of(const http::Headers& headers) {
    const auto age = seconds_after(headers.find("age").value_or(""), "").value_or(seconds{0});
    const auto most = seconds_after(headers.find("cache-control").value_or(""), "max-age=");
    return std::clamp(most.value_or(usual_lifetime) - age, shortest_lifetime, longest_lifetime);
}

Error no_keys(std::string reason) {
    return Error{Code::unavailable, "Google's keys for identity tokens cannot be had"}
        .because(std::move(reason))
        .fix(fmt::format("Check that this machine reaches {}.", address));
}

}  // namespace

std::optional<KeySet> read_jwks(std::string_view text) {
    boost::system::error_code problem;
    const auto value = json::parse({text.data(), text.size()}, problem);
    const auto* root = problem ? nullptr : value.if_object();
    const auto* list = root != nullptr ? root->if_contains("keys") : nullptr;
    if (list == nullptr || !list->is_array()) return std::nullopt;
    KeySet keys;
    for (const auto& item : list->get_array()) {
        const auto* jwk = item.if_object();
        if (jwk == nullptr || keys.size() == most_keys) continue;
        auto id = text_of(*jwk, "kid");
        auto key = id.empty() ? nullptr : read_jwk(*jwk);
        if (key) keys.insert_or_assign(std::move(id), std::move(key));
    }
    if (keys.empty()) return std::nullopt;
    return keys;
}

bool verifies(const PublicKey& key, std::string_view message, std::string_view signature) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free};
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    const bool genuine =
        context &&
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message),
                         message.size()) == 1;
    ERR_clear_error();
    return genuine;
}

PublicKey GoogleKeys::find(const std::string& id, std::stop_token stop) {
    std::unique_lock lock{mutex_};
    for (;;) {
        const auto now = clock_.monotonic();
        const auto known = keys_.find(id);
        const bool may_ask = !asking_ && now >= not_before_;
        if (known != keys_.end() && (now < fresh_until_ || !may_ask)) return known->second;
        if (may_ask)
            ask(lock, stop);
        else if (asking_)
            await(lock, stop);
        else if (keys_.empty() && failure_)
            throw Error{*failure_};
        else
            return nullptr;
    }
}

void GoogleKeys::await(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
    const auto flight = flights_;
    if (!landed_.wait(lock, stop, [&] { return flights_ != flight; }))
        throw Error{Code::cancelled, "stopped while waiting for Google's keys"};
}

void GoogleKeys::ask(std::unique_lock<std::mutex>& lock, std::stop_token stop) {
    asking_ = true;
    lock.unlock();
    std::optional<Fetched> fetched;
    std::optional<Error> failure;
    std::exception_ptr broken;
    try {
        fetched = fetch(std::move(stop));
    } catch (const Error& error) {
        failure = error;
    } catch (...) {
        broken = std::current_exception();
    }
    lock.lock();
    asking_ = false;
    ++flights_;
    landed_.notify_all();
    // A caller that was stopped says nothing about Google: the next one asks.
    if (failure && failure->code() == Code::cancelled) throw Error{*failure};
    if (broken) std::rethrow_exception(broken);
    const auto now = clock_.monotonic();
    failure_ = std::move(failure);
    if (fetched) {
        keys_ = std::move(fetched->keys);
        fresh_until_ = now + fetched->lifetime;
    }
    not_before_ = now + (keys_.empty() ? pause_without_keys : pause);
}

GoogleKeys::Fetched GoogleKeys::fetch(std::stop_token stop) {
    using namespace std::chrono_literals;
    const http::Request request{.url = std::string{address},
                                .headers = {{"accept", "application/json"}},
                                .timeouts = {.connect = 3s, .idle = 5s, .total = 8s}};
    std::string text;
    const http::BodySink collect = [&](const http::Response&, std::string_view bytes) {
        if (bytes.size() > longest_answer - text.size())
            throw no_keys("the answer is longer than any set of keys");
        text += bytes;
    };
    const auto answer = transport_.send(request, &collect, std::move(stop));
    if (answer.status != 200) throw no_keys(fmt::format("the answer is HTTP {}", answer.status));
    auto keys = read_jwks(text);
    if (!keys) throw no_keys("the answer has no key for RS256");
    return {.keys = std::move(*keys), .lifetime = lifetime_of(answer.headers)};
}

}  // namespace sheetbq::auth
