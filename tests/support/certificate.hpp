#pragma once

#include <filesystem>
#include <string>

namespace sheetbq::testing {

/// A directory of its own that goes away with it.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// Writes a file in it. @returns its path.
    std::string write(const std::string& name, const std::string& content) const;

private:
    std::filesystem::path path_;
};

/// A self-signed certificate that is its own authority, made anew.
struct Certificate {
    std::string certificate_pem;
    std::string key_pem;
    std::string hashed_name;  ///< its file name in a hashed directory, e.g. `1a2b3c4d.0`
};

/// @param names  as OpenSSL's subjectAltName has them, e.g. `DNS:localhost,IP:127.0.0.1`.
Certificate make_certificate(const std::string& names);

}  // namespace sheetbq::testing
