#include "paused_member.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "rdkafka.hpp"

namespace leat::crash {
namespace {

constexpr int member_call_ms = 10'000;
constexpr int most_silent_member_polls = 300;

struct MemberClients {
    RdClient consumer;
    RdClient producer;
};

RdClient member_consumer(const MemberPlan& plan) {
    auto consumer = make_client(RD_KAFKA_CONSUMER,
                                make_conf(plan.bootstrap, {{"group.id", plan.group_id},
                                                           {"session.timeout.ms", "1500"},
                                                           {"heartbeat.interval.ms", "300"},
                                                           {"auto.offset.reset", "earliest"},
                                                           {"isolation.level", "read_committed"},
                                                           {"enable.auto.commit", "false"}}));
    rd_kafka_poll_set_consumer(consumer.get());
    const auto topics = make_list();
    rd_kafka_topic_partition_list_add(topics.get(), plan.topic.c_str(), -1);
    rd_kafka_subscribe(consumer.get(), topics.get());
    return consumer;
}

std::string name_of(const RdError& error) {
    return error ? rd_kafka_error_name(error.get()) : "NO_ERROR";
}

std::string commit_in_transaction(const MemberClients& clients, const RdList& offsets,
                                  rd_kafka_consumer_group_metadata_t* metadata) {
    const RdError refused{rd_kafka_send_offsets_to_transaction(
        clients.producer.get(), offsets.get(), metadata, member_call_ms)};
    const RdError failed{refused
                             ? rd_kafka_abort_transaction(clients.producer.get(), member_call_ms)
                             : rd_kafka_commit_transaction(clients.producer.get(), member_call_ms)};
    return name_of(refused ? refused : failed);
}

// In the child.
void be_member(const MemberPlan& plan, int in, int out) {
    MemberClients clients{member_consumer(plan), nullptr};
    int silent_polls = 0;
    for (int taken = 0; taken < plan.records && silent_polls < most_silent_member_polls;) {
        const RdMessage message{rd_kafka_consumer_poll(clients.consumer.get(), 100)};
        const bool is_record = message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        is_record ? ++taken : ++silent_polls;
    }
    auto* metadata = rd_kafka_consumer_group_metadata(clients.consumer.get());
    if (!plan.transactional_id.empty()) {
        clients.producer =
            make_client(RD_KAFKA_PRODUCER,
                        make_conf(plan.bootstrap, {{"transactional.id", plan.transactional_id}}));
        const RdError not_ready{rd_kafka_init_transactions(clients.producer.get(), member_call_ms)};
        const RdError not_begun{rd_kafka_begin_transaction(clients.producer.get())};
        check(!not_ready && !not_begun, "a member begins a transaction");
        (void)send(clients.producer,
                   {.topic = plan.output, .partition = 0, .key = "", .value = "of the paused one"});
        rd_kafka_flush(clients.producer.get(), member_call_ms);
    }
    const auto say = [&](const std::string& what) {
        const auto text = what + "\n";
        return ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    };
    char go = 0;
    if (silent_polls == most_silent_member_polls || !say("ready") || ::read(in, &go, 1) != 1)
        return;
    const auto offsets = make_list();
    rd_kafka_topic_partition_list_add(offsets.get(), plan.topic.c_str(), 0)->offset = plan.records;
    say(clients.producer
            ? commit_in_transaction(clients, offsets, metadata)
            : rd_kafka_err2name(rd_kafka_commit(clients.consumer.get(), offsets.get(), 0)));
}

}  // namespace

PausedMember::PausedMember(const MemberPlan& plan) {
    int to_child[2];
    int from_child[2];
    check(::pipe2(to_child, O_CLOEXEC) == 0 && ::pipe2(from_child, O_CLOEXEC) == 0,
          "pipes can be made");
    pid_ = ::fork();
    check(pid_ >= 0, "a process can be made");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_member(plan, to_child[0], from_child[1]);
        ::_exit(0);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    to_ = to_child[1];
    from_ = from_child[0];
}

PausedMember::~PausedMember() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(to_);
    ::close(from_);
}

void PausedMember::pause() const {
    ::kill(pid_, SIGSTOP);
    int status = 0;
    ::waitpid(pid_, &status, WUNTRACED);
    check(WIFSTOPPED(status), "the member has stopped");
}

// What is to be done stands ready before it wakes: no heartbeat is to come first.
std::string PausedMember::resume_and_commit() const {
    check(::write(to_, "c", 1) == 1, "the member is there");
    ::kill(pid_, SIGCONT);
    return line();
}

std::string PausedMember::line() const {
    std::string text;
    pollfd waiting{from_, POLLIN, 0};
    while (::poll(&waiting, 1, 60'000) > 0) {
        char letter = 0;
        if (::read(from_, &letter, 1) != 1) return text + " (ended)";
        if (letter == '\n') return text;
        text += letter;
    }
    return text + " (silent)";
}

}  // namespace leat::crash
