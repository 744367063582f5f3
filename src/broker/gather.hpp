// A response whose parts come one by one: it is sent when the last is there.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "broker/request.hpp"

namespace leat::broker {

/// Held by shared_ptr by all parts. `Answer` is called with the response. Core thread.
template <class Response, class Answer = Reply<Response>>
class Gather : public std::enable_shared_from_this<Gather<Response, Answer>> {
public:
    explicit Gather(const Answer& reply) : reply_(reply) {}

    /// Filled in by the parts. Its vectors must not grow any more once a part refers into them.
    Response response;

    /// `fill` as a callback; when it has been called, one more part is there.
    template <class Fill>
    auto part(Fill fill) {
        ++waiting_;
        return [self = this->shared_from_this(), fill = std::move(fill)](auto&&... args) mutable {
            fill(std::forward<decltype(args)>(args)...);
            self->one_done();
        };
    }
    /// To be called once by the handler, when it has begun all parts.
    void one_done() {
        if (--waiting_ == 0) reply_(response);
    }

private:
    Answer reply_;
    std::size_t waiting_ = 1;
};

template <class Response>
std::shared_ptr<Gather<Response>> make_gather(const Reply<Response>& reply) {
    return std::make_shared<Gather<Response>>(reply);
}

}  // namespace leat::broker
