#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> completion_entries() { return {}; }

}  // namespace sheetbq::helper
