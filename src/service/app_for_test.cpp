#include "service/app_for_test.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace leat::service {

bool eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

AppForTest::AppForTest(const std::string& name, const KafkaForTest& kafka,
                       std::vector<std::string> settings)
    : arguments_{name,
                 "--bootstrap",
                 kafka.bootstrap(),
                 "--http",
                 "127.0.0.1:0",
                 "--embedded",
                 "true",
                 "--kafka.consumer.fetch.wait.max.ms",
                 "10"} {
    for (auto& setting : settings) {
        arguments_.emplace_back("--set");
        arguments_.push_back(std::move(setting));
    }
    for (auto& argument : arguments_) argv_.push_back(argument.data());
    app_ = std::make_unique<leat::app>(name, static_cast<int>(argv_.size()), argv_.data());
}

AppForTest::~AppForTest() { stop(); }

void AppForTest::begin() {
    thread_ = std::thread{[this] {
        code_ = app_->run();
        done_ = true;
    }};
}

std::optional<int> AppForTest::ended() {
    if (!eventually([this] { return done_.load(); })) return std::nullopt;
    thread_.join();
    return code_;
}

void AppForTest::start() {
    begin();
    if (!eventually([this] { return app_->ready(); })) throw std::runtime_error{"never ready"};
}

int AppForTest::stop() {
    if (!thread_.joinable()) return code_;
    app_->stop();
    thread_.join();
    return code_;
}

std::string AppForTest::Answer::header(const std::string& name) const {
    for (const auto& [n, v] : headers)
        if (n == name) return v;
    return {};
}

AppForTest::Answer AppForTest::call(
    const std::string& method, const std::string& path, const std::string& body,
    const std::vector<std::pair<std::string, std::string>>& headers) {
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;

    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(app_->http_port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Answer answer;
    std::string received;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
        && ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) >= 0) {
        char buffer[4096];
        for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
            received.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(fd);

    const auto head = received.find("\r\n\r\n");
    if (head == std::string::npos) return answer;
    answer.body = received.substr(head + 4);
    std::istringstream lines{received.substr(0, head)};
    std::string line;
    std::getline(lines, line);
    answer.status = std::atoi(line.substr(9, 3).c_str());
    while (std::getline(lines, line)) {
        const auto colon = line.find(": ");
        if (colon == std::string::npos) continue;
        const auto value = line.substr(colon + 2, line.find('\r') - colon - 2);
        if (line.substr(0, colon) == "Content-Type") answer.content_type = value;
        answer.headers.emplace_back(line.substr(0, colon), value);
    }
    return answer;
}

double AppForTest::metric(const std::string& name) {
    std::istringstream lines{call("GET", "/metrics").body};
    for (std::string line; std::getline(lines, line);)
        if (line.rfind(name, 0) == 0) return std::atof(line.substr(line.rfind(' ') + 1).c_str());
    return -1;
}

}  // namespace leat::service
