#pragma once

#include "sheetbq/core/clock.hpp"
#include "sheetbq/core/retry.hpp"
#include "sheetbq/http/transport.hpp"

namespace sheetbq::auth {

/// What a token source needs of the world. The referenced objects must outlive every source.
struct Outside {
    http::Transport& transport;
    Clock& clock;
    Jitter jitter;
};

}  // namespace sheetbq::auth
