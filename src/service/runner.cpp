#include "service/runner.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <typeinfo>
#include <utility>

#include "base/check.hpp"
#include "service/coroutine.hpp"

namespace leat::service {
namespace {

std::string type_name(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name{
        abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free};
    return status == 0 ? name.get() : type.name();
}

// One publication of a handler: the promise that travels with the record, and the result that the
// handler may await.
class RunPublication final : public detail::pending_result<published>, public rdkafka::Delivery {
public:
    RunPublication(Run& run, std::string_view topic) : run_(run), topic_(topic) {}

    void delivered(const rdkafka::DeliveryReport& report) override {
        std::optional<publish_error> error;
        if (report.delivered) {
            value = published{topic_, report.partition, report.offset};
        } else {
            error = error_of(report, topic_);
            failure = std::make_exception_ptr(*error);
        }
        Run& run = run_;
        // The coroutine that awaits this goes on in here, and may end the handler; the run itself
        // cannot end before publication_ended().
        finish();
        if (drop()) delete this;
        run.runner.publication_ended(run, error);
    }

private:
    Run& run_;
    std::string topic_;
};

void count_outcome(HandlerMetrics& metrics, const verdict& result, bool timed_out) {
    if (timed_out) metrics.timeout.add();
    switch (result.what) {
        case verdict::kind::ok:
            metrics.ok.add();
            break;
        case verdict::kind::skip:
            metrics.skip.add();
            break;
        case verdict::kind::retry:
        case verdict::kind::blocked:
        case verdict::kind::unpublished:
            metrics.retry.add();
            break;
        case verdict::kind::defer:
            metrics.defer.add();
            break;
        default:
            metrics.reject.add();
            break;
    }
}

verdict verdict_of(const publish_error& error) {
    auto what = verdict::kind::blocked;
    if (error.why() == publish_error::cause::unclear) what = verdict::kind::unpublished;
    if (error.why() == publish_error::cause::refused) what = verdict::kind::unpublishable;
    return {what, error.what(), "leat::publish_error", {}};
}

}  // namespace

verdict verdict_of(const std::exception_ptr& failure) {
    verdict result{verdict::kind::retry, {}, {}, {}};
    try {
        std::rethrow_exception(failure);
    } catch (const publish_error& e) {
        return verdict_of(e);
    } catch (const std::exception& e) {
        result.reason = e.what();
        result.type = type_name(typeid(e));
    } catch (...) {
        result.reason = "an exception that is no std::exception";
        const auto* type = abi::__cxa_current_exception_type();
        result.type = type != nullptr ? type_name(*type) : "unknown";
    }
    return result;
}

void Inbox::post(Run& run) {
    bool first = false;
    {
        const std::lock_guard lock{mutex_};
        first = runs_.empty();
        runs_.push_back(&run);
    }
    const std::uint64_t one = 1;
    if (first && ::write(wake_fd_, &one, sizeof one) < 0) {
        // A full eventfd is readable already.
    }
}

void Inbox::take(std::vector<Run*>& into) {
    into.clear();
    const std::lock_guard lock{mutex_};
    into.swap(runs_);
}

void Run::run_on_worker() { runner.execute(*this); }

const TraceContext& Run::trace_context() {
    if (!trace) trace = continue_trace(current->message.header("traceparent"));
    return *trace;
}

void DeadLetterDelivery::delivered(const rdkafka::DeliveryReport& report) {
    last = report;
    run_.phase = report.delivered ? RunPhase::dead_lettered : RunPhase::dead_letter_failed;
    run_.runner.inbox().post(run_);
}

// Sets the attempt up; false (and the run is handed back) when there is nothing to do or no point.
bool Runner::begin(Run& run) {
    if (run.current == nullptr || run.partition->stops()) {
        run.phase = run.current == nullptr ? RunPhase::handled : RunPhase::stopped;
        inbox_.post(run);
        return false;
    }
    ++run.current->attempts;
    run.started = clock_.now();
    if (!std::exchange(run.current->begun, true))
        run.partition->subscription->metrics->queue_wait.observe(
            std::chrono::duration<double>(run.started - run.current->arrived).count());
    run.deadline = run.started + *run.partition->subscription->timeout;
    run.trace.reset();
    run.timed_out = false;
    run.pending.store(1, std::memory_order_relaxed);
    return true;
}

bool Runner::end(Run& run, verdict result) {
    run.result = std::move(result);
    if (run.pending.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
    return conclude(run);
}

// The handler has ended and all that it published is acknowledged or has failed.
bool Runner::conclude(Run& run) {
    auto& subscription = *run.partition->subscription;
    const auto now = clock_.now();
    {
        const std::lock_guard lock{run.publish_mutex};
        if (run.refusal && run.result.done()) run.result = verdict_of(*run.refusal);
        run.refusal.reset();
    }
    run.timed_out = now > run.deadline && run.result.what == verdict::kind::retry;
    count_outcome(*subscription.metrics, run.result, run.timed_out);
    subscription.metrics->process.observe(std::chrono::duration<double>(now - run.started).count());
    if (!run.result.done()) {
        run.phase = RunPhase::handled;
        inbox_.post(run);
        return false;
    }
    const auto age = clock_.wall_ms() - run.current->origin.timestamp_ms;
    subscription.metrics->end_to_end.observe(static_cast<double>(age) / 1000.0);
    run.current = run.current->next_record();
    // From here on the record belongs to the poll thread.
    run.finished.fetch_add(1, std::memory_order_release);
    return true;
}

void Runner::execute(Run& run) {
    const auto& handler = run.partition->subscription->handler;
    while (begin(run)) {
        verdict result;
        try {
            result = handler.call(run.ctx);
        } catch (...) {
            result = verdict_of(std::current_exception());
        }
        if (!end(run, std::move(result))) return;
    }
}

void Runner::start(Run& run) {
    boost::asio::post(executor_, [this, &run] {
        mark_executor_thread();
        drive(run);
    });
}

// Starts the records' coroutines one after the other for as long as they end at once. Both sides
// of a coroutine's start mark its step: the second one goes on with the run.
void Runner::drive(Run& run) {
    constexpr int started = 1;
    constexpr int finished = 2;
    const auto& handler = run.partition->subscription->handler;
    while (begin(run)) {
        run.coroutine_step.store(0, std::memory_order_relaxed);
        service::start(handler.start(run.ctx),
                       [this, &run](std::optional<verdict> result, std::exception_ptr failure) {
                           run.result = failure ? verdict_of(failure) : std::move(*result);
                           if (run.coroutine_step.fetch_or(finished) == started)
                               ended(run, std::move(run.result));
                       });
        if ((run.coroutine_step.fetch_or(started) & finished) == 0) return;
        if (!end(run, std::move(run.result))) return;
    }
}

void Runner::ended(Run& run, verdict result) {
    if (end(run, std::move(result))) start(run);
}

void Runner::publication_ended(Run& run, const std::optional<publish_error>& error) {
    if (error) {
        const std::lock_guard lock{run.publish_mutex};
        if (!run.refusal || run.refusal->why() < error->why()) run.refusal = error;
    }
    if (run.pending.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    if (!conclude(run)) return;
    // More records of the lane: they go on where the handler belongs, by way of the poll thread.
    run.phase = run.current == nullptr ? RunPhase::handled : RunPhase::stopped;
    inbox_.post(run);
}

pending<published> Runner::publish(Run& run, std::string_view topic,
                                   std::optional<std::string_view> key,
                                   std::optional<std::string_view> value) {
    auto* publication = new RunPublication{run, topic};
    publication->keep();
    run.pending.fetch_add(1, std::memory_order_relaxed);
    const auto traceparent = child_of(run.trace_context()).traceparent();
    const rdkafka::HeaderView header{"traceparent", traceparent};
    const auto refused = publisher_.send({topic, key, value, {&header, 1}, 0}, publication);
    if (refused && !refused->queue_full) {
        publication->delivered(*refused);
    } else if (refused) {
        Letter letter;
        letter.topic = topic;
        if (key) letter.key.emplace(*key);
        if (value) letter.value.emplace(*value);
        letter.headers = {{"traceparent", traceparent}};
        publisher_.send_when_possible(std::move(letter), *publication);
    }
    return pending<published>{publication};
}

}  // namespace leat::service
