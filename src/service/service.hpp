// A whole service put together: settings, producer, HTTP, group members, and their start and stop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io_threads.hpp"
#include "service/broker_watch.hpp"
#include "service/http_api.hpp"
#include "service/poll_loop.hpp"
#include "service/settings.hpp"
#include "service/subscription.hpp"

namespace leat::service {

/// EX_USAGE of sysexits.h: a flag, a setting or a declaration is wrong.
inline constexpr int usage_exit_code = 64;

/// What leat::app stands on. Threads: the one that declares and runs it; the executor (HTTP,
/// coroutines, delivery reports); the workers (plain functions); the poll thread (librdkafka's
/// consumers). Members are destroyed in the reverse of the order in which they depend on each
/// other.
class Service {
public:
    explicit Service(std::string name);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    Settings settings;
    const std::string name;

    Subscription& add_subscription(std::string topic, detail::erased_handler handler);
    Route& add_route(const std::string& method, const std::string& path);
    void add_topic(std::string topic, topic_options options);

    /// What holds for each handler after the code and all settings, one a line.
    Result<std::string> describe_handlers();

    /// See app::run().
    int run();
    void stop();
    int http_port() const { return http_port_; }
    bool ready() const { return why_not_ready().empty(); }

private:
    /// Fills in defaults; the error says which declaration is wrong and how to mend it.
    Result<void> complete_declarations();
    Result<void> complete(Subscription& subscription);
    void apply_settings(Subscription& subscription) const;
    bool embedded() const { return settings.text("embedded") == "true"; }
    void configure_log();
    std::size_t worker_count() const;
    Result<void> open();
    Result<void> open_producer();
    Result<void> open_http();
    void open_members();
    std::vector<rdkafka::NewTopic> topics_to_create() const;
    rdkafka::Settings common_settings(const std::string& role) const;
    rdkafka::Settings producer_settings() const;
    rdkafka::Settings consumer_settings(const std::string& group) const;
    std::string why_not_ready() const;
    void on_ready();
    void on_signal(int count);
    int wait_for_stop();
    int shut_down(int code);

    SystemClock clock_;
    Metrics metrics_;
    MonoTime begun_;
    std::vector<std::unique_ptr<Subscription>> subscriptions_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::vector<std::pair<std::string, topic_options>> topics_;

    std::unique_ptr<net::IoThreads> io_;
    std::unique_ptr<net::HttpClient> http_client_;
    std::shared_ptr<const HttpCaller> http_caller_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<BrokerWatch> watch_;
    int wake_fd_ = -1;
    std::unique_ptr<Inbox> inbox_;
    std::unique_ptr<Runner> runner_;
    std::unique_ptr<Workers> workers_;
    std::unique_ptr<HttpApi> api_;
    std::unique_ptr<net::HttpServer> server_;
    std::unique_ptr<PollLoop> loop_;
    std::unique_ptr<net::Signals> signals_;

    std::atomic<bool> ready_{false};
    std::atomic<bool> was_ready_{false};
    std::atomic<int> http_port_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stop_wanted_ = false;
    std::optional<std::string> fatal_;
};

}  // namespace leat::service
