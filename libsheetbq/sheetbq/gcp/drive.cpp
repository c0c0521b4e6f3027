#include "sheetbq/gcp/drive.hpp"

#include "sheetbq/http/url.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace sheetbq::gcp {

Drive::Answer Drive::version(const std::string& file_id, std::stop_token stop) {
    try {
        const auto answer =
            api_.json({.url = fmt::format(
                           "https://www.googleapis.com/drive/v3/files/{}?supportsAllDrives=true"
                           "&prettyPrint=false&fields=version%2Ctrashed",
                           http::escape(file_id))},
                      stop);
        const auto& file = answer.as_object();
        Answer found;
        if (const auto* version = file.if_contains("version");
            version != nullptr && version->is_string())
            found.version = std::string{version->get_string()};
        else
            found.unavailable_because = "Drive told no version";
        found.trashed = file.contains("trashed") && file.at("trashed") == true;
        return found;
    } catch (const Error& error) {
        if (error.code() == Code::cancelled) throw;
        return {.unavailable_because = error.what()};
    }
}

}  // namespace sheetbq::gcp
