// Test support: the whole command line in this process, and a broker for it to talk to.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "base/log.hpp"
#include "broker/server.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace leat::cli {

/// The commands as main() puts them together, for one command line.
struct Leat {
    Leat() {
        add_common_options(root, session);
        for (const auto add : all_commands) add(root, session);
    }

    /// The exit code; what went to standard output and error stands in `printed` and `said`.
    int run(std::vector<std::string> words) {
        std::vector<const char*> argv{"leat"};
        for (const auto& word : words) argv.push_back(word.c_str());
        testing::internal::CaptureStderr();
        testing::internal::CaptureStdout();
        const int code = run_command_line(root, static_cast<int>(argv.size()), argv.data());
        printed = testing::internal::GetCapturedStdout();
        said = testing::internal::GetCapturedStderr();
        return code;
    }

    Command root{"leat", "Leat"};
    Session session;
    std::string said;
    std::string printed;
};

/// A directory that goes with the test.
class Directory {
public:
    Directory() {
        std::string path = (std::filesystem::temp_directory_path() / "leat-cli-XXXXXX").string();
        check(mkdtemp(path.data()) != nullptr, "a temporary directory");
        path_ = path;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    std::string at(const std::string& name) const { return path_ + "/" + name; }
    /// A file of that name that holds `bytes`; gives its path.
    std::string file(const std::string& name, std::string_view bytes) const {
        std::ofstream{at(name), std::ios::binary} << bytes;
        return at(name);
    }

private:
    std::string path_;
};

/// A broker on a free port, with a data directory of its own.
class LiveBroker {
public:
    explicit LiveBroker(const std::vector<std::pair<std::string, std::string>>& settings = {}) {
        log::configure({.level = log::Level::error, .format = log::Format::text, .always = {}});
        broker::Config config;
        for (const auto& [key, value] : {std::pair{"log.dirs", directory_.at("data")},
                                         {"listeners", "127.0.0.1:0"},
                                         {"leat.admin.listener", "127.0.0.1:0"}})
            check(config.set(key, value).ok(), "a good configuration");
        for (const auto& [key, value] : settings)
            check(config.set(key, value).ok(), "a good configuration");
        server_ = std::make_unique<broker::Server>(std::move(config));
        std::promise<std::uint16_t> port;
        auto bound = port.get_future();
        thread_ = std::thread{[this, port = std::move(port)]() mutable {
            const auto served = server_->run(
                [&](const broker::ServingAt& at) { port.set_value(at.kafka.front().port); });
            check(served.ok(), "it serves");
        }};
        address_ = "127.0.0.1:" + std::to_string(bound.get());
    }
    ~LiveBroker() { stop(); }
    LiveBroker(const LiveBroker&) = delete;
    LiveBroker& operator=(const LiveBroker&) = delete;

    /// Stops it cleanly; its data directory stays as long as this object.
    void stop() {
        if (!thread_.joinable()) return;
        server_->stop();
        thread_.join();
        server_.reset();
    }
    std::string data_dir() const { return directory_.at("data"); }
    const std::string& address() const { return address_; }
    client::Cluster connect() const {
        auto cluster = client::Cluster::connect({.bootstrap = address_, .connection = {}});
        check(cluster.ok(), "connected");
        return std::move(*cluster);
    }
    /// Runs a command line on it, which must exit with `code`; gives what it printed.
    std::string run(std::vector<std::string> words, int code = exit_ok) const {
        Leat leat;
        leat.session.bootstrap = address_;
        EXPECT_EQ(leat.run(std::move(words)), code) << leat.said;
        said_ = leat.said;
        return leat.printed;
    }
    /// What the last command wrote on standard error.
    const std::string& said() const { return said_; }

private:
    Directory directory_;
    std::unique_ptr<broker::Server> server_;
    std::thread thread_;
    std::string address_;
    mutable std::string said_;
};

}  // namespace leat::cli
