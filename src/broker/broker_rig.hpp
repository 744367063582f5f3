// A whole broker in one thread, on a simulated disk and clock: test support.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "broker/broker.hpp"
#include "storage/testing/sim_disk.hpp"

namespace leat::broker {

/// Timers that go off when the clock is moved past them.
class ManualTimers final : public Timers {
public:
    explicit ManualTimers(ManualClock& clock) : clock_(clock) {}
    void call_after(std::chrono::milliseconds delay, std::function<void()> what) override {
        due_.emplace(clock_.now() + delay, std::move(what));
    }
    /// Runs what is due now; false if nothing was.
    bool run_due() {
        if (due_.empty() || due_.begin()->first > clock_.now()) return false;
        const auto what = std::move(due_.begin()->second);
        due_.erase(due_.begin());
        what();
        return true;
    }
    void drop_all() { due_.clear(); }

private:
    ManualClock& clock_;
    std::multimap<MonoTime, std::function<void()>> due_;
};

class BrokerRig {
public:
    explicit BrokerRig(Config config = test_config()) : config_(std::move(config)) { start(); }

    static Config test_config() {
        Config config;
        check(config.set("log.dirs", "/data").ok(), "a key that exists");
        check(config.set("leat.free.space.floor.bytes", "0").ok(), "a key that exists");
        check(config.set("leat.journal.bytes", "16384").ok(), "a key that exists");
        check(config.set("offsets.topic.num.partitions", "2").ok(), "a key that exists");
        return config;
    }

    void start() {
        const auto started = try_to_start();
        check(started.ok(), started ? "" : started.error().what);
    }
    Result<void> try_to_start() {
        auto opened =
            Broker::open({disk, clock, pool, reads, upkeep, compute, timers, *metrics}, config_);
        if (!opened) return opened.error();
        broker = std::move(*opened);
        return {};
    }
    /// Loses power: what was not synced may be gone.
    void lose_power() {
        pool.drop_all();
        reads.drop_all();
        upkeep.drop_all();
        compute.drop_all();
        timers.drop_all();
        broker.reset();
        disk.crash();
        start();
    }
    /// Dies: what was written stays.
    void kill() {
        pool.drop_all();
        reads.drop_all();
        upkeep.drop_all();
        compute.drop_all();
        timers.drop_all();
        broker.reset();
        disk.kill();
    }
    /// Dies and comes back.
    void kill_and_start() {
        kill();
        start();
    }
    /// A clean stop, and a start.
    Result<void> restart() {
        Result<void> closed = Error{Errc::cancelled, "never closed"};
        broker->close([&](const Result<void>& result) { closed = result; });
        settle();
        kill_and_start();
        return closed;
    }
    /// Lets everything happen that needs no time.
    void settle() { settle_but_compute_from(0); }
    /// The same, while the jobs that have waited longest to be computed, `running` of them, do not
    /// end.
    void settle_but_compute_from(std::size_t running) {
        while (timers.run_due() || pool.run_one() || reads.run_one() || upkeep.run_one()
               || compute.run_one(running)) {
        }
    }
    /// The same, while the job that has waited longest in the pool does not end.
    void settle_but_first_job() {
        while (timers.run_due() || pool.run_one(1) || reads.run_one() || upkeep.run_one()
               || compute.run_one()) {
        }
    }
    void advance(std::chrono::milliseconds by) {
        for (; by.count() > 0; by -= std::chrono::milliseconds{10}) {
            settle();
            clock.advance(std::min(by, std::chrono::milliseconds{10}));
        }
        settle();
    }

    /// The client of what is sent from here on.
    void come_from(ClientInfo client) { client_ = std::make_shared<ClientInfo>(std::move(client)); }

    /// Sends a request as `version`; its answer is in the result once it came.
    template <class Response, class RequestBody>
    std::shared_ptr<std::optional<Response>> send(const RequestBody& request,
                                                  std::int16_t version) {
        const auto bytes = kafka::request_frame(request, version, 7, "rig").flat();
        auto frame = std::make_shared<std::byte[]>(bytes.size() - 4);
        std::copy(bytes.begin() + 4, bytes.end(), frame.get());
        auto answer = std::make_shared<std::optional<Response>>();
        broker->handle(frame, bytes.size() - 4, client_, [=, this](WireAnswer wire) {
            last_kind = wire.kind;
            if (wire.kind != WireAnswer::Kind::frame) return;
            const auto flat = std::make_shared<const Bytes>(sent(wire.frame));
            auto opened = kafka::open_response<Response>(ByteView{*flat}.subspan(4), version, flat);
            check(opened.has_value(), "the broker's answers can be read");
            *answer = std::move(opened->second);
        });
        return answer;
    }
    /// send(), and lets everything happen that the answer needs, but no time pass.
    template <class Response, class RequestBody>
    Response ask(const RequestBody& request, std::int16_t version) {
        const auto answer = send<Response>(request, version);
        settle();
        check(answer->has_value(), "the request is answered");
        return **answer;
    }

    ManualClock clock;
    storage::SimDisk disk{1};
    storage::ManualPool pool;
    storage::ManualPool reads;
    storage::ManualPool upkeep;
    storage::ManualPool compute;
    ManualTimers timers{clock};
    std::unique_ptr<Metrics> metrics = std::make_unique<Metrics>();
    std::optional<WireAnswer::Kind> last_kind;
    std::size_t last_in_files = 0;  // bytes of the last answer that no process would touch
    std::unique_ptr<Broker> broker;

private:
    /// What the connection would send.
    Bytes sent(const kafka::Frame& frame) {
        Bytes all;
        last_in_files = 0;
        for (const auto& piece : frame.pieces()) {
            const auto held = piece.file != nullptr ? storage::content_of(*piece.file) : Bytes{};
            last_in_files += held.size();
            const auto bytes = piece.file != nullptr ? ByteView{held} : piece.bytes;
            all.insert(all.end(), bytes.begin(), bytes.end());
        }
        return all;
    }

    Config config_;
    std::shared_ptr<const ClientInfo> client_ = std::make_shared<ClientInfo>(
        ClientInfo{"/127.0.0.1", 1, "PLAINTEXT", {"127.0.0.1", 9092}, {}});
};

}  // namespace leat::broker
