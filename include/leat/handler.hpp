// How a typed handler becomes one for bytes: decode, validate, call, publish what it returns.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "leat/context.hpp"
#include "leat/outcome.hpp"

namespace leat::detail {

/// A handler without its types: one of the two functions is set.
struct erased_handler {
    std::function<verdict(context&)> call;         // may block; runs on a worker thread
    std::function<task<verdict>(context&)> start;  // runs on the executor
    /// Whether it may return events, which need a `.to()` topic.
    bool gives_events = false;
};

template <class R>
struct handler_result {
    using value = R;
    static constexpr bool is_task = false;
};
template <class R>
struct handler_result<task<R>> {
    using value = R;
    static constexpr bool is_task = true;
};

template <class R>
inline constexpr bool is_verdict = std::is_base_of_v<verdict, R>;

template <>
inline constexpr bool decodes_later<raw> = false;

template <class F, class E>
decltype(auto) call_handler(F& handler, const E& event, context& ctx) {
    if constexpr (std::is_invocable_v<F&, const E&, context&>)
        return handler(event, ctx);
    else
        return handler(event);
}

// Results: nothing, a verdict, an outcome with a value, an event, maybe an event, many events.
template <class T>
void publish_each(const T& event, context& ctx) {
    ctx.publish_result(event);
}
template <class T>
void publish_each(const std::optional<T>& event, context& ctx) {
    if (event) ctx.publish_result(*event);
}
template <class T>
void publish_each(const std::vector<T>& events, context& ctx) {
    for (const auto& event : events) ctx.publish_result(event);
}

template <class R>
verdict conclude(const R& result, context& ctx) {
    if constexpr (is_verdict<R>) {
        if constexpr (requires { result.value; })
            if (result.value && result.done()) publish_each(*result.value, ctx);
        return result;
    } else {
        publish_each(result, ctx);
        return ok();
    }
}

template <class R>
constexpr bool gives_events() {
    if constexpr (std::is_void_v<R>)
        return false;
    else if constexpr (is_verdict<R>)
        return requires(R r) { r.value; };
    else
        return true;
}

/// The event that was read, or the verdict on a record that has none.
template <class E>
expected<E, verdict> judge_event(decoded<E> event) {
    if (!event) {
        auto& why = event.error();
        const bool later = why.why == unreadable::cause::absence;
        return verdict{later ? verdict::kind::blocked : verdict::kind::undecodable,
                       std::move(why.reason),
                       std::move(why.type),
                       {}};
    }
    if (auto broken = violation_of(*event))
        return verdict{
            verdict::kind::invalid, broken->pointer + ": " + broken->message, "violation", {}};
    return std::move(*event);
}

inline verdict tombstone() {
    return {verdict::kind::undecodable, "the record has no value", "tombstone", {}};
}

/// Reads the event of the record in hand; may block.
template <class E>
expected<E, verdict> decode_event(context& ctx) {
    if constexpr (std::is_same_v<E, raw>) {
        return raw{ctx.value()};
    } else {
        using serde = typename serde_of<E>::type;
        const auto bytes = ctx.value();
        if (!bytes) return tombstone();
        if constexpr (decodes_later<E>)
            return judge_event<E>(block_on(serde::template decode<E>(*bytes, ctx)));
        else
            return judge_event<E>(serde::template decode<E>(*bytes, ctx));
    }
}

/// The same for a serde that has to wait, without holding a thread.
template <class E>
task<expected<E, verdict>> await_event(context& ctx) {
    const auto bytes = ctx.value();
    if (!bytes) co_return tombstone();
    co_return judge_event<E>(co_await serde_of<E>::type::template decode<E>(*bytes, ctx));
}

template <class E, class F>
verdict run_handler(F& handler, context& ctx) {
    auto event = decode_event<E>(ctx);
    if (!event) return std::move(event.error());
    if constexpr (std::is_void_v<decltype(call_handler(handler, *event, ctx))>) {
        call_handler(handler, *event, ctx);
        return ok();
    } else {
        return conclude(call_handler(handler, *event, ctx), ctx);
    }
}

template <class E, class F>
task<verdict> await_handler(F& handler, const E& event, context& ctx) {
    using value = typename decltype(call_handler(handler, event, ctx))::value_type;
    if constexpr (std::is_void_v<value>) {
        co_await call_handler(handler, event, ctx);
        co_return ok();
    } else {
        co_return conclude(co_await call_handler(handler, event, ctx), ctx);
    }
}

template <class E, class F>
task<verdict> start_handler(F& handler, context& ctx) {
    std::optional<expected<E, verdict>> event;
    if constexpr (decodes_later<E>)
        event.emplace(co_await await_event<E>(ctx));
    else
        event.emplace(decode_event<E>(ctx));
    if (!*event) co_return std::move(event->error());
    co_return co_await await_handler(handler, **event, ctx);
}

/// Takes a function or lambda `R(const E&)` or `R(const E&, context&)`; R is void, a verdict, an
/// outcome<T>, an event, std::optional or std::vector of one, or a task of any of these.
template <class E, class F>
erased_handler erase_handler(F handler) {
    constexpr bool callable =
        std::is_invocable_v<F&, const E&, context&> || std::is_invocable_v<F&, const E&>;
    static_assert(callable, "a handler takes (const Event&) or (const Event&, leat::context&)");
    using result = handler_result<std::remove_cvref_t<decltype(call_handler(
        std::declval<F&>(), std::declval<const E&>(), std::declval<context&>()))>>;
    erased_handler erased;
    erased.gives_events = gives_events<typename result::value>();
    if constexpr (result::is_task)
        erased.start = [handler = std::move(handler)](context& ctx) mutable {
            return start_handler<E>(handler, ctx);
        };
    else
        erased.call = [handler = std::move(handler)](context& ctx) mutable {
            return run_handler<E>(handler, ctx);
        };
    return erased;
}

}  // namespace leat::detail
