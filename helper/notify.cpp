#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> notify_entries() { return {}; }

}  // namespace sheetbq::helper
