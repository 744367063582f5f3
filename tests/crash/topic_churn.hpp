// A topic that is deleted and created anew under its name, as the broker's Topics does it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tested_log.hpp"

namespace leat::crash {

/// Each life of the topic has an id and a judge of its own.
class TopicChurn {
public:
    explicit TopicChurn(SimWorld& world) : world_(world) {}

    /// At a start, with the state there: finishes deletions, opens the topic if there is one.
    Result<void> open();
    void step();
    void take_acks();
    void retained();
    void verify();
    void resend();
    void end_process();
    /// Before a clean stop: a removal that was asked for changes the state.
    void before_stop() {
        if (change_) std::exchange(change_, nullptr)();
    }
    /// To be called when nothing waits any more: then no removal does.
    void check_at_rest();
    std::vector<std::string> anomalies() const;

private:
    struct Removal {
        std::string id;
        int awaited = 2;  // the change of state, and that no sync of the log runs
        bool idle = false;
    };
    TestedLog* current() const { return id_.empty() ? nullptr : lives_.at(id_).get(); }
    void create();
    Result<void> open_log(const std::string& id);
    void remove();
    void advance(Removal& removal);
    Result<void> remove_folder(const std::string& id, bool exists);

    SimWorld& world_;
    std::map<std::string, std::unique_ptr<TestedLog>> lives_;  // by topic id
    std::string id_;                                           // of the one that is open, or empty
    std::function<void()> change_;  // of the state, that a removal has yet to make
    bool busy_ = false;             // the name is being made or removed
};

}  // namespace leat::crash
