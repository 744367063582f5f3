#include "broker_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>

#include "base/check.hpp"

namespace leat::crash {
namespace {

constexpr int cannot_run = 127;

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    check(::bind(fd, address, size) == 0 && ::getsockname(fd, address, &size) == 0,
          "the machine has a free port");
    ::close(fd);
    return ntohs(at.sin_port);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> result;
    for (auto& word : words) result.push_back(word.data());
    result.push_back(nullptr);
    return result;
}

// In the child, between fork and exec: only what is safe after a fork.
[[noreturn]] void become(char* const* arguments, char* const* environment, int out, int log,
                         pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(cannot_run);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execve(arguments[0], arguments, environment);
    ::_exit(cannot_run);
}

}  // namespace

BrokerProcess::BrokerProcess(std::string data_dir, std::string log_file)
    : data_dir_(std::move(data_dir)), log_file_(std::move(log_file)), port_(free_port()) {}

BrokerProcess::~BrokerProcess() { kill(); }

void BrokerProcess::start(const Start& options) {
    check(pid_ < 0, "one broker at a time");
    const char* other = std::getenv("LEAT_BROKER");
    std::vector<std::string> words{other == nullptr ? LEAT_PROGRAM : other,
                                   "broker",
                                   "--data-dir",
                                   data_dir_,
                                   "--listen",
                                   bootstrap(),
                                   "--admin",
                                   "127.0.0.1:0"};
    for (const auto& setting : options.settings) words.insert(words.end(), {"--set", setting});
    auto environment = options.environment;
    for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);
    auto arguments = pointers(words);
    auto names = pointers(environment);
    int ends[2];
    check(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0, "a pipe can be made");
    const int log = ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    check(log >= 0, "the broker's log can be written");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) become(arguments.data(), names.data(), ends[1], log, parent);
    check(pid_ > 0, "a process can be started");
    ::close(log);
    ::close(ends[1]);
    if (out_ >= 0) ::close(out_);
    out_ = ends[0];
}

bool BrokerProcess::wait_ready(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    std::string said;
    while (said.find('\n') == std::string::npos) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        pollfd waiting{out_, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0)
            return false;
        char bytes[512];
        const auto count = ::read(out_, bytes, sizeof bytes);
        if (count <= 0) return false;
        said.append(bytes, static_cast<std::size_t>(count));
    }
    const auto in = said.rfind(" in ");
    if (in != std::string::npos) ready_after_ms_ = std::atoi(said.c_str() + in + 4);
    return said.starts_with("leat ready");
}

bool BrokerProcess::running() {
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) reap(status);
    return pid_ > 0;
}

void BrokerProcess::reap(int status) {
    pid_ = -1;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void BrokerProcess::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    if (::waitpid(pid_, &status, 0) == pid_) reap(status);
}

void BrokerProcess::signal(int number) {
    if (pid_ > 0) ::kill(pid_, number);
}

int BrokerProcess::stop() {
    signal(SIGTERM);
    return wait();
}

int BrokerProcess::wait() {
    int status = 0;
    if (pid_ > 0 && ::waitpid(pid_, &status, 0) == pid_) reap(status);
    return exit_code_;
}

std::int64_t BrokerProcess::status_kb(const std::string& field) const {
    std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":")) return std::atoll(line.c_str() + field.size() + 1);
    return 0;
}

void BrokerProcess::reset_peak() const {
    std::ofstream{"/proc/" + std::to_string(pid_) + "/clear_refs"} << "5\n";
}

int BrokerProcess::open_files() const {
    std::error_code gone;
    int count = 0;
    const auto dir = "/proc/" + std::to_string(pid_) + "/fd";
    for (const auto& each : std::filesystem::directory_iterator{dir, gone})
        count += each.path().empty() ? 0 : 1;
    return count;
}

void BrokerProcess::limit_files(int most) const {
    const auto limit = static_cast<rlim_t>(most);
    const rlimit files{limit, limit};
    check(::prlimit(pid_, RLIMIT_NOFILE, &files, nullptr) == 0, "a child's limits can be set");
}

std::string BrokerProcess::log_tail() const {
    std::ifstream log{log_file_};
    std::deque<std::string> last;
    for (std::string line; std::getline(log, line);) {
        last.push_back(line);
        if (last.size() > 30) last.pop_front();
    }
    std::string text;
    for (const auto& line : last) text += line + "\n";
    return text;
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

ScratchDir::ScratchDir(const std::string& stem) {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string{base == nullptr ? "/tmp" : base} + "/leat-" + stem + "-XXXXXX";
    check(::mkdtemp(path_.data()) != nullptr, "a temporary directory can be made");
}

ScratchDir::~ScratchDir() {
    if (number_from("LEAT_KEEP", 0) != 0) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace leat::crash
