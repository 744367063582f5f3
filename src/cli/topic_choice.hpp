// The topics that a command line names, by name or by pattern.
#pragma once

#include <functional>
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

/// Hears that a topic does not exist, or that none fits.
using Absent = std::function<void(const std::string& what)>;

/// The topics there are, by name: each that is named, and those that fit a pattern, without Kafka's
/// own. Errors: not_found (a name that is not there, or no topic at all), unless `absent` is to
/// hear of it; unavailable.
Result<std::vector<std::string>> find_topics(client::Cluster& cluster, const TopicChoice& choice,
                                             const Absent& absent = {});

}  // namespace leat::cli
