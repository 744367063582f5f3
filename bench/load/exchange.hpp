// Requests and answers on one blocking connection; what fails ends the program.
#pragma once

#include <array>

#include "client/socket.hpp"
#include "load/cluster.hpp"

namespace leat::bench {

class Exchange {
public:
    explicit Exchange(const Options& options)
        : socket_(must(client::Socket::connect(must(parse_host_port(options.bootstrap)),
                                               client::now() + patience))) {}

    void send(const Bytes& frame) {
        if (auto sent = socket_.send({frame}, client::now() + patience); !sent)
            give_up(sent.error().what);
    }
    /// The next answer without its length, until the next call: one memory for all of them, since
    /// fresh pages would cost more than the bytes.
    ByteView receive() {
        std::array<std::byte, sizeof(std::int32_t)> size{};
        fill(size);
        const std::size_t wanted = load_be<std::uint32_t>(size.data());
        if (buffer_.size() < wanted) buffer_.resize(wanted);
        const auto frame = std::span{buffer_}.first(wanted);
        fill(frame);
        return frame;
    }

private:
    static constexpr std::chrono::seconds patience{60};

    void fill(std::span<std::byte> target) {
        if (auto got = socket_.receive(target, client::now() + patience); !got)
            give_up(got.error().what);
    }

    client::Socket socket_;
    Bytes buffer_;
};

}  // namespace leat::bench
