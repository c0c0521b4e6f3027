#include "fuzz/invariant.hpp"
#include "sheetbq/gcp/resumable_upload.hpp"

#include <algorithm>
#include <string>

using sheetbq::fuzz::require;
using sheetbq::gcp::next_byte;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto header = sheetbq::fuzz::text_of(data, size);
    const auto next = next_byte(header);
    if (!next) return 0;
    if (header.empty()) {
        require(*next == 0, "no range is the start");
        return 0;
    }
    require(*next > 0, "a range has a byte");
    const auto range = header.substr(header.starts_with("bytes=") ? 6 : 0);
    require(range.substr(0, 2) == "0-", "a range begins at the start");
    const auto last = range.substr(2);
    require(!last.empty() &&
                std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; }),
            "a range ends with a number");
    const auto canonical = "bytes=0-" + std::to_string(*next - 1);
    require(next_byte(canonical) == next, "a written range reads back");
    return 0;
}
