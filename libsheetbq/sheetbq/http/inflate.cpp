#include "sheetbq/http/inflate.hpp"

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <limits>

namespace sheetbq::http {
namespace {

Error damaged(std::string why) {
    return Error{Code::unavailable, "a compressed answer arrived damaged"}
        .because(std::move(why))
        .fix("Run it again; if it keeps happening, look for a proxy that changes answers.");
}

std::string_view reason(int problem) {
    switch (problem) {
        case ISAL_INCORRECT_CHECKSUM:
            return "its checksum or length is wrong";
        case ISAL_INVALID_WRAPPER:
        case ISAL_UNSUPPORTED_METHOD:
            return "it does not begin as gzip does";
        default:
            return "its data is not valid deflate";
    }
}

std::uint32_t at_most_32_bits(std::size_t count) {
    return static_cast<std::uint32_t>(
        std::min<std::size_t>(count, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

struct Inflater::State {
    inflate_state stream;  // 100 KiB that isal_inflate_init prepares as far as needed
    bool finished = false;

    State() {  // NOLINT(cppcoreguidelines-pro-type-member-init)
        isal_inflate_init(&stream);
        stream.crc_flag = ISAL_GZIP;
    }

    /// One call of the library; moves `in` on. @returns bytes written.
    std::size_t step(std::string_view& in, char* out, std::size_t capacity);
};

std::size_t Inflater::State::step(std::string_view& in, char* out, std::size_t capacity) {
    const auto offered = at_most_32_bits(in.size());
    const auto room = at_most_32_bits(capacity);
    // The library takes a pointer to non-const and only reads.
    stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(in.data()));
    stream.avail_in = offered;
    stream.next_out = reinterpret_cast<std::uint8_t*>(out);
    stream.avail_out = room;
    const int problem = isal_inflate(&stream);
    if (problem != ISAL_DECOMP_OK) throw damaged(std::string{reason(problem)});
    in.remove_prefix(offered - stream.avail_in);
    finished = stream.block_state == ISAL_BLOCK_FINISH;
    return room - stream.avail_out;
}

Inflater::Inflater() : state_{std::make_unique<State>()} {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

std::size_t Inflater::read(std::string_view& in, char* out, std::size_t capacity) {
    std::size_t written = 0;
    while (!state_->finished && written < capacity) {
        const auto before = in.size();
        const auto count = state_->step(in, out + written, capacity - written);
        written += count;
        if (count == 0 && in.size() == before) break;  // it wants more input
    }
    if (state_->finished && !in.empty())
        throw damaged(fmt::format("{} bytes follow the end of the gzip data", in.size()));
    return written;
}

bool Inflater::finished() const { return state_->finished; }

std::string inflate(std::string_view gzip, std::size_t limit) {
    Inflater inflater;
    std::string result;
    while (!inflater.finished()) {
        const auto before = result.size();
        if (before > limit)
            throw Error{Code::bad_data,
                        fmt::format("a compressed answer is larger than {} bytes", limit)}
                .fix("Read a smaller range at a time.");
        // One byte more than the limit tells "exactly full" from "too large".
        result.resize(before + std::min(limit - before, std::max(64_KiB, before)) + 1);
        const auto room = result.size() - before;
        const auto count = inflater.read(gzip, result.data() + before, room);
        result.resize(before + count);
        if (count < room && !inflater.finished())
            throw damaged(fmt::format("it ends early, after {} bytes of content", result.size()));
    }
    return result;
}

}  // namespace sheetbq::http
