// `leat completion`, and `leat __complete`, which its scripts ask.
#include "cli/completion.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/group_state.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace leat::cli {
namespace {

using Words = std::vector<std::string>;

// Readline breaks words at ':' and '=': what stands before the last of them is not its to replace.
constexpr const char* bash_script = R"(# Completion of leat for bash: source <(leat completion bash)
_leat() {
    local line="${COMP_LINE:0:COMP_POINT}" current="" found
    local -a words
    read -ra words <<<"$line"
    case "$line" in *[[:space:]]) words+=("") ;; esac
    current="${words[${#words[@]}-1]}"
    COMPREPLY=()
    while IFS= read -r found; do
        [ "$found" = ":files" ] && continue
        found="${found%%$'\t'*}"
        COMPREPLY+=("${found#"${current%"${current##*[:=]}"}"}")
    done < <(leat __complete "${words[@]:1}" 2>/dev/null)
}
complete -o default -F _leat leat
)";

constexpr const char* zsh_script = R"(#compdef leat
# Completion of leat for zsh: source <(leat completion zsh)
_leat() {
    local line word files=0
    local -a found shown
    for line in "${(@f)$(leat __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -z "$line" ]] && continue
        if [[ "$line" == ":files" ]]; then files=1; continue; fi
        word="${line%%$'\t'*}"
        found+=("$word")
        [[ "$line" == *$'\t'* ]] && word+="  -- ${line#*$'\t'}"
        shown+=("$word")
    done
    (( ${#found} )) && compadd -l -d shown -a found
    (( files )) && _files
    return 0
}
compdef _leat leat
)";

constexpr const char* fish_script = R"(# Completion of leat for fish: leat completion fish | source
function __leat_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (leat __complete $words[2..-1] 2>/dev/null)
    if contains -- :files $found
        __fish_complete_path (commandline -ct)
    end
    for line in $found
        test "$line" = :files; or echo -- $line
    end
end
complete -c leat -f -a '(__leat_complete)'
)";

void offer(Completion& completion, const std::string& word, const std::string& about) {
    if (!word.starts_with(completion.begun)) return;
    const Candidate candidate{completion.before + word, about};
    if (std::ranges::find(completion.candidates, candidate) == completion.candidates.end())
        completion.candidates.push_back(candidate);
}

void offer_values(Completion& completion, const Argument& argument) {
    completion.values = argument.values();
    for (const auto& choice : argument.choices()) offer(completion, choice, {});
}

// The long names of the options here and above; a help of its own has every command.
void offer_options(Completion& completion, const Command& command) {
    for (const auto* at = &command; at != nullptr; at = at->parent())
        for (const auto& argument : at->arguments())
            if (!argument->is_positional()) offer(completion, argument->label(), argument->about());
    offer(completion, "--help", "Print this help");
}

void offer_commands(Completion& completion, const Command& command) {
    for (const auto& each : command.commands())
        if (!each->is_hidden()) offer(completion, each->name(), each->about());
}

// The names that the broker knows; none if it does not answer at once: a prompt must not hang.
Words known_names(const Completion& completion, const Session& session) {
    auto cluster =
        client::Cluster::connect({.bootstrap = completion.bootstrap.value_or(session.bootstrap),
                                  .connection = {},
                                  .timeout = std::chrono::seconds{2},
                                  .connect_timeout = std::chrono::seconds{1}});
    Words names;
    if (!cluster) return names;
    if (completion.values == Values::groups) {
        const auto groups = list_groups(*cluster);
        if (groups)
            for (const auto& group : *groups) names.push_back(group.id);
    } else if (const auto metadata = cluster->metadata(std::nullopt)) {
        for (const auto& topic : metadata->topics)
            if (topic.name && !topic.is_internal) names.push_back(*topic.name);
    }
    std::ranges::sort(names);
    return names;
}

int print_completion(const Command& root, const Session& session, const Words& words) {
    auto completion = complete(root, words);
    if (completion.values == Values::topics || completion.values == Values::groups)
        for (const auto& name : known_names(completion, session))
            // A line and a tab have a meaning here, and a terminal shows what comes.
            if (escaped(name) == name) offer(completion, name, {});
    for (const auto& [word, about] : completion.candidates)
        std::printf(about.empty() ? "%s\n" : "%s\t%s\n", word.c_str(), about.c_str());
    if (completion.values == Values::files) std::puts(":files");
    return exit_ok;
}

}  // namespace

Completion complete(const Command& root, const Words& words) {
    CommandLine line{root};
    Completion completion;
    if (words.empty()) return completion;
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
        // What is wrong already is told when the line is run.
        if (const auto read = line.read(words[i]); !read) continue;
    completion.bootstrap = line.value_of("--bootstrap");
    completion.begun = words.back();
    const auto& command = line.command();
    if (line.awaited() != nullptr) return offer_values(completion, *line.awaited()), completion;
    const auto equals = completion.begun.find('=');
    if (completion.begun.starts_with("--") && equals != std::string::npos) {
        const auto* option = command.option(completion.begun.substr(0, equals));
        completion.before = completion.begun.substr(0, equals + 1);
        completion.begun.erase(0, equals + 1);
        if (option != nullptr && !option->is_flag()) offer_values(completion, *option);
        return completion;
    }
    if (completion.begun.starts_with('-') && !line.options_are_over())
        return offer_options(completion, command), completion;
    offer_commands(completion, command);
    if (const auto* positional = line.next_positional()) offer_values(completion, *positional);
    const bool knows_more = !completion.candidates.empty() || completion.values != Values::unknown;
    if (!knows_more && completion.begun.empty() && !line.options_are_over())
        offer_options(completion, command);
    return completion;
}

std::string completion_script(std::string_view shell) {
    return shell == "bash" ? bash_script : shell == "zsh" ? zsh_script : fish_script;
}

void add_completion(Command& root, Session& session) {
    auto shell = std::make_shared<std::string>();
    auto& scripts = root.add("completion", "Print a completion script for your shell");
    scripts.text("SHELL", *shell, "Your shell").required().one_of({"bash", "zsh", "fish"});
    scripts.footer(
        "bash, zsh: source <(leat completion bash); fish: leat completion fish | source");
    scripts.does([shell] {
        std::fputs(completion_script(*shell).c_str(), stdout);
        return exit_ok;
    });
    auto words = std::make_shared<Words>();
    auto& asked = root.add("__complete", "What may stand at the end of these words");
    asked.hide();
    asked.texts("WORD", *words, "").may_be_empty();
    asked.does([&root, &session, words] { return print_completion(root, session, *words); });
}

}  // namespace leat::cli
