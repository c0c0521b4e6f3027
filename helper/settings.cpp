#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> settings_entries() { return {}; }

}  // namespace sheetbq::helper
