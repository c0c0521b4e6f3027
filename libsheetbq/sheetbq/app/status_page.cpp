#include "sheetbq/app/status_page.hpp"

#include "sheetbq/app/html.hpp"
#include "sheetbq/app/humane.hpp"
#include "sheetbq/app/status_parts.hpp"
#include "sheetbq/http/url.hpp"

#include <fmt/format.h>

namespace sheetbq::app {
namespace {

constexpr std::array<std::string_view, standings> titles{"Failing",   "Late", "Running", "Paused",
                                                         "Never ran", "OK",   "Inactive"};

struct Order {
    std::string_view word;
    std::string_view title;
    std::string_view column;  ///< its class; empty: has none
    bool rising;              ///< smallest first, when not turned round
};
constexpr std::array orders{
    Order{"state", "State", "state", true},          Order{"name", "Name", "name", true},
    Order{"last", "Last run", "last", false},        Order{"next", "Next run", "next", true},
    Order{"lateness", "Lateness", "", false},        Order{"rows", "Rows", "rows", false},
    Order{"duration", "Duration", "duration", false}};

std::string_view order_word(std::string_view sort) {
    if (sort.starts_with('-')) sort.remove_prefix(1);
    return sort.empty() ? "state" : sort;
}

/// Red or green in the tab of the browser, so that one look is enough.
std::string favicon(const Selection& selection) {
    const bool bad = selection.totals[0] + selection.totals[1] > 0;
    return fmt::format(
        "<link rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' "
        "viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%23{}'/%3E%3Cpath "
        "d='{}' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E\">",
        bad ? "b3261e" : "1a7340", bad ? "M8 3v6M8 11v2" : "M4 8.5 7 11.5 12 5");
}

std::string head(const StatusView& view, const StatusQuery& query, const Selection& selection) {
    const auto failing = selection.totals[static_cast<std::size_t>(Standing::failing)];
    auto out = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n{}<title>{}sheetbq</title>\n{}\n"
        "<style>",
        query.reload ? "<meta http-equiv=\"refresh\" content=\"60\">\n" : "",
        failing > 0 ? fmt::format("{} failing · ", failing) : (view.paused ? "paused · " : ""),
        favicon(selection));
    out += status_style();
    out += "</style>\n</head>\n<body>\n";
    out += icon_sprite();
    out += "\n<div class=\"page\">\n";
    return out;
}

/// The whole fleet in one sentence.
std::string health(const StatusView& view, const Selection& selection) {
    const auto sheets = grouped(view.configs.size(), "sheet");
    const auto failing = selection.totals[static_cast<std::size_t>(Standing::failing)];
    const auto late = selection.totals[static_cast<std::size_t>(Standing::late)];
    if (failing == 0 && late == 0) return sheets + ", none failing, none late";
    if (failing == 0) return fmt::format("{}, none failing, {} late", sheets, grouped(late));
    return fmt::format("{}, <b class=\"bad\">{} failing</b>, {} late", sheets, grouped(failing),
                       grouped(late));
}

std::string header(const StatusView& view, const Selection& selection) {
    const auto at = exact(view.now);
    return fmt::format(
        "<header><h1>sheetbq</h1><p>{}</p>"
        "<p class=\"right\">as of <time datetime=\"{}\" title=\"{}\">{}</time></p></header>\n",
        view.configs.empty() ? "" : health(view, selection), to_rfc3339(view.now), at,
        at.substr(11));
}

std::string pause_notice(const StatusView& view) {
    if (!view.paused) return {};
    return fmt::format(
        "<div class=\"notice\" role=\"status\">{}<p><b>Starts are paused.</b> What runs goes on to "
        "its end, nothing new is started. To go on: <code>UPDATE sheetbq.pool SET paused = false "
        "WHERE name = 'default';</code></p></div>\n",
        icon("paused"));
}

std::string tile(const StatusQuery& query, std::string_view word, std::string_view name, int count,
                 const std::string& besides = "") {
    auto target = query;
    target.state = word == "all" ? "" : word;
    target.page = 1;
    const bool current = target.state == query.state;
    return fmt::format(
        "<li><a class=\"{0}{1}\" href=\"{2}\"{3}><b>{4}{5}</b><span>{6}{7}</span></a></li>\n", word,
        count == 0 ? " zero" : "", link_to(target), current ? " aria-current=\"true\"" : "",
        grouped(count), besides, icon(word), name);
}

std::string tiles(const StatusView& view, const StatusQuery& query, const Selection& selection) {
    auto out = std::string{"<nav aria-label=\"Filter by state\"><ul class=\"tiles\">\n"};
    out += tile(query, "all", "All", static_cast<int>(view.configs.size()));
    for (std::size_t i = 0; i < standings; ++i) {
        const auto standing = static_cast<Standing>(i);
        if (standing == Standing::running)
            out += tile(query, "running", "Running", selection.live,
                        fmt::format(" <small>of {}</small>", view.max_running));
        else
            out += tile(query, word(standing), title(standing), selection.totals.at(i));
    }
    return out + "</ul></nav>\n";
}

/// `12 sheets`, `101–200 of 10,000 sheets`.
std::string found_text(const Selection& selection) {
    if (selection.pages == 1) return grouped(selection.found, "sheet");
    return fmt::format("{}–{} of {}", selection.first + 1, selection.first + selection.shown.size(),
                       grouped(selection.found, "sheet"));
}

std::string search_form(const StatusQuery& query, const Selection& selection) {
    auto out = fmt::format(
        "<form method=\"get\" role=\"search\">{}{}"
        "<label><span class=\"sr\">Name, tab, table, address or #id</span>"
        "<input type=\"search\" name=\"q\" value=\"{}\" placeholder=\"Name, tab, table or #id\" "
        "maxlength=\"200\" dir=\"auto\"></label>\n"
        "<label class=\"sort\"><span class=\"sr\">Sort by</span><select name=\"sort\">\n",
        query.state.empty()
            ? ""
            : fmt::format(R"(<input type="hidden" name="state" value="{}">)", html(query.state)),
        query.reload ? R"(<input type="hidden" name="reload" value="60">)" : "", html(query.text));
    for (const auto& order : orders)
        out += fmt::format("<option value=\"{}\"{}>by {}</option>\n", order.word,
                           order.word == order_word(query.sort) ? " selected" : "", order.title);
    out += "</select></label>\n<button>Show</button>\n";
    if (!query.text.empty() || !query.state.empty()) {
        auto clear = query;
        clear.text.clear();
        clear.state.clear();
        clear.page = 1;
        out += fmt::format("<a href=\"{}\">Clear</a>\n", link_to(clear));
    }
    if (selection.found > 0)
        out += fmt::format(R"(<span class="found" role="status">{}</span>)", found_text(selection));
    return out + "</form>\n";
}

/// A heading that sorts; once more turns the order round.
std::string column_head(const StatusQuery& query, const Order& order) {
    const bool current = order_word(query.sort) == order.word;
    const bool turned = query.sort.starts_with('-');
    auto target = query;
    target.page = 1;
    target.sort = current && !turned ? fmt::format("-{}", order.word) : order.word;
    const bool rising = order.rising != turned;
    return fmt::format(
        "<th scope=\"col\" role=\"columnheader\" class=\"{}\"{}><a href=\"{}\">{}{}</a></th>\n",
        order.column,
        current ? fmt::format(" aria-sort=\"{}\"", rising ? "ascending" : "descending") : "",
        link_to(target), order.title,
        current ? fmt::format(" <span aria-hidden=\"true\">{}</span>", rising ? "↑" : "↓") : "");
}

std::string table(const StatusView& view, const StatusQuery& query, const Selection& selection) {
    std::string out =
        "<table role=\"table\"><caption class=\"sr\">Every sheet with its state, runs and last "
        "error</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">\n";
    for (const auto& order : orders)
        if (!order.column.empty()) out += column_head(query, order);
    out +=
        "<th scope=\"col\" role=\"columnheader\" class=\"chart\">Last 20 runs</th>\n"
        "</tr></thead>\n";
    for (const auto& row : selection.shown) out += config_lines(row, view.now);
    return out + "</table>\n";
}

std::string no_configs() {
    return "<section class=\"empty\"><h2>No sheets yet</h2>"
           "<p>Every row of the table <code>sheet_to_bigquery_configs</code> is a sheet that is "
           "kept in a BigQuery table. Put the first one in with psql:</p>\n"
           "<pre tabindex=\"0\">INSERT INTO sheet_to_bigquery_configs\n"
           "  (name, google_sheet_url, google_sheet_tab_name,\n"
           "   google_cloud_project_id, bigquery_dataset_id, bigquery_table_id, "
           "run_frequency_hours)\n"
           "VALUES\n"
           "  ('Orders', 'https://docs.google.com/spreadsheets/d/1AbC.../edit#gid=0', 'Orders',\n"
           "   'my-project', 'sales', 'orders', 24);</pre>\n"
           "<p>Then share the sheet with the job's service account as Viewer. The next tick loads "
           "it.</p></section>\n";
}

std::string nothing_found(const StatusQuery& query) {
    const auto words =
        query.text.empty() ? "" : fmt::format(" with “<bdi>{}</bdi>”", html(query.text));
    std::string state;
    for (std::size_t i = 0; i < standings; ++i)
        if (word(static_cast<Standing>(i)) == query.state)
            state = fmt::format(" under “{}”", titles.at(i));
    StatusQuery clear;
    clear.sort = query.sort;
    clear.reload = query.reload;
    return fmt::format(
        "<section class=\"empty\"><h2>Nothing found</h2><p>There is no sheet{}{}.</p>"
        "<p><a href=\"{}\">Show all sheets</a></p></section>\n",
        words, state, link_to(clear));
}

std::string page_links(const StatusQuery& query, const Selection& selection) {
    if (selection.pages == 1) return {};
    const auto to = [&](int page, std::string_view name) {
        if (page < 1 || page > selection.pages || page == selection.page)
            return fmt::format("<span aria-hidden=\"true\">{}</span>\n", name);
        auto target = query;
        target.page = page;
        return fmt::format("<a href=\"{}\">{}</a>\n", link_to(target), name);
    };
    return fmt::format(
        "<nav class=\"pages\" aria-label=\"Pages\">{}{}<span>Page {} of {}</span>\n"
        "{}{}</nav>\n",
        to(1, "« First"), to(selection.page - 1, "‹ Before"), selection.page, selection.pages,
        to(selection.page + 1, "Next ›"), to(selection.pages, "Last »"));
}

std::string footer(const StatusView& view, const StatusQuery& query) {
    auto reload = query;
    reload.reload = !query.reload;
    return fmt::format(
        "<footer><span>sheetbq {}</span><a href=\"{}\">{}</a>"
        "<a href=\"configs\">Sheets as JSON</a><a href=\"runs\">Runs as JSON</a>"
        "<a href=\"metrics\">Metrics</a></footer>\n",
        html(view.version), link_to(reload),
        query.reload ? "Stop reloading" : "Reload every minute");
}

}  // namespace

