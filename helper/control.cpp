#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> control_entries() { return {}; }

}  // namespace sheetbq::helper
