// leat::app over the service it is made of.
#include "leat/app.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "service/service.hpp"

namespace leat {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::vector<std::string>& reasons) {
    for (const auto& why : reasons) fmt::print(stderr, "{}: {}\n", name, why);
    std::exit(service::usage_exit_code);
}

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    refuse(name, std::vector{why});
}

}  // namespace

subscription& subscription::group(std::string name) {
    of_->group = std::move(name);
    return *this;
}
subscription& subscription::to(std::string topic) {
    of_->to = std::move(topic);
    return *this;
}
subscription& subscription::dlq(std::string topic) {
    of_->dead_letter = std::move(topic);
    return *this;
}
subscription& subscription::retry(retry_options options) {
    of_->retry = options;
    return *this;
}
subscription& subscription::order(leat::order order, std::size_t concurrency) {
    of_->ordering = order;
    of_->concurrency = concurrency;
    return *this;
}
subscription& subscription::timeout(std::chrono::milliseconds limit) {
    of_->timeout = limit;
    return *this;
}
subscription& subscription::name(std::string name) {
    of_->name = std::move(name);
    return *this;
}

void event_route::publish(std::string topic, publish_options options) {
    of_->topic = std::move(topic);
    of_->options = std::move(options);
}

app::app(std::string name, int argc, char** argv)
    : service_(std::make_unique<service::Service>(std::move(name))) {
    const auto read = service_->settings.read(argc, argv, environ);
    if (!read) refuse(service_->name, read.error().what);
}

app::~app() = default;

std::string app::declare_setting(const std::string& name, const std::string& fallback,
                                 const std::string& help) {
    service_->settings.declare(name, fallback, help);
    return service_->settings.text(name);
}

void app::refuse_setting(const std::string& name, const std::string& expected) const {
    const auto& settings = service_->settings;
    if (!settings.help_wanted()) refuse(service_->name, settings.refusal(name, expected));
}

app& app::topic(std::string name, topic_options options) {
    service_->add_topic(std::move(name), std::move(options));
    return *this;
}

subscription app::add_handler(std::string topic, detail::erased_handler handler) {
    return subscription{service_->add_subscription(std::move(topic), std::move(handler))};
}

void app::add_route(const std::string& method, const std::string& path,
                    detail::erased_route route) {
    service_->add_route(method, path).user = std::move(route);
}

event_route app::add_event_route(const std::string& path, detail::event_decoder decode) {
    auto& route = service_->add_route("POST", path);
    route.publish = std::make_unique<service::PublishRoute>();
    route.publish->decode = decode;
    return event_route{*route.publish};
}

// The settings are checked here, when all that the service declares are known.
int app::run() {
    auto& settings = service_->settings;
    if (settings.help_wanted()) {
        fmt::print("{}", settings.help(service_->name));
        return 0;
    }
    const auto found = settings.check();
    if (!found.faults.empty()) refuse(service_->name, found.faults);
    if (settings.print_wanted()) {
        const auto handlers = service_->describe_handlers();
        if (!handlers) refuse(service_->name, handlers.error().what);
        fmt::print("{}{}", settings.print(), *handlers);
        return 0;
    }
    for (const auto& variable : found.unknown_variables)
        fmt::print(stderr, "{}: the variable {} names no setting and is ignored\n", service_->name,
                   variable);
    return service_->run();
}

void app::stop() { service_->stop(); }
int app::http_port() const { return service_->http_port(); }
bool app::ready() const { return service_->ready(); }

}  // namespace leat
