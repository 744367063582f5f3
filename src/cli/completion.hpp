// Completion: what may stand at the end of a command line, and the scripts by which shells ask.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace leat::cli {

struct Candidate {
    std::string word;
    std::string about = {};
    bool operator==(const Candidate&) const = default;
};

/// What may stand for the last of `words`, which may be empty or half typed.
struct Completion {
    /// Commands, options and choices that begin as the last word does.
    std::vector<Candidate> candidates = {};
    /// What a broker or the file system knows, to be offered beside them: topics, groups or files.
    Values values = Values::unknown;
    /// The half-typed value; `before` is what stands in front of it in the same word: "--topic=".
    std::string begun = {};
    std::string before = {};
    /// What the words before said of --bootstrap.
    std::optional<std::string> bootstrap = {};
};
Completion complete(const Command& root, const std::vector<std::string>& words);

/// The script for "bash", "zsh" or "fish". It asks `leat __complete WORD...`, which answers a line
/// each: the word, and behind a tab what it is; or ":files" alone.
std::string completion_script(std::string_view shell);

}  // namespace leat::cli
