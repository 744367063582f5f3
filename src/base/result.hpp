// A value or an Error: how every expected failure (peer, disk, configuration, user data) travels.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/check.hpp"

namespace leat {

enum class Errc {
    invalid_argument,  // the caller's input breaks a rule; `what` names the field and the rule
    not_found,
    already_exists,
    corrupt,    // stored or received bytes fail their checks
    io,         // the operating system refused a read, a write or a sync
    no_space,   // ENOSPC or EDQUOT, or below the configured free-space floor
    too_large,  // a limit was exceeded
    timed_out,
    unavailable,  // a peer cannot be reached
    cancelled,
    unsupported,
};

/// The stable lower-case name of `code`, as it appears in logs and problem bodies.
const char* name_of(Errc code);

/// An expected failure. `what` is a whole sentence for a person: what was wrong, where, what to do.
struct Error {
    Errc code = Errc::io;
    std::string what;
    bool retriable = false;
};

/// Either a T or an Error. Asking for the one that is not there is a bug and aborts.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return check_value(), *std::get_if<0>(&state_); }
    const T& value() const& { return check_value(), *std::get_if<0>(&state_); }
    // By value: a reference into a temporary would dangle in `for (auto& x : *call())`.
    T value() && { return check_value(), std::move(*std::get_if<0>(&state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const& {
        check(!ok(), "Result holds a value, not an error");
        return *std::get_if<1>(&state_);
    }
    Error&& error() && {
        check(!ok(), "Result holds a value, not an error");
        return std::move(*std::get_if<1>(&state_));
    }

private:
    void check_value() const {
        if (!ok()) fail_check("Result holds an error", std::get_if<1>(&state_)->what);
    }
    std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), ok_(false) {}

    bool ok() const { return ok_; }
    explicit operator bool() const { return ok_; }
    const Error& error() const& {
        check(!ok_, "Result holds no error");
        return error_;
    }

private:
    Error error_;
    bool ok_ = true;
};

}  // namespace leat
