// One log of the simulation: its producers and readers, and the judge of what it promised them.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "history_checker.hpp"
#include "sim_world.hpp"

namespace leat::crash {

/// Outlives the processes that open its log: attach() tells it of each.
class TestedLog {
public:
    /// The producers' numbers begin behind `number` * 10.
    TestedLog(SimWorld& world, int number);

    void attach(std::shared_ptr<storage::Log> log) { log_ = std::move(log); }
    void detach() { log_.reset(); }
    const std::shared_ptr<storage::Log>& log() const { return log_; }

    void send();
    void take_acks();
    void read_some();
    void delete_some();
    /// Begins to replace a closed segment by one that lacks some of its records.
    void rewrite_some();
    /// Retention may have deleted what it did.
    void retained() { checker_.deleted_below(log_->log_start(), false); }
    /// After a start: judges all that is there.
    void verify();
    /// The producers send again what was not acknowledged before the start.
    void resend();
    const std::vector<std::string>& anomalies() const { return checker_.anomalies(); }

private:
    struct Unacked {
        std::int64_t last_offset = -1;  // -1: to be sent again
        std::int32_t sequence = 0;
        std::vector<std::string> values;
    };
    struct Producer {
        HistoryChecker::Kind kind;
        int number;
        int sent = 0;
        std::deque<Unacked> unacked;
    };
    void deliver(Producer& producer, Unacked& batch);
    void run_late_read();

    SimWorld& world_;
    std::shared_ptr<storage::Log> log_;
    HistoryChecker checker_;
    std::vector<Producer> producers_;
    std::vector<std::int64_t> rewritten_away_;  // by a replacement that runs
    std::shared_ptr<storage::ColdRead> late_read_;
};

}  // namespace leat::crash
