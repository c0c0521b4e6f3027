#include "sheetbq/app/status_rows.hpp"

#include "sheetbq/app/report_numbers.hpp"
#include "sheetbq/table/unicode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sheetbq::app {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, standings> words{"failing", "late", "running", "paused",
                                                        "never",   "ok",   "inactive"};

/// Some lateness is part of every interval: ticks come when they come.
seconds tolerated(const control::Config& config) {
    const seconds interval = config.interval().value_or(std::chrono::hours{24});
    return std::clamp<seconds>(interval / 10, minutes{15}, minutes{60});
}

bool once_a_tick(const control::Config& config) { return config.last_run && !config.interval(); }

Standing standing_of(const StatusRow& row, const StatusView& view) {
    const auto& [config, state, due_at, live, recent] = *row.overview;
    if (!config.active) return Standing::inactive;
    if (state.failures > 0) return Standing::failing;
    if (live) return Standing::running;
    const bool due = once_a_tick(config) || (due_at && *due_at <= view.now);
    // A last_run in the future is how owners put off a configuration.
    const bool put_off = config.last_run && *config.last_run > view.now + minutes{2};
    if ((view.paused && due) || put_off) return Standing::paused;
    if (row.lateness > tolerated(config)) return Standing::late;
    if (!config.last_run && recent.empty()) return Standing::never;
    return Standing::ok;
}

std::string folded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte < 0x80) {
            out += static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte | 0x20U : byte);
            text.remove_prefix(1);
        } else {
            table::append_utf8(out, table::fold(table::take_character(text)));
        }
    }
    return out;
}

/// Whether the configuration is one that `text`, folded, may mean.
bool matches(const control::Config& config, const std::string& text) {
    if (text.empty() || std::to_string(config.id) == text || fmt::format("#{}", config.id) == text)
        return true;
    const std::array places{config.name, config.tab.value_or(""), config.target(),
                            config.sheet_url};
    return std::any_of(places.begin(), places.end(), [&](const std::string& place) {
        return folded(place).find(text) != std::string::npos;
    });
}

bool wanted(const StatusRow& row, const std::string& state) {
    if (state.empty()) return true;
    if (state == "running") return row.overview->live.has_value();
    return word(row.standing) == state;
}

/// What rows are sorted by: a number, smaller first; nothing comes last in either direction.
using Key = std::optional<double>;

Key time_key(const std::optional<Clock::TimePoint>& time) {
    if (!time) return std::nullopt;
    return std::chrono::duration<double>(time->time_since_epoch()).count();
}

Key negative(Key key) {
    if (key) key = -*key;
    return key;
}

template <class Number>
Key largest_first(const std::optional<Number>& number) {
    if (!number) return std::nullopt;
    return -static_cast<double>(*number);
}

Key next_key(const StatusRow& row) {
    if (row.standing == Standing::inactive) return std::nullopt;
    if (row.overview->live) return std::numeric_limits<double>::lowest();
    return row.next ? time_key(row.next) : Key{0};
}

Key lateness_key(const StatusRow& row) {
    if (row.lateness.count() == 0) return std::nullopt;
    return -static_cast<double>(row.lateness.count());
}

Key duration_key(const StatusRow& row) {
    const auto length = row.newest ? duration_of(*row.newest) : std::nullopt;
    return length ? Key{-static_cast<double>(length->count())} : Key{};
}

Key key_of(const StatusRow& row, std::string_view sort) {
    if (sort == "name") return Key{0};
    if (sort == "last")
        return negative(time_key(row.newest ? row.newest->finished_at : std::nullopt));
    if (sort == "next") return next_key(row);
    if (sort == "lateness") return lateness_key(row);
    if (sort == "rows")
        return largest_first(row.newest_good ? rows_of(*row.newest_good) : std::nullopt);
    if (sort == "duration") return duration_key(row);
    return static_cast<double>(row.standing);
}

struct Sortable {
    StatusRow row;
    Key key;
    std::string name;
};

void sort_rows(std::vector<Sortable>& rows, std::string_view sort) {
    const bool reversed = sort.starts_with('-');
    if (reversed) sort.remove_prefix(1);
    const bool by_name = sort == "name";
    for (auto& each : rows) {
        each.key = key_of(each.row, sort);
        each.name = folded(each.row.overview->config.name);
    }
    std::sort(rows.begin(), rows.end(), [&](const Sortable& a, const Sortable& b) {
        if (a.key.has_value() != b.key.has_value()) return a.key.has_value();
        if (a.key != b.key) return reversed ? *a.key > *b.key : *a.key < *b.key;
        if (const auto order = a.name.compare(b.name); order != 0)
            return by_name && reversed ? order > 0 : order < 0;
        return a.row.overview->config.id < b.row.overview->config.id;
    });
}

}  // namespace

std::string_view word(Standing standing) { return words.at(static_cast<std::size_t>(standing)); }

StatusRow judge_row(const control::ConfigOverview& overview, const StatusView& view) {
    StatusRow row{.overview = &overview};
    const auto& config = overview.config;
    const auto good = [](const control::Run& run) {
        return run.state == control::RunState::succeeded;
    };
    const auto found = std::find_if(overview.recent.begin(), overview.recent.end(), good);
    if (!overview.recent.empty()) row.newest = &overview.recent.front();
    if (found != overview.recent.end()) row.newest_good = &*found;
    if (!once_a_tick(config)) row.next = overview.due_at;
    const bool waits = config.active && !overview.live && row.next && *row.next < view.now;
    if (const auto& until = overview.state.not_before; until && (!row.next || *until > *row.next))
        row.next = until;
    // Whoever backs off is failing, not late.
    if (waits && overview.state.failures == 0 && !view.paused)
        row.lateness = duration_cast<seconds>(view.now - *overview.due_at);
    row.standing = standing_of(row, view);
    return row;
}

std::optional<std::int64_t> rows_of(const control::Run& run) {
    return read_report_numbers(run.report).rows;
}

std::optional<milliseconds> duration_of(const control::Run& run) {
    if (const auto told = read_report_numbers(run.report).seconds)
        return milliseconds{static_cast<std::int64_t>(*told * 1'000)};
    if (!run.started_at || !run.finished_at || *run.finished_at < *run.started_at)
        return std::nullopt;
    return duration_cast<milliseconds>(*run.finished_at - *run.started_at);
}

Selection select(const StatusView& view, const StatusQuery& query) {
    Selection out;
    const auto text = folded(query.text);
    std::vector<Sortable> rows;
    for (const auto& overview : view.configs) {
        const auto row = judge_row(overview, view);
        ++out.totals.at(static_cast<std::size_t>(row.standing));
        if (overview.live) ++out.live;
        if (wanted(row, query.state) && matches(overview.config, text))
            rows.push_back({row, {}, {}});
    }
    sort_rows(rows, query.sort);
    out.found = rows.size();
    out.pages =
        static_cast<int>(std::max<std::size_t>(1, (rows.size() + page_size - 1) / page_size));
    out.page = std::clamp(query.page, 1, out.pages);
    out.first = static_cast<std::size_t>(out.page - 1) * page_size;
    const auto last = std::min(rows.size(), out.first + page_size);
    for (auto i = out.first; i < last; ++i) out.shown.push_back(rows[i].row);
    return out;
}

}  // namespace sheetbq::app
