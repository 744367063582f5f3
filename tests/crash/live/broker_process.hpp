// The broker as users run it: the program `leat`, started, watched, killed and started again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace leat::crash {

/// Start it on the thread that owns it: the process dies with that thread. LEAT_BROKER names
/// another program than the one that was built beside the tests.
class BrokerProcess {
public:
    /// What the broker is given at a start, beside its address and its directory.
    struct Start {
        /// key=value, as --set takes them.
        std::vector<std::string> settings;
        /// NAME=value, for its environment.
        std::vector<std::string> environment;
    };

    /// A broker on `data_dir` that writes its log to `log_file`. It keeps its port.
    BrokerProcess(std::string data_dir, std::string log_file);
    ~BrokerProcess();
    BrokerProcess(const BrokerProcess&) = delete;
    BrokerProcess& operator=(const BrokerProcess&) = delete;

    void start(const Start& options = {});
    /// Whether it has said that it is ready; waits for it, at most `limit`.
    bool wait_ready(std::chrono::milliseconds limit = std::chrono::seconds{30});
    /// How long it took to be ready by its own account, in milliseconds.
    int ready_after_ms() const { return ready_after_ms_; }

    bool running();
    /// kill -9, and waits for its end.
    void kill();
    void signal(int number);
    /// Waits for its end. The exit code; 128 + the signal if one killed it.
    int wait();
    /// SIGTERM and wait().
    int stop();
    int exit_code() const { return exit_code_; }

    const std::string& data_dir() const { return data_dir_; }
    std::string bootstrap() const { return "127.0.0.1:" + std::to_string(port_); }
    std::uint16_t port() const { return port_; }
    /// Resident memory in bytes: now, and the most since the start or reset_peak().
    std::int64_t resident() const { return status_kb("VmRSS") * 1024; }
    std::int64_t peak_resident() const { return status_kb("VmHWM") * 1024; }
    void reset_peak() const;
    int open_files() const;
    /// That it may have open from now on.
    void limit_files(int most) const;
    /// The last lines that it wrote.
    std::string log_tail() const;

private:
    std::int64_t status_kb(const std::string& field) const;
    void reap(int status);

    std::string data_dir_;
    std::string log_file_;
    std::uint16_t port_;
    pid_t pid_ = -1;
    int out_ = -1;
    int exit_code_ = 0;
    int ready_after_ms_ = -1;
};

/// A number from the environment.
std::uint64_t number_from(const char* name, std::uint64_t otherwise);

/// A new directory that goes away with its owner; LEAT_KEEP=1 leaves it.
class ScratchDir {
public:
    explicit ScratchDir(const std::string& stem);
    ~ScratchDir();
    ScratchDir(const ScratchDir&) = delete;
    ScratchDir& operator=(const ScratchDir&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace leat::crash
