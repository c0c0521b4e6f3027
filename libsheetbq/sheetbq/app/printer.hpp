#pragma once

#include "sheetbq/app/flags.hpp"
#include "sheetbq/app/terminal.hpp"
#include "sheetbq/core/error.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sheetbq::app {

/// How results are written: table for people, lines of tab-separated values when nobody looks, the
/// others for programs.
enum class Format { table, lines, json, yaml, csv, name };

/// What a person sees of something.
struct Shown {
    std::string text;
    Tone tone = Tone::plain;
};

/// A column of a listing.
struct Column {
    std::string_view key;      ///< of the item, e.g. `run_id`
    std::string_view heading;  ///< lower case
    /// What people see; left out: the value itself.
    std::function<Shown(const boost::json::object& item)> show{};
    bool right = false;   ///< numbers
    bool shrinks = true;  ///< may be cut when the terminal is narrow
};

/// Several things of one kind.
struct Listing {
    std::string_view schema;  ///< e.g. `sheetbq.run/v1`
    std::string_view key;     ///< of the list in the document, e.g. `runs`
    boost::json::array items;
    std::vector<Column> columns;
    std::string_view name;   ///< key of what names an item, for -o name
    std::string_view empty;  ///< what people read when there are none
};

/// One thing: a label and what stands behind it, a line each.
struct Detail {
    std::string_view label;
    Shown shown;
};

/// Flags that say how results are written; Printer reads them.
std::span<const Flag> output_flags();

/// Where a command's results go: data to standard output, remarks to standard error.
class Printer {
public:
    /// @param values  hold at least output_flags.
    explicit Printer(const FlagValues& values);

    const Terminal& terminal() const { return terminal_; }
    Format format() const { return format_; }
    /// Whether people read: a table, or lines.
    bool for_people() const { return format_ == Format::table || format_ == Format::lines; }

    void list(const Listing& listing) const;
    /// @param schema  stands in the document that programs get.
    void one(std::string_view schema, const boost::json::object& item, std::string_view name,
             const std::vector<Detail>& details) const;
    /// Text for people, as it is: a table made elsewhere, an example.
    void text(std::string_view text) const;
    /// A remark on standard error, unless --quiet; programs do not see it.
    void note(std::string_view remark) const;
    /// The last word on a failure, on standard error: as JSON when results are.
    void failure(const Error& error) const;

    std::string tone(std::string_view text, Tone tone) const {
        return toned(text, tone, terminal_.colour);
    }

private:
    std::vector<Column> chosen(const Listing& listing) const;
    void table(const Listing& listing) const;
    void separated(const Listing& listing, char separator) const;
    void document(const boost::json::value& value) const;

    int descriptor_ = 1;  ///< standard output
    Terminal terminal_;
    Format format_ = Format::table;
    std::vector<std::string> fields_;
    bool headers_ = true;
    bool quiet_ = false;
};

/// Results of a failure for programs: `{"error":{"code":...,"text":...,"reason":...,"hint":...}}`.
boost::json::object error_json(const Error& error);

/// Rows set as columns, two blanks between them, cut to `width` where columns may shrink.
/// @param rows  the first are headings; all of one length.
struct SetColumn {
    bool right = false;
    bool shrinks = true;
};
std::string set_columns(const std::vector<std::vector<Shown>>& rows,
                        const std::vector<SetColumn>& columns, std::size_t width, bool colour);

/// The value at a dotted path, e.g. `report.rows`; nothing: null.
const boost::json::value* value_at(const boost::json::object& item, std::string_view path);
/// A value as plain text: texts as they are, null and empty lists as nothing, the rest as JSON.
std::string plain_text(const boost::json::value* value);

}  // namespace sheetbq::app
