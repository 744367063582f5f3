#include "cli/broker_command.hpp"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "base/log.hpp"
#include "broker/server.hpp"

namespace leat::cli {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

struct ServeOptions {
    std::string config_file;
    std::string data_dir;
    std::string listen;
    std::string admin;
    std::vector<std::string> settings;
    bool json_logs = false;
};

int complain(int code, const std::string& what) {
    std::cerr << "leat: " << what << "\n";
    return code;
}

Result<void> read_file(const std::string& path, broker::Config& config) {
    std::ifstream file{path};
    if (!file) return Error{Errc::not_found, "cannot read the configuration file " + path};
    std::ostringstream text;
    text << file.rdbuf();
    auto set = config.set_from_properties(text.str());
    if (!set) return Error{set.error().code, path + ": " + set.error().what};
    return set;
}

// Flags win over --set, --set wins over the file.
Result<void> configure(const ServeOptions& options, broker::Config& config) {
    if (!options.config_file.empty())
        if (auto read = read_file(options.config_file, config); !read) return read;
    for (const auto& setting : options.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos)
            return Error{Errc::invalid_argument, "--set takes key=value, not '" + setting + "'"};
        if (auto set = config.set(setting.substr(0, equals), setting.substr(equals + 1)); !set)
            return set;
    }
    const auto flag = [&](std::string_view key, const std::string& value) {
        return value.empty() ? Result<void>{} : config.set(key, value);
    };
    if (auto set = flag("log.dirs", options.data_dir); !set) return set;
    if (auto set = flag("leat.admin.listener", options.admin); !set) return set;
    return flag("listeners", options.listen);
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
                if (stopping) _exit(exit_failed);
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
    if (auto set = configure(options, config); !set) return complain(exit_usage, set.error().what);
    signal(SIGPIPE, SIG_IGN);
    StopOnSignal stop;
    broker::Server server{std::move(config)};
    stop.watch(server);
    const auto served = server.run([&](const broker::ServingAt& at) {
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - began);
        std::string line =
            "leat ready kafka=" + at.kafka.host + ":" + std::to_string(at.kafka.port);
        if (at.admin.port != 0)
            line += " admin=" + at.admin.host + ":" + std::to_string(at.admin.port);
        std::cout << line << " in " << took.count() << " ms" << std::endl;
    });
    stop.unwatch();
    return served ? 0 : complain(exit_failed, served.error().what);
}

void add_command(CLI::App& app, int& exit_code, const std::string& name,
                 const std::string& description) {
    const auto began = std::chrono::steady_clock::now();
    auto* command = app.add_subcommand(name, description);
    const auto options = std::make_shared<ServeOptions>();
    command->add_option("--config", options->config_file, "A server.properties file");
    command->add_option("--set", options->settings, "key=value, as in the file; may be repeated");
    command->add_option("--data-dir", options->data_dir, "Where everything is kept (log.dirs)");
    command->add_option(name == "up" ? "--kafka,--listen" : "--listen", options->listen,
                        "HOST:PORT for Kafka clients; port 0 takes a free one (listeners)");
    command->add_option("--admin", options->admin,
                        "HOST:PORT for /metrics and /health (leat.admin.listener)");
    command->add_flag("--json-logs", options->json_logs, "Log as JSON, a line an event");
    command->callback([options, began, &exit_code] { exit_code = serve(*options, began); });
}

}  // namespace

void add_broker_commands(CLI::App& app, int& exit_code) {
    add_command(app, exit_code, "broker", "Serve Kafka clients from one data directory");
    add_command(app, exit_code, "up", "Serve the whole embedded system: today the broker");
}

}  // namespace leat::cli
