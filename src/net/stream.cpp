// The socket's calls, with TLS between them where there is some.
#include "net/stream.hpp"

#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

#include "base/check.hpp"

namespace leat::net {
namespace {

Stream::error_code error_of_write() {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return boost::asio::error::would_block;
    return {errno, boost::system::system_category()};
}

// By the file system, an old kernel or a sandbox. The connection is lost; the next is served by
// reads.
std::atomic<bool> files_are_refused = false;
bool is_refusal(int error) {
    return error == EINVAL || error == ENOSYS || error == EPERM || error == EOPNOTSUPP;
}

bool is_loopback(const boost::asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
            .is_loopback();
    return address.is_loopback();
}

// Where the machine paces what it sends (bbr), it would set timers for a path that is its own
// memory.
void do_not_pace_loopback(Stream::Socket& socket) {
    Stream::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone || !is_loopback(remote.address())) return;
    constexpr std::string_view reno = "reno";
    // Best effort: without it everything works, slower.
    static_cast<void>(::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_CONGESTION, reno.data(),
                                   static_cast<socklen_t>(reno.size())));
}

}  // namespace

Stream::Stream(Socket socket, std::unique_ptr<TlsSession> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
    do_not_pace_loopback(socket_);
}

std::size_t Stream::read_some(std::span<std::byte> room, error_code& error) {
    if (tls_) return tls_->read(socket_.native_handle(), room, error);
    return socket_.read_some(boost::asio::buffer(room.data(), room.size()), error);
}

std::size_t Stream::write_some(std::span<const iovec> pieces, error_code& error, bool more) {
    error = {};
    if (!tls_) {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(pieces.data());
        message.msg_iovlen = pieces.size();
        const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
        for (;;) {
            const auto sent = ::sendmsg(socket_.native_handle(), &message, flags);
            if (sent >= 0) return static_cast<std::size_t>(sent);
            if (errno == EINTR) continue;
            error = error_of_write();
            return 0;
        }
    }
    std::size_t taken = 0;
    for (const auto& piece : pieces) {
        std::span rest{static_cast<const std::byte*>(piece.iov_base), piece.iov_len};
        while (!rest.empty()) {
            const auto sent = tls_->write(socket_.native_handle(), rest, error);
            taken += sent;
            rest = rest.subspan(sent);
            if (!error) continue;
            // What was taken counts; the next call meets the same obstacle again.
            if (taken > 0 && error == boost::asio::error::would_block) error = {};
            return taken;
        }
    }
    return taken;
}

bool Stream::sends_files() const { return !tls_ && !files_are_refused; }

std::size_t Stream::send_file(const FileSlice& slice, error_code& error) {
    check(!tls_, "TLS has no use for what it cannot encrypt");
    error = {};
    auto position = static_cast<off_t>(slice.position);
    for (;;) {
        const auto sent =
            ::sendfile(socket_.native_handle(), slice.descriptor, &position, slice.count);
        if (sent > 0) return static_cast<std::size_t>(sent);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && is_refusal(errno)) files_are_refused = true;
        error = sent == 0 ? error_code{boost::asio::error::eof} : error_of_write();
        return 0;
    }
}

bool Stream::is_quiet() {
    if (tls_) return tls_->is_quiet(socket_.native_handle());
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Stream::end_sending() {
    if (tls_) tls_->end(socket_.native_handle());
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
    if (!socket_.is_open()) return;
    if (tls_) tls_->end(socket_.native_handle());
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace leat::net
