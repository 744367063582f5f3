#include "txn_session.hpp"

#include <array>

#include "base/clock.hpp"
#include "kafka/messages/group.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/record_batch.hpp"

namespace leat::crash {
namespace {

using kafka::ErrorCode;
using std::chrono::milliseconds;
using Fate = CopyJudge::Fate;

constexpr auto answered_within = std::chrono::seconds{60};
constexpr std::int16_t uncapped = client::Connection::any_version;

ErrorCode code_of(const kafka::InitProducerIdResponse& answer) { return answer.error_code; }
ErrorCode code_of(const kafka::EndTxnResponse& answer) { return answer.error_code; }
ErrorCode code_of(const kafka::AddOffsetsToTxnResponse& answer) { return answer.error_code; }
ErrorCode code_of(const kafka::FindCoordinatorResponse& answer) {
    return answer.coordinators.empty() ? answer.error_code : answer.coordinators[0].error_code;
}
ErrorCode code_of(const kafka::ProduceResponse& answer) {
    return answer.responses.at(0).partition_responses.at(0).error_code;
}
ErrorCode code_of(const kafka::TxnOffsetCommitResponse& answer) {
    return answer.topics.at(0).partitions.at(0).error_code;
}
ErrorCode code_of(const kafka::AddPartitionsToTxnResponse& answer) {
    for (const auto& topic : answer.results_by_topic_v3_and_below)
        for (const auto& each : topic.results_by_partition)
            if (each.partition_error_code != ErrorCode::none) return each.partition_error_code;
    return ErrorCode::none;
}

}  // namespace

bool WireClient::connected() {
    if (connection_) return true;
    auto opened = client::Connection::open(peer_, {}, client::now() + std::chrono::seconds{2});
    if (opened) connection_.emplace(std::move(*opened));
    return connection_.has_value();
}

Echo::Echo(HostPort peer) : peer_(std::move(peer)) {
    thread_ = std::thread{[this] { run(); }};
}

Echo::~Echo() { finish(); }

void Echo::say_again(Repeat request, milliseconds delay) {
    const std::lock_guard lock{mutex_};
    due_.emplace(std::chrono::steady_clock::now() + delay, std::move(request));
    changed_.notify_one();
}

std::map<ErrorCode, std::size_t> Echo::finish() {
    {
        const std::lock_guard lock{mutex_};
        finishing_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    return answers_;
}

void Echo::run() {
    WireClient wire{peer_};
    std::unique_lock lock{mutex_};
    for (;;) {
        if (due_.empty()) {
            if (finishing_) return;
            changed_.wait(lock);
            continue;
        }
        const auto next = due_.begin();
        if (!finishing_ && next->first > std::chrono::steady_clock::now()) {
            changed_.wait_until(lock, next->first);
            continue;
        }
        const auto request = std::move(next->second);
        due_.erase(next);
        lock.unlock();
        const auto code = request(wire);
        lock.lock();
        if (code) ++answers_[*code];
    }
}

TxnSession::TxnSession(CopyJudge& judge, Echo& echo, const std::atomic<int>& lives,
                       SessionPlan plan)
    : judge_(judge),
      echo_(echo),
      lives_(lives),
      plan_(std::move(plan)),
      random_(plan_.seed),
      wire_(plan_.peer) {
    thread_ = std::thread{[this] { run(); }};
}

TxnSession::~TxnSession() { thread_.join(); }

void TxnSession::run() {
    bool begun = find_coordinators() && init();
    for (std::size_t i = 0; i < plan_.transactions && judge_.anomalies().empty(); ++i) {
        if (!begun || (!plan_.own_epochs && pick(4) == 0)) begun = init();
        begun = begun && one_transaction();
    }
    // Nothing is left open, and what is held comes late even so.
    if (!begun || !plan_.own_epochs) init();
    let_go();
    done_ = true;
}

void TxnSession::let_go() {
    for (auto& each : held_) echo_.say_again(std::move(each), milliseconds{pick(40)});
    held_.clear();
}

// Either protocol says most of its requests again at once; the older one, whose epochs do not tell
// one transaction from the next, only once the epoch is over.
template <class Response, class Request>
void TxnSession::repeat_later(const Request& request, std::int16_t most) {
    const auto repeat = [request, most](WireClient& wire) -> std::optional<ErrorCode> {
        const auto answer = wire.try_once<Response>(request, most);
        return answer ? std::optional{code_of(*answer)} : std::nullopt;
    };
    static constexpr std::array<std::uint64_t, 6> delays{1, 1, 3, 6, 15, 300};
    for (auto times = pick(3); times > 0; --times) {
        const auto delay = pick(delays[pick(delays.size())]);
        if (plan_.own_epochs)
            echo_.say_again(repeat, milliseconds{delay});
        else
            held_.push_back(repeat);
    }
}

template <class Response, class Request>
std::optional<Response> TxnSession::ask(const Request& request, std::int16_t most, bool echoed) {
    if (echoed) repeat_later<Response>(request, most);
    const auto until = client::now() + answered_within;
    while (client::now() < until) {
        const auto answer = wire_.try_once<Response>(request, most);
        if (answer && !kafka::is_retriable(code_of(*answer))) return answer;
        // As clients do: a coordinator that is busy can only be asked again.
        std::this_thread::sleep_for(milliseconds{5});
    }
    judge_.anomaly(id_ + " gets no answer for a minute");
    return std::nullopt;
}

// Over a start of the broker a transaction may have been aborted, and its producer fenced.
bool TxnSession::refused(const std::string& what, ErrorCode code) {
    if (lives_ == life_)
        judge_.anomaly(id_ + " @" + std::to_string(transaction_) + ": " + what
                       + " is answered with " + std::string{kafka::name_of(code)});
    return false;
}

bool TxnSession::find_coordinators() {
    for (const auto& [key, type] : {std::pair{id_, 1}, {group(), 0}}) {
        kafka::FindCoordinatorRequest request;
        request.key = key;
        request.key_type = static_cast<std::int8_t>(type);
        request.coordinator_keys = {key};
        if (!ask<kafka::FindCoordinatorResponse>(request, uncapped, false)) return false;
    }
    return true;
}

bool TxnSession::init() {
    kafka::InitProducerIdRequest request;
    request.transactional_id = id_;
    request.transaction_timeout_ms = 60'000;
    const auto given = ask<kafka::InitProducerIdResponse>(request, uncapped, false);
    if (!given) return false;
    life_ = lives_;
    if (given->error_code != ErrorCode::none) return refused("InitProducerId", given->error_code);
    producer_id_ = given->producer_id;
    epoch_ = given->producer_epoch;
    sequences_.clear();
    let_go();
    return true;
}

bool TxnSession::one_transaction() {
    transaction_ = judge_.begin();
    life_ = lives_;
    const auto number = ++count_;
    std::set<std::int32_t> partitions;
    for (auto count = 1 + pick(3); count > 0; --count)
        partitions.insert(
            static_cast<std::int32_t>(pick(static_cast<std::uint64_t>(plan_.partitions))));
    if (!plan_.own_epochs && !add_partitions(partitions)) return false;
    for (const auto partition : partitions)
        for (auto records = 1 + pick(2); records > 0; --records)
            if (!produce(partition)) return false;
    const bool has_offset = pick(2) == 0;
    if (has_offset && !commit_offset(number)) return false;
    const bool commit = pick(3) != 0;
    if (commit) {
        judge_.set(transaction_, Fate::in_doubt);
        if (has_offset) offsets_.insert(number);
    }
    if (!end(commit)) return false;
    judge_.set(transaction_, commit ? Fate::committed : Fate::aborted);
    if (commit && has_offset) offsets_ = {number};
    return true;
}

bool TxnSession::add_partitions(const std::set<std::int32_t>& partitions) {
    kafka::AddPartitionsToTxnRequest request;
    request.v3_and_below_transactional_id = id_;
    request.v3_and_below_producer_id = producer_id_;
    request.v3_and_below_producer_epoch = epoch_;
    request.v3_and_below_topics = {{plan_.topic, {partitions.begin(), partitions.end()}}};
    const auto answer =
        ask<kafka::AddPartitionsToTxnResponse>(request, static_cast<std::int16_t>(pick(4)));
    if (!answer) return false;
    const auto code = code_of(*answer);
    return code == ErrorCode::none || refused("AddPartitionsToTxn", code);
}

bool TxnSession::produce(std::int32_t partition) {
    const auto value = std::to_string(plan_.number) + ":" + std::to_string(written_++) + ":@"
                       + std::to_string(transaction_);
    kafka::NewRecord record;
    // Retention deletes what is old.
    record.timestamp = SystemClock{}.wall_ms();
    record.value = as_bytes(value);
    kafka::BatchOptions options;
    options.producer_id = producer_id_;
    options.producer_epoch = epoch_;
    options.base_sequence = sequences_[partition]++;
    options.transactional = true;
    kafka::ProduceRequest request;
    request.transactional_id = id_;
    request.acks = -1;
    request.timeout_ms = 10'000;
    auto& topic = request.topic_data.emplace_back();
    topic.name = plan_.topic;
    auto& data = topic.partition_data.emplace_back();
    data.index = partition;
    data.records.slices = {SharedSlice::of(kafka::build_batch({&record, 1}, options))};
    const auto answer = ask<kafka::ProduceResponse>(request, plan_.own_epochs ? 12 : 11);
    if (!answer) return false;
    if (code_of(*answer) != ErrorCode::none) return refused("Produce", code_of(*answer));
    judge_.sent(transaction_);
    return true;
}

bool TxnSession::commit_offset(std::int64_t offset) {
    if (!plan_.own_epochs) {
        kafka::AddOffsetsToTxnRequest adding;
        adding.transactional_id = id_;
        adding.producer_id = producer_id_;
        adding.producer_epoch = epoch_;
        adding.group_id = group();
        const auto added =
            ask<kafka::AddOffsetsToTxnResponse>(adding, static_cast<std::int16_t>(pick(4)));
        if (!added) return false;
        if (added->error_code != ErrorCode::none)
            return refused("AddOffsetsToTxn", added->error_code);
    }
    kafka::TxnOffsetCommitRequest request;
    request.transactional_id = id_;
    request.group_id = group();
    request.producer_id = producer_id_;
    request.producer_epoch = epoch_;
    auto& topic = request.topics.emplace_back();
    topic.name = plan_.topic;
    topic.partitions.emplace_back().committed_offset = offset;
    const auto most = plan_.own_epochs ? 5 : static_cast<std::int16_t>(pick(5));
    const auto answer = ask<kafka::TxnOffsetCommitResponse>(request, most);
    if (!answer) return false;
    const auto code = code_of(*answer);
    return code == ErrorCode::none || refused("TxnOffsetCommit", code);
}

bool TxnSession::end(bool commit) {
    kafka::EndTxnRequest request;
    request.transactional_id = id_;
    request.producer_id = producer_id_;
    request.producer_epoch = epoch_;
    request.committed = commit;
    const auto most = plan_.own_epochs ? 5 : static_cast<std::int16_t>(pick(5));
    const auto answer = ask<kafka::EndTxnResponse>(request, most);
    if (!answer) return false;
    if (answer->error_code != ErrorCode::none)
        return refused(commit ? "the commit" : "the abort", answer->error_code);
    if (!plan_.own_epochs) return true;
    producer_id_ = answer->producer_id;
    epoch_ = answer->producer_epoch;
    sequences_.clear();
    return true;
}

}  // namespace leat::crash
