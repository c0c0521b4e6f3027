#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> logs_entries() { return {}; }

}  // namespace sheetbq::helper
