#include "sheetbq/etl/spool.hpp"

#include "sheetbq/core/bytes.hpp"
#include "sheetbq/core/error.hpp"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>

#include <array>

namespace sheetbq::etl {
namespace {

constexpr std::size_t segment_bytes = 256_KiB;
constexpr std::size_t largest_step = 1U << 30U;  // isa-l counts in 32 bits

using Segment = std::array<std::uint8_t, segment_bytes>;

struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

struct Spool::State {
    std::size_t limit = 0;
    bool hashed = false;
    isal_zstream stream{};
    std::vector<std::uint8_t> level_buffer = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
    std::vector<std::unique_ptr<Segment>> segments;
    std::uint64_t compressed = 0;
    std::uint64_t text = 0;
    bool finished = false;
    std::unique_ptr<EVP_MD_CTX, FreeDigest> hash;
    std::string digest;

    void begin() {
        isal_deflate_init(&stream);
        stream.level = 1;
        stream.level_buf = level_buffer.data();
        stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
        stream.gzip_flag = IGZIP_GZIP;
        stream.flush = NO_FLUSH;
        if (hashed) {
            hash.reset(EVP_MD_CTX_new());
            EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
        }
    }

    void run() {
        const auto ended = [&] {
            return stream.end_of_stream != 0 && stream.internal_state.state == ZSTATE_END;
        };
        do {
            if (stream.avail_out == 0) {
                if (segments.size() * segment_bytes >= limit) refuse();
                segments.push_back(std::make_unique<Segment>());
                stream.next_out = segments.back()->data();
                stream.avail_out = segment_bytes;
            }
            const std::uint32_t room = stream.avail_out;
            if (const int problem = isal_deflate(&stream); problem != COMP_OK)
                throw Error{Code::internal, "compression failed"}
                    .because(fmt::format("isal_deflate gave {}", problem))
                    .fix("Report this as a bug of sheetbq.");
            compressed += room - stream.avail_out;
        } while (!ended() &&
                 (stream.avail_in != 0 || stream.avail_out == 0 || stream.end_of_stream != 0));
    }

    [[noreturn]] void refuse() const {
        throw Error{Code::bad_data,
                    fmt::format("the tab is larger than {} MiB, compressed", limit / 1_MiB)}
            .because(fmt::format("{} MiB of text were read when the limit SPOOL_MB was reached",
                                 text / 1_MiB))
            .fix(fmt::format(
                "Set SPOOL_MB={} and give the job as much more memory, or load a part of the "
                "tab with SHEET_RANGE.",
                2 * limit / 1_MiB));
    }
};

Spool::Spool(std::size_t limit, bool hashed) : state_{std::make_unique<State>()} {
    state_->limit = limit;
    state_->hashed = hashed;
    state_->begin();
}

Spool::~Spool() = default;

void Spool::append(std::string_view text) {
    state_->text += text.size();
    if (state_->hash) EVP_DigestUpdate(state_->hash.get(), text.data(), text.size());
    while (!text.empty()) {
        const auto step = text.substr(0, largest_step);
        // isa-l does not write through its input pointer
        state_->stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(step.data()));
        state_->stream.avail_in = static_cast<std::uint32_t>(step.size());
        state_->run();
        text.remove_prefix(step.size());
    }
}

void Spool::finish() {
    if (state_->finished) return;
    state_->stream.end_of_stream = 1;
    state_->stream.avail_in = 0;
    state_->run();
    state_->finished = true;
    if (!state_->hash) return;
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->hash.get(), bytes.data(), &size);
    for (std::size_t i = 0; i < 16; ++i) state_->digest += fmt::format("{:02x}", bytes.at(i));
}

void Spool::clear() {
    auto fresh = std::make_unique<State>();
    fresh->limit = state_->limit;
    fresh->hashed = state_->hashed;
    fresh->begin();
    state_ = std::move(fresh);
}

std::vector<std::string_view> Spool::pieces() const {
    std::vector<std::string_view> out;
    std::uint64_t left = state_->compressed;
    for (const auto& segment : state_->segments) {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, segment_bytes));
        if (size != 0) out.emplace_back(reinterpret_cast<const char*>(segment->data()), size);
        left -= size;
    }
    return out;
}

std::uint64_t Spool::compressed_bytes() const { return state_->compressed; }
std::uint64_t Spool::text_bytes() const { return state_->text; }
std::string Spool::digest() const { return state_->digest; }

}  // namespace sheetbq::etl
