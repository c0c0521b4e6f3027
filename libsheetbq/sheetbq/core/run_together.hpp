#pragma once

#include <functional>
#include <stop_token>
#include <vector>

namespace sheetbq {

/// One piece of concurrent work; waits on the stop_token it is given.
using Stage = std::function<void(std::stop_token)>;

/// Runs every stage on a thread of its own and waits for all. The first failure stops the others
/// and is rethrown; so does a request of `stop`, which is passed on.
void run_together(std::stop_token stop, const std::vector<Stage>& stages);

}  // namespace sheetbq
