// The socket's calls, with TLS between them where there is some.
#include "net/stream.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace leat::net {

Stream::Stream(Socket socket, std::unique_ptr<TlsSession> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
}

std::size_t Stream::read_some(std::span<std::byte> room, error_code& error) {
    if (tls_) return tls_->read(socket_.native_handle(), room, error);
    return socket_.read_some(boost::asio::buffer(room.data(), room.size()), error);
}

std::size_t Stream::write_some(std::span<const iovec> pieces, error_code& error) {
    error = {};
    if (!tls_) {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(pieces.data());
        message.msg_iovlen = pieces.size();
        for (;;) {
            const auto sent =
                ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent >= 0) return static_cast<std::size_t>(sent);
            if (errno == EINTR) continue;
            error = errno == EAGAIN || errno == EWOULDBLOCK
                        ? error_code{boost::asio::error::would_block}
                        : error_code{errno, boost::system::system_category()};
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

std::optional<int> Stream::plain_descriptor() {
    if (tls_ || !socket_.is_open()) return std::nullopt;
    return socket_.native_handle();
}

}  // namespace leat::net
