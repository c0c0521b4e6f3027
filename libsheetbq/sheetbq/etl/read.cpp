#include "sheetbq/etl/read.hpp"

#include "sheetbq/core/counted.hpp"
#include "sheetbq/core/run_together.hpp"
#include "sheetbq/core/turnstile.hpp"
#include "sheetbq/etl/extent_scan.hpp"
#include "sheetbq/etl/scan_formats.hpp"
#include "sheetbq/table/byte_scan.hpp"
#include "sheetbq/table/values_scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>

namespace sheetbq::etl {
namespace {

using table::CsvEncoder;

constexpr int loading_tries = 3;
constexpr int most_restarts = 8;
constexpr int fewest_cells = 1'000;            // of a request that was halved again and again
constexpr std::size_t preview_bytes = 16_KiB;  // of a row

/// Rows of the tab asked for together, zero-based, ends included.
struct Window {
    int first = 0;
    int last = 0;
};

std::string to_a1(const Source& source, const Window& window) {
    return table::to_a1(source.tab.title, {.first_row = window.first,
                                           .first_column = source.range.first_column,
                                           .last_row = window.last,
                                           .last_column = source.range.last_column});
}

/// The answer must be for exactly the cells that were asked for.
void check_range(const std::string& answered, const Source& source, const Window& window) {
    const std::string asked = to_a1(source, window);
    const auto got = table::parse_a1(answered);
    const auto wanted = table::parse_a1(asked);
    if (got && wanted && got->range == wanted->range &&
        (!got->title || got->title == wanted->title))
        return;
    throw Error{Code::conflict, "the tab changed its shape while it was read"}
        .because(fmt::format("{} was asked for, {} was answered", asked,
                             answered.empty() ? "no range" : answered))
        .fix("Run again when nobody is changing the tab.");
}

/// Feeds bytes of any size to a scanner.
template <class Handler>
void feed(table::ValuesScanner<Handler>& scanner, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto space = scanner.space();
        const std::size_t size = std::min(space.size, bytes.size());
        std::memcpy(space.data, bytes.data(), size);
        scanner.commit(size);
        bytes.remove_prefix(size);
    }
}

/// One pass over the tab.
class TabReader {
public:
    TabReader(gcp::Sheets& sheets, const Source& source, const Options& options,
              const std::optional<gcp::TableInfo>& live, Spool& spool, const Log& log,
              const OnProgress& progress)
        : sheets_{sheets},
          source_{source},
          options_{options},
          live_{live},
          spool_{spool},
          log_{log},
          progress_{progress},
          request_cells_{options.window_cells} {}

    ReadResult run(std::stop_token stop) {
        fetch_first(stop);
        const int wait = static_cast<int>(options_.loading_wait.count());
        int loading_tries_left = loading_tries;
        for (int restart = 0;; ++restart) {
            pass(stop);
            if (const std::string lesson = learn(); !lesson.empty()) {
                if (restart >= most_restarts) refuse_to_go_on(lesson);
                log_.info("read_again", lesson + "; the tab is read again");
                continue;
            }
            if (result_.stats.loading == 0 || loading_tries_left-- == 0) break;
            log_.notice(
                "cells_loading",
                fmt::format("{} still {} Loading..., the first is {}; reading again in {} s",
                            counted(result_.stats.loading, "cell"),
                            result_.stats.loading == 1 ? "says" : "say", loading_address(), wait));
            sheets_.api().clock().sleep(options_.loading_wait, stop);
            if (stop.stop_requested())
                throw Error{Code::cancelled, "stopped while waiting for cells"};
            fetch_first(stop);
        }
        result_.formats = std::move(formats_.cells);
        result_.layout.encoding.formats = nullptr;
        add_format_notices();
        return std::move(result_);
    }

private:
    std::string loading_address() const {
        return source_.address(result_.stats.loading_row, result_.stats.loading_column);
    }

    /// Formats and the first window's text, at the same time.
    void fetch_first(std::stop_token stop) {
        const int rows = first_rows(options_.window_cells);
        first_window_ = {source_.range.first_row,
                         std::min(source_.range.last_row, source_.range.first_row + rows - 1)};
        run_together(stop, {[&](std::stop_token stage) {
                                formats_ = scan_formats(sheets_, source_, options_, stage);
                            },
                            [&](std::stop_token stage) { fetch_first_window(stage); }});
        for (const int column : found_) use(column);
    }

    /// What the first answer tells of the tab. @throws Error unavailable when it is no answer.
    void scan_extent() {
        ExtentScan handler{
            source_.header_row < 0 ? -1 : source_.header_row - source_.range.first_row,
            source_.first_data_row - source_.range.first_row};
        table::ValuesScanner scanner{handler};
        feed(scanner, first_text_);
        scanner.finish();
        check_range(scanner.range(), source_, first_window_);
        extent_ = std::move(handler.extent);
    }

