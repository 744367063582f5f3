#include "service/failures.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "service/runner.hpp"

namespace leat::service {
namespace {

using std::chrono::milliseconds;

Stage stage_of(const Run& run) {
    switch (run.result.what) {
        case verdict::kind::undecodable:
            return Stage::decode;
        case verdict::kind::invalid:
            return Stage::validate;
        default:
            break;
    }
    if (run.timed_out) return Stage::timeout;
    return run.result.type == publish_error_type ? Stage::produce : Stage::handle;
}

Headers headers_of(const rdkafka::Message& message) {
    Headers headers;
    for (const auto& h : message.headers()) {
        std::optional<std::string> value;
        if (h.value) value = std::string{*h.value};
        headers.push_back({std::string{h.name}, std::move(value)});
    }
    return headers;
}

}  // namespace

void Failures::decide(Run& run) {
    if (run.current->first_failed_ms == 0) run.current->first_failed_ms = clock_.wall_ms();
    switch (run.result.what) {
        case verdict::kind::defer:
            --run.current->attempts;
            waiting_.emplace(clock_.now() + run.result.delay, &run);
            break;
        case verdict::kind::retry:
            retry_later(run);
            break;
        default:
            send_dead_letter(run);
            break;
    }
}

void Failures::retry_later(Run& run) {
    auto& policy = policy_of(run);
    if (run.result.type == publish_error_type) {
        // The broker's fault, not the record's.
        --run.current->attempts;
        wait(run, backoff(policy.options(), ++run.undelivered), "publication not delivered",
             run.result.reason);
    } else if (const auto delay = policy.next_delay(run.current->attempts)) {
        wait(run, *delay, "attempt failed", run.result.reason);
    } else {
        send_dead_letter(run);
    }
}

// The offset may not move before the dead letter lies safe, so there is no last attempt.
void Failures::dead_letter_failed(Run& run) {
    wait(run, backoff(policy_of(run).options(), ++run.undelivered), "dead letter not delivered",
         run.publish_error);
}

void Failures::wait(Run& run, milliseconds delay, std::string_view what, std::string_view why) {
    const auto& origin = run.current->origin;
    log::warn(what, {{"topic", origin.topic},
                     {"partition", origin.partition},
                     {"offset", origin.offset},
                     {"group", origin.group},
                     {"handler", run.partition->subscription->name},
                     {"attempt", run.current->attempts},
                     {"retry_in_ms", delay.count()},
                     {"error_type", run.result.type},
                     {"error", why}});
    run.partition->subscription->metrics->retries.add();
    waiting_.emplace(clock_.now() + delay, &run);
}

void Failures::send_dead_letter(Run& run) {
    const auto& subscription = *run.partition->subscription;
    const auto& message = run.current->message;
    const auto& origin = run.current->origin;
    const Failure failure{stage_of(run),
                          run.result.type,
                          run.result.reason,
                          run.current->attempts,
                          run.current->first_failed_ms,
                          clock_.wall_ms(),
                          subscription.name};
    if (run.phase != RunPhase::dead_letter_failed)
        log::warn("record goes to the dead-letter topic",
                  {{"topic", origin.topic},
                   {"partition", origin.partition},
                   {"offset", origin.offset},
                   {"group", origin.group},
                   {"handler", subscription.name},
                   {"attempt", failure.attempts},
                   {"stage", name_of(failure.stage)},
                   {"dead_letter_topic", subscription.dead_letter},
                   {"error_type", failure.type},
                   {"error", failure.message}});
    Letter letter;
    letter.topic = subscription.dead_letter;
    if (const auto key = message.key()) letter.key.emplace(*key);
    if (const auto value = message.value()) letter.value.emplace(*value);
    letter.timestamp_ms = origin.timestamp_ms;
    letter.headers = run.dead_letter.too_large
                         ? short_dead_letter_headers(headers_of(message), failure)
                         : dead_letter_headers(headers_of(message), origin, failure);
    run.dead_letter.too_large = false;
    publisher_.send_when_possible(std::move(letter), run.dead_letter);
}

void Failures::take_due(MonoTime now, std::vector<Run*>& into) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        Run& run = *waiting_.begin()->second;
        waiting_.erase(waiting_.begin());
        if (run.phase == RunPhase::dead_letter_failed)
            send_dead_letter(run);
        else
            into.push_back(&run);
    }
}

void Failures::take_waiting(const Partition& partition, std::vector<Run*>& into) {
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        if (at->second->partition != &partition) {
            ++at;
            continue;
        }
        into.push_back(at->second);
        at = waiting_.erase(at);
    }
}

MonoTime Failures::next_due() const {
    return waiting_.empty() ? MonoTime::max() : waiting_.begin()->first;
}

}  // namespace leat::service
