#include "sheetbq/app/doctor.hpp"

#include "sheetbq/app/json_text.hpp"
#include "sheetbq/app/printer.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sheetbq::app {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> words{"ok", "warning", "failed", "skipped"};
constexpr std::array tones{Tone::good, Tone::warning, Tone::bad, Tone::dim};

Diagnosis of_error(std::string check, Health health, const Error& error) {
    if (error.code() == Code::cancelled) throw error;
    return {std::move(check), health, error.text(), error.reason(), error.hint()};
}

/// `label text`, further lines below its first.
std::string below(std::string_view label, std::string_view text, const std::string& indent) {
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        out += fmt::format("{}{}{}\n", indent,
                           out.empty() ? label : std::string_view{"     "}.substr(0, label.size()),
                           line);
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    return out;
}

}  // namespace

std::string_view to_string(Health health) { return words.at(static_cast<std::size_t>(health)); }

Diagnosis failed(std::string check, const Error& error) {
    return of_error(std::move(check), Health::failed, error);
}

Diagnosis warned(std::string check, const Error& error) {
    return of_error(std::move(check), Health::warning, error);
}

Diagnoses examined(const std::string& check, const std::function<Diagnoses()>& look) {
    try {
        return look();
    } catch (const Error& error) {
        return {failed(check, error)};
    }
}

json::object diagnosis_json(const Diagnosis& diagnosis) {
    return {{"check", diagnosis.check},
            {"state", to_string(diagnosis.health)},
            {"text", diagnosis.text},
            {"reason", text_or_null(diagnosis.reason)},
            {"hint", text_or_null(diagnosis.fix)}};
}

std::string diagnosis_text(const Diagnosis& diagnosis, bool colour) {
    constexpr std::size_t check_width = 24;
    constexpr std::size_t state_width = 9;
    const auto word = to_string(diagnosis.health);
    const auto tone = tones.at(static_cast<std::size_t>(diagnosis.health));
    auto out = toned(word, tone, colour) + std::string(state_width - word.size(), ' ');
    const auto width = text_width(diagnosis.check);
    out += diagnosis.check + std::string(check_width - std::min(width, check_width), ' ') + "  " +
           diagnosis.text + "\n";
    if (diagnosis.health == Health::ok) return out;
    const std::string indent(state_width, ' ');
    return out + below("why: ", diagnosis.reason, indent) + below("do:  ", diagnosis.fix, indent);
}

std::string summary_of(const Diagnoses& all) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto count = std::count_if(all.begin(), all.end(), [&](const Diagnosis& each) {
            return static_cast<std::size_t>(each.health) == i;
        });
        if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, words.at(i));
    }
    return out;
}

bool any_failed(const Diagnoses& all) {
    return std::any_of(all.begin(), all.end(),
                       [](const Diagnosis& each) { return each.health == Health::failed; });
}

}  // namespace sheetbq::app
