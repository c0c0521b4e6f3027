#include "bigquery_csv.hpp"

#include "bigquery_refusal.hpp"

#include <algorithm>
#include <cstring>

namespace sheetbq::sandbox {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20U;
constexpr std::size_t largest_row = std::size_t{100} << 20U;

Error bad_gzip(std::string_view why) {
    return invalid("Error while reading data, error message: Failed to decompress gzip data: " +
                   std::string{why});
}

}  // namespace

LoadInput::LoadInput(std::string_view body) : rest_{body}, gzip_{body.starts_with("\x1f\x8b")} {
    if (gzip_ && inflateInit2(&stream_, 15 + 16) != Z_OK) throw bad_gzip("out of memory");
}

LoadInput::~LoadInput() {
    if (gzip_) inflateEnd(&stream_);
}

bool LoadInput::read(std::string& out) {
    if (gzip_) return inflate_more(out);
    const auto taken = std::min(piece, rest_.size());
    out += rest_.substr(0, taken);
    rest_.remove_prefix(taken);
    return taken != 0;
}

bool LoadInput::inflate_more(std::string& out) {
    if (ended_) return false;
    const auto before = out.size();
    out.resize(before + piece);
    std::string in{rest_.substr(0, piece)};
    // zlib's interface is not const and counts unsigned bytes.
    stream_.next_in = reinterpret_cast<Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(piece);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    rest_.remove_prefix(in.size() - stream_.avail_in);
    out.resize(before + piece - stream_.avail_out);
    if (result == Z_STREAM_END) {
        ended_ = true;
        if (!rest_.empty()) throw bad_gzip("data after the end of the first member");
        return out.size() > before;
    }
    if (result != Z_OK && result != Z_BUF_ERROR)
        throw bad_gzip(stream_.msg != nullptr ? stream_.msg : "corrupt");
    if (out.size() == before && rest_.empty()) throw bad_gzip("unexpected end of file");
    return true;
}

bool BigQueryCsvReader::more() {
    if (start_ != 0) {
        buffer_.erase(0, start_);
        dropped_ += start_;
        at_ -= start_;
        start_ = 0;
    }
    if (buffer_.size() > largest_row)
        throw invalid(
            "Error while reading data, error message: Row size is larger than: "
            "104857600. Row starts at position: " +
            std::to_string(dropped_));
    while (at_ == buffer_.size())
        if (!input_.read(buffer_)) return false;
    return true;
}

bool BigQueryCsvReader::next(CsvRow& row) {
    start_ = at_;
    spans_.clear();
    row.cells.clear();
    row.error = {};
    if (at_end()) return false;
    row.position = dropped_ + start_;
    auto end = End::cell;
    while (end == End::cell) {
        const bool quoted = format_.quote != '\0' && !at_end() && buffer_[at_] == format_.quote;
        end = quoted ? read_quoted(row.error) : read_plain();
        if (!quoted && end == End::error) row.error = "Unexpected quote character (\") in a field";
    }
    if (end == End::error) {
        skip_line();
        return true;
    }
    for (const auto& span : spans_)
        row.cells.push_back({{buffer_.data() + start_ + span.begin, span.size}, span.quoted});
    return true;
}

BigQueryCsvReader::End BigQueryCsvReader::read_plain() {
    const auto begin = at_ - start_;
    while (!at_end()) {
        const char c = buffer_[at_];
        if (c == format_.delimiter || c == '\n' || c == '\r') break;
        if (c == format_.quote && c != '\0') return End::error;
        ++at_;
    }
    spans_.push_back({begin, at_ - start_ - begin, false});
    return finish_cell();
}

BigQueryCsvReader::End BigQueryCsvReader::read_quoted(std::string_view& error) {
    const auto begin = ++at_ - start_;
    auto write = begin;
    if (!copy_quoted(write, error)) return End::error;
    spans_.push_back({begin, write - begin, true});
    const auto end = finish_cell();
    if (end == End::error) error = "Data between close quote character (\") and field separator.";
    return end;
}

/// Moves the cell's text together, up to behind its closing quote.
bool BigQueryCsvReader::copy_quoted(std::size_t& write, std::string_view& error) {
    for (;;) {
        if (at_end()) break;
        const char c = buffer_[at_];
        if ((c == '\n' || c == '\r') && !format_.quoted_newlines) break;
        ++at_;
        if (c == format_.quote) {
            if (at_end() || buffer_[at_] != format_.quote) return true;
            ++at_;
        }
        buffer_[start_ + write++] = c;
    }
    error = "Missing close quote character (\").";
    return false;
}

/// Takes the delimiter or the line break behind a cell.
BigQueryCsvReader::End BigQueryCsvReader::finish_cell() {
    if (at_end()) return End::row;
    const char c = buffer_[at_];
    if (c != format_.delimiter && c != '\n' && c != '\r') return End::error;
    ++at_;
    if (c == format_.delimiter) return End::cell;
    if (c == '\r' && !at_end() && buffer_[at_] == '\n') ++at_;
    return End::row;
}

void BigQueryCsvReader::skip_line() {
    while (!at_end()) {
        const char c = buffer_[at_++];
        if (c == '\n') return;
    }
}

}  // namespace sheetbq::sandbox
