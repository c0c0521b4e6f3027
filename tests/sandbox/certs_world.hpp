#pragma once

#include "sheetbq/core/clock.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// The keys that Google signs identity tokens with.
struct CertsWorld {
    struct Key {
        std::string id;
        std::string private_pem;
        std::string public_pem;
    };
    std::vector<Key> keys{};  ///< published; the last one signs. The first is made when needed
    std::chrono::seconds max_age{19'845};  ///< of Cache-Control

    /// A fresh key signs from now on; so many of the older ones stay published. Costs a key
    /// generation.
    void rotate(std::size_t keep = 1);
    /// The set of public keys, as at /oauth2/v3/certs.
    boost::json::object jwks();
    /// A token signed with the last key, with `kid` and `alg` unless `header` has its own.
    std::string sign(const boost::json::object& claims, boost::json::object header = {});
};

/// The claims of an identity token that Google gives for an account, good for an hour. Those of
/// `changes` replace it or are added; null takes a claim away.
boost::json::object identity_claims(const std::string& email, const std::string& audience,
                                    Clock::TimePoint now, const boost::json::object& changes = {});

}  // namespace sheetbq::sandbox
