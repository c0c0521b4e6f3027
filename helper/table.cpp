#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> table_entries() { return {}; }

}  // namespace sheetbq::helper
