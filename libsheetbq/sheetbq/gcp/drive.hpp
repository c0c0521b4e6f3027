#pragma once

#include "sheetbq/gcp/api_client.hpp"

#include <optional>
#include <string>

namespace sheetbq::gcp {

/// Google Drive API v3, as far as it tells whether a file changed. Always optional.
class Drive {
public:
    explicit Drive(ApiClient& api) : api_{api} {}

    /// What Drive says of a file, or why it does not.
    struct Answer {
        std::optional<std::string> version{};  ///< rises with every change, also invisible ones
        bool trashed = false;
        std::string unavailable_because{};  ///< set when there is no version
    };

    /// Never fails for lack of access: a file that is hidden from us, an API that is switched off
    /// and a missing scope are answers. @throws Error cancelled.
    /// @see https://developers.google.com/drive/api/reference/rest/v3/files/get
    Answer version(const std::string& file_id, std::stop_token stop);

private:
    ApiClient& api_;
};

}  // namespace sheetbq::gcp
