// An app that runs on a thread of the test, and HTTP to talk to it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "leat/leat.hpp"
#include "service/kafka_for_test.hpp"

namespace leat::service {

/// Waits until `holds`, looking every few milliseconds, for up to 20 s; whether it did.
bool eventually(const std::function<bool()>& holds);

/// A service under test: declare on app(), then start().
class AppForTest {
public:
    /// Settings are given as `name=value`.
    AppForTest(const std::string& name, const KafkaForTest& kafka,
               std::vector<std::string> settings = {});
    /// stop()
    ~AppForTest();

    leat::app& app() { return *app_; }
    /// Runs the app.
    void begin();
    /// Runs the app and waits until it is ready.
    void start();
    /// Waits until the app ends by itself, for up to 20 s: its exit code, or nothing.
    std::optional<int> ended();
    /// Stops it and returns its exit code.
    int stop();

    struct Answer {
        int status = 0;
        std::string content_type;
        std::string body;
        std::vector<std::pair<std::string, std::string>> headers;
        std::string header(const std::string& name) const;
    };
    Answer call(const std::string& method, const std::string& path, const std::string& body = {},
                const std::vector<std::pair<std::string, std::string>>& headers = {
                    {"Content-Type", "application/json"}});
    /// The value of the first series in /metrics whose line begins with `name`; -1 if none.
    double metric(const std::string& name);

private:
    std::vector<std::string> arguments_;
    std::vector<char*> argv_;
    std::unique_ptr<leat::app> app_;
    std::thread thread_;
    std::atomic<bool> done_{false};
    int code_ = -1;
};

}  // namespace leat::service
