#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> preview_entries() { return {}; }

}  // namespace sheetbq::helper