    void fetch_first_window(std::stop_token stop) {
        sheets_.api().retrying(gcp::Repeat::safe, stop, [&] {
            first_text_.clear();
            try {
                sheets_.values_once(
                    source_.spreadsheet.id, to_a1(source_, first_window_),
                    [&](std::string_view bytes) { first_text_ += bytes; }, stop);
                scan_extent();
            } catch (const Error& error) {
                if (halve(error)) {
                    first_window_.last = std::min(
                        first_window_.last, first_window_.first + first_rows(request_cells_) - 1);
                }
                throw;
            }
        });
    }

    /// Rows of the first window: always the header and one more.
    int first_rows(int cells) const {
        return std::max(cells / source_.columns(), options_.header_row + 1);
    }

    /// Asks for less after the service failed. @returns whether it did.
    bool halve(const Error& error) {
        if (error.code() != Code::unavailable) return false;
        int cells = request_cells_;
        while (cells > fewest_cells &&
               !request_cells_.compare_exchange_weak(cells, std::max(fewest_cells, cells / 2))) {
        }
        return true;
    }

    void use(int column) {
        const auto at = static_cast<std::size_t>(column);
        if (extent_.used.size() <= at) extent_.used.resize(at + 1);
        extent_.used[at] = true;
    }

    /// Encodes the whole tab into the spool.
    void pass(std::stop_token stop) {
        spool_.clear();
        result_ = {};
        result_.layout = make_layout(extent_, source_, options_, live_, formats_.cells);
        result_.layout.encoding.null_marker = null_marker_;
        for (const auto& [column, full] : full_dates_)
            result_.layout.encoding.columns[static_cast<std::size_t>(column)].full_dates = full;
        unexpected_.clear();
        windows_done_ = 0;
        plan_windows();
        encode_first();
        next_window_ = 0;
        std::vector<Stage> readers;
        const auto count = std::min<std::size_t>(
            static_cast<std::size_t>(options_.read_concurrency), windows_.size());
        Turnstile turnstile;
        for (std::size_t i = 0; i < count; ++i)
            readers.emplace_back([&](std::stop_token stage) { read_windows(turnstile, stage); });
        if (!readers.empty()) run_together(stop, readers);
        spool_.finish();
    }

    void plan_windows() {
        windows_.clear();
        const auto width = std::max<std::size_t>({1, extent_.used.size(), extent_.headers.size()});
        const int rows = std::max(1, options_.window_cells / static_cast<int>(width));
        for (int row = first_window_.last + 1; row <= source_.range.last_row; row += rows)
            windows_.push_back({row, std::min(source_.range.last_row, row + rows - 1)});
        result_.windows = windows_.size() + 1;
    }

    void encode_first() {
        CsvEncoder encoder{result_.layout.encoding, first_window_.first,
                           source_.first_data_row - source_.range.first_row};
        table::ValuesScanner scanner{encoder};
        feed(scanner, first_text_);
        scanner.finish();
        const auto csv = encoder.csv();
        result_.first_lines =
            csv.substr(0, csv.rfind('\n', preview_bytes * options_.preview_rows) + 1);
        take(encoder, first_window_);
    }

    void take(const CsvEncoder& encoder, const Window& window) {
        spool_.append(encoder.csv());
        result_.stats.add(encoder.stats());
        for (const int column : encoder.unexpected())
            if (std::find(unexpected_.begin(), unexpected_.end(), column) == unexpected_.end())
                unexpected_.push_back(column);
        progress_({.phase = Progress::Phase::reading,
                   .done = static_cast<std::uint64_t>(window.last - source_.range.first_row + 1),
                   .total = static_cast<std::uint64_t>(source_.range.last_row -
                                                       source_.range.first_row + 1),
                   .rows = result_.stats.rows,
                   .bytes = spool_.compressed_bytes(),
                   .windows = ++windows_done_,
                   .all_windows = result_.windows});
    }

    /// One reader: window after window, each encoded apart and compressed in turn.
    void read_windows(Turnstile& turnstile, std::stop_token stop) {
        CsvEncoder encoder{result_.layout.encoding, 0};
        while (true) {
            const std::size_t number = next_window_++;
            if (number >= windows_.size()) return;
            read_window(encoder, windows_[number], stop);
            turnstile.wait(number, stop);
            take(encoder, windows_[number]);
            turnstile.pass();
        }
    }

