// Child processes: started, watched, killed, and never left behind.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace shop {

/// A program with its arguments.
using Command = std::vector<std::string>;

/// A child process. It is its own process group, so that a Ctrl-C on the terminal reaches the
/// owner only, and dies with the owner, however that ends. Start it on the owner's main thread.
class Process {
public:
    /// `log_file` gets what it writes, from all its lives.
    Process(std::string name, Command command, std::string log_file);
    /// Kills it if it runs.
    ~Process();
    Process(Process&& other) noexcept;
    Process& operator=(Process&&) = delete;

    /// Starts it, for the first time or again. Throws std::runtime_error.
    void start();
    /// The same with its standard output in a pipe, of which the caller gets and owns the end.
    int start_with_pipe();
    /// Whether it runs; takes notice of its end otherwise.
    bool running();
    /// Its exit code once it has ended; 128 + the signal if one killed it.
    int exit_code() const { return exit_code_; }
    /// Sends it a signal if it runs.
    void signal(int number);
    /// kill -9, and waits for its end.
    void kill();

    const std::string& name() const { return name_; }
    const std::string& log_file() const { return log_file_; }

private:
    void spawn(int out);

    std::string name_;
    Command command_;
    std::string log_file_;
    pid_t pid_ = -1;
    int exit_code_ = 0;
};

struct CommandResult {
    int exit_code = 0;
    std::string output;
};
/// Runs `command` to its end; what it says on standard error goes to `log_file`.
CommandResult run_command(Command command, const std::string& log_file);

}  // namespace shop
