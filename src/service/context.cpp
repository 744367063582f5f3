// leat::context, leat::logger and leat::pending over the framework's inside.
#include "leat/context.hpp"

#include <boost/asio/steady_timer.hpp>

#include "base/check.hpp"
#include "base/log.hpp"
#include "service/coroutine.hpp"
#include "service/runner.hpp"

namespace leat {
namespace {

thread_local bool on_executor = false;

// Shown in place of the key, which may be personal: equal keys have equal hashes.
std::string key_hash(std::string_view key) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[(hash >> shift) & 0xfU];
    return text;
}

}  // namespace

namespace service {

void mark_executor_thread() { on_executor = true; }

}  // namespace service

namespace detail {

void pending_state::finish() {
    void* waiting = waiter_.exchange(done_mark(), std::memory_order_acq_rel);
    if (waiting == nullptr)
        waiter_.notify_all();
    else
        std::coroutine_handle<>::from_address(waiting).resume();
}

void pending_state::wait() const {
    if (finished()) return;
    check(!on_executor,
          "pending::get() was called on the executor, where it would wait for itself:"
          " a coroutine has to co_await, and a plain function runs on a worker");
    waiter_.wait(nullptr, std::memory_order_acquire);
}

}  // namespace detail

void logger::write(int level, std::string_view message, fields values) const {
    const auto ours = static_cast<log::Level>(level);
    if (!log::enabled(ours)) return;
    std::vector<log::Field> all;
    for (const auto& f : values)
        std::visit([&](const auto& v) { all.emplace_back(f.name, v); }, f.value);
    for (const auto& [name, value] : context_)
        std::visit([&, &key = name](const auto& v) { all.emplace_back(key, v); }, value);
    log::write_fields(ours, message, all);
}

std::string_view context::topic() const { return run_->current->origin.topic; }
std::int32_t context::partition() const { return run_->current->origin.partition; }
std::int64_t context::offset() const { return run_->current->origin.offset; }
std::string_view context::group() const { return run_->partition->subscription->group; }
std::optional<std::string_view> context::key() const { return run_->current->message.key(); }
std::optional<std::string_view> context::value() const { return run_->current->message.value(); }

timestamp context::time() const {
    return timestamp{std::chrono::milliseconds{run_->current->origin.timestamp_ms}};
}

std::optional<std::string_view> context::header(const std::string& name) const {
    return run_->current->message.header(name.c_str());
}

std::vector<std::pair<std::string_view, std::optional<std::string_view>>> context::headers() const {
    std::vector<std::pair<std::string_view, std::optional<std::string_view>>> all;
    for (const auto& h : run_->current->message.headers()) all.emplace_back(h.name, h.value);
    return all;
}

int context::attempt() const { return run_->current->attempts; }
std::string context::trace_id() const { return run_->trace_context().trace_id_text(); }
std::chrono::steady_clock::time_point context::deadline() const { return run_->deadline; }

bool context::cancelled() const {
    return run_->partition->cancelled.load(std::memory_order_relaxed)
           || run_->runner.clock().now() > run_->deadline;
}

pending<published> context::publish_bytes(std::string_view topic,
                                          std::optional<std::string_view> key,
                                          std::optional<std::string_view> value) {
    return run_->runner.publish(*run_, topic, key, value);
}

std::string_view context::result_topic() const { return run_->partition->subscription->to; }

http_client context::http() const {
    return http_client{run_->runner.http()->with(run_->trace_context(), run_->deadline)};
}

pending<bool> context::sleep(std::chrono::milliseconds time) const {
    using Sleep = detail::pending_result<bool>;
    auto* sleep = new Sleep;
    sleep->keep();
    auto timer = std::make_shared<boost::asio::steady_timer>(run_->runner.executor());
    timer->expires_at(std::min(run_->deadline, run_->runner.clock().now() + time));
    timer->async_wait([timer, sleep](boost::system::error_code) {
        service::mark_executor_thread();
        sleep->value = true;
        sleep->finish();
        if (sleep->drop()) delete sleep;
    });
    return pending<bool>{sleep};
}

logger context::log() const {
    logger::context_fields place{{"topic", std::string{topic()}},
                                 {"partition", static_cast<std::int64_t>(partition())},
                                 {"offset", offset()}};
    if (const auto k = key()) place.emplace_back("key_hash", key_hash(*k));
    place.emplace_back("trace_id", trace_id());
    place.emplace_back("group", std::string{group()});
    place.emplace_back("handler", run_->partition->subscription->name);
    if (attempt() > 1) place.emplace_back("attempt", static_cast<std::int64_t>(attempt()));
    return logger{std::move(place)};
}

}  // namespace leat
