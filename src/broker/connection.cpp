#include "broker/connection.hpp"

#include <sys/uio.h>

#include <boost/asio/post.hpp>

#include "base/page_cache.hpp"
#include "broker/broker.hpp"

namespace leat::broker {
namespace {

// A connection that is owed more than this gets no further request handled.
constexpr std::size_t max_owed_bytes = std::size_t{1} << 20;
constexpr std::size_t max_pieces = 64;  // of one gathered write
// What one connection may be read before the others have their turn.
constexpr int max_reads_in_a_row = 16;
// The same of what it is sent.
constexpr std::size_t max_bytes_in_a_row = std::size_t{2} << 20;
constexpr std::size_t max_bytes_of_file = std::size_t{1} << 20;  // of one call

bool is_fetch(const ReceivedFrame& frame) {
    return frame.size >= sizeof(std::int16_t)
           && load_be<std::int16_t>(frame.bytes.get())
                  == static_cast<std::int16_t>(kafka::ApiKey::fetch);
}

}  // namespace

Connection::Connection(ConnectionEnvironment& environment, net::Stream stream, ClientInfo client)
    : environment_(environment),
      id_(client.connection_id),
      stream_(std::move(stream)),
      client_(std::make_shared<ClientInfo>(std::move(client))),
      frames_(environment.max_frame_size),
      last_received_(environment.clock.now()) {}

void Connection::start(std::function<void()> closed) {
    closed_ = std::move(closed);
    wait_readable();
}

void Connection::close() {
    if (!stream_.is_open()) return;
    stream_.close();
    unsent_.clear();
    front_.clear();
    front_at_ = sent_of_piece_ = 0;
    for (auto& slot : slots_) slot.answer = {};
    unsent_bytes_ = ready_bytes_ = answers_memory_ = 0;
    answers_share_ = {};
    unread_ = {};
    held_ = {};
    frames_ = FrameReader{environment_.max_frame_size};
    account_unfinished();
    if (const auto closed = std::exchange(closed_, nullptr)) closed();
}

std::optional<MonoTime> Connection::idle_since() const {
    if (!unsent_.empty()) return last_sent_;  // which it does not take
    if (!slots_.empty()) return std::nullopt;
    return last_received_;
}

void Connection::wait_readable() {
    if (reading_ || !stream_.is_open()) return;
    reading_ = true;
    stream_.wait_readable([self = shared_from_this()](const boost::system::error_code& error) {
        self->reading_ = false;
        if (!error) self->read();
    });
}

bool Connection::may_read() {
    if (closing_) return false;
    const auto resume = [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            boost::asio::post(self->stream_.get_executor(), [self] {
                if (std::exchange(self->paused_, false)) self->read();
            });
    };
    if (held_.bytes || slots_.size() >= environment_.max_waiting || owes_too_much()) {
        paused_ = true;  // flush() goes on
        return false;
    }
    if (environment_.budget.is_exhausted()) {
        paused_ = true;
        environment_.budget.when_free(resume);
        return false;
    }
    return true;
}

void Connection::read() {
    read_what_is_there();
    account_unfinished();
}

// Closes whoever holds most of too much; that may be this connection.
void Connection::account_unfinished() {
    const auto now = frames_.held() + unread_.size();
    if (now == unfinished_) return;
    unfinished_ = now;
    if (const auto id = environment_.unfinished.hold(id_, now)) {
        environment_.broker.events().warn("too much of requests that do not end: connection closed",
                                          {{"bytes", environment_.unfinished.held()}});
        environment_.close_connection(*id);
    }
}

void Connection::read_what_is_there() {
    if (!stream_.is_open()) return;
    const auto held = std::exchange(unread_, {});
    if (!take_all(held)) return;
    for (int i = 0; i < max_reads_in_a_row; ++i) {
        if (!may_read()) return;
        if (!read_once()) return;
    }
    wait_readable();
}

// Reads what is there; false if the connection must wait, or is closed.
bool Connection::read_once() {
    const auto direct = frames_.direct_room();
    const auto room = direct.empty() ? environment_.scratch : direct;
    boost::system::error_code error;
    const auto count = stream_.read_some(room, error);
    if (error == boost::asio::error::would_block) {
        wait_readable();
        return false;
    }
    if (error) {
        close();
        return false;
    }
    last_received_ = environment_.clock.now();
    if (direct.empty()) {
        if (!take_all(ByteView{room.data(), count})) return false;
    } else {
        ReceivedFrame frame;
        frames_.took_direct(count, frame);
        if (frame.bytes) dispatch(std::move(frame));
    }
    if (count < room.size()) {  // the socket is empty: do not ask again just to hear so
        wait_readable();
        return false;
    }
    return true;
}

// Handles every whole frame of `input`; false if the connection is closed or must stop.
bool Connection::take_all(ByteView input) {
    while (!input.empty()) {
        if (!may_read()) {
            unread_.assign(input.begin(), input.end());
            return false;
        }
        ReceivedFrame frame;
        if (!frames_.take(input, frame)) {
            environment_.broker.events().warn("a frame of impossible size: connection closed",
                                              {{"client", client_->host}});
            close();
            return false;
        }
        if (frame.bytes) dispatch(std::move(frame));
        if (!stream_.is_open()) return false;
    }
    return true;
}

// One fetch at a time, as with Kafka: whoever asks for many and reads none holds what one brings.
void Connection::dispatch(ReceivedFrame frame) {
    if (fetches_ == 0 || !is_fetch(frame)) return handle(std::move(frame));
    held_ = std::move(frame);
    paused_ = true;  // go_on() goes on
}

void Connection::handle(ReceivedFrame frame) {
    const auto number = first_slot_ + slots_.size();
    slots_.emplace_back().is_fetch = is_fetch(frame);
    fetches_ += slots_.back().is_fetch ? 1 : 0;
    const auto share = std::make_shared<MemoryBudget::Share>(environment_.budget, frame.size);
    environment_.broker.handle(std::move(frame.bytes), frame.size, client_,
                               [weak = weak_from_this(), number, share](WireAnswer answer) {
                                   if (const auto self = weak.lock())
                                       self->answered(number, std::move(answer));
                               });
}

void Connection::answered(std::uint64_t number, WireAnswer answer) {
    auto& slot = slots_[number - first_slot_];
    slot.ready = true;
    slot.answer = std::move(answer);
    ready_bytes_ += slot.answer.frame.size();
    answers_memory_ += slot.answer.frame.own_size();
    answers_share_ = {environment_.budget, answers_memory_};
    if (number == first_slot_) flush_soon();
}

// Answers that become ready in one turn of the loop leave in one write.
void Connection::flush_soon() {
    if (std::exchange(flush_posted_, true)) return;
    boost::asio::post(stream_.get_executor(), [self = shared_from_this()] {
        self->flush_posted_ = false;
        self->flush();
    });
}

void Connection::flush() {
    while (!slots_.empty() && slots_.front().ready && !closing_) {
        auto answer = std::move(slots_.front().answer);
        fetches_ -= slots_.front().is_fetch ? 1 : 0;
        slots_.pop_front();
        ++first_slot_;
        if (answer.kind == WireAnswer::Kind::close) closing_ = true;
        if (answer.kind != WireAnswer::Kind::frame) continue;
        if (unsent_.empty()) last_sent_ = environment_.clock.now();
        unsent_bytes_ += answer.frame.size();
        ready_bytes_ -= answer.frame.size();
        unsent_.push_back(std::move(answer.frame));
    }
    if (!stream_.is_open()) return;
    const auto enough = unsent_bytes_ - std::min(unsent_bytes_, max_bytes_in_a_row);
    while (!writing_ && !unsent_.empty() && unsent_bytes_ >= enough)
        if (!write_some()) break;
    if (!writing_ && !unsent_.empty() && stream_.is_open()) flush_soon();
    answers_share_ = {environment_.budget, answers_memory_};
    if (!stream_.is_open()) return;
    if (closing_ && unsent_.empty()) return close();
    go_on();
}

// Handles and reads what had to wait, as far as it may now.
void Connection::go_on() {
    if (!paused_ || closing_ || slots_.size() >= environment_.max_waiting || owes_too_much())
        return;
    if (held_.bytes && fetches_ == 0) handle(std::exchange(held_, {}));
    if (held_.bytes) return;
    paused_ = false;
    read();
}

// What is unsent, up to a piece that lies in a file, or of that piece as much as one call takes.
Connection::Next Connection::next_pieces() const {
    Next next;
    std::size_t skip = sent_of_piece_;
    const auto take = [&](const kafka::Frame::Piece& piece) {
        next.more = piece.file != nullptr || next.in_memory.size() == max_pieces;
        if (next.more && !next.in_memory.empty()) return false;
        const auto from = std::exchange(skip, 0);
        if (piece.file != nullptr) {
            next.in_file = *piece.file;
            next.in_file->position += from;
            next.in_file->count = std::min(piece.size() - from, max_bytes_of_file);
            return false;
        }
        next.in_memory.push_back(
            {const_cast<std::byte*>(piece.bytes.data()) + from, piece.size() - from});
        return true;
    };
    for (auto i = front_at_; i < front_.size(); ++i)
        if (!take(front_[i])) return next;
    for (std::size_t i = 1; i < unsent_.size(); ++i)
        for (const auto& piece : unsent_[i].pieces())
            if (!take(piece)) return next;
    return next;
}

// Writes as much as the socket takes at once; false if it takes no more now, or is closed.
bool Connection::write_some() {
    if (front_.empty()) front_ = unsent_.front().pieces();
    const auto next = next_pieces();
    if (next.in_file && !brought_in_ && bring_in(*next.in_file)) return false;
    boost::system::error_code error;
    const auto count = next.in_file ? stream_.send_file(*next.in_file, error)
                                    : stream_.write_some(next.in_memory, error, next.more);
    if (error) {
        error == boost::asio::error::would_block ? wait_writable() : close();
        return false;
    }
    sent(count);
    return true;
}

// What has left memory since the fetch is read anew, once, by whoever may wait for the disk.
bool Connection::bring_in(const FileSlice& slice) {
    if (is_in_memory(slice.descriptor, slice.position, slice.count)) return false;
    writing_ = true;
    environment_.broker.runtime().reads.run(
        [slice] { bring_into_memory(slice.descriptor, slice.position, slice.count); },
        [self = shared_from_this()] {
            self->writing_ = false;
            self->brought_in_ = true;
            self->flush();
        });
    return true;
}

void Connection::sent(std::size_t bytes) {
    last_sent_ = environment_.clock.now();
    unsent_bytes_ -= bytes;
    brought_in_ = false;
    while (bytes > 0) {
        const auto left = front_[front_at_].size() - sent_of_piece_;
        sent_of_piece_ += std::min(bytes, left);
        if (bytes < left) return;
        bytes -= left;
        sent_of_piece_ = 0;
        if (++front_at_ < front_.size()) continue;
        answers_memory_ -= unsent_.front().own_size();
        unsent_.pop_front();
        front_at_ = 0;
        front_.clear();
        if (!unsent_.empty()) front_ = unsent_.front().pieces();
    }
}

bool Connection::owes_too_much() const { return unsent_bytes_ + ready_bytes_ > max_owed_bytes; }

void Connection::wait_writable() {
    writing_ = true;
    stream_.wait_writable([self = shared_from_this()](const boost::system::error_code& error) {
        self->writing_ = false;
        if (!error) self->flush();
    });
}

}  // namespace leat::broker
