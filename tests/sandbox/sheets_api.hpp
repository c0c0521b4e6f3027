#pragma once

#include "field_mask.hpp"
#include "routes.hpp"
#include "sheets_world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sheetbq::sandbox {

/// The spreadsheet of the call's path, or Google's refusal.
struct Found {
    const Spreadsheet* spreadsheet = nullptr;
    Answer refusal{};
};
Found find_spreadsheet(Sandbox& sandbox, const Call& call);

/// Spreadsheet and Drive share this: may the account see the file?
bool is_shared_with(const Spreadsheet& spreadsheet, const std::string& account);

/// Checks names of query parameters and reads `fields`.
struct MaskOrRefusal {
    FieldMask mask;
    std::optional<Answer> refusal{};
};
MaskOrRefusal read_mask(const Call& call, std::string_view known_fields);
std::optional<Answer> refuse_unknown_parameters(const Call& call,
                                                const std::vector<std::string_view>& known);

Answer invalid_argument(std::string_view message);

Answer get_spreadsheet(Sandbox& sandbox, const Call& call);  ///< spreadsheet_get.cpp
Answer get_values(Sandbox& sandbox, const Call& call);
Answer batch_get_values(Sandbox& sandbox, const Call& call);
Answer get_file(Sandbox& sandbox, const Call& call);  ///< drive_api.cpp

}  // namespace sheetbq::sandbox
