// Drive v3: files.get.

#include "sandbox.hpp"
#include "sheets_api.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sheetbq::sandbox {

namespace json = boost::json;

namespace {

constexpr std::string_view known_fields =
    "kind,id,name,mimeType,version,modifiedTime,createdTime,trashed,shortcutDetails,capabilities,"
    "owners,size,webViewLink,driveId,md5Checksum,lastModifyingUser,parents,shared,description,"
    "headRevisionId,explicitlyTrashed,permissions,ownedByMe,starred,viewedByMe,spaces";

Answer parameter_error(int code, std::string_view reason, std::string_view message,
                       std::string_view location) {
    json::object item{{"message", message},
                      {"domain", "global"},
                      {"reason", reason},
                      {"location", location},
                      {"locationType", "parameter"}};
    return json_answer(json::object{{"error", json::object{{"code", code},
                                                           {"message", message},
                                                           {"errors", json::array{item}}}}},
                       code);
}

/// Every edit counts a second, so that the time moves with the version.
std::string modified_time(const Spreadsheet& file) {
    using namespace std::chrono;
    return to_rfc3339(sys_days{year{2026} / 1 / 1} + seconds{file.version});
}

json::object resource(const Spreadsheet& file) {
    json::object out{{"kind", "drive#file"},
                     {"id", file.id},
                     {"name", file.title},
                     {"mimeType", file.mime_type},
                     {"trashed", file.trashed},
                     {"version", std::to_string(file.version)},
                     {"createdTime", "2026-01-01T00:00:00.000Z"},
                     {"modifiedTime", modified_time(file)},
                     {"capabilities", json::object{{"canDownload", true}, {"canEdit", false}}}};
    if (file.shared_drive) out["driveId"] = "0AJ-sandbox-drive";
    if (!file.shortcut_target.empty())
        out["shortcutDetails"] =
            json::object{{"targetId", file.shortcut_target},
                         {"targetMimeType", "application/vnd.google-apps.spreadsheet"}};
    return out;
}

}  // namespace

Answer get_file(Sandbox& sandbox, const Call& call) {
    const auto& id = call.path.at(3);
    const auto found = sandbox.sheets.find(id);
    const bool all_drives = call.flag("supportsAllDrives");
    if (found == sandbox.sheets.end() || !is_shared_with(found->second, call.account) ||
        (found->second.shared_drive && !all_drives))
        return parameter_error(404, "notFound", fmt::format("File not found: {}.", id), "fileId");
    const auto fields = call.parameter("fields");
    const auto mask = FieldMask::parse(fields.empty() ? "kind,id,name,mimeType" : fields);
    const auto unknown = mask ? mask->unknown_path(*FieldMask::parse(known_fields)) : fields;
    if (!unknown.empty())
        return parameter_error(400, "invalidParameter", "Invalid field selection " + unknown,
                               "fields");
    return json_answer(mask->apply(resource(found->second)));
}

}  // namespace sheetbq::sandbox
