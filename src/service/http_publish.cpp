// Routes that publish: 202 once the broker has acknowledged the record, and never before.
#include <functional>

#include "base/log.hpp"
#include "service/http_api.hpp"

namespace leat::service {

// The promise of one published request: answers it, and all that repeat it, on the delivery.
class HttpApi::Publication final : public rdkafka::Delivery {
public:
    Publication(HttpApi& api, Route& route, net::Responder respond, MonoTime started,
                std::string key)
        : api_(api),
          route_(route),
          respond_(std::move(respond)),
          started_(started),
          key_(std::move(key)) {}

    void delivered(const rdkafka::DeliveryReport& report) override {
        if (report.delivered) {
            succeed({report.partition, report.offset});
        } else {
            log::warn("publishing failed", {{"topic", route_.publish->topic},
                                            {"error_type", report.error_name},
                                            {"error", report.error}});
            fail(to_http(response_to(error_of(report, route_.publish->topic), report.too_large)));
        }
    }

    /// Answers with an error; the next request of the key is a first one again. Frees this.
    void fail(net::http::Response response) {
        std::vector<Waiter> waiters;
        if (!key_.empty()) {
            const std::lock_guard lock{api_.mutex_};
            waiters = api_.memory_.forget(key_);
        }
        finish(waiters, std::move(response));
    }

private:
    void succeed(const Acknowledged& where) {
        std::vector<Waiter> waiters;
        if (!key_.empty()) {
            const std::lock_guard lock{api_.mutex_};
            waiters = api_.memory_.finish(key_, where, api_.tools_.clock.now());
        }
        finish(waiters, api_.accepted(route_, where));
    }

    void finish(const std::vector<Waiter>& waiters, net::http::Response response) {
        for (const auto& w : waiters) api_.answer(*w.route, w.respond, w.started, response);
        api_.answer(route_, respond_, started_, std::move(response));
        delete this;
    }

    HttpApi& api_;
    Route& route_;
    net::Responder respond_;
    MonoTime started_;
    std::string key_;
};

net::http::Response HttpApi::accepted(const Route& route, const Acknowledged& where) const {
    return net::http::json("{\"topic\":\"" + route.publish->topic
                               + "\",\"partition\":" + std::to_string(where.partition)
                               + ",\"offset\":" + std::to_string(where.offset) + "}",
                           202);
}

bool HttpApi::admit(const RequestState& state, const std::string& key) {
    if (key.empty()) return true;
    const auto body_hash = std::hash<std::string>{}(state.message.body);
    std::optional<net::http::Response> answered;
    {
        const std::lock_guard lock{mutex_};
        const auto lookup = memory_.begin(key, body_hash, tools_.clock.now(),
                                          {&state.route, state.respond, state.started});
        switch (lookup.found) {
            case Memory::Found::first:
                return true;
            case Memory::Found::waiting:
                return false;
            case Memory::Found::known:
                answered = accepted(state.route, *lookup.answer);
                break;
            case Memory::Found::mismatch:
                answered = to_http(problem_response(
                    422, "This idempotency key was used before with another body."));
                break;
        }
    }
    answer(state.route, state.respond, state.started, std::move(*answered));
    return false;
}

void HttpApi::publish(std::unique_ptr<RequestState> state) {
    const auto& how = *state->route.publish;
    auto event = how.decode(state->in);
    if (!event) {
        answer(*state, std::move(event.error()));
        return;
    }
    if (const auto why = tools_.why_not_ready(); !why.empty()) {
        answer(state->route, state->respond, state->started,
               overloaded("The event cannot be published: " + why + "."));
        return;
    }
    std::string key;
    std::string_view given;
    if (!how.options.idempotency_header.empty())
        given = state->message.headers.get(how.options.idempotency_header);
    if (!given.empty()) key = state->route.path + '\n' + std::string{given};
    if (!admit(*state, key)) return;

    const auto traceparent = child_of(state->trace).traceparent();
    const std::array<rdkafka::HeaderView, 2> headers{
        rdkafka::HeaderView{"traceparent", traceparent},
        rdkafka::HeaderView{"idempotency-key", given}};
    auto* publication = new Publication{*this, state->route, std::move(state->respond),
                                        state->started, std::move(key)};
    const auto refused = tools_.publisher.send(
        {how.topic, event->key, event->value, {headers.data(), given.empty() ? 1UL : 2UL}, 0},
        publication);
    if (refused) publication->delivered(*refused);
}

}  // namespace leat::service
