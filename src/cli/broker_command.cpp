// `leat broker` and `leat up`: the commands that serve.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

#include "base/log.hpp"
#include "broker/listeners.hpp"
#include "broker/server.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"

namespace leat::cli {
namespace {

struct ServeOptions {
    std::string config_file;
    std::string data_dir;
    std::string listen;
    std::string admin;
    std::vector<std::string> settings;
    bool json_logs = false;
};

int complain(int code, const std::string& what) {
    tell(what);
    return code;
}

using Problems = std::vector<std::string>;

void read_file(const std::string& path, broker::Config& config, Problems& problems) {
    std::ifstream file{path};
    if (!file) return problems.push_back("cannot read the configuration file " + path);
    std::ostringstream text;
    text << file.rdbuf();
    for (const auto& error : config.set_from_properties(text.str()))
        problems.push_back(path + ": " + error.what);
}

// Flags win over --set, --set wins over the file. Gives everything that is wrong, not the first.
Problems configure(const ServeOptions& options, broker::Config& config) {
    Problems problems;
    if (!options.config_file.empty()) read_file(options.config_file, config, problems);
    const auto set = [&](std::string_view key, const std::string& value) {
        if (auto done = config.set(key, value); !done) problems.push_back(done.error().what);
    };
    for (const auto& setting : options.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos)
            problems.push_back("--set takes key=value, not '" + setting + "'");
        else
            set(setting.substr(0, equals), setting.substr(equals + 1));
    }
    if (!options.data_dir.empty()) set("log.dirs", options.data_dir);
    if (!options.admin.empty()) set("leat.admin.listener", options.admin);
    if (!options.listen.empty()) set("listeners", options.listen);
    const auto addresses = broker::read_addresses(config);
    problems.insert(problems.end(), addresses.problems.begin(), addresses.problems.end());
    // A start that is refused says all that there is to say of the configuration.
    if (!problems.empty())
        for (const auto* notes : {&config.notes(), &addresses.notes})
            problems.insert(problems.end(), notes->begin(), notes->end());
    return problems;
}

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
    for (const auto& problem : problems) complain(exit_usage, problem);
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
    return served ? static_cast<int>(exit_ok) : complain(exit_refused, served.error().what);
}

void add_serving(Command& root, const std::string& name, const std::string& about) {
    const auto began = std::chrono::steady_clock::now();
    auto& command = root.add(name, about);
    const auto options = std::make_shared<ServeOptions>();
    command.text("--config", options->config_file, "A server.properties file")
        .called("FILE")
        .completed_by(Values::files);
    command.texts("--set", options->settings, "A setting as in the file (repeatable)")
        .called("KEY=VALUE");
    command.text("--data-dir", options->data_dir, "Where everything is kept (log.dirs)")
        .called("DIRECTORY")
        .completed_by(Values::files);
    command
        .text(name == "up" ? "--kafka,--listen" : "--listen", options->listen,
              "For Kafka clients, or NAME://HOST:PORT,... for several; port 0 takes a free one "
              "(listeners)")
        .called("HOST:PORT");
    command
        .text(
            "--admin", options->admin,
            "For /metrics and /health (leat.admin.listener); a free port where --listen takes one")
        .called("HOST:PORT");
    command.flag("--json-logs", options->json_logs, "Log as JSON, a line an event");
    command.does([options, began] { return serve(*options, began); });
}

}  // namespace

void add_broker(Command& root, Session&) {
    add_serving(root, "broker", "Serve Kafka clients from one data directory");
}

void add_up(Command& root, Session&) {
    add_serving(root, "up", "Serve the whole embedded system: today the broker");
}

}  // namespace leat::cli
