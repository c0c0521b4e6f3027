#pragma once

#include <stop_token>

namespace sheetbq {

/// How work is asked to end.
struct Interruption {
    std::stop_token stop;     ///< end soon, tidily
    std::stop_token give_up;  ///< end now: tidying has had its time
};

}  // namespace sheetbq
