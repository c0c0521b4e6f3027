#pragma once

#include "sheetbq/core/clock.hpp"

#include <string>

namespace sheetbq {

/// A UUID of version 7 (RFC 9562): sorts by the time it was made, `019a2f3e-...`, lower case.
std::string make_uuid(const Clock& clock);

}  // namespace sheetbq
