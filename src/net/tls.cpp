// OpenSSL behind a session that never blocks.
#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <climits>

#include "base/check.hpp"

namespace leat::net {
namespace {

using boost::system::error_code;

struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Free>;
using SslPtr = std::unique_ptr<SSL, Free>;

// The newest of OpenSSL's errors, as text; the thread's queue is empty afterwards.
std::string last_reason() {
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    const auto* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "no reason is known";
}

// What OpenSSL reads from and writes to: the socket, without the SIGPIPE of its own BIO.
int descriptor_of(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* room, int size) {
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(descriptor_of(bio), room, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

int bio_write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto sent = ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size),
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_method() {
    static const std::unique_ptr<BIO_METHOD, Free> method = [] {
        std::unique_ptr<BIO_METHOD, Free> made{BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket")};
        check(made != nullptr, "OpenSSL has memory for a method");
        BIO_meth_set_read(made.get(), &bio_read);
        BIO_meth_set_write(made.get(), &bio_write);
        BIO_meth_set_ctrl(made.get(), &bio_control);
        return made;
    }();
    return method.get();
}

bool is_address(const std::string& host) {
    error_code code;
    boost::asio::ip::make_address(host, code);
    return !code;
}

Error unusable(const std::string& file, const char* what) {
    return {Errc::invalid_argument,
            "The file " + file + " cannot be used as " + what + ": " + last_reason() + "."};
}

}  // namespace

class TlsSession::State {
public:
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    explicit State(SslPtr session) : ssl(std::move(session)) {
        auto* bio = BIO_new(socket_method());
        check(bio != nullptr, "OpenSSL has memory for a session");
        BIO_set_init(bio, 1);
        BIO_set_data(bio, &socket);
        SSL_set_bio(ssl.get(), bio, bio);
    }

    void use(int descriptor) {
        socket = descriptor;
        ERR_clear_error();
        errno = 0;
    }

    // What a call that did not succeed means.
    error_code outcome(int result) {
        const int number = errno;
        switch (SSL_get_error(ssl.get(), result)) {
            case SSL_ERROR_WANT_WRITE:
                wants_write = true;
                return boost::asio::error::would_block;
            case SSL_ERROR_WANT_READ:
                return boost::asio::error::would_block;
            case SSL_ERROR_ZERO_RETURN:
                return boost::asio::error::eof;
            case SSL_ERROR_SYSCALL:
                broken = true;
                failure = number == 0
                              ? "the peer ended the connection within TLS"
                              : error_code{number, boost::system::system_category()}.message();
                return boost::asio::error::connection_reset;
            default:
                broken = true;
                failure = why_failed();
                return boost::asio::error::connection_aborted;
        }
    }

    std::string why_failed() const {
        const auto verified = SSL_get_verify_result(ssl.get());
        if (verified == X509_V_OK) return "TLS failed: " + last_reason();
        ERR_clear_error();
        return std::string{"its certificate is not accepted: "}
               + X509_verify_cert_error_string(verified);
    }

    int socket = -1;  // of the call in hand; ssl refers to it
    SslPtr ssl;
    bool wants_write = false;
    bool broken = false;  // nothing may be sent any more, not even an end
    std::string failure;
};

TlsSession::TlsSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsSession::~TlsSession() = default;

std::size_t TlsSession::read(int descriptor, std::span<std::byte> room, error_code& error) {
    state_->use(descriptor);
    const auto most = static_cast<int>(std::min<std::size_t>(room.size(), INT_MAX));
    const int got = SSL_read(state_->ssl.get(), room.data(), most);
    state_->wants_write = false;
    error = got > 0 ? error_code{} : state_->outcome(got);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

std::size_t TlsSession::write(int descriptor, std::span<const std::byte> bytes, error_code& error) {
    error = {};
    if (bytes.empty()) return 0;
    state_->use(descriptor);
    const auto most = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
    const int sent = SSL_write(state_->ssl.get(), bytes.data(), most);
    state_->wants_write = false;
    if (sent <= 0) error = state_->outcome(sent);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

bool TlsSession::wants_write() const { return state_->wants_write; }
bool TlsSession::has_unread() const { return SSL_pending(state_->ssl.get()) > 0; }

bool TlsSession::is_quiet(int descriptor) {
    state_->use(descriptor);
    char byte = 0;
    const int got = SSL_peek(state_->ssl.get(), &byte, 1);
    return got <= 0 && state_->outcome(got) == boost::asio::error::would_block;
}

void TlsSession::end(int descriptor) {
    if (state_->broken || SSL_in_init(state_->ssl.get()) != 0) return;
    state_->use(descriptor);
    SSL_shutdown(state_->ssl.get());
    ERR_clear_error();
}

const std::string& TlsSession::failure() const { return state_->failure; }

class TlsContext::State {
public:
    ContextPtr context;
};

namespace {

// What both sides have in common.
ContextPtr new_context(const SSL_METHOD* method) {
    ContextPtr context{SSL_CTX_new(method)};
    check(context != nullptr, "OpenSSL has memory for a context");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    // A write that did not fit is repeated from wherever its bytes lie by then.
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

std::shared_ptr<TlsContext> as_shared(ContextPtr context) {
    return std::make_shared<TlsContext>(
        std::make_unique<TlsContext::State>(TlsContext::State{std::move(context)}));
}

}  // namespace

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::for_client(const std::string& ca_file) {
    auto context = new_context(TLS_client_method());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    ERR_clear_error();
    if (ca_file.empty())
        SSL_CTX_set_default_verify_paths(context.get());
    else if (SSL_CTX_load_verify_file(context.get(), ca_file.c_str()) != 1)
        return unusable(ca_file, "certificates of authorities (PEM)");
    return as_shared(std::move(context));
}

Result<std::shared_ptr<TlsContext>> TlsContext::for_server(const std::string& certificate_file,
                                                           const std::string& key_file) {
    auto context = new_context(TLS_server_method());
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1)
        return unusable(certificate_file, "a certificate (PEM)");
    if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return unusable(key_file, "the certificate's key (PEM)");
    return as_shared(std::move(context));
}

std::unique_ptr<TlsSession> TlsContext::connect(const std::string& host) const {
    SslPtr ssl{SSL_new(state_->context.get())};
    check(ssl != nullptr, "OpenSSL has memory for a session");
    SSL_set_connect_state(ssl.get());
    if (is_address(host)) {  // no name to indicate; the certificate must hold the address
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
    } else {
        // The macro for this casts in the old style.
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str()));
        SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        check(SSL_set1_host(ssl.get(), host.c_str()) == 1, "a host that can be verified");
    }
    return std::make_unique<TlsSession>(std::make_unique<TlsSession::State>(std::move(ssl)));
}

std::unique_ptr<TlsSession> TlsContext::accept() const {
    SslPtr ssl{SSL_new(state_->context.get())};
    check(ssl != nullptr, "OpenSSL has memory for a session");
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsSession>(std::make_unique<TlsSession::State>(std::move(ssl)));
}

}  // namespace leat::net
