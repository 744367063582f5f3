// How a typed HTTP route becomes one for requests, and the routes that publish what they receive.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "leat/http.hpp"

namespace leat {

/// How a publishing route takes events.
struct publish_options {
    /// The request header whose value makes repeats harmless: the same value gets the first answer
    /// without a second record, as long as it is remembered (`idempotency.window`, and the last
    /// `idempotency.entries` values). Empty: none.
    std::string idempotency_header = "Idempotency-Key";
};

namespace detail {

/// A route without its types: one of the two functions is set.
struct erased_route {
    std::function<response(request&)> call;         // may block; runs on a worker thread
    std::function<task<response>(request&)> start;  // runs on the executor
};

/// An event in its wire form, ready to be published.
struct encoded_event {
    std::optional<std::string> key;
    std::string value;
};
/// Makes one of a request's body, or the problem to answer.
using event_decoder = expected<encoded_event, response> (*)(const request&);

template <class E>
expected<encoded_event, response> decode_for_publish(const request& in) {
    auto event = decode_body<E>(in);
    if (!event) return std::move(event.error());
    return encoded_event{key_of(*event), encode_event(*event)};
}

// What a route takes: `R()`, `R(request&)`, `R(const Body&)` or `R(const Body&, request&)`.
template <class A>
inline constexpr bool is_request = std::is_same_v<std::remove_cvref_t<A>, request>;

template <class R, class... A>
struct route_form {
    static_assert(sizeof...(A) <= 2, "a route takes a body, a leat::request&, both or nothing");
    using result = R;
    using first = std::tuple_element_t<0, std::tuple<A..., request>>;
    using body = std::conditional_t<is_request<first>, void, std::remove_cvref_t<first>>;
    static constexpr bool takes_request = (is_request<A> || ...);
};
template <class F>
struct route_traits : route_traits<decltype(&F::operator())> {};
template <class R, class... A>
struct route_traits<R (*)(A...)> : route_form<R, A...> {};
template <class C, class R, class... A>
struct route_traits<R (C::*)(A...)> : route_form<R, A...> {};
template <class C, class R, class... A>
struct route_traits<R (C::*)(A...) const> : route_form<R, A...> {};

template <class R>
response to_response(R&& result) {
    using T = std::remove_cvref_t<R>;
    if constexpr (std::is_same_v<T, response>)
        return std::forward<R>(result);
    else
        return json_response(result);
}

template <class F, class... B>
decltype(auto) call_route(F& route, request& in, const B&... body) {
    if constexpr (route_traits<F>::takes_request)
        return route(body..., in);
    else
        return route(body...);
}

template <class F, class... B>
response finish_route(F& route, request& in, const B&... body) {
    if constexpr (std::is_void_v<typename route_traits<F>::result>) {
        call_route(route, in, body...);
        return {204, {}, {}, {}};
    } else {
        return to_response(call_route(route, in, body...));
    }
}

template <class F, class... B>
task<response> await_route(F& route, request& in, const B&... body) {
    if constexpr (std::is_void_v<typename route_traits<F>::result::value_type>) {
        co_await call_route(route, in, body...);
        co_return response{204, {}, {}, {}};
    } else {
        co_return to_response(co_await call_route(route, in, body...));
    }
}

template <class F>
response run_route(F& route, request& in) {
    using body = typename route_traits<F>::body;
    if constexpr (std::is_void_v<body>) {
        return finish_route(route, in);
    } else {
        auto value = decode_body<body>(in);
        if (!value) return std::move(value.error());
        return finish_route(route, in, *value);
    }
}

template <class F>
task<response> start_route(F& route, request& in) {
    using body = typename route_traits<F>::body;
    if constexpr (std::is_void_v<body>) {
        co_return co_await await_route(route, in);
    } else {
        auto value = decode_body<body>(in);
        if (!value) co_return std::move(value.error());
        co_return co_await await_route(route, in, *value);
    }
}

template <class F>
erased_route erase_route(F route) {
    erased_route erased;
    if constexpr (is_task<typename route_traits<F>::result>)
        erased.start = [route = std::move(route)](request& in) mutable {
            return start_route(route, in);
        };
    else
        erased.call = [route = std::move(route)](request& in) mutable {
            return run_route(route, in);
        };
    return erased;
}

}  // namespace detail
}  // namespace leat
