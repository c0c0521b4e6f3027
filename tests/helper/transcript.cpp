#include "helper/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <sstream>

namespace sheetbq::testing {

std::vector<Step> read_session(const std::string& text) {
    std::vector<Step> steps;
    std::istringstream lines{text};
    bool continued = false;
    for (std::string line; std::getline(lines, line);) {
        const bool command = line.starts_with("$ ");
        const bool directive = line.starts_with("## ");
        if (continued) {
            steps.back().heading += "\n" + line;
            steps.back().text += "\n" + line;
        } else if (command || directive) {
            steps.push_back({line, line.substr(command ? 2 : 3), directive, {}});
        } else if (!steps.empty()) {
            steps.back().expected += line + "\n";
            continue;
        } else {
            continue;
        }
        continued = line.ends_with('\\');
    }
    return steps;
}

Normaliser::Normaliser(std::vector<std::pair<std::string, std::string>> replaced)
    : replaced_{std::move(replaced)} {}

std::string Normaliser::name_ids(const std::string& text, const char* pattern, const char* name) {
    const std::regex ids{pattern};
    std::string out;
    auto begin = text.cbegin();
    for (std::sregex_iterator at{text.begin(), text.end(), ids}, end; at != end; ++at) {
        out.append(begin, (*at)[0].first);
        begin = (*at)[0].second;
        auto known = std::find_if(names_.begin(), names_.end(),
                                  [&](const auto& each) { return each.first == at->str(); });
        if (known == names_.end()) {
            const auto number =
                1 + std::count_if(names_.begin(), names_.end(),
                                  [&](const auto& each) { return each.second.starts_with(name); });
            names_.emplace_back(at->str(), fmt::format("{}{}", name, number));
            known = std::prev(names_.end());
        }
        out += known->second;
    }
    return out.append(begin, text.cend());
}

std::string Normaliser::operator()(std::string text) {
    for (const auto& [from, to] : replaced_)
        for (auto at = text.find(from); at != std::string::npos;
             at = text.find(from, at + to.size()))
            text.replace(at, from.size(), to);
    text = name_ids(text, "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID-");
    text = name_ids(text, "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}(?![-0-9a-f])", "RUN-");
    text = name_ids(text, "sheettobigquery-job-[a-z0-9]{5}\\b", "EXECUTION-");
    static const std::vector<std::pair<std::regex, std::string>> patterns = [] {
        std::vector<std::pair<std::regex, std::string>> made;
        for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
                 {"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z| UTC)",
                  "TIME"},
                 {"just now|[0-9]+ (s|min|h|days?|months?|years?) ago", "AGO"},
                 {"\\bin [0-9]+ (s|min|h|days?|months?|years?)", "LATER"},
                 {"\\b[0-9]+(\\.[0-9]+)? (ms|s|min|h)( [0-9]+ (s|min))?\\b", "SPAN"},
                 {"\\brequests  +[0-9]+", "requests  N"},
                 {"sheetbq_rollback_[0-9a-f]+_[0-9]+_[0-9]+_[0-9]+", "ROLLBACK-JOB"},
                 {"version [0-9][0-9.]+", "version N"},
                 {"\\(g\\+\\+ [^,]+, Boost [^,]+, OpenSSL [^)]+\\)", "(g++ N, Boost N, OpenSSL N)"},
                 {"127\\.0\\.0\\.1:[0-9]+", "127.0.0.1:PORT"},
                 {"[0-9]+(\\.[0-9]+)? (kB|MB|MiB|KiB)\\b", "SIZE"},
                 {"\"(bytes_in|bytes_out|requests|peak_memory_bytes|compressed_bytes)\": [0-9]+",
                  "\"$1\": N"},
                 {"\"(cpu_seconds|look|read|load|lateness[a-z_0-9]*|oldest_unseen_poll)\": "
                  "[0-9.e+-]+",
                  "\"$1\": N"},
                 {"  +", "  "},
                 {"[-=]{3,}", "---"}})
            made.emplace_back(std::regex{from}, to);
        return made;
    }();
    for (const auto& [from, to] : patterns) text = std::regex_replace(text, from, to);
    // Indentation of one or two blanks is kept, trailing blanks are not.
    return std::regex_replace(text, std::regex{" +\n"}, "\n");
}

}  // namespace sheetbq::testing
