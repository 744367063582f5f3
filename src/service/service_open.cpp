// How a service comes up: the clients and their settings, the HTTP side, the group members.
#include <fmt/format.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include "base/check.hpp"
#include "base/host_port.hpp"
#include "base/log.hpp"
#include "service/service.hpp"

namespace leat::service {
namespace {

std::string text_of(std::chrono::milliseconds time) { return std::to_string(time.count()); }
std::string kib(std::size_t bytes) {
    return std::to_string(std::max<std::size_t>(1, bytes / 1024));
}

}  // namespace

rdkafka::Settings Service::common_settings(const std::string& role) const {
    rdkafka::Settings common{
        {"bootstrap.servers", settings.text("bootstrap")},
        {"client.id", name + "-" + role},
        {"allow.auto.create.topics", "false"},
        {"socket.nagle.disable", "true"},
        {"socket.keepalive.enable", "true"},
        // A restarted broker is found again within a second.
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "500"},
        {"topic.metadata.refresh.interval.ms", "2000"},
        // A topic that is not there after this is not there: what is sent to it fails.
        {"topic.metadata.propagation.max.ms", "5000"},
        {"log_level", "5"},
    };
    return common;
}

rdkafka::Settings Service::producer_settings() const {
    auto all = common_settings("producer");
    const rdkafka::Settings own{
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"linger.ms", text_of(settings.duration("producer.linger"))},
        {"compression.codec", settings.text("producer.compression")},
        {"retry.backoff.ms", "50"},
        {"queue.buffering.max.messages", settings.text("producer.queue_records")},
        {"queue.buffering.max.kbytes", kib(settings.bytes("producer.queue"))},
        {"message.timeout.ms", text_of(settings.duration("producer.deadline"))},
        {"message.max.bytes", "8388608"},
        // Java's partitioner, so that keys lie where Java clients put them.
        {"partitioner", "murmur2_random"},
    };
    all.insert(all.end(), own.begin(), own.end());
    for (auto& property : settings.kafka("producer")) all.push_back(std::move(property));
    return all;
}

rdkafka::Settings Service::consumer_settings(const std::string& group) const {
    auto all = common_settings("consumer");
    const rdkafka::Settings own{
        {"group.id", group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"},
        {"partition.assignment.strategy", "cooperative-sticky"},
        {"isolation.level", "read_committed"},
        {"check.crcs", "true"},
        {"session.timeout.ms", text_of(settings.duration("group.session_timeout"))},
        {"heartbeat.interval.ms", "1000"},
        {"fetch.wait.max.ms", "50"},
        {"fetch.error.backoff.ms", "50"},
        // The bound is the one in bytes.
        {"queued.min.messages", "1000000"},
        {"queued.max.messages.kbytes", kib(settings.bytes("fetch.queue"))},
    };
    all.insert(all.end(), own.begin(), own.end());
    for (auto& property : settings.kafka("consumer")) all.push_back(std::move(property));
    return all;
}

Result<void> Service::open() {
    metrics_.gauge("leat_build_info", "Always 1", {{"version", "0.1.0"}, {"service", name}}).set(1);
    io_ = std::make_unique<net::IoThreads>(
        static_cast<std::size_t>(std::max<std::int64_t>(1, settings.number("threads"))),
        "leat-executor");
    net::HttpClientOptions options;
    options.max_connections_per_origin =
        static_cast<std::size_t>(settings.number("http_client.connections"));
    options.tls_ca_file = settings.text("http_client.ca_file");
    http_client_ = std::make_unique<net::HttpClient>(io_->executor(), options, clock_);
    http_caller_ = std::make_shared<HttpCaller>(*http_client_, clock_);
    workers_ = std::make_unique<Workers>(worker_count());
    if (auto done = open_producer(); !done) return done;
    open_members();
    if (auto done = open_http(); !done) return done;
    if (!embedded())
        signals_ = std::make_unique<net::Signals>(io_->executor(),
                                                  [this](int, int count) { on_signal(count); });
    loop_->start();
    return {};
}

Result<void> Service::open_producer() {
    auto producer = rdkafka::Producer::open(producer_settings());
    if (!producer) return producer.error();
    const auto open_single = [this] {
        auto alone = producer_settings();
        alone.emplace_back("client.id", name + "-producer-single");
        alone.emplace_back("batch.num.messages", "1");
        return rdkafka::Producer::open(alone);
    };
    publisher_ =
        std::make_unique<Publisher>(std::move(*producer), io_->executor(), metrics_, open_single);
    watch_ = std::make_unique<BrokerWatch>(publisher_->producer(), clock_);
    return {};
}

void Service::open_members() {
    wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    check(wake_fd_ >= 0, "eventfd() gives a descriptor");
    inbox_ = std::make_unique<Inbox>(wake_fd_);
    runner_ = std::make_unique<Runner>(io_->executor(), *publisher_, http_caller_, clock_, *inbox_);

    PollLoopPlan plan;
    plan.bootstrap = settings.text("bootstrap");
    plan.topics = topics_to_create();
    plan.consumer_settings = [this](const std::string& group) { return consumer_settings(group); };
    plan.on_ready = [this] { on_ready(); };
    plan.on_fatal = [this](const std::string& why) {
        {
            const std::lock_guard lock{mutex_};
            fatal_ = why;
        }
        changed_.notify_all();
    };
    loop_ = std::make_unique<PollLoop>(std::move(plan), *publisher_, *inbox_, clock_, wake_fd_);

    ConsumerOptions options;
    options.limits.records = static_cast<std::size_t>(settings.number("inflight.records"));
    options.limits.bytes = settings.bytes("inflight.bytes");
    options.commit.interval = settings.duration("commit.interval");
    options.commit.records = static_cast<std::size_t>(settings.number("commit.records"));
    options.session_timeout = settings.duration("group.session_timeout");
    options.revoke_timeout = settings.duration("revoke.timeout");
    options.seed = std::random_device{}();

    std::map<std::string, std::vector<Subscription*>> groups;
    for (const auto& s : subscriptions_) groups[s->group].push_back(s.get());
    for (auto& [group, members] : groups)
        loop_->add(std::make_unique<GroupConsumer>(
            group, std::move(members), ConsumerTools{*runner_, *workers_, metrics_, clock_},
            options));
}

Result<void> Service::open_http() {
    HttpApiTools tools{*publisher_,
                       *workers_,
                       metrics_,
                       clock_,
                       http_caller_,
                       [this] { return why_not_ready(); },
                       [this] { return loop_->alive(std::chrono::seconds{30}); },
                       [this] { return was_ready_.load(); }};
    api_ =
        std::make_unique<HttpApi>(std::move(tools), std::move(routes_),
                                  static_cast<std::size_t>(settings.number("idempotency.entries")),
                                  settings.duration("idempotency.window"));
    net::HttpServerOptions options;
    options.max_body_bytes = settings.bytes("http.max_body");
    server_ = std::make_unique<net::HttpServer>(
        io_->executor(), options,
        [this](net::http::Request message, net::Responder respond) {
            api_->handle(std::move(message), std::move(respond));
        },
        clock_);
    const auto address = parse_host_port(settings.text("http"), {.free_port = true});
    if (!address) return Error{address.error().code, "http: " + address.error().what + "."};
    const auto port = server_->listen(address->host, address->port);
    if (!port) return port.error();
    http_port_ = *port;
    log::info("serving HTTP", {{"host", address->host}, {"port", *port}});
    return {};
}

}  // namespace leat::service
