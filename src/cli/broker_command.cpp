// `leat broker` and `leat up`: the commands that serve.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "base/log.hpp"
#include "broker/server.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/doctor.hpp"
#include "cli/exit_code.hpp"
#include "cli/serve_options.hpp"

namespace leat::cli {
namespace {

std::string ready_line(const broker::ServingAt& at, std::chrono::milliseconds took) {
    std::string kafka;
    for (const auto& address : at.kafka)
        kafka.append(kafka.empty() ? "" : ",").append(address.to_string());
    std::string line = "leat ready kafka=" + kafka;
    if (at.admin) line += " admin=" + at.admin->to_string();
    return line + " in " + std::to_string(took.count()) + " ms";
}

// SIGTERM and SIGINT stop the server: waited for by a thread of their own, which a second signal
// finds again and which then ends the process at once.
class StopOnSignal {
public:
    /// Blocks the signals: to be made before any other thread, which inherits that.
    StopOnSignal() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    void watch(broker::Server& server) {
        thread_ = std::thread{[this, &server] {
            for (bool stopping = false;; stopping = true) {
                int signal = 0;
                sigwait(&signals_, &signal);
                if (signal == SIGUSR1) return;
                if (stopping) _exit(exit_refused);
                server.stop();
            }
        }};
    }
    /// Before the server that is watched ends.
    void unwatch() {
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
    }

private:
    sigset_t signals_{};
    std::thread thread_;
};

// A request's memory serves the next one: given back to the kernel and faulted in again, a GB would
// cost a tenth more of CPU time. What the broker may hold is bounded by its budgets.
void keep_freed_memory() {
    constexpr int mmap_threshold = 32 << 20;
    constexpr int trim_threshold = 256 << 20;
    mallopt(M_MMAP_THRESHOLD, mmap_threshold);
    mallopt(M_TRIM_THRESHOLD, trim_threshold);
}

int serve(const ServeOptions& options, std::chrono::steady_clock::time_point began) {
    log::configure({.level = log::Level::info,
                    .format = options.json_logs ? log::Format::json : log::Format::text,
                    .always = {}});
    keep_freed_memory();
    broker::Config config;
    const auto problems = configure(options, config);
    for (const auto& problem : problems) tell(problem);
    if (!problems.empty()) return exit_usage;
    signal(SIGPIPE, SIG_IGN);
    StopOnSignal stop;
    broker::Server server{std::move(config)};
    stop.watch(server);
    const auto served = server.run([&](const broker::ServingAt& at) {
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - began);
        std::cout << ready_line(at, took) << std::endl;
    });
    stop.unwatch();
    if (served) return exit_ok;
    tell(served.error().what);
    return exit_refused;
}

Command& add_serving(Command& root, const std::string& name, const std::string& about,
                     const std::shared_ptr<ServeOptions>& options) {
    const auto began = std::chrono::steady_clock::now();
    auto& command = root.add(name, about);
    add_serve_options(command, *options, name == "up" ? "--kafka,--listen" : "--listen");
    command.flag("--json-logs", options->json_logs, "Log as JSON, a line an event");
    command.does([options, began] { return serve(*options, began); });
    return command;
}

}  // namespace

void add_broker(Command& root, Session& session) {
    const auto options = std::make_shared<ServeOptions>();
    add_doctor(add_serving(root, "broker", "Serve Kafka clients from one data directory", options),
               session, options);
}

void add_up(Command& root, Session&) {
    add_serving(root, "up", "Serve the whole embedded system: today the broker",
                std::make_shared<ServeOptions>());
}

}  // namespace leat::cli
