#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> execute_entries() { return {}; }

}  // namespace sheetbq::helper
