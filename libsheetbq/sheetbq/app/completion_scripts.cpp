#include "sheetbq/app/completion.hpp"
#include "sheetbq/core/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

/// What the shells load. All that is known stands in the program; the scripts only ask it, and set
/// its answer as their shell likes it. PROGRAM stands for its name.
namespace sheetbq::app {
namespace {

constexpr std::string_view bash =
    R"script(# bash completion for PROGRAM. Try it: source <(PROGRAM completion bash)

_PROGRAM() {
    local program=$1 words=() reply=() word last="" kind current before="" line
    # Bash breaks words at = and :, which belongs together here.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if [[ ${#words[@]} -gt 0 && ($word == [=:]* || $last == [=:]*) ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        last=$word
    done
    words=("${words[@]//[\"\'\\]/}")
    mapfile -t reply < <("$program" __complete -- "${words[@]}" 2>/dev/null </dev/null)
    kind=${reply[0]-}
    current=${words[-1]-}
    # What readline keeps of the word is no part of a candidate.
    if [[ $current == --*=* ]]; then
        [[ $COMP_WORDBREAKS == *=* ]] || before=${current%%=*}=
        current=${current#*=}
    fi
    last=""
    [[ $COMP_WORDBREAKS != *:* ]] || last=${current%"${current##*:}"}
    COMPREPLY=()
    for line in "${reply[@]:1}"; do
        word=${line%%$'\t'*}
        word=${word#"$last"}
        [[ ${COMP_WORDS[COMP_CWORD]} == [\"\']* ]] || printf -v word %q "$word"
        COMPREPLY+=("$before$word")
    done
    case $kind in
        files) compopt -o default 2>/dev/null ;;
        folders) compopt -o dirnames 2>/dev/null ;;
    esac
}
complete -o nosort -F _PROGRAM PROGRAM sheetbq-PROGRAM
)script";

constexpr std::string_view zsh = R"script(#compdef PROGRAM sheetbq-PROGRAM
# zsh completion for PROGRAM. Try it: source <(PROGRAM completion zsh)

_PROGRAM() {
    local -a reply candidates
    local kind line
    reply=("${(@f)$(${(Q)words[1]} __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
    kind=$reply[1]
    [[ $PREFIX != --*=* ]] || compset -P '--[^=]#=' || compset -P '--*='
    for line in "${(@)reply[2,-1]}"; do
        candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    (( ! $#candidates )) || _describe -t values PROGRAM candidates
    case $kind in
        files) _files ;;
        folders) _files -/ ;;
    esac
}

if [[ $funcstack[1] == _PROGRAM ]]; then
    _PROGRAM "$@"
else
    compdef _PROGRAM PROGRAM sheetbq-PROGRAM
fi
)script";

constexpr std::string_view fish =
    R"script(# fish completion for PROGRAM. Try it: PROGRAM completion fish | source

function __PROGRAM_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string replace -ra '["\'\\\\]' '')
    set -l program $words[1]
    set -e words[1]
    set -l reply ($program __complete -- $words "$current" 2>/dev/null </dev/null)
    set -l kind $reply[1]
    set -e reply[1]
    set -l before (string match -r -- '^--[^=]*=' "$current")
    test (count $reply) -eq 0; or printf '%s\n' "$before"$reply
    switch "$kind"
        case files
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
                printf '%s\n' "$before$path"
            end
        case folders
            for path in (__fish_complete_directories (string replace -r -- '^--[^=]*=' '' "$current"))
                printf '%s\n' "$before$path"
            end
    end
end
complete -c PROGRAM -f -a '(__PROGRAM_complete)'
complete -c sheetbq-PROGRAM -f -a '(__PROGRAM_complete)'
)script";

struct Script {
    std::string_view shell;
    std::string_view text;
};

constexpr std::array scripts{Script{"bash", bash}, Script{"zsh", zsh}, Script{"fish", fish}};

}  // namespace

std::string completion_script(std::string_view shell, std::string_view program) {
    const auto* const found = std::find_if(scripts.begin(), scripts.end(),
                                           [&](const Script& each) { return each.shell == shell; });
    if (found == scripts.end()) {
        const std::vector<std::string> known{"bash", "zsh", "fish"};
        const auto meant = nearest(shell, known);
        throw Error{Code::usage, fmt::format("there is no completion for \"{}\"", shell)}
            .because("it is there for bash, zsh and fish")
            .fix(fmt::format("Write: {} completion {}", program, meant.empty() ? "bash" : meant));
    }
    constexpr std::string_view name = "PROGRAM";
    std::string text{found->text};
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at))
        text.replace(at, name.size(), program);
    return text;
}

}  // namespace sheetbq::app
