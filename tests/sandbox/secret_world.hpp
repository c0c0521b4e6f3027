#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// One version of a secret.
struct SecretVersion {
    enum class State { enabled, disabled, destroyed };
    std::string data{};
    State state = State::enabled;
};

/// A secret of Secret Manager.
struct StoredSecret {
    std::vector<SecretVersion> versions{};  ///< numbered from 1; the last one is `latest`
    std::set<std::string> accessors{};      ///< who has secretAccessor; "*" = everybody
    int wrong_checksums = 0;                ///< so many of the next answers are damaged
};

/// One attempt to read a secret.
struct SecretAccess {
    std::string name;  ///< as asked for
    std::string account;
    int status = 0;
};

/// Secret Manager: secrets by `projects/ID/secrets/NAME` or
/// `projects/ID/locations/REGION/secrets/NAME`, and who read them.
struct SecretsWorld {
    std::map<std::string, StoredSecret> secrets{};
    std::vector<SecretAccess> journal{};

    /// Adds a version to a secret of that name, which `account` may read.
    void add(const std::string& name, const std::string& data, const std::string& account) {
        auto& secret = secrets[name];
        secret.versions.push_back({.data = data});
        secret.accessors.insert(account);
    }
};

}  // namespace sheetbq::sandbox
