// TLS over a connected socket: who is believed, and one session. The only OpenSSL is in tls.cpp.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace leat::net {

/// One side of one connection: sans I/O but for the plain descriptor that it is given. The
/// handshake happens within the first reads and writes. Used by one thread at a time.
class TlsSession {
public:
    class State;
    explicit TlsSession(std::unique_ptr<State> state);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// Bytes that were read or written. Errors: would_block (then wants_write() tells what the
    /// socket must be waited for, whichever of the two was called), eof (the peer said that it is
    /// done), and anything else for good: failure() then says why.
    std::size_t read(int descriptor, std::span<std::byte> room, boost::system::error_code& error);
    std::size_t write(int descriptor, std::span<const std::byte> bytes,
                      boost::system::error_code& error);
    bool wants_write() const;
    /// Whether bytes can be read without the socket becoming readable.
    bool has_unread() const;
    /// Whether the peer is silent and there: nothing to read, not ended. Takes in what belongs to
    /// the protocol alone.
    bool is_quiet(int descriptor);
    /// Tells the peer that nothing more follows, as far as the socket takes it at once.
    void end(int descriptor);
    /// A sentence for a person about the last error that was for good; empty if there is none.
    const std::string& failure() const;

private:
    std::unique_ptr<State> state_;
};

/// Makes sessions. Any thread.
class TlsContext {
public:
    class State;
    explicit TlsContext(std::unique_ptr<State> state);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    /// For clients: servers must show a certificate for the host that is called, signed by one of
    /// `ca_file` (PEM), or, if that is empty, of the system's. TLS 1.2 at least. Error:
    /// invalid_argument: the file cannot be read or holds no certificate.
    static Result<std::shared_ptr<TlsContext>> for_client(const std::string& ca_file);
    /// For servers that show the certificate (and chain) of `certificate_file` with its key; PEM.
    static Result<std::shared_ptr<TlsContext>> for_server(const std::string& certificate_file,
                                                          const std::string& key_file);

    /// Begins a session; a client's with the server `host`, a name or an address without brackets.
    std::unique_ptr<TlsSession> connect(const std::string& host) const;
    std::unique_ptr<TlsSession> accept() const;

private:
    std::unique_ptr<State> state_;
};

}  // namespace leat::net
