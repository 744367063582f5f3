// leat::expected: a value or the reason why there is none; the part of C++23's std::expected that
// we use.
#pragma once

#include <cstddef>
#include <utility>
#include <variant>

namespace leat {

/// Prints `what` on standard error and aborts: the answer to asking an expected for what it does
/// not hold.
[[noreturn]] void abort_on_bad_access(const char* what);

/// Either a T or an E. Like a T it belongs to one thread at a time. Asking for the one that is not
/// there is a bug in the caller and aborts, in release builds as well.
template <class T, class E>
class [[nodiscard]] expected {
public:
    expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    expected(E error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() & { return held<0>(state_); }
    const T& value() const& { return held<0>(state_); }
    // By value: a reference into a temporary would dangle in `for (auto& x : *call())`.
    T value() && { return std::move(held<0>(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    E& error() & { return held<1>(state_); }
    const E& error() const& { return held<1>(state_); }
    E&& error() && { return std::move(held<1>(state_)); }

private:
    template <std::size_t I, class State>
    static auto& held(State& state) {
        auto* const alternative = std::get_if<I>(&state);
        if (!alternative)
            abort_on_bad_access(I == 0 ? "leat::expected holds an error, not a value"
                                       : "leat::expected holds a value, not an error");
        return *alternative;
    }

    std::variant<T, E> state_;
};

}  // namespace leat
