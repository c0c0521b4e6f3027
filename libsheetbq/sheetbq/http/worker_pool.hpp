#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sheetbq::http {

/// A few threads and a queue of bounded length before them. Safe to use from several threads.
class WorkerPool {
public:
    using Work = std::function<void()>;  ///< must not throw

    /// @param waiting  how much may wait while all threads are busy.
    WorkerPool(std::size_t workers, std::size_t waiting);
    /// Waits for what is being done; drops what waits.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// @returns false when all threads are busy and the queue is full, or the pool is closed.
    bool submit(Work work);
    /// Takes no more. @returns what nobody had begun.
    std::deque<Work> close();

private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Work> queue_;
    std::size_t free_ = 0;  ///< threads that do nothing
    std::size_t waiting_;
    bool closed_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace sheetbq::http
