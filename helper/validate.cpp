#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> validate_entries() { return {}; }

}  // namespace sheetbq::helper
