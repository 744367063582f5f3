// Stream: the bytes of one connection, over TCP or over TLS; what speaks through it does not know.
#pragma once

#include <sys/uio.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "net/tls.hpp"

namespace leat::net {

/// Never blocks. A concrete class and not an interface: over TCP each call is the socket's own, and
/// handlers reach Asio as they are. Used on the socket's executor; what is pending keeps a pointer
/// to the stream, so its owner lives in its handlers.
class Stream {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using error_code = boost::system::error_code;

    /// Takes a connected socket; without `tls`, its bytes are as they come.
    explicit Stream(Socket socket, std::unique_ptr<TlsSession> tls = nullptr);

    auto get_executor() { return socket_.get_executor(); }
    bool is_open() const { return socket_.is_open(); }

    /// Takes what is there, at most `room`. Errors: would_block, eof, and what ends the connection.
    std::size_t read_some(std::span<std::byte> room, error_code& error);
    /// Gives as much of `pieces` as is taken now; `more` says that something follows at once, for
    /// which a packet need not leave half full. Errors: as read_some().
    std::size_t write_some(std::span<const iovec> pieces, error_code& error, bool more = false);
    /// The same with bytes of a file, which no process touches on their way; only if sends_files().
    /// Errors also: eof, if the file ends before them.
    std::size_t send_file(const FileSlice& slice, error_code& error);
    /// Whether what is written to the socket is what the peer reads, and the system sends files:
    /// once it has refused to, no stream of this process does.
    bool sends_files() const;

    /// Calls `handler(error)` when a read (a write) that would have blocked may do more.
    template <class Handler>
    void wait_readable(Handler handler) {
        if (tls_ && tls_->has_unread())
            return boost::asio::post(
                socket_.get_executor(),
                [handler = std::move(handler)]() mutable { handler(error_code{}); });
        socket_.async_wait(wait_type(Socket::wait_read), std::move(handler));
    }
    template <class Handler>
    void wait_writable(Handler handler) {
        socket_.async_wait(wait_type(Socket::wait_write), std::move(handler));
    }

    /// read_some(), once there is something: `handler(error, count)`, never from within the call.
    template <class Handler>
    void async_read_some(std::span<std::byte> room, Handler handler) {
        if (!tls_)
            return socket_.async_read_some(boost::asio::buffer(room.data(), room.size()),
                                           std::move(handler));
        error_code error;
        const auto count = read_some(room, error);
        if (error == boost::asio::error::would_block)
            return wait_readable(
                [this, room, handler = std::move(handler)](const error_code& failed) mutable {
                    if (failed) return handler(failed, std::size_t{0});
                    async_read_some(room, std::move(handler));
                });
        boost::asio::post(
            socket_.get_executor(),
            [error, count, handler = std::move(handler)]() mutable { handler(error, count); });
    }

    /// Whether the peer is there and silent, as far as this side can know.
    bool is_quiet();
    /// Tells the peer that nothing more follows; reading goes on.
    void end_sending();
    /// Drops the connection; what is pending ends with operation_aborted.
    void close();

    /// Why TLS failed, as a sentence's end; empty if it did not.
    std::string tls_failure() const { return tls_ ? tls_->failure() : std::string{}; }

private:
    // What TLS waits for need not be what its user waits for.
    Socket::wait_type wait_type(Socket::wait_type plain) const {
        if (!tls_) return plain;
        return tls_->wants_write() ? Socket::wait_write : Socket::wait_read;
    }

    Socket socket_;
    std::unique_ptr<TlsSession> tls_;
};

}  // namespace leat::net
