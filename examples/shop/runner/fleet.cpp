#include "runner/fleet.hpp"

#include <signal.h>

#include <fstream>
#include <stdexcept>
#include <thread>

namespace shop {
namespace {

using namespace std::chrono_literals;

std::string address(int port) { return "127.0.0.1:" + std::to_string(port); }

std::string last_lines(const std::string& file) {
    std::ifstream in{file};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::string text;
    for (std::size_t i = lines.size() > 10 ? lines.size() - 10 : 0; i < lines.size(); ++i)
        text += "  " + lines[i] + "\n";
    return text;
}

}  // namespace

Fleet::Fleet(FleetOptions options)
    : options_(std::move(options)), own_broker_(options_.bootstrap.empty()) {
    const auto& data = options_.data_dir;
    if (own_broker_) {
        const int kafka = free_port(9092);
        const int admin = free_port(9644);
        options_.bootstrap = address(kafka);
        add("broker", admin,
            {options_.programs + "/leat", "up", "--data-dir", data + "/broker", "--kafka",
             address(kafka), "--admin", address(admin)});
    }
    const int bank = free_port(8084);
    add_service("bank", bank,
                {"--database", data + "/bank.db", "--seed", std::to_string(options_.seed)});
    add_service("orders", free_port(8080));
    add_service("payments", free_port(8081), {"--bank", "http://" + address(bank)});
    add_service("stock", free_port(8082), {"--database", data + "/stock.db"});
    add_service("revenue", free_port(8083), {"--database", data + "/revenue.db"});
}

void Fleet::add(const std::string& name, int port, Command command) {
    members_.push_back({Process{name, std::move(command), log_file(name)}, port});
}

void Fleet::add_service(const std::string& name, int port, const Command& more) {
    Command command{options_.programs + "/shop_" + name, "--bootstrap", options_.bootstrap,
                    "--http", address(port)};
    command.insert(command.end(), more.begin(), more.end());
    add(name, port, std::move(command));
}

std::string Fleet::url(const std::string& name) const {
    for (const auto& member : members_)
        if (member.process.name() == name) return "http://" + address(member.port);
    throw std::runtime_error("the shop has no " + name);
}

std::string Fleet::log_file(const std::string& name) const {
    return options_.data_dir + "/logs/" + name + ".log";
}

void Fleet::start(Web& web, const std::function<bool()>& interrupted) {
    for (auto& member : members_) {
        member.process.start();
        if (member.process.name() == "broker") wait_until_ready(member, web, interrupted);
    }
    for (auto& member : members_) wait_until_ready(member, web, interrupted);
}

void Fleet::wait_until_ready(Member& member, Web& web, const std::function<bool()>& interrupted) {
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    while (!web.get("http://" + address(member.port) + "/health/ready")) {
        const bool runs = member.process.running();
        if (runs && !interrupted() && std::chrono::steady_clock::now() < give_up) {
            std::this_thread::sleep_for(5ms);
            continue;
        }
        throw std::runtime_error(member.process.name() + (runs ? " is not ready" : " has ended")
                                 + "; the end of " + member.process.log_file() + ":\n"
                                 + last_lines(member.process.log_file()));
    }
}

void Fleet::tend() {
    const auto now = std::chrono::steady_clock::now();
    for (auto& member : members_) {
        if (member.process.running()) continue;
        if (!member.back_at) {
            ++accidents_;
            member.back_at = now + 200ms;
        }
        if (now < *member.back_at) continue;
        member.back_at.reset();
        member.process.start();
    }
}

void Fleet::kill(std::size_t index, Millis down) {
    auto& member = members_.at(index);
    member.process.kill();
    member.back_at = std::chrono::steady_clock::now() + down;
}

void Fleet::stop(Millis limit) {
    const auto end_of = [&](std::size_t first, std::size_t last) {
        for (auto i = first; i < last; ++i) members_[i].process.signal(SIGTERM);
        const auto give_up = std::chrono::steady_clock::now() + limit;
        for (auto i = first; i < last; ++i) {
            auto& process = members_[i].process;
            while (process.running() && std::chrono::steady_clock::now() < give_up)
                std::this_thread::sleep_for(5ms);
            process.kill();
        }
    };
    const std::size_t services = own_broker_ ? 1 : 0;
    end_of(services, members_.size());
    end_of(0, services);
}

}  // namespace shop
