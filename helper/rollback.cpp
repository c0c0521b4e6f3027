#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> rollback_entries() { return {}; }

}  // namespace sheetbq::helper
