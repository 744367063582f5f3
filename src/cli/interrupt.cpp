// A handler that writes to an eventfd.
#include "cli/interrupt.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <initializer_list>

#include "base/check.hpp"

namespace leat::cli {
namespace {

int event = -1;  // for the handler, which knows nothing else

extern "C" void note_signal(int) {
    const int before = errno;
    const std::uint64_t one = 1;
    // It can only fail if it is noted already.
    if (write(event, &one, sizeof one) < 0) errno = before;
    errno = before;
}

}  // namespace

Interrupt::Interrupt() {
    check(event < 0, "one interrupt at a time");
    event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    check(event >= 0, "an eventfd");
    struct sigaction action {};
    action.sa_handler = note_signal;
    // Waits end with it, and the next one kills.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
}

Interrupt::~Interrupt() {
    for (const int number : {SIGINT, SIGTERM, SIGPIPE}) signal(number, SIG_DFL);
    close(event);
    event = -1;
}

int Interrupt::descriptor() const { return event; }

bool Interrupt::came() const {
    pollfd entry{.fd = event, .events = POLLIN, .revents = 0};
    return poll(&entry, 1, 0) == 1;
}

}  // namespace leat::cli
