// Finds topics.
#include "cli/topic_choice.hpp"

#include <algorithm>

#include "cli/glob.hpp"

namespace leat::cli {

bool TopicChoice::has_pattern() const { return std::ranges::any_of(words, is_glob); }

bool TopicChoice::wants(const std::string& name) const {
    return std::ranges::any_of(words, [&](const std::string& word) {
        return is_glob(word) ? fits(word, name) : word == name;
    });
}

Result<std::vector<std::string>> find_topics(client::Cluster& cluster, const TopicChoice& choice,
                                             const Absent& absent) {
    std::vector<std::string> found;
    for (const auto& word : choice.words) {
        if (is_glob(word)) continue;
        if (auto topic = cluster.topic(word); topic)
            found.push_back(word);
        else if (absent && topic.error().code == Errc::not_found)
            absent("topic '" + word + "' does not exist");
        else
            return topic.error();
    }
    if (choice.has_pattern()) {
        const auto metadata = cluster.metadata(std::nullopt);
        if (!metadata) return metadata.error();
        for (const auto& topic : metadata->topics)
            if (topic.name && !topic.is_internal && choice.wants(*topic.name))
                found.push_back(*topic.name);
    }
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    if (!found.empty()) return found;
    const auto none = "no topic fits '" + choice.words.front() + "'";
    if (!absent) return Error{Errc::not_found, none};
    if (choice.has_pattern()) absent(none);
    return found;
}

}  // namespace leat::cli