    void read_window(CsvEncoder& encoder, const Window& window, std::stop_token stop) {
        encoder.restart(window.first);
        for (int row = window.first; row <= window.last;) {
            int done = row;
            sheets_.api().retrying(gcp::Repeat::safe, stop, [&] {
                encoder.roll_back();
                const int rows =
                    std::max(1, request_cells_ / std::max(1, result_.layout.encoding.width));
                done = std::min(window.last, row + rows - 1);
                if (request_cells_ >= options_.window_cells) done = window.last;
                try {
                    read_once(encoder, {row, done}, stop);
                } catch (const Error& error) {
                    halve(error);
                    throw;
                }
            });
            row = done + 1;
            encoder.checkpoint_at(row);
        }
    }

    void read_once(CsvEncoder& encoder, const Window& window, std::stop_token stop) {
        table::ValuesScanner scanner{encoder};
        sheets_.values_once(
            source_.spreadsheet.id, to_a1(source_, window),
            [&](std::string_view bytes) { feed(scanner, bytes); }, stop);
        scanner.finish();
        check_range(scanner.range(), source_, window);
    }

    /// What the pass found out that the next one must know; "" when the pass stands.
    std::string learn() {
        std::string lesson;
        for (const int column : unexpected_) {
            found_.push_back(column);
            use(column);
            lesson = "a column believed to be blank has cells";
        }
        if (result_.stats.met_null_marker) {
            null_marker_ = fmt::format("\\N{}", ++markers_);
            lesson = "a text equals the null marker of the upload";
        }
        if (learn_full_dates()) lesson = "a column has dates with and without a time of day";
        return lesson;
    }

    /// Finds columns whose dates must be written otherwise, now that all their cells are known.
    bool learn_full_dates() {
        bool learned = false;
        for (const auto& column : result_.layout.columns) {
            if (column.sheet_column < 0) continue;
            const auto at = static_cast<std::size_t>(column.sheet_column);
            const auto& stats = result_.stats.columns[at];
            const bool settled = column.typed && (stats.misfits == 0 ||
                                                  options_.type_conflict != TypeConflict::rebuild);
            if (settled || stats.counts[static_cast<std::size_t>(table::Kind::date)] == 0) continue;
            const bool wanted = table::join(stats.counts) == table::Type::datetime;
            if (result_.layout.encoding.columns[at].full_dates == wanted) continue;
            full_dates_[column.sheet_column] = wanted;
            learned = true;
        }
        return learned;
    }

    [[noreturn]] static void refuse_to_go_on(const std::string& lesson) {
        throw Error{Code::bad_data, fmt::format("the tab was read {} times and no read could be "
                                                "used",
                                                most_restarts + 1)}
            .because(lesson + ", again and again")
            .fix(
                "Run again when nobody is changing the tab; if texts such as \\N, \\N1, \\N2 "
                "stand in it, remove them, since they are used as null markers.");
    }

    void add_format_notices() {
        for (const auto& column : result_.layout.columns) {
            if (column.sheet_column < 0) continue;
            const auto at = static_cast<std::size_t>(column.sheet_column);
            const auto& counts = result_.stats.columns[at].counts;
            if (formats_.shows_leading_zeros[at] &&
                counts[static_cast<std::size_t>(table::Kind::integer)] != 0)
                result_.layout.notices.push_back(
                    {"leading_zeros",
                     fmt::format(
                         "column {} shows leading zeros, but its cells are numbers and load "
                         "without them; format the column as plain text to keep them",
                         column.column.name)});
            if (!formats_.complete && result_.formats.mixed(column.sheet_column))
                result_.layout.notices.push_back(
                    {"mixed_formats",
                     fmt::format(
                         "column {} mixes number formats, which were read for a part of the "
                         "tab only; set FORMAT_SCAN=full to read them all",
                         column.column.name)});
        }
    }

    gcp::Sheets& sheets_;
    const Source& source_;
    const Options& options_;
    const std::optional<gcp::TableInfo>& live_;
    Spool& spool_;
    const Log& log_;
    const OnProgress& progress_;

    ScannedFormats formats_;
    Window first_window_;
    std::string first_text_;
    Extent extent_;
    std::vector<Window> windows_;
    std::atomic<std::size_t> next_window_{0};
    std::atomic<int> request_cells_;
    std::vector<int> unexpected_;
    std::uint64_t windows_done_ = 0;
    std::vector<int> found_;
    std::map<int, bool> full_dates_;  ///< by column, where it is not the layout's own choice
    std::string null_marker_ = "\\N";
    int markers_ = 0;
    ReadResult result_;
};

}  // namespace

ReadResult read_tab(gcp::Sheets& sheets, const Source& source, const Options& options,
                    const std::optional<gcp::TableInfo>& live, Spool& spool, const Log& log,
                    const OnProgress& progress, std::stop_token stop) {
    return TabReader{sheets, source, options, live, spool, log, progress}.run(stop);
}

}  // namespace sheetbq::etl
