#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::etl {

/// Compressed bytes waiting in memory for their upload: one gzip member in segments of 256 KiB.
class Spool {
public:
    /// @param limit  compressed bytes at most. @param hashed  keep a digest of what was appended.
    Spool(std::size_t limit, bool hashed);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// Compresses `text` behind what is there.
    /// @throws Error bad_data when the limit is passed, naming the variable to raise.
    void append(std::string_view text);
    /// Ends the member; nothing can be appended after it.
    void finish();
    /// Forgets everything.
    void clear();

    /// The compressed bytes; valid until `clear`. Complete after `finish`.
    std::vector<std::string_view> pieces() const;
    std::uint64_t compressed_bytes() const;
    std::uint64_t text_bytes() const;
    /// 32 hex digits that identify the text; empty when not asked for. After `finish`.
    std::string digest() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sheetbq::etl
