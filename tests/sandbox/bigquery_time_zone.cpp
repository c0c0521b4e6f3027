#include "bigquery_time_zone.hpp"

#include "bigquery_refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace sheetbq::sandbox {
namespace {

std::optional<int> two_digits(std::string_view& text, bool exactly) {
    int out = 0;
    std::size_t digits = 0;
    while (digits < 2 && digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
        out = out * 10 + (text[digits++] - '0');
    if (digits == 0 || (exactly && digits != 2)) return std::nullopt;
    text.remove_prefix(digits);
    return out;
}

/// `+05:30`, `-3`, `+0530` is not taken. Seconds.
std::optional<std::int64_t> fixed_offset(std::string_view text) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    const auto hours = two_digits(text, false);
    int minutes = 0;
    if (!text.empty()) {
        if (text.front() != ':') return std::nullopt;
        text.remove_prefix(1);
        minutes = two_digits(text, true).value_or(60);
    }
    if (!hours || *hours > 14 || minutes > 59 || !text.empty()) return std::nullopt;
    return sign * (*hours * 3600 + minutes * 60);
}

/// Big-endian numbers of a TZif file, which is refused when it ends early.
class Bytes {
public:
    explicit Bytes(std::string data) : data_{std::move(data)} {}

    std::int64_t number(std::size_t bytes) {
        std::uint64_t out = bytes < 8 && (at(0) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
        for (std::size_t i = 0; i < bytes; ++i) out = (out << 8U) | at(i);
        at_ += bytes;
        return static_cast<std::int64_t>(out);
    }
    void skip(std::int64_t bytes) { at_ += static_cast<std::size_t>(bytes); }

private:
    unsigned at(std::size_t i) const {
        if (at_ + i >= data_.size()) throw invalid("Time zone data is cut short");
        return static_cast<unsigned char>(data_[at_ + i]);
    }

    std::string data_;
    std::size_t at_ = 0;
};

struct Counts {
    std::int64_t utc_flags, standard_flags, leaps, times, types, characters;
};

Counts read_header(Bytes& file) {
    if (file.number(4) != 0x545A6966) throw invalid("Time zone data is not TZif");
    file.skip(16);
    Counts out{};
    for (auto* count :
         {&out.utc_flags, &out.standard_flags, &out.leaps, &out.times, &out.types, &out.characters})
        *count = file.number(4);
    return out;
}

bool is_zone_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '/' || c == '_' || c == '-' || c == '+';
    };
    return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

LocalZone::LocalZone(std::string_view name) {
    if (name == "UTC" || name == "Z" || name == "Etc/GMT" || name == "GMT" || name == "Etc/UTC")
        return;
    const auto offset =
        fixed_offset(name.starts_with("GMT") || name.starts_with("UTC") ? name.substr(3) : name);
    if (offset) {
        last_offset_ = *offset;
        return;
    }
    if (!is_zone_name(name)) throw invalid(fmt::format("Invalid time zone: {}", name));
    read_file("/usr/share/zoneinfo/" + std::string{name});
}

void LocalZone::read_file(const std::string& path) {
    if (!std::filesystem::is_regular_file(path))
        throw invalid(fmt::format("Invalid time zone: {}", path.substr(20)));
    std::ifstream in{path, std::ios::binary};
    std::string data{std::istreambuf_iterator<char>{in}, {}};
    Bytes file{std::move(data)};
    const auto old = read_header(file);
    file.skip(old.times * 5 + old.types * 6 + old.characters + old.leaps * 8 + old.standard_flags +
              old.utc_flags);
    const auto counts = read_header(file);
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < counts.times; ++i) times.push_back(file.number(8));
    std::vector<std::size_t> kinds;
    for (std::int64_t i = 0; i < counts.times; ++i)
        kinds.push_back(static_cast<std::size_t>(file.number(1)) & 0xFFU);
    std::vector<std::int64_t> offsets;
    for (std::int64_t i = 0; i < counts.types; ++i) {
        offsets.push_back(file.number(4));
        file.skip(2);
    }
    last_offset_ = offsets.at(0);
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto next = offsets.at(kinds[i]);
        changes_.push_back({times[i] + std::max(last_offset_, next), last_offset_});
        last_offset_ = next;
    }
}

std::int64_t LocalZone::to_utc(std::int64_t local) const {
    const auto change = std::partition_point(changes_.begin(), changes_.end(),
                                             [&](const Change& c) { return c.local_end <= local; });
    return local - (change == changes_.end() ? last_offset_ : change->offset);
}

}  // namespace sheetbq::sandbox
