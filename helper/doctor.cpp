#include "world.hpp"

namespace sheetbq::helper {

std::vector<Entry> doctor_entries() { return {}; }

}  // namespace sheetbq::helper
