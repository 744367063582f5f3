// What the command `leat` tells of the shop's topics and groups, on any Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runner/process.hpp"
#include "runner/summary.hpp"

namespace shop {

/// Runs the command; blocks for each answer.
class KafkaTool {
public:
    KafkaTool(std::string program, std::string bootstrap, std::string log_file)
        : program_(std::move(program)),
          bootstrap_(std::move(bootstrap)),
          log_file_(std::move(log_file)) {}

    /// Records that the shop's groups have not handled; nothing if a group cannot be described.
    std::optional<std::int64_t> lag() const;
    /// Fills in what `found` says of the payments service's dead letters; false without an answer.
    bool count_dead_letters(Findings& found) const;
    /// The shop's topics that exist.
    std::vector<std::string> shop_topics() const;
    /// Deletes the shop's topics and groups.
    void delete_shop() const;

private:
    CommandResult ask(Command words) const;

    std::string program_;
    std::string bootstrap_;
    std::string log_file_;
};

}  // namespace shop
