#pragma once

#include "sheetbq/core/error.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sheetbq::auth {

/// The fields of a credentials file. Its errors name file and field, never what stands there.
class CredentialFile {
public:
    /// @param named_by  who says that this file is to be used, e.g.
    /// `GOOGLE_APPLICATION_CREDENTIALS`.
    /// @throws Error unauthenticated when the file is missing, unreadable, or not a JSON object.
    static CredentialFile read(std::string path, std::string named_by);

    bool has(std::string_view field) const;
    /// A string that must be there. @throws Error unauthenticated.
    std::string text(std::string_view field) const;
    /// A string, or `fallback` where the field is missing, null or empty.
    std::string text_or(std::string_view field, std::string fallback) const;
    /// A whole number, or `fallback` where the field is missing or null.
    std::int64_t number_or(std::string_view field, std::int64_t fallback) const;
    /// A list of strings; empty when the field is missing.
    std::vector<std::string> texts(std::string_view field) const;
    /// Name and value of each string in an object; empty when the field is missing.
    std::vector<std::pair<std::string, std::string>> pairs(std::string_view field) const;
    /// An object that must be there, as a file of its own whose fields are named `field.x`.
    CredentialFile object(std::string_view field) const;
    /// The address in that field: https under googleapis.com, or a loopback host.
    /// @throws Error unauthenticated for any other, since secrets would be sent there.
    std::string google_url(std::string_view field, std::string_view fallback) const;

    const std::string& path() const { return path_; }
    const std::string& named_by() const { return named_by_; }

    /// The error for a field that cannot be used.
    Error bad(std::string_view field, std::string_view problem) const;

private:
    CredentialFile(std::string path, std::string named_by, std::string prefix,
                   boost::json::object fields);

    std::string path_;
    std::string named_by_;
    std::string prefix_;
    boost::json::object fields_;
};

}  // namespace sheetbq::auth
