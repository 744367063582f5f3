// Finds the error codes in any response, wherever its description puts them.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "kafka/codec.hpp"
#include "kafka/error_code.hpp"

namespace leat::client {

/// Walks a message's fields as the codec does and remembers its first error that a repetition of
/// the request may cure.
class ErrorScan {
public:
    template <class T>
    void operator()(T& field) {
        scan(field);
    }
    template <class T>
    void since(std::int16_t, T& field) {
        scan(field);
    }
    template <class T>
    void between(std::int16_t, std::int16_t, T& field) {
        scan(field);
    }
    template <class T>
    void nullable_since(std::int16_t, T& field, std::int16_t = kafka::no_last_version) {
        scan(field);
    }
    template <class T>
    void tag(std::uint32_t, std::int16_t, T& field, const T& = {}) {
        scan(field);
    }

    kafka::ErrorCode found() const { return found_; }

private:
    void scan(kafka::ErrorCode code) {
        if (found_ == kafka::ErrorCode::none && cured_by_waiting(code)) found_ = code;
    }
    template <class T>
    requires kafka::Struct<T>
    void scan(T& field) {
        field.fields(*this);
        if constexpr (kafka::Tagged<T>) field.tags(*this);
    }
    template <class T>
    void scan(std::vector<T>& field) {
        if constexpr (kafka::Struct<T>)
            for (auto& element : field) scan(element);
    }
    template <class T>
    void scan(std::optional<T>& field) {
        if (field) scan(*field);
    }
    template <class T>
    void scan(T&) {}

    // An unknown topic is retriable to Kafka's clients; to a tool it is an answer.
    static bool cured_by_waiting(kafka::ErrorCode code) {
        return kafka::is_retriable(code) && code != kafka::ErrorCode::unknown_topic_or_partition
               && code != kafka::ErrorCode::corrupt_message;
    }

    kafka::ErrorCode found_ = kafka::ErrorCode::none;
};

/// The first error of `response` that a retry may cure; none if there is none.
template <class Response>
kafka::ErrorCode retriable_error(Response& response) {
    ErrorScan scan;
    scan(response);
    return scan.found();
}

}  // namespace leat::client
