#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> status_entries() { return {}; }

}  // namespace sheetbq::helper
