#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sheetbq::http {

/// Streaming gzip decompression of one member; checks the CRC and the length at the end.
class Inflater {
public:
    Inflater();
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    /// Decompresses from the front of `in`, which shrinks by what was used, into `out`.
    /// @returns bytes written; less than `capacity` only when `in` is used up or the member ended.
    /// @throws Error unavailable when the data is corrupt or goes on after the member's end.
    std::size_t read(std::string_view& in, char* out, std::size_t capacity);

    /// The member is complete and its checksum was right.
    bool finished() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Decompresses a whole body. @throws Error unavailable when corrupt or cut short; bad_data when
/// the result would be larger than `limit` bytes.
std::string inflate(std::string_view gzip, std::size_t limit);

}  // namespace sheetbq::http
