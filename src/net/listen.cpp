// Opens, binds and listens.
#include "net/listen.hpp"

#include <boost/asio/ip/v6_only.hpp>

namespace leat::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string choose_another(const ListenOptions& options) {
    if (options.flag.empty()) return "choose another (port 0 takes a free one)";
    return "choose another with " + std::string{options.flag}
           + " HOST:PORT (port 0 takes a free one)";
}

std::string hint(const error_code& code, const ListenOptions& options) {
    if (code == asio::error::address_in_use)
        return "; another process holds the port: stop it or " + choose_another(options);
    if (code == asio::error::access_denied)
        return "; ports below 1024 need root: " + choose_another(options);
    if (code == boost::system::errc::address_not_available)
        return "; the address is none of this machine's: " + choose_another(options);
    return "";
}

Error cannot_listen(const HostPort& at, const error_code& code, const ListenOptions& options) {
    return {Errc::io,
            "cannot listen on " + at.to_string() + ": " + code.message() + hint(code, options)};
}

error_code listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint,
                  const ListenOptions& options) {
    error_code code;
    acceptor.open(endpoint.protocol(), code);
    if (!code) acceptor.set_option(tcp::acceptor::reuse_address{true}, code);
    if (!code && endpoint.address().is_v6())
        acceptor.set_option(asio::ip::v6_only{options.v6_only}, code);
    if (!code) acceptor.bind(endpoint, code);
    if (!code) acceptor.listen(options.backlog, code);
    error_code ignored;
    if (code) acceptor.close(ignored);
    return code;
}

// What `at` stands for; the error says that it is none.
Result<asio::ip::address> address_of(const asio::any_io_executor& executor, const HostPort& at,
                                     const ListenOptions& options) {
    error_code code;
    const auto host = at.host == "localhost" ? std::string{"127.0.0.1"} : at.host;
    const auto address = asio::ip::make_address(host, code);
    if (!code) return address;
    tcp::resolver resolver{executor};
    const auto found = resolver.resolve(at.host, "", code);
    if (code || found.empty())
        return Error{Errc::invalid_argument,
                     "cannot listen on " + at.to_string() + ": '" + at.host
                         + "' is neither an address nor a known name of this machine; "
                         + choose_another(options)};
    for (const auto& entry : found)
        if (entry.endpoint().address().is_v4()) return entry.endpoint().address();
    return found.begin()->endpoint().address();
}

}  // namespace

Result<tcp::acceptor> listen_on(const asio::any_io_executor& executor, const HostPort& at,
                                const ListenOptions& options) {
    tcp::acceptor acceptor{executor};
    error_code code;
    if (at.host.empty()) {
        code = listen(acceptor, {asio::ip::address_v6::any(), at.port}, options);
        // Without IPv6 in the kernel, or in this container.
        if (code == asio::error::address_family_not_supported
            || code == boost::system::errc::address_not_available)
            code = listen(acceptor, {asio::ip::address_v4::any(), at.port}, options);
    } else {
        const auto address = address_of(executor, at, options);
        if (!address) return address.error();
        code = listen(acceptor, {*address, at.port}, options);
    }
    if (code) return cannot_listen(at, code, options);
    return acceptor;
}

std::string plain_text(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

}  // namespace leat::net
