// Calls a fuzz target without libFuzzer: first the seeds, then a fixed number of random inputs made
// from the target's own words and from the seeds. The same inputs every time.
//
//     fuzz_a1 ROUNDS [SEED_FOLDER]
#include "fuzz/invariant.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

std::vector<std::string> read_seeds(const char* folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator{folder})
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> seeds;
    for (const auto& path : paths) {
        std::ifstream file{path, std::ios::binary};
        seeds.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }
    return seeds;
}

/// Makes inputs by cutting, joining and damaging the seeds.
class Mutator {
public:
    explicit Mutator(std::vector<std::string> seeds) : seeds_{std::move(seeds)} {
        if (seeds_.empty()) seeds_.emplace_back();
    }

    std::string next() {
        std::string input = seeds_[below(seeds_.size())];
        for (std::size_t changes = 1 + below(8); changes > 0; --changes) change(input);
        if (input.size() > longest) input.resize(longest);
        return input;
    }

private:
    static constexpr std::size_t longest = 2000;

    std::size_t below(std::size_t limit) { return random_() % std::max<std::size_t>(limit, 1); }

    void change(std::string& input) {
        const auto at = below(input.size() + 1);
        const auto& other = seeds_[below(seeds_.size())];
        const auto from = below(other.size() + 1);
        switch (below(5)) {
            case 0:
                input.insert(at, 1, static_cast<char>(random_()));
                break;
            case 1:
                input.insert(at, other, from, 1 + below(20));
                break;
            case 2:
                input.erase(at, 1 + below(4));
                break;
            case 3:
                if (at < input.size()) input[at] = static_cast<char>(random_());
                break;
            default:
                if (at < input.size()) input.insert(at, input.substr(at, 1 + below(10)));
        }
    }

    std::vector<std::string> seeds_;
    std::mt19937 random_{20240105};
};

void call(const std::string& input) {
    // Exactly as long as the input, so that a sanitizer sees a read beyond it.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t rounds = 0;
    if (argc < 2 ||
        std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rounds).ec != std::errc{}) {
        std::fprintf(stderr, "usage: %s ROUNDS [SEED_FOLDER]\n", argv[0]);
        return 2;
    }
    const auto seeds = argc > 2 ? read_seeds(argv[2]) : std::vector<std::string>{};
    for (const auto& seed : seeds) call(seed);
    Mutator mutator{seeds};
    for (std::size_t i = 0; i < rounds; ++i) call(mutator.next());
    std::printf("%zu seeds and %zu mutations held\n", seeds.size(), rounds);
    return 0;
}
