// `leat completion`: bash, zsh (through its bash mode) and fish.
#include "cli/completion.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>

#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace leat::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    // Option groups are subcommands without a name to CLI11.
    return app.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    auto options = app.get_options();
    for (const auto* group :
         app.get_subcommands([](const CLI::App* a) { return a->get_name().empty(); }))
        for (const auto* option : group->get_options())
            if (option != group->get_help_ptr()) options.push_back(option);
    return options;
}

// Calls visit(path, app) for `app` and all below it; paths begin with a space, the root's is empty.
void walk(const CLI::App& app, const std::string& path,
          const std::function<void(const std::string&, const CLI::App&)>& visit) {
    visit(path, app);
    for (const auto* command : commands_of(app))
        walk(*command, path + " " + command->get_name(), visit);
}

// The words that may follow, each once: commands below `at`, its options, and the root's.
std::string words_at(const CLI::App& root, const CLI::App& at) {
    std::vector<std::string> words;
    for (const auto* command : commands_of(at)) words.push_back(command->get_name());
    for (const auto* from : {&at, &root})
        for (const auto* option : options_of(*from))
            for (const auto& name : option->get_lnames()) words.push_back("--" + name);
    std::string text;
    std::set<std::string> seen;
    for (const auto& word : words)
        if (seen.insert(word).second) text.append(text.empty() ? "" : " ").append(word);
    return text;
}

std::string fish_quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

// The fish condition under which the words of `path` are offered.
std::string fish_condition(const std::string& path, const CLI::App& app) {
    if (path.empty()) return "__fish_use_subcommand";
    std::string condition;
    std::string rest = path.substr(1);
    for (std::size_t space = 0; space != std::string::npos;) {
        space = rest.find(' ');
        condition += (condition.empty() ? "" : "; and ")
                     + ("__fish_seen_subcommand_from " + rest.substr(0, space));
        if (space != std::string::npos) rest.erase(0, space + 1);
    }
    std::string deeper;
    for (const auto* command : commands_of(app)) deeper += " " + command->get_name();
    if (!deeper.empty()) condition += "; and not __fish_seen_subcommand_from" + deeper;
    return condition;
}

int print_script(const CLI::App& app, const std::string& shell) {
    const auto script = shell == "bash"  ? bash_completion(app)
                        : shell == "zsh" ? zsh_completion(app)
                                         : fish_completion(app);
    std::fputs(script.c_str(), stdout);
    return exit_ok;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
    std::string commands;
    std::string words;
    walk(app, "", [&](const std::string& path, const CLI::App& at) {
        if (!path.empty()) commands += (commands.empty() ? "" : "|") + ("\"" + path + "\"");
        words += "        \"" + path + "\") words=\"" + words_at(app, at) + "\" ;;\n";
    });
    return "# Completion of leat for bash: source <(leat completion bash)\n"
           "_leat() {\n"
           "    local current=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" word words=\"\"\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
           "        case \"$path $word\" in "
           + commands
           + ") path=\"$path $word\" ;; esac\n"
             "    done\n"
             "    case \"$path\" in\n"
           + words
           + "    esac\n"
             "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
             "}\n"
             "complete -o default -F _leat leat\n";
}

std::string zsh_completion(const CLI::App& app) {
    return "#compdef leat\n"
           "# Completion of leat for zsh: source <(leat completion zsh)\n"
           "autoload -U +X bashcompinit && bashcompinit\n"
           + bash_completion(app);
}

std::string fish_completion(const CLI::App& app) {
    std::string script = "# Completion of leat for fish: leat completion fish | source\n";
    walk(app, "", [&](const std::string& path, const CLI::App& at) {
        const auto condition =
            path.empty() ? std::string{} : " -n " + fish_quoted(fish_condition(path, at));
        const auto under = " -n " + fish_quoted(fish_condition(path, at));
        for (const auto* command : commands_of(at))
            script += "complete -c leat -f" + under + " -a " + command->get_name() + " -d "
                      + fish_quoted(command->get_description()) + "\n";
        for (const auto* option : options_of(at))
            for (const auto& name : option->get_lnames())
                script += "complete -c leat" + condition + " -l " + name + " -d "
                          + fish_quoted(option->get_description()) + "\n";
    });
    return script;
}

void add_completion(CLI::App& app, Session& session) {
    auto shell = std::make_shared<std::string>();
    auto* command = app.add_subcommand("completion", "Print a completion script for your shell");
    command->add_option("SHELL", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, &session, shell] {
        session.action = [&app, shell] { return print_script(app, *shell); };
    });
}

}  // namespace leat::cli
