// Fetch 4–18: whole batches as they lie in the log; a fetch that finds too little waits for more.
// Sessions (KIP-227) keep what was asked before; topics go by their ids from version 13 on
// (KIP-516).
#include <algorithm>
#include <optional>

#include "base/log.hpp"
#include "broker/api/handlers.hpp"
#include "broker/broker.hpp"
#include "broker/faults.hpp"
#include "storage/aborted_search.hpp"
#include "storage/cold_read.hpp"

namespace leat::broker {
namespace {

using namespace kafka;
using PartitionAnswer = FetchResponse::FetchableTopicResponse::PartitionData;

// One fetch from its arrival to its answer. It watches its partitions while it waits.
class ActiveFetch final : public PartitionWatcher,
                          public std::enable_shared_from_this<ActiveFetch> {
public:
    ActiveFetch(Broker& broker, Request<FetchRequest> request, const Reply<FetchResponse>& reply,
                FetchSessions::Opened session)
        : broker_(broker),
          request_(std::move(request)),
          reply_(reply),
          session_(std::move(session)),
          max_bytes_(std::min<std::size_t>(
              static_cast<std::size_t>(std::max(request_.body.max_bytes, 0)),
              static_cast<std::size_t>(broker.config().number("fetch.max.bytes")))) {}

    void start() {
        resolve();
        attempt();
        if (done_ || reading_) return;
        for (const auto& item : items_)
            if (item.partition) item.partition->watch(weak_from_this());
        const std::chrono::milliseconds wait{std::max(request_.body.max_wait_ms, 0)};
        broker_.runtime().timers.call_after(wait, [self = shared_from_this()] {
            self->out_of_time_ = true;
            self->attempt();
        });
    }

    void partition_moved() override { attempt(); }

private:
    // A partition of this fetch and what there is of it so far.
    struct Item {
        std::shared_ptr<FetchedPartition> told;
        FetchRequest::FetchTopic::FetchPartition wanted;  // told's may change with the next request
        std::shared_ptr<Partition> partition;
        std::int64_t from = 0;          // wanted.fetch_offset, or behind a hole
        std::int64_t promised_end = 0;  // when the fetch came
        bool waits = false;             // for that
        PartitionAnswer answer;
        std::size_t bytes = 0;
        std::int64_t file_end = -1;  // what is in a file ends before
        std::uint64_t rewrites = 0;  // of what is here and behind it, when it was read
    };

    void resolve() {
        const bool by_id = request_.version() >= 13;
        for (const auto& told : session_.session->partitions()) {
            Item item{told, told->wanted, nullptr, told->wanted.fetch_offset, 0, false, {},
                      0,    -1,           0};
            const auto topic =
                by_id ? broker_.topics().find(told->topic_id) : broker_.topics().find(told->topic);
            if (topic) item.partition = topic->partition(item.wanted.partition);
            if (item.partition) item.promised_end = item.partition->queue().promised_end();
            if (!item.partition)
                item.answer.error_code = by_id && !topic ? ErrorCode::unknown_topic_id
                                                         : ErrorCode::unknown_topic_or_partition;
            items_.push_back(std::move(item));
        }
    }

    // Gathers what there is and answers if it is enough, if something is wrong or if time is up.
    void attempt() {
        if (done_ || reading_) return;
        std::vector<std::pair<std::size_t, std::shared_ptr<storage::ColdRead>>> cold;
        std::size_t bytes = 0;
        const auto most = std::min(max_bytes_, broker_.fetch_memory().allowance());
        bool kept_back = false;
        bool urgent = out_of_time_ || items_.empty() || request_.body.max_wait_ms <= 0;
        for (std::size_t i = 0; i < items_.size(); ++i) {
            auto& item = items_[i];
            if (item.partition) {
                const std::size_t left = most > bytes ? most - bytes : 0;
                if (auto job = read(item, left, bytes == 0)) {
                    cold.emplace_back(i, std::move(job));
                    const auto wanted = std::max(item.wanted.partition_max_bytes, 0);
                    // At least one: only the first partition may bring a batch beyond what is left.
                    bytes += std::max<std::size_t>(1, std::min<std::size_t>(left, wanted));
                }
                bytes += item.bytes;
                kept_back |= keep_back(item);
            }
            urgent |=
                item.answer.error_code != ErrorCode::none || item.answer.diverging_epoch.epoch >= 0;
        }
        if (kept_back) return;
        if (!cold.empty()) {
            reserved_ = broker_.fetch_memory().reserve(bytes);
            return read_cold(std::move(cold));
        }
        const auto wanted = static_cast<std::size_t>(std::max(request_.body.min_bytes, 0));
        if (urgent || bytes >= std::min(wanted, std::max<std::size_t>(most, 1))) finish();
    }

    // Fills in one partition's answer. A job, if its bytes have to come from the disk.
    std::shared_ptr<storage::ColdRead> read(Item& item, std::size_t left, bool first) {
        auto& log = item.partition->log();
        const auto& wanted = item.wanted;
        item.answer = {};
        item.bytes = 0;
        item.answer.error_code = judge_epoch(log, wanted);
        if (item.partition->is_closed())
            item.answer.error_code = ErrorCode::unknown_topic_or_partition;
        if (item.answer.error_code != ErrorCode::none) return nullptr;
        item.answer.high_watermark = log.high_watermark();
        item.answer.last_stable_offset = log.last_stable_offset();
        item.answer.log_start_offset = log.log_start();
        if (diverges(log, wanted, item.answer)) return nullptr;
        if (request_.body.isolation_level == 1 && wanted.fetch_offset >= log.log_start())
            item.rewrites = log.rewrites_from(wanted.fetch_offset);

        const auto partition_max =
            static_cast<std::size_t>(std::max(wanted.partition_max_bytes, 0));
        const auto bound =
            request_.body.isolation_level == 1 ? log.last_stable_offset() : log.high_watermark();
        auto outcome = log.read(item.from, {.upper_bound = bound,
                                            .max_bytes = std::min(left, partition_max),
                                            .at_least_one = first,
                                            .in_file_from = in_file_from()});
        if (outcome.fault != storage::LogFault::none) {
            fail(item, outcome.fault, outcome.what);
            return nullptr;
        }
        if (outcome.cold && left == 0 && !first) return nullptr;
        take(item, std::move(outcome.data));
        return outcome.cold;
    }

    // An empty answer says that the reader has come to the end: not before he has what acks=1 had
    // acknowledged when he asked. He waits longer than he wants to, if the sync takes longer.
    bool keep_back(Item& item) {
        auto& queue = item.partition->queue();
        if (item.answer.error_code != ErrorCode::none
            || !queue.is_kept_back(item.wanted.fetch_offset, item.promised_end))
            return false;
        if (!std::exchange(item.waits, true))
            queue.when_safe(item.promised_end,
                            [self = shared_from_this()](const Result<void>&) { self->attempt(); });
        return true;
    }

    static ErrorCode judge_epoch(const storage::Log& log,
                                 const FetchRequest::FetchTopic::FetchPartition& wanted) {
        if (wanted.current_leader_epoch < 0) return ErrorCode::none;
        if (wanted.current_leader_epoch < log.leader_epoch()) return ErrorCode::fenced_leader_epoch;
        if (wanted.current_leader_epoch > log.leader_epoch())
            return ErrorCode::unknown_leader_epoch;
        return ErrorCode::none;
    }

    // KIP-595: the client's last epoch ended earlier here than it has read.
    static bool diverges(const storage::Log& log,
                         const FetchRequest::FetchTopic::FetchPartition& wanted,
                         PartitionAnswer& answer) {
        if (wanted.last_fetched_epoch < 0) return false;
        const auto end = log.epoch_end(wanted.last_fetched_epoch);
        if (end.leader_epoch == wanted.last_fetched_epoch && end.end_offset >= wanted.fetch_offset)
            return false;
        answer.diverging_epoch.epoch = end.leader_epoch;
        answer.diverging_epoch.end_offset = end.end_offset;
        return true;
    }

    static void fail(Item& item, storage::LogFault fault, const std::string& what) {
        item.answer.error_code = error_of(fault);
        item.answer.records = {};
        item.bytes = 0;
        if (fault == storage::LogFault::offset_out_of_range) return;
        log::error("a fetch failed", {{"partition", item.partition->id().to_string()},
                                      {"offset", item.wanted.fetch_offset},
                                      {"error", what}});
    }

    static void take(Item& item, storage::ReadData data) {
        item.bytes = data.bytes;
        item.answer.records.slices = std::move(data.parts);
        item.answer.records.file = std::move(data.file);
        item.file_end = data.file_end;
    }
    // Less is copied as fast as the kernel is asked to send it.
    std::size_t in_file_from() const {
        constexpr std::size_t least = std::size_t{16} * 1024;
        const bool may = request_.context.client->takes_files && broker_.fetch_memory().has_files();
        return may ? least : storage::ReadLimits{}.in_file_from;
    }

    // Of the segments that one fetch has opened.
    static constexpr std::size_t most_kept_open = 32;

    void read_cold(std::vector<std::pair<std::size_t, std::shared_ptr<storage::ColdRead>>> jobs) {
        reading_ = true;
        const auto outcomes = std::make_shared<std::vector<storage::ColdOutcome>>(jobs.size());
        const auto shared = std::make_shared<decltype(jobs)>(std::move(jobs));
        broker_.runtime().reads.run(
            [shared, outcomes, &disk = broker_.runtime().disk] {
                for (std::size_t i = 0; i < shared->size(); ++i) {
                    (*outcomes)[i] = (*shared)[i].second->run(disk);
                    (*shared)[i].second.reset();  // and the files that it has opened
                    if (i < most_kept_open) continue;
                    (*outcomes)[i].learned.file.reset();
                    (*outcomes)[i].learned.index.reset();
                }
            },
            [self = shared_from_this(), shared, outcomes] {
                bool goes_on = false;
                for (std::size_t i = 0; i < shared->size(); ++i) {
                    auto& item = self->items_[(*shared)[i].first];
                    auto& outcome = (*outcomes)[i];
                    if (!item.partition->is_closed()) item.partition->log().learn(outcome.learned);
                    // It went by names, which may be those of a new topic by then.
                    if (item.partition->is_closed())
                        item.answer.error_code = ErrorCode::unknown_topic_or_partition;
                    else if (outcome.fault != storage::LogFault::none)
                        fail(item, outcome.fault, outcome.what);
                    else
                        take(item, std::move(outcome.data));
                    if (outcome.fault != storage::LogFault::none || item.bytes > 0
                        || outcome.next_readable <= item.from)
                        continue;
                    item.from = outcome.next_readable;
                    goes_on = true;
                }
                if (!goes_on) return self->finish();
                self->reading_ = false;
                self->reserved_ = {};
                self->attempt();
                if (!self->done_ && !self->reading_) self->finish();
            });
    }

    void finish() {
        done_ = true;
        if (request_.body.isolation_level != 1) return answer();
        auto searches = std::make_shared<std::vector<AbortedIn>>();
        bool needs_disk = false;
        for (std::size_t i = 0; i < items_.size(); ++i) {
            auto& item = items_[i];
            if (item.answer.error_code != ErrorCode::none) continue;
            item.answer.aborted_transactions.emplace();
            if (item.bytes == 0) continue;
            const auto& log = item.partition->log();
            if (!is_still_there(item) || !log.has_aborted()) continue;
            AbortedIn search{i, log.search_aborted(item.wanted.fetch_offset, end_of(item))};
            if (search.job.is_empty()) continue;
            needs_disk |= search.job.needs_disk();
            searches->push_back(std::move(search));
        }
        const auto run = [searches, &disk = broker_.runtime().disk] {
            for (auto& search : *searches) search.found = search.job.run(disk);
        };
        const auto told = [self = shared_from_this(), searches] {
            for (auto& search : *searches) tell_aborted(self->items_[search.item], search.found);
            for (auto& item : self->items_)
                if (item.bytes > 0) is_still_there(item);
            self->answer();
        };
        if (needs_disk) return broker_.runtime().reads.run(run, told);
        run();
        told();
    }

    // Nobody may know any more what was aborted in records that went while the disk was asked. Of
    // compacted ones none is answered: the client asks again.
    static bool is_still_there(Item& item) {
        const auto& log = item.partition->log();
        if (item.wanted.fetch_offset < log.log_start()) {
            fail(item, storage::LogFault::offset_out_of_range, "deleted meanwhile");
            return false;
        }
        if (log.rewrites_from(item.wanted.fetch_offset) == item.rewrites) return true;
        item.answer.records = {};
        item.answer.aborted_transactions->clear();
        item.bytes = 0;
        return false;
    }

    // The transactions that were aborted in what an item has brought.
    struct AbortedIn {
        std::size_t item;
        storage::AbortedSearch job;
        Result<std::vector<storage::AbortedTransaction>> found =
            std::vector<storage::AbortedTransaction>{};
    };

    static std::int64_t end_of(const Item& item) {
        if (item.answer.records.file) return item.file_end;
        std::int64_t end = -1;
        for (auto bytes = item.answer.records.slices.back().bytes; !bytes.empty();) {
            const auto header = BatchHeader::read(bytes);
            end = header->next_offset();
            bytes = bytes.subspan(header->size());
        }
        return end;
    }

    static void tell_aborted(Item& item,
                             const Result<std::vector<storage::AbortedTransaction>>& found) {
        if (!found) {
            const bool gone = found.error().code == Errc::not_found;
            return fail(item,
                        gone ? storage::LogFault::offset_out_of_range : storage::LogFault::storage,
                        found.error().what);
        }
        for (const auto& transaction : *found)
            item.answer.aborted_transactions->push_back(
                {transaction.producer_id, transaction.first_offset});
    }

    void answer() {
        reserved_ = {};
        hold_memory();
        FetchResponse response;
        response.session_id = session_.session->id;
        for (auto& item : items_) {
            auto& told = *item.told;
            const bool has_error = item.answer.error_code != ErrorCode::none;
            if (has_error) forget_offsets(item.answer);
            const bool news = item.bytes > 0 || has_error || told.told_error
                              || item.answer.diverging_epoch.epoch >= 0
                              || item.answer.high_watermark != told.told_high_watermark
                              || item.answer.log_start_offset != told.told_log_start;
            told.told_high_watermark = item.answer.high_watermark;
            told.told_log_start = item.answer.log_start_offset;
            told.told_error = has_error;
            if (session_.incremental && !news) continue;
            item.answer.partition_index = item.wanted.partition;
            topic_answer(response, told).partitions.push_back(std::move(item.answer));
            if (item.bytes > 0 || has_error) session_.session->move_to_end(told);
        }
        items_.clear();
        reply_(response);
    }

    // Whoever gets an error gets no place with it: 0 would be one.
    static void forget_offsets(PartitionAnswer& answer) {
        answer.high_watermark = -1;
        answer.last_stable_offset = -1;
        answer.log_start_offset = -1;
    }

    void hold_memory() {
        std::size_t bytes = 0;
        SharedSlice* last = nullptr;
        for (auto& item : items_) {
            auto& records = item.answer.records;
            if (records.file) broker_.fetch_memory().hold(*records.file);
            if (records.slices.empty()) continue;
            bytes += item.bytes;
            last = &records.slices.back();
        }
        if (last != nullptr) broker_.fetch_memory().hold(*last, bytes);
    }

    // The answer's topic of `told`; partitions of one topic stand together where they follow each
    // other, and request order is kept.
    static FetchResponse::FetchableTopicResponse& topic_answer(FetchResponse& response,
                                                               const FetchedPartition& told) {
        if (response.responses.empty() || response.responses.back().topic != told.topic
            || response.responses.back().topic_id != told.topic_id) {
            auto& added = response.responses.emplace_back();
            added.topic = told.topic;
            added.topic_id = told.topic_id;
        }
        return response.responses.back();
    }

    Broker& broker_;
    Request<FetchRequest> request_;
    Reply<FetchResponse> reply_;
    FetchSessions::Opened session_;
    std::size_t max_bytes_;
    std::vector<Item> items_;
    MemoryBudget::Share reserved_;  // for what is being read from the disk
    bool out_of_time_ = false;
    bool reading_ = false;  // from the disk
    bool done_ = false;
};

}  // namespace

void fetch(Broker& broker, Request<FetchRequest> request, const Reply<FetchResponse>& reply) {
    FetchResponse refusal;
    const auto replica =
        request.version() >= 15 ? request.body.replica_state.replica_id : request.body.replica_id;
    if (replica >= 0) {  // only a broker may claim to be a replica, and there is no other
        refusal.error_code = ErrorCode::invalid_request;
        return reply(refusal);
    }
    auto session = broker.fetch_sessions().open(request.body, broker.runtime().clock.now());
    if (session.error != ErrorCode::none) {
        refusal.error_code = session.error;
        return reply(refusal);
    }
    std::make_shared<ActiveFetch>(broker, std::move(request), reply, std::move(session))->start();
}

}  // namespace leat::broker
