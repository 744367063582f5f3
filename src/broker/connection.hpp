// One client's connection: frames in, answers out in the order of the requests, never too many.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "broker/frame_reader.hpp"
#include "broker/memory_budget.hpp"
#include "broker/request.hpp"
#include "broker/unfinished_frames.hpp"
#include "net/stream.hpp"

namespace leat::broker {

class Broker;

/// What all connections of a server share. Outlives them.
struct ConnectionEnvironment {
    Broker& broker;
    const Clock& clock;
    MemoryBudget& budget;
    std::span<std::byte> scratch;  // the one buffer that sockets are read into
    std::size_t max_frame_size;
    std::size_t max_waiting;  // requests without an answer; beyond, the socket is not read
    UnfinishedFrames& unfinished;
    std::function<void(std::uint64_t)> close_connection;  // by its id
};

/// Core thread; lives until its socket is closed and its last request is answered.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(ConnectionEnvironment& environment, net::Stream stream, ClientInfo client);

    /// Begins to read. `closed` is called once, when the socket is closed.
    void start(std::function<void()> closed);
    void close();
    /// Since when nothing was received and nothing is owed, or nothing was taken of what is: for
    /// connections.max.idle.ms.
    std::optional<MonoTime> idle_since() const;
    const std::string& host() const { return client_->host; }

private:
    struct Slot {
        bool is_fetch = false;
        bool ready = false;
        WireAnswer answer;
    };

    void wait_readable();
    void read();
    void read_what_is_there();
    bool read_once();
    void account_unfinished();
    bool take_all(ByteView input);
    void dispatch(ReceivedFrame frame);
    void handle(ReceivedFrame frame);
    void go_on();
    void answered(std::uint64_t number, WireAnswer answer);
    bool may_read();

    void flush_soon();
    void flush();
    struct Next {
        std::vector<iovec> in_memory;
        std::optional<FileSlice> in_file;  // if nothing comes before it
        bool more = false;                 // something follows
    };
    Next next_pieces() const;
    bool write_some();
    bool bring_in(const FileSlice& slice);
    void sent(std::size_t bytes);
    void wait_writable();
    bool owes_too_much() const;

    ConnectionEnvironment& environment_;
    std::uint64_t id_;
    net::Stream stream_;
    std::shared_ptr<const ClientInfo> client_;
    std::function<void()> closed_;
    FrameReader frames_;
    Bytes unread_;                // received while the connection had to stop reading
    std::size_t unfinished_ = 0;  // bytes in both, as the environment knows them
    std::deque<Slot> slots_;
    int fetches_ = 0;               // among the slots
    ReceivedFrame held_;            // a fetch that waits until the one before it is answered
    std::uint64_t first_slot_ = 0;  // the number of slots_.front()
    std::deque<kafka::Frame> unsent_;
    std::size_t unsent_bytes_ = 0;
    std::size_t ready_bytes_ = 0;     // of answers that wait for those before them
    std::size_t answers_memory_ = 0;  // of both, but for records, which are accounted for elsewhere
    std::vector<kafka::Frame::Piece> front_;  // those of unsent_.front(), once it is being sent
    std::size_t front_at_ = 0;                // the first that is not wholly sent
    std::size_t sent_of_piece_ = 0;           // bytes of that
    bool brought_in_ = false;                 // what comes next of it, from the disk
    MemoryBudget::Share answers_share_;
    MonoTime last_received_;
    MonoTime last_sent_;    // or since when something is to be sent
    bool reading_ = false;  // waits for the socket to be readable
    bool paused_ = false;   // has to stop reading
    bool writing_ = false;  // waits for the socket to be writable, or for the disk
    bool flush_posted_ = false;
    bool closing_ = false;  // after what is unsent
};

}  // namespace leat::broker
