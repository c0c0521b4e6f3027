#include "discovery.hpp"

#include <filesystem>

namespace sheetbq::sandbox {

DiscoveryCheck::DiscoveryCheck(std::string folder)
    : folder_{std::move(folder)}, enabled_{std::filesystem::is_directory(folder_)} {}

std::string DiscoveryCheck::default_folder() { return SHEETBQ_SOURCE_DIR "/../shared/discovery"; }

std::vector<std::string> DiscoveryCheck::problems(const Call&) const { return {}; }

}  // namespace sheetbq::sandbox
