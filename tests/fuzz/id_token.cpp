#include "sheetbq/auth/id_token.hpp"

#include "fuzz/invariant.hpp"
#include "sheetbq/auth/google_keys.hpp"
#include "sheetbq/auth/id_claims.hpp"
#include "sheetbq/auth/jwt.hpp"
#include "sheetbq/core/error.hpp"

#include <string>

using namespace sheetbq;
using sheetbq::fuzz::require;

namespace {

const std::string header = auth::base64url(R"({"alg":"RS256","kid":"a"})");
const auth::IdTokenRules rules{.audiences = {"https://service"}, .emails = {"a@example.com"}};

/// A moment that the seeds' tokens are good for.
const auto now = Clock::TimePoint{std::chrono::seconds{1'769'846'400}};

void judge(const std::string& token, const auth::IdTokenRules& wanted) {
    try {
        const auto identity = auth::read_platform_token(token, wanted, now);
        require(!identity.email.empty(), "a caller has an e-mail address");
        require(wanted.emails.empty() || wanted.emails.contains(identity.email),
                "a caller is an allowed one");
    } catch (const Error& error) {
        require(error.code() == Code::unauthenticated || error.code() == Code::permission_denied,
                "a refusal is about the caller");
        require(!error.hint().empty(), "a refusal says what to do");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{fuzz::text_of(data, size)};
    judge(text, {});
    const auto unsigned_token = header + "." + auth::base64url(text) + ".";
    judge(unsigned_token, {});
    judge(unsigned_token + std::string{auth::removed_signature}, {});
    judge(unsigned_token + std::string{auth::removed_signature}, rules);
    const auto decoded = auth::decode_base64url(text);
    require(!decoded || auth::base64url(*decoded) == text, "bytes have one way to be written");
    const auto padded = auth::decode_base64(text);
    require(!padded || auth::base64(*padded) == text, "bytes have one way to be written");
    const auto keys = auth::read_jwks(text);
    require(!keys || !keys->empty(), "a set of keys has one");
    return 0;
}
