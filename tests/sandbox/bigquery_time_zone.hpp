#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::sandbox {

/// Turns wall clock time into UTC, by fixed offset or by the system's zoneinfo files.
class LocalZone {
public:
    /// UTC.
    LocalZone() = default;
    /// Takes `UTC`, `Z`, `Etc/GMT`, `GMT-07:00`, `+05:30`, `-3` and names such as
    /// `America/New_York`. @throws Error bad_data for anything else.
    explicit LocalZone(std::string_view name);

    /// Seconds since 1970 in UTC for wall clock seconds since 1970. Where the clock is set back the
    /// earlier moment; where it is set forward, as if it had not been yet.
    std::int64_t to_utc(std::int64_t local) const;

private:
    struct Change {
        std::int64_t local_end = 0;  ///< wall clock times before this have `offset`
        std::int64_t offset = 0;
    };
    void read_file(const std::string& path);

    std::vector<Change> changes_;
    std::int64_t last_offset_ = 0;
};

}  // namespace sheetbq::sandbox
