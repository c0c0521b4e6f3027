#include "sheetbq/core/run_together.hpp"

#include <exception>
#include <mutex>
#include <thread>

namespace sheetbq {

void run_together(std::stop_token stop, const std::vector<Stage>& stages) {
    std::stop_source all;
    const std::stop_callback stop_all{stop, [&] { all.request_stop(); }};
    std::mutex mutex;
    std::exception_ptr first;
    {
        std::vector<std::jthread> threads;
        threads.reserve(stages.size());
        for (const Stage& stage : stages)
            threads.emplace_back([&mutex, &first, &all, &stage] {
                try {
                    stage(all.get_token());
                } catch (...) {
                    const std::lock_guard lock{mutex};
                    if (!first) first = std::current_exception();
                    all.request_stop();
                }
            });
    }  // joined here
    if (first) std::rethrow_exception(first);
}

}  // namespace sheetbq
