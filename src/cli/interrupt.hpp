// SIGINT and SIGTERM as something to wait for: the first asks for an end, a second one is the end.
#pragma once

namespace leat::cli {

/// While it lives the first SIGINT or SIGTERM makes descriptor() readable, and a broken pipe is an
/// error of write(). One at a time.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    int descriptor() const;
    bool came() const;
};

}  // namespace leat::cli
