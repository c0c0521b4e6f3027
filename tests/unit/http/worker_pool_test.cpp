#include "sheetbq/http/worker_pool.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <latch>

using sheetbq::http::WorkerPool;

TEST_CASE("work beyond the threads waits, and beyond the queue is refused") {
    std::latch begun{2};
    std::latch released{1};
    std::atomic<int> done = 0;
    const auto wait = [&] {
        begun.count_down();
        released.wait();
        ++done;
    };
    {
        WorkerPool pool{2, 3};
        CHECK(pool.submit(wait));
        CHECK(pool.submit(wait));
        begun.wait();
        std::latch last{3};
        for (int i = 0; i < 3; ++i)
            CHECK(pool.submit([&] {
                ++done;
                last.count_down();
            }));
        CHECK_FALSE(pool.submit([&] { ++done; }));
        released.count_down();
        last.wait();
    }
    CHECK(done == 5);
}

TEST_CASE("a pool takes as much as it has threads even before they have begun") {
    std::latch released{1};
    WorkerPool pool{2, 0};
    CHECK(pool.submit([&] { released.wait(); }));
    CHECK(pool.submit([&] { released.wait(); }));
    CHECK_FALSE(pool.submit([] {}));
    released.count_down();
}

TEST_CASE("closing hands back what nobody had begun") {
    std::latch begun{1};
    std::latch released{1};
    WorkerPool pool{1, 5};
    pool.submit([&] {
        begun.count_down();
        released.wait();
    });
    begun.wait();
    int run = 0;
    CHECK(pool.submit([&] { ++run; }));
    CHECK(pool.submit([&] { ++run; }));

    for (const auto& work : pool.close()) work();

    CHECK(run == 2);
    CHECK_FALSE(pool.submit([] {}));
    released.count_down();
}
