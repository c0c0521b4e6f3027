#pragma once

#include "call.hpp"

namespace sheetbq::sandbox {

/// Turns one byte in the middle of a compressed body; nothing to an answer that is not.
void corrupt(Answer& answer);

/// The reason phrase of a status.
std::string_view reason_phrase(int status);

}  // namespace sheetbq::sandbox
