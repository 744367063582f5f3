#include "runner/kafka_tool.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "leat/json.hpp"

namespace shop {
namespace {

// The fields that we read of what `leat … --json` prints; others are ignored.
struct GroupLine {
    std::string group;
    std::int64_t lag = 0;
};
struct TopicLine {
    std::string topic;
};
struct DeadLetterCount {
    std::int64_t count = 0;
};
struct DeadLetterReason {
    std::optional<std::string> reason;
};
struct DeadLetterLine {
    std::string value;
    DeadLetterReason dead_letter;
};

constexpr const char* dead_letter_topic = "orders.payments.dlq";
constexpr std::array groups{"payments", "stock", "revenue"};
constexpr std::array topics{"orders",          "payments",           "stock",
                            dead_letter_topic, "payments.stock.dlq", "stock.revenue.dlq"};

template <class T>
std::optional<T> decode(const CommandResult& answer) {
    if (answer.exit_code != 0) return std::nullopt;
    auto value = leat::json::decode<T>(answer.output);
    if (!value) return std::nullopt;
    return std::move(*value);
}

}  // namespace

CommandResult KafkaTool::ask(Command words) const {
    Command command{program_, "--bootstrap", bootstrap_, "--json"};
    command.insert(command.end(), words.begin(), words.end());
    return run_command(std::move(command), log_file_);
}

std::optional<std::int64_t> KafkaTool::lag() const {
    Command words{"group", "describe"};
    words.insert(words.end(), groups.begin(), groups.end());
    const auto lines = decode<std::vector<GroupLine>>(ask(words));
    if (!lines || lines->size() != groups.size()) return std::nullopt;
    std::int64_t lag = 0;
    for (const auto& line : *lines) lag += line.lag;
    return lag;
}

bool KafkaTool::count_dead_letters(Findings& found) const {
    const auto counts =
        decode<std::vector<DeadLetterCount>>(ask({"dlq", "list", dead_letter_topic}));
    const auto letters = ask({"dlq", "show", dead_letter_topic});
    if (!counts || letters.exit_code != 0) return false;
    for (const auto& each : *counts) found.dead_letters_listed += each.count;
    std::set<std::int64_t> orders;
    std::istringstream lines{letters.output};
    for (std::string line; std::getline(lines, line);) {
        const auto letter = leat::json::decode<DeadLetterLine>(line);
        const auto order = letter ? leat::json::decode<OrderPlaced>(letter->value)
                                  : leat::json::decode<OrderPlaced>("");
        if (order) orders.insert(order->order_id);
        ++found.dead_letters;
        if (!letter || letter->dead_letter.reason.value_or("").empty()) ++found.dead_without_reason;
    }
    found.dead_orders = static_cast<std::int64_t>(orders.size());
    return true;
}

std::vector<std::string> KafkaTool::shop_topics() const {
    std::vector<std::string> found;
    const auto lines = decode<std::vector<TopicLine>>(ask({"topic", "list"}));
    if (!lines)
        throw std::runtime_error("cannot list the topics of " + bootstrap_ + "; see " + log_file_);
    for (const auto& line : *lines)
        if (std::find(topics.begin(), topics.end(), line.topic) != topics.end())
            found.push_back(line.topic);
    return found;
}

void KafkaTool::delete_shop() const {
    Command words{"topic", "delete", "--if-exists"};
    words.insert(words.end(), topics.begin(), topics.end());
    if (ask(words).exit_code != 0)
        throw std::runtime_error("cannot delete the shop's topics; see " + log_file_);
    for (const auto* group : groups) ask({"group", "delete", group});
}

}  // namespace shop
