#include "runner/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace shop {
namespace {

constexpr int cannot_run = 127;

// In the child, between fork and exec: only what is safe after a fork.
[[noreturn]] void become(char* const* arguments, int out, int log, pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(cannot_run);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(out, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execv(arguments[0], arguments);
    _exit(cannot_run);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Process::Process(std::string name, Command command, std::string log_file)
    : name_(std::move(name)), command_(std::move(command)), log_file_(std::move(log_file)) {}

Process::Process(Process&& other) noexcept
    : name_(std::move(other.name_)),
      command_(std::move(other.command_)),
      log_file_(std::move(other.log_file_)),
      pid_(std::exchange(other.pid_, -1)),
      exit_code_(other.exit_code_) {}

Process::~Process() { kill(); }

void Process::start() { spawn(-1); }

int Process::start_with_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for " + name_);
    spawn(ends[1]);
    close(ends[1]);
    return ends[0];
}

void Process::spawn(int out) {
    std::vector<char*> arguments;
    for (auto& word : command_) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int log = open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0) throw std::runtime_error("cannot write " + log_file_ + ": " + strerror(errno));
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) become(arguments.data(), out < 0 ? log : out, log, parent);
    close(log);
    if (pid_ < 0) throw std::runtime_error("cannot start " + name_ + ": " + strerror(errno));
}

bool Process::running() {
    if (pid_ < 0) return false;
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
    pid_ = -1;
    exit_code_ = code_of(status);
    return false;
}

void Process::signal(int number) {
    if (running()) ::kill(pid_, number);
}

void Process::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    if (waitpid(pid_, &status, 0) == pid_) exit_code_ = code_of(status);
    pid_ = -1;
}

CommandResult run_command(Command command, const std::string& log_file) {
    const std::string name = command.front();
    Process process{name, std::move(command), log_file};
    const int output = process.start_with_pipe();
    CommandResult result;
    char bytes[4096];
    for (;;) {
        const auto count = read(output, bytes, sizeof bytes);
        if (count > 0) result.output.append(bytes, static_cast<std::size_t>(count));
        if (count == 0 || (count < 0 && errno != EINTR)) break;
    }
    close(output);
    while (process.running()) usleep(1000);
    result.exit_code = process.exit_code();
    return result;
}

}  // namespace shop
