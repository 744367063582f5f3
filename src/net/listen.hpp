// listen_on(): a socket that listens, or a sentence that says why there is none and what cures it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string_view>

#include "base/host_port.hpp"

namespace leat::net {

struct ListenOptions {
    int backlog = boost::asio::socket_base::max_listen_connections;
    /// An IPv6 wildcard leaves the port's IPv4 side to another listener.
    bool v6_only = false;
    /// The flag that chooses another address: errors name it.
    std::string_view flag = "";
};

/// Listens at `at`: an address or a name of this machine (the first address it stands for, IPv4
/// first); an empty host: every address, IPv4 and IPv6; port 0: a free one. A name is looked up on
/// the calling thread. Errors: io, invalid_argument, with address, cause and remedy.
Result<boost::asio::ip::tcp::acceptor> listen_on(const boost::asio::any_io_executor& executor,
                                                 const HostPort& at, const ListenOptions& options);

/// The address as clients know it: an IPv4 address that came in through an IPv6 socket is IPv4.
std::string plain_text(const boost::asio::ip::address& address);

}  // namespace leat::net
