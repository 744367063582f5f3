// The topics that a command line names, by name or by pattern.
#pragma once

#include <string>
#include <vector>

#include "client/cluster.hpp"

namespace leat::cli {

struct TopicChoice {
    /// Names, and patterns as glob.hpp has them.
    std::vector<std::string> words;

    bool has_pattern() const;
    /// Whether `name` is one of the names or fits a pattern.
    bool wants(const std::string& name) const;
};

/// The topics there are, by name: each that is named, and those that fit a pattern, without Kafka's
/// own. Errors: not_found (a name that is not there, or no topic at all), unavailable.
Result<std::vector<std::string>> find_topics(client::Cluster& cluster, const TopicChoice& choice);

}  // namespace leat::cli
