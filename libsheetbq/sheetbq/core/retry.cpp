#include "sheetbq/core/retry.hpp"

#include <memory>
#include <mutex>
#include <random>

namespace sheetbq {

Jitter full_jitter() {
    struct Source {
        std::mutex mutex;
        std::mt19937_64 random{std::random_device{}()};
    };
    return [source = std::make_shared<Source>()](std::chrono::milliseconds cap) {
        const std::lock_guard lock{source->mutex};
        std::uniform_int_distribution<std::chrono::milliseconds::rep> pick{0, cap.count()};
        return std::chrono::milliseconds{pick(source->random)};
    };
}

}  // namespace sheetbq
