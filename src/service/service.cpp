#include "service/service.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/check.hpp"
#include "base/host_port.hpp"
#include "base/log.hpp"

namespace leat::service {
namespace {

using std::chrono::milliseconds;

}  // namespace

Service::Service(std::string n) : name(std::move(n)), begun_(clock_.now()) {}

std::size_t Service::worker_count() const {
    const auto wanted = static_cast<std::size_t>(settings.number("workers"));
    return wanted > 0 ? wanted : std::size_t{4} * std::max(1U, std::thread::hardware_concurrency());
}

Service::~Service() {
    signals_.reset();
    // Whoever may still have a run ends before the loop, which owns the runs.
    workers_.reset();
    server_.reset();
    if (http_client_) http_client_->close();
    if (io_) io_->stop();
    loop_.reset();
    watch_.reset();
    publisher_.reset();
    if (wake_fd_ >= 0) ::close(wake_fd_);
}

Subscription& Service::add_subscription(std::string topic, detail::erased_handler handler) {
    auto& s = *subscriptions_.emplace_back(std::make_unique<Subscription>());
    s.topic = std::move(topic);
    s.group = name;
    s.handler = std::move(handler);
    return s;
}

Route& Service::add_route(const std::string& method, const std::string& path) {
    return *routes_.emplace_back(std::make_unique<Route>(method, path));
}

void Service::add_topic(std::string topic, topic_options options) {
    topics_.emplace_back(std::move(topic), std::move(options));
}

void Service::configure_log() {
    log::Options options;
    const auto& level = settings.text("log.level");
    options.level = level == "debug"   ? log::Level::debug
                    : level == "warn"  ? log::Level::warn
                    : level == "error" ? log::Level::error
                    : level == "off"   ? log::Level::off
                                       : log::Level::info;
    const auto& format = settings.text("log.format");
    const bool text = format == "text" || (format == "auto" && ::isatty(STDERR_FILENO) == 1);
    options.format = text ? log::Format::text : log::Format::json;
    options.always = {{"service", name}};
    if (!text) options.always.emplace_back("instance", std::to_string(::getpid()));
    log::configure(std::move(options));
}

// HTTP and app::ready() ask on their own threads.
std::string Service::why_not_ready() const {
    if (!ready_) return was_ready_ ? "the service is stopping" : "the service is starting";
    return watch_->answers() ? "" : "Kafka does not answer";
}

void Service::on_ready() {
    ready_ = true;
    was_ready_ = true;
    const auto ms = std::chrono::duration_cast<milliseconds>(clock_.now() - begun_).count();
    if (!embedded()) {
        auto address = *parse_host_port(settings.text("http"), {.free_port = true});
        address.port = static_cast<std::uint16_t>(http_port_.load());
        fmt::print("{} ready http={} in {} ms\n", name, address.to_string(), ms);
        std::fflush(stdout);
    }
    log::info("ready", {{"http_port", http_port_.load()}, {"took_ms", ms}});
}

void Service::on_signal(int count) {
    if (count > 1) {
        log::error("second signal, stopping at once");
        std::fflush(nullptr);
        std::_Exit(2);
    }
    stop();
}

void Service::stop() {
    {
        const std::lock_guard lock{mutex_};
        stop_wanted_ = true;
    }
    changed_.notify_all();
}

int Service::wait_for_stop() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stop_wanted_ || fatal_.has_value(); });
    if (!fatal_) return 0;
    fmt::print(stderr, "{}: {}\n", name, *fatal_);
    return was_ready_ ? 3 : 1;
}

int Service::run() {
    if (auto fine = complete_declarations(); !fine) {
        fmt::print(stderr, "{}: {}\n", name, fine.error().what);
        return usage_exit_code;
    }
    if (!embedded()) configure_log();
    if (auto opened = open(); !opened) {
        log::error("cannot start", {{"error", opened.error().what}});
        fmt::print(stderr, "{}: {}\n", name, opened.error().what);
        return 1;
    }
    return shut_down(wait_for_stop());
}

// The visible order: unready, HTTP, fetching, lanes, producer, commits and groups.
int Service::shut_down(int code) {
    const auto limit = settings.duration("shutdown.timeout");
    const auto end = clock_.now() + limit;
    const auto left = [&](double share) {
        const auto all = std::chrono::duration_cast<milliseconds>(end - clock_.now());
        return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(all * share));
    };
    bool clean = true;
    auto step_begun = clock_.now();
    const auto step = [&](const char* what, bool in_time) {
        clean = clean && in_time;
        const auto took = std::chrono::duration_cast<milliseconds>(clock_.now() - step_begun);
        log::info("stopping", {{"step", what}, {"in_time", in_time}, {"took_ms", took.count()}});
        step_begun = clock_.now();
    };
    ready_ = false;
    watch_->stop();
    server_->stop_accepting();
    step("unready", true);
    step("http", server_->drain(left(0.3)) == 0);
    step("lanes", loop_->drain(left(0.6)));
    step("producer", publisher_->flush(left(0.5)));
    step("groups", loop_->leave(left(1.0)));
    if (code == 0 && !clean && embedded()) code = 2;
    if (code == 0 && !clean) {
        // What did not end in time may hold threads for ever: only leaving the process is left.
        log::error("stop was cut off", {{"limit_ms", limit.count()}});
        std::fflush(nullptr);
        std::_Exit(2);
    }
    log::info("stopped", {{"exit_code", code}});
    return code;
}

}  // namespace leat::service
