#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> example_entries() { return {}; }

}  // namespace sheetbq::helper
