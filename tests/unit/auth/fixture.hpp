#pragma once

#include "sheetbq/auth/application_default.hpp"
#include "support/catch.hpp"
#include "support/fake_clock.hpp"
#include "support/scripted_transport.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sheetbq::testing {

inline constexpr auto token_url = "https://oauth2.googleapis.com/token";
inline constexpr auto iam_prefix =
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/";
inline constexpr auto robot = "etl@demo.iam.gserviceaccount.com";
/// Where a token of `robot` is made.
inline const std::string generate = std::string{iam_prefix} + robot + ":generateAccessToken";
/// What every answer of the metadata server has.
inline const http::Headers flavour{{"Metadata-Flavor", "Google"}};

/// The private key that all tests sign with, PEM; made once a program.
const std::string& private_key();

/// Whether `signature` is RS256 of `message` by `private_key()`.
bool verifies(std::string_view message, std::string_view signature);

/// Base64url without padding, back to bytes.
std::string from_base64url(std::string_view text);

/// The claims of a JWT, once its signature has been checked with `private_key()`.
struct Jwt {
    std::string header;
    std::string claims;
    bool genuine = false;
};
Jwt open_jwt(std::string_view jwt);

/// The decoded value of one field of a form.
std::string form_value(std::string_view form, std::string_view name);

/// A folder of its own that goes away with the object.
class TempDir {
public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    /// Writes a file and returns its path.
    std::string file(const std::string& name, const std::string& text) const;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// What a program has when it looks for credentials.
struct World {
    ScriptedTransport google;
    FakeClock clock;
    TempDir folder;
    auth::CredentialSettings settings{.home = folder.path()};

    /// Writes `fields` to a file that GOOGLE_APPLICATION_CREDENTIALS names; returns its path.
    std::string use(const boost::json::object& fields);
    auth::Credentials credentials(std::vector<std::string> scopes = auth::default_scopes());
};

boost::json::object key_file();
boost::json::object user_file();
boost::json::object impersonation_file(boost::json::object source);
boost::json::object federation_file(boost::json::object source);

/// `{"access_token": value, "expires_in": 3599, "token_type": "Bearer"}`.
std::string token_json(const std::string& value);

/// The Error that `action` throws; nothing when it does not.
template <class Action>
std::optional<Error> error_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

}  // namespace sheetbq::testing
