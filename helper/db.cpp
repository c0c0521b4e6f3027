#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> db_entries() { return {}; }

}  // namespace sheetbq::helper
