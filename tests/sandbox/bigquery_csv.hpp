#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::sandbox {

/// Uploaded bytes as the loader reads them: inflated when they begin like gzip.
class LoadInput {
public:
    explicit LoadInput(std::string_view body);
    ~LoadInput();
    LoadInput(const LoadInput&) = delete;
    LoadInput& operator=(const LoadInput&) = delete;

    /// Appends more bytes to `out`. False at the end.
    /// @throws Error bad_data when the gzip data is corrupt, cut short, or goes on after its end.
    bool read(std::string& out);

private:
    bool inflate_more(std::string& out);

    std::string_view rest_;
    bool gzip_ = false;
    bool ended_ = false;
    z_stream stream_{};
};

struct CsvFormat {
    char delimiter = ',';
    char quote = '"';  ///< '\0': none
    bool quoted_newlines = false;
};

struct CsvCell {
    std::string_view text;  ///< without quotes, doubled ones undone
    bool quoted = false;
};

struct CsvRow {
    std::vector<CsvCell> cells;  ///< views that live until the next row is read
    std::uint64_t position = 0;  ///< byte offset of the row in the inflated data
    std::string_view error;      ///< what is wrong with the row, "" when nothing
};

/// Reads CSV by RFC 4180, any of LF, CRLF and CR ending a row. Keeps one row and a piece of input
/// in memory; allocates nothing a cell.
class BigQueryCsvReader {
public:
    BigQueryCsvReader(LoadInput& input, CsvFormat format) : input_{input}, format_{format} {}

    /// Reads one row. After a malformed one goes on behind the next line break.
    /// @returns false at the end of the data.
    bool next(CsvRow& row);

private:
    struct Span {
        std::size_t begin;  ///< from the row's first byte
        std::size_t size;
        bool quoted;
    };
    enum class End : std::uint8_t { cell, row, error };

    bool more();
    bool at_end() { return at_ == buffer_.size() && !more(); }
    End read_plain();
    End read_quoted(std::string_view& error);
    bool copy_quoted(std::size_t& write, std::string_view& error);
    End finish_cell();
    void skip_line();

    LoadInput& input_;
    CsvFormat format_;
    std::string buffer_;
    std::size_t start_ = 0;  ///< of the row, in buffer_
    std::size_t at_ = 0;
    std::uint64_t dropped_ = 0;  ///< bytes before buffer_
    std::vector<Span> spans_;
};

}  // namespace sheetbq::sandbox
