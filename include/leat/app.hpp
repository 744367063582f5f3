// leat::app: a service: its settings, HTTP routes, topics and event handlers, and its life.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "leat/handler.hpp"
#include "leat/options.hpp"
#include "leat/route.hpp"
#include "leat/setting.hpp"

namespace leat {

namespace service {
class Service;
struct Subscription;
struct PublishRoute;
}  // namespace service

/// Options of a handler, set after app.on(): `app.on<E>("orders", f).group("stock").to("stock")`.
class subscription {
public:
    explicit subscription(service::Subscription& of) : of_(&of) {}
    /// The consumer group; default: the service's name. Handlers of one group share one member;
    /// a group has one handler for each topic.
    subscription& group(std::string name);
    /// Where events that the handler returns are published; created as by app::topic() with the
    /// broker's defaults if it does not exist.
    subscription& to(std::string topic);
    /// The dead-letter topic; default `{topic}.{group}.dlq`. If it does not exist it is created
    /// with one partition, records of up to 8 MiB and a retention of `dlq.retention` (90 days),
    /// unless app::topic() declares it otherwise. Dead letters are written under the time at which
    /// they were given up. One that is too large for the topic is written without its value, whose
    /// size and SHA-256 stand in headers beside the place of the original.
    subscription& dlq(std::string topic);
    /// What throws or returns retry() is tried again. What a broker that is away or busy keeps from
    /// being published is tried again until it is back, and counts no attempt. The settings
    /// `retry.attempts`, `retry.first` and `retry.max` win where they are given. Default: 5
    /// attempts, 200 ms doubling up to 30 s, 20 % jitter.
    subscription& retry(retry_options options);
    /// Which records may run in parallel (default by_key), and how many at most, those included
    /// that wait for what they have published (default 256; the setting `handler.concurrency` wins
    /// if given). Plain functions share the service's worker threads as well, so no more than
    /// `workers` of them are called at once.
    subscription& order(leat::order order, std::size_t concurrency = 0);
    /// How long one attempt may take until context::cancelled() turns true; default 30 s. The
    /// setting `handler.timeout` wins if given.
    subscription& timeout(std::chrono::milliseconds limit);
    /// The handler's name in metrics, logs and dead-letter records; default `{group}.{topic}`.
    subscription& name(std::string name);

private:
    service::Subscription* of_;
};

/// Completes app.post<E>(path): what to do with the events.
class event_route {
public:
    explicit event_route(service::PublishRoute& of) : of_(&of) {}
    /// Publishes each event to `topic` (created if it does not exist), keyed by its key(), and
    /// answers 202 with topic, partition and offset once the broker has acknowledged it; 400, 413,
    /// 415 or 422 with an RFC 9457 problem that names the field; 503 with Retry-After while the
    /// producer's queue is full or the broker away.
    void publish(std::string topic, publish_options options = {});

private:
    service::PublishRoute* of_;
};

/// A service. Declare everything between the constructor and run(); all on one thread. Plain
/// functions, as handlers and as routes, run on worker threads and may block; coroutines run on the
/// executor, by default one thread, and must not.
class app {
public:
    /// Reads the configuration: defaults, then the file (`--config FILE` or LEAT_CONFIG), then
    /// LEAT_* variables, then flags. What any of these gives wins over what the code sets, such as
    /// subscription::retry(). A mistake ends the program with a sentence and exit code 64, here
    /// or, all that are left at once, in run(); so do `--help` and `--print-config`, with 0.
    /// Variables that Kubernetes makes for a Service called like ours (LEAT_PORT=tcp://…,
    /// LEAT_SERVICE_HOST, …) are no settings.
    app(std::string name, int argc, char** argv);
    ~app();
    app(const app&) = delete;
    app& operator=(const app&) = delete;

    /// Declares a setting of the service itself and returns its value: `--bank URL`, LEAT_BANK or
    /// `bank:` in the file, else `fallback`. T is std::string, bool, a number, a std::chrono
    /// duration ("5s": always with its unit), leat::byte_size ("64MiB"), an enum (by its names) or
    /// a std::vector of one of these ("a,b"). A value that is none ends the program with a sentence
    /// and exit code 64.
    template <class T>
    T setting(const std::string& name, const std::type_identity_t<T>& fallback,
              const std::string& help) {
        using form = detail::setting_form<T>;
        auto value = form::read(declare_setting(name, form::print(fallback), help));
        if (value) return std::move(*value);
        refuse_setting(name, form::expected());
        return fallback;
    }
    std::string setting(const std::string& name, const std::string& fallback,
                        const std::string& help) {
        return setting<std::string>(name, fallback, help);
    }

    /// Declares a topic: created at the start if the cluster does not have it. Topics that handlers
    /// read, `.to()`, `.dlq()` and `.publish()` need no declaration, but for options of their own.
    /// A start that cannot have a topic ends with a sentence and exit code 1.
    app& topic(std::string name, topic_options options = {});

    /// Handles the records of `topic`, whose values the serde of E reads: JSON, unless E names
    /// another (leat::serde_of). See detail::erase_handler for the forms a handler may have.
    /// Throwing means retry. Records are handled at least once.
    template <class E, class F>
    subscription on(std::string topic, F handler) {
        detail::erased_handler erased = detail::erase_handler<E>(std::move(handler));
        return add_handler(std::move(topic), std::move(erased));
    }

    /// Routes: `R()`, `R(request&)`, `R(const Body&)` or `R(const Body&, request&)`, where R is
    /// void (204), a response, anything with a JSON form (200), or a task of one of these. A path
    /// may have `{name}` segments. Throwing answers 500, publish_error 503. A GET route answers
    /// HEAD, too.
    template <class F>
    void get(const std::string& path, F route) {
        add_route("GET", path, detail::erase_route(std::move(route)));
    }
    template <class F>
    void post(const std::string& path, F route) {
        add_route("POST", path, detail::erase_route(std::move(route)));
    }
    template <class F>
    void put(const std::string& path, F route) {
        add_route("PUT", path, detail::erase_route(std::move(route)));
    }
    template <class F>
    void del(const std::string& path, F route) {
        add_route("DELETE", path, detail::erase_route(std::move(route)));
    }
    /// A route that publishes its bodies: `app.post<Order>("/orders").publish("orders")`.
    template <class E>
    event_route post(const std::string& path) {
        return add_event_route(path, &detail::decode_for_publish<E>);
    }

    /// Runs until SIGTERM, SIGINT or stop(); then finishes and commits the records and requests in
    /// hand, and leaves the rest to the other members. Returns the exit code: 0 clean, 1 could not
    /// start, 2 the stop was cut off (25 s, or a second signal), 3 could not go on (the Kafka
    /// client died, or a record can neither be handled nor laid aside), 64 a declaration is wrong.
    int run();
    /// Starts to drain. Any thread.
    void stop();
    /// The port of the HTTP server once it listens, 0 before. Any thread.
    int http_port() const;
    /// Whether /health/ready would answer 200: the service has started, is not stopping, and Kafka
    /// answers. Kafka's absence is noticed within three seconds, and its return by itself.
    /// Any thread.
    bool ready() const;

private:
    std::string declare_setting(const std::string& name, const std::string& fallback,
                                const std::string& help);
    /// Ends the program, unless it was only asked for help.
    void refuse_setting(const std::string& name, const std::string& expected) const;
    subscription add_handler(std::string topic, detail::erased_handler handler);
    void add_route(const std::string& method, const std::string& path, detail::erased_route route);
    event_route add_event_route(const std::string& path, detail::event_decoder decode);

    std::unique_ptr<service::Service> service_;
};

}  // namespace leat
