// What a service declares: whether it can be, what it is by default, and which topics it needs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/topic_name.hpp"
#include "leat/setting.hpp"
#include "service/dead_letter.hpp"
#include "service/service.hpp"

namespace leat::service {
namespace {

Error wrong(std::string what) { return Error{Errc::invalid_argument, std::move(what)}; }

// `where` says which declaration names the topic, and `cure` what to do.
Result<void> check_topic(const std::string& topic, const std::string& where,
                         std::string_view cure = "give it another name") {
    const auto named = check_topic_name(topic);
    if (named) return {};
    return wrong(fmt::format("{}: {}; {}.", where, named.error().what, cure));
}

Result<void> check_retry(const retry_options& retry, const std::string& handler) {
    const auto bad = [&](std::string_view why) {
        return wrong(fmt::format("The retry options of {}: {}.", handler, why));
    };
    if (retry.attempts < 0) return bad("attempts are 0 (for ever) or more");
    if (retry.first.count() < 0 || retry.max.count() < 0) return bad("a delay is not negative");
    if (!std::isfinite(retry.factor) || retry.factor < 1) return bad("the factor is at least 1");
    if (!(retry.jitter >= 0 && retry.jitter <= 1)) return bad("the jitter is 0 to 1");
    return {};
}

}  // namespace

// Who starts the service knows better than who wrote it: what is given wins over the code.
void Service::apply_settings(Subscription& s) const {
    const auto decides = [&](const char* setting, bool in_code) {
        return !in_code || settings.given(setting);
    };
    if (decides("handler.timeout", s.timeout.has_value()))
        s.timeout = settings.duration("handler.timeout");
    // Records in flight wait for acknowledgements most of the time: the number of worker threads
    // bounds plain functions, not this.
    if (decides("handler.concurrency", s.concurrency > 0))
        s.concurrency = static_cast<std::size_t>(settings.number("handler.concurrency"));
    const bool in_code = s.retry.has_value();
    if (!in_code) s.retry.emplace();
    if (decides("retry.attempts", in_code))
        s.retry->attempts = static_cast<int>(settings.number("retry.attempts"));
    if (decides("retry.first", in_code)) s.retry->first = settings.duration("retry.first");
    if (decides("retry.max", in_code)) s.retry->max = settings.duration("retry.max");
}

Result<void> Service::complete(Subscription& s) {
    if (s.group.empty())
        return wrong(fmt::format("The handler of {} has an empty .group().", s.topic));
    if (s.name.empty()) s.name = s.group + "." + s.topic;
    const bool own_dead_letter = !s.dead_letter.empty();
    if (!own_dead_letter) s.dead_letter = dead_letter_topic(s.topic, s.group);
    apply_settings(s);
    if (auto fine = check_topic(s.topic, "app.on() of handler " + s.name); !fine) return fine;
    if (auto fine =
            check_topic(s.dead_letter, "The dead-letter topic of handler " + s.name,
                        own_dead_letter ? "give .dlq() another name" : "name one with .dlq()");
        !fine)
        return fine;
    if (!s.to.empty())
        if (auto fine = check_topic(s.to, ".to() of handler " + s.name); !fine) return fine;
    if (s.handler.gives_events && s.to.empty())
        return wrong(fmt::format(
            "The handler {} returns events, but there is no .to(topic) for them.", s.name));
    if (auto fine = check_retry(*s.retry, s.name); !fine) return fine;
    s.metrics = std::make_unique<HandlerMetrics>(metrics_, s.topic, s.group, s.name);
    return {};
}

Result<void> Service::complete_declarations() {
    for (const auto& [topic, options] : topics_)
        if (auto fine = check_topic(topic, "app.topic()"); !fine) return fine;
    std::set<std::pair<std::string, std::string>> places;
    for (auto& s : subscriptions_) {
        if (auto fine = complete(*s); !fine) return fine;
        if (!places.emplace(s->group, s->topic).second)
            return wrong(
                fmt::format("Group {} has two handlers for topic {}; give one of them "
                            "another .group().",
                            s->group, s->topic));
    }
    for (const auto& route : routes_) {
        const auto what = fmt::format("The route {} {}", route->method, route->path);
        if (route->path.empty() || route->path.front() != '/')
            return wrong(what + " does not begin with a slash.");
        if (route->publish == nullptr) continue;
        if (route->publish->topic.empty())
            return wrong(what + " takes events, but there is no .publish(topic).");
        if (auto fine = check_topic(route->publish->topic, what); !fine) return fine;
    }
    return {};
}

Result<std::string> Service::describe_handlers() {
    if (auto fine = complete_declarations(); !fine) return fine.error();
    std::string out;
    for (const auto& s : subscriptions_)
        out += fmt::format(
            "handler {}: topic={} group={} retry.attempts={} retry.first={} retry.max={} "
            "handler.timeout={} handler.concurrency={} dlq={}\n",
            s->name, s->topic, s->group, s->retry->attempts,
            leat::detail::print_duration(s->retry->first),
            leat::detail::print_duration(s->retry->max), leat::detail::print_duration(*s->timeout),
            s->concurrency, s->dead_letter);
    return out;
}

std::vector<rdkafka::NewTopic> Service::topics_to_create() const {
    std::vector<rdkafka::NewTopic> wanted;
    const auto add = [&](rdkafka::NewTopic topic) {
        const bool there = std::any_of(wanted.begin(), wanted.end(),
                                       [&](const auto& t) { return t.name == topic.name; });
        if (!there) wanted.push_back(std::move(topic));
    };
    // What is declared comes first, since the first of one name counts.
    for (const auto& [topic, options] : topics_)
        add({topic, options.partitions, static_cast<std::int16_t>(options.replication),
             options.configs});
    const std::vector<std::pair<std::string, std::string>> dead_letter_configs{
        // Room for our headers over a record that was as large as its topic allows.
        {"max.message.bytes", "8388608"},
        {"cleanup.policy", "delete"},
        {"retention.ms", std::to_string(settings.duration("dlq.retention").count())},
        {"retention.bytes", "-1"},
    };
    for (const auto& s : subscriptions_) add({s->dead_letter, 1, -1, dead_letter_configs});
    for (const auto& s : subscriptions_) {
        add({s->topic, -1, -1, {}});
        if (!s->to.empty()) add({s->to, -1, -1, {}});
    }
    for (const auto& route : routes_)
        if (route->publish != nullptr) add({route->publish->topic, -1, -1, {}});
    return wanted;
}

}  // namespace leat::service