std::string_view title(Standing standing) { return titles.at(static_cast<std::size_t>(standing)); }

std::string icon(std::string_view name) {
    return fmt::format(
        R"(<svg class="icon" aria-hidden="true" focusable="false"><use href="#{}"/></svg>)", name);
}

std::string badge(Standing standing) {
    return fmt::format(R"(<span class="badge {}">{}{}</span>)", word(standing),
                       icon(word(standing)), title(standing));
}

std::string moment(Clock::TimePoint time, Clock::TimePoint now) {
    return fmt::format(R"(<time datetime="{}" title="{}">{}</time>)", to_rfc3339(time), exact(time),
                       relative(time, now));
}

std::string status_page(const StatusView& view, const StatusQuery& query) {
    const auto selection = select(view, query);
    auto out = head(view, query, selection);
    out += header(view, selection);
    out += "<main>\n";
    out += pause_notice(view);
    if (view.configs.empty()) {
        out += no_configs();
    } else {
        out += tiles(view, query, selection);
        out += search_form(query, selection);
        out += selection.found == 0 ? nothing_found(query) : table(view, query, selection);
        out += page_links(query, selection);
    }
    out += "</main>\n";
    out += footer(view, query);
    out += "</div>\n</body>\n</html>\n";
    return out;
}

}  // namespace sheetbq::app
