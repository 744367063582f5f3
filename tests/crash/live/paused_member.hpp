// A member of a group in a process of its own, which can be stopped and continued like any process.
#pragma once

#include <sys/types.h>

#include <string>

namespace leat::crash {

struct MemberPlan {
    std::string bootstrap;
    std::string topic;
    std::string group_id;
    /// So many records it takes before it is ready.
    int records = 10;
    /// Its offsets are to be committed in a transaction of this id, in which a record goes to
    /// `output`; empty: without one.
    std::string transactional_id;
    std::string output;
};

/// Forks: made while this process has one thread only.
class PausedMember {
public:
    explicit PausedMember(const MemberPlan& plan);
    ~PausedMember();
    PausedMember(const PausedMember&) = delete;
    PausedMember& operator=(const PausedMember&) = delete;

    /// Whether it has taken its records, within 30 s.
    bool wait_ready() const { return line() == "ready"; }
    /// SIGSTOP.
    void pause() const;
    /// SIGCONT; the name of librdkafka's error when it commits what it has taken then.
    std::string resume_and_commit() const;

private:
    std::string line() const;

    pid_t pid_ = -1;
    int to_ = -1;
    int from_ = -1;
};

}  // namespace leat::crash
