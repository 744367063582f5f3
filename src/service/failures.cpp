#include "service/failures.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace leat::service {
namespace {

using std::chrono::milliseconds;

Stage stage_of(const Run& run) {
    switch (run.result.what) {
        case verdict::kind::undecodable:
            return Stage::decode;
        case verdict::kind::invalid:
            return Stage::validate;
        case verdict::kind::unpublished:
        case verdict::kind::unpublishable:
            return Stage::produce;
        default:
            return run.timed_out ? Stage::timeout : Stage::handle;
    }
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
        case verdict::kind::blocked:
            --run.current->attempts;
            wait(run, pause(run), "waiting for what every record needs", run.result.reason);
            break;
        case verdict::kind::retry:
            retry_later(run, policy_of(run).next_delay(run.current->attempts));
            break;
        case verdict::kind::unpublished:
            retry_later(run, policy_of(run).next_delay_of_few(run.current->attempts));
            break;
        default:
            begin_dead_letter(run);
            break;
    }
}

void Failures::retry_later(Run& run, std::optional<milliseconds> delay) {
    if (delay)
        wait(run, *delay, "attempt failed", run.result.reason);
    else
        begin_dead_letter(run);
}

void Failures::dead_letter_failed(Run& run) {
    auto& letter = run.dead_letter;
    const auto& why = letter.last;
    if (why.too_large && letter.form != LetterForm::bare) {
        letter.form = static_cast<LetterForm>(static_cast<int>(letter.form) + 1);
        send_dead_letter(run);
        return;
    }
    const auto delay = pause(run);
    constexpr int most_unclear_attempts = 8;
    if (why.refusal == rdkafka::Refusal::permanent
        || (why.refusal == rdkafka::Refusal::unclear
            && run.current->blocked >= most_unclear_attempts)) {
        give_up(run);
        return;
    }
    wait(run, delay, "dead letter not delivered", why.error);
}

// Short enough to go on soon after the broker is back.
milliseconds Failures::pause(Run& run) {
    constexpr milliseconds longest{5000};
    return std::min(longest, backoff(policy_of(run).options(), ++run.current->blocked));
}

// The offset must not move before the dead letter lies safe, and the record must not stand in the
// way for ever without a word: the service says why and ends.
void Failures::give_up(Run& run) {
    const auto& origin = run.current->origin;
    hopeless_ = "The dead letter of " + std::string{origin.topic} + "/"
                + std::to_string(origin.partition) + " offset " + std::to_string(origin.offset)
                + " cannot be written to " + run.partition->subscription->dead_letter + ": "
                + run.dead_letter.last.error + " (" + run.dead_letter.last.error_name
                + "). Mend that and start again; the record is not lost.";
    waiting_.emplace(MonoTime::max(), &run);
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

void Failures::begin_dead_letter(Run& run) {
    const auto& subscription = *run.partition->subscription;
    const auto& origin = run.current->origin;
    log::warn("record goes to the dead-letter topic",
              {{"topic", origin.topic},
               {"partition", origin.partition},
               {"offset", origin.offset},
               {"group", origin.group},
               {"handler", subscription.name},
               {"attempt", run.current->attempts},
               {"stage", name_of(stage_of(run))},
               {"dead_letter_topic", subscription.dead_letter},
               {"error_type", run.result.type},
               {"error", run.result.reason}});
    run.dead_letter.form = LetterForm::full;
    run.current->blocked = 0;
    send_dead_letter(run);
}

// Under the time of now: by its own the broker might delete it at once.
void Failures::send_dead_letter(Run& run) {
    const auto& subscription = *run.partition->subscription;
    const auto& message = run.current->message;
    const Failure failure{stage_of(run),
                          run.result.type,
                          run.result.reason,
                          run.current->attempts,
                          run.current->first_failed_ms,
                          clock_.wall_ms(),
                          subscription.name};
    auto record = dead_letter({message.key(), message.value(), headers_of(message)},
                              run.current->origin, failure, run.dead_letter.form);
    Letter letter;
    letter.topic = subscription.dead_letter;
    letter.key = std::move(record.key);
    letter.value = std::move(record.value);
    letter.headers = std::move(record.headers);
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
