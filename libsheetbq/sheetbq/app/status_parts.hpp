#pragma once

#include "sheetbq/app/status_rows.hpp"

#include <string>
#include <string_view>

/// The parts that the status page is put together from. Everything they return is HTML.
namespace sheetbq::app {

/// The style sheet, and the hash that the Content-Security-Policy names it by.
std::string_view status_style();

/// An icon of the sprite, for people who see; the words beside it say the same.
std::string icon(std::string_view name);
/// The drawings that `icon` refers to; once a page.
std::string_view icon_sprite();

/// A moment seen from now, with the exact time for whoever points at it.
std::string moment(Clock::TimePoint time, Clock::TimePoint now);

/// The word that people read for it: `Never ran`.
std::string_view title(Standing standing);
/// Icon and word, in its colour.
std::string badge(Standing standing);

/// A bar a run, oldest first: height for duration, colour and form for the outcome.
std::string run_chart(const control::ConfigOverview& overview, Clock::TimePoint now);

/// The line of the table that belongs to a configuration, and under it its trouble.
std::string config_lines(const StatusRow& row, Clock::TimePoint now);

/// The last failure in three parts, since when, and what comes next; empty: there is none.
std::string trouble_box(const StatusRow& row, Clock::TimePoint now);

/// The query string, `?` included and escaped for an attribute, that asks for this.
std::string link_to(const StatusQuery& query);

}  // namespace sheetbq::app
