#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> configs_entries() { return {}; }

}  // namespace sheetbq::helper
