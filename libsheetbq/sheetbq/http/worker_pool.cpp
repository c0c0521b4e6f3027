#include "sheetbq/http/worker_pool.hpp"

#include <algorithm>
#include <utility>

namespace sheetbq::http {

WorkerPool::WorkerPool(std::size_t workers, std::size_t waiting)
    : free_{std::max<std::size_t>(workers, 1)}, waiting_{waiting} {
    const auto count = free_;
    threads_.reserve(count);
    while (threads_.size() < count) threads_.emplace_back([this] { run(); });
}

WorkerPool::~WorkerPool() { close(); }

bool WorkerPool::submit(Work work) {
    const std::lock_guard lock{mutex_};
    if (closed_ || queue_.size() >= free_ + waiting_) return false;
    queue_.push_back(std::move(work));
    changed_.notify_one();
    return true;
}

std::deque<WorkerPool::Work> WorkerPool::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    changed_.notify_all();
    return std::exchange(queue_, {});
}

void WorkerPool::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [&] { return closed_ || !queue_.empty(); });
        if (queue_.empty()) return;
        {
            const auto work = std::move(queue_.front());
            queue_.pop_front();
            --free_;
            lock.unlock();
            work();
        }
        lock.lock();
        ++free_;
    }
}

}  // namespace sheetbq::http
