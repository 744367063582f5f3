#include "broker/broker.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/process.hpp"
#include "broker/api_table.hpp"
#include "broker/topic_state.hpp"
#include "kafka/messages/api_versions.hpp"

namespace leat::broker {
namespace {

using kafka::ApiKey;
using kafka::ErrorCode;

const storage::TopicPartition state_log_partition{std::string{state_log_name}, 0};
// For checkpoints and the state of topics and groups on a full disk.
constexpr std::uint64_t reserve_bytes = std::uint64_t{4} << 20U;
// Of the files that may be open: those that answers wait to be sent from, and those of segments
// that were read of late.
constexpr std::size_t part_of_files = 8;
constexpr std::size_t most_open_segments = 1024;
constexpr auto tick_interval = std::chrono::milliseconds{1000};

storage::DataDirOptions data_dir_options(const Config& config) {
    storage::DataDirOptions options;
    options.node_id = static_cast<std::int32_t>(config.number("node.id"));
    options.tail_bytes = static_cast<std::uint64_t>(config.number("leat.tail.cache.bytes"));
    options.free_space_floor =
        static_cast<std::uint64_t>(config.number("leat.free.space.floor.bytes"));
    options.reserve = reserve_bytes;
    options.open_segments = std::min(most_open_segments, file_limit() / part_of_files / 2);
    return options;
}

storage::Flusher::Options flusher_options(const Config& config, Timers& timers) {
    storage::Flusher::Options options;
    options.later = [&timers](std::function<void()> what) {
        timers.call_after(std::chrono::milliseconds{0}, std::move(what));
    };
    options.max_parallel = static_cast<std::size_t>(config.number("leat.disk.threads"));
    options.journal.bytes = static_cast<std::uint64_t>(config.number("leat.journal.bytes"));
    options.journal.floor =
        static_cast<std::uint64_t>(config.number("leat.free.space.floor.bytes"));
    options.retention_check_ms = config.number("log.retention.check.interval.ms");
    options.checkpoint_ms = config.number("log.flush.offset.checkpoint.interval.ms");
    return options;
}

bool uses_tagged_header(std::int16_t key, std::int16_t version) {
    const auto* row = find_api(key);
    return row != nullptr && row->versions.is_flexible(version);
}

// KIP-511: whoever asks at a version that we do not know learns, in the oldest form, which we do.
void answer_unknown_api_versions(const RequestContext& context) {
    kafka::ApiVersionsResponse response;
    response.error_code = ErrorCode::unsupported_version;
    const auto* row = find_api(static_cast<std::int16_t>(ApiKey::api_versions));
    response.api_keys.push_back(
        {static_cast<std::int16_t>(row->key), row->advertised_min, row->versions.max});
    context.answer({WireAnswer::Kind::frame,
                    kafka::response_frame(response, 0, context.header.correlation_id)});
}

}  // namespace

Broker::Broker(Runtime runtime, Config config)
    : runtime_(runtime),
      config_(std::move(config)),
      node_id_(static_cast<std::int32_t>(config_.number("node.id"))),
      fetch_sessions_(
          static_cast<std::size_t>(config_.number("max.incremental.fetch.session.cache.slots"))),
      fetch_memory_(static_cast<std::size_t>(config_.number("leat.fetch.memory.bytes")),
                    file_limit() / part_of_files),
      events_(runtime_.clock),
      append_order_(runtime_.compute) {
    for (const auto& row : api_table())
        requests_by_row_.push_back(runtime_.metrics.counter(
            "leat_broker_requests_total", "Requests handled.", {{"api", std::string{row.name}}}));
}

Broker::~Broker() { *alive_ = false; }

Result<std::unique_ptr<Broker>> Broker::open(Runtime runtime, Config config) {
    std::unique_ptr<Broker> broker{new Broker{runtime, std::move(config)}};
    if (auto opened = broker->open_all(); !opened) return opened.error();
    return broker;
}

Result<void> Broker::open_all() {
    auto opened =
        storage::DataDir::open(runtime_.disk, config_.text("log.dirs"), data_dir_options(config_));
    if (!opened) return opened.error();
    data_dir_ = std::move(*opened);
    flusher_ = std::make_unique<storage::Flusher>(*data_dir_, runtime_.pool, runtime_.clock,
                                                  flusher_options(config_, runtime_.timers));
    auto state =
        storage::StateLog::open(*data_dir_, *flusher_, state_log_partition, runtime_.clock);
    if (!state) return state.error();
    state_ = std::move(*state);
    load_configs();
    auto producer_ids = ProducerIds::open(*state_);
    if (!producer_ids) return producer_ids.error();
    producer_ids_ = std::move(*producer_ids);
    topics_ = std::make_unique<Topics>(runtime_, config_,
                                       Topics::Owners{*data_dir_, *flusher_, *state_, events_});
    if (auto done = topics_->open_all(); !done) return done;
    groups_ = std::make_unique<Groups>(runtime_, config_, *topics_, *flusher_, events_);
    if (auto done = groups_->load(); !done) return done;
    transactions_ = std::make_unique<Transactions>(
        runtime_, config_,
        Transactions::Owners{*topics_, *flusher_, *groups_, *producer_ids_, events_});
    if (auto done = transactions_->load(); !done) return done;
    topics_->on_removed = [this](const Topic& topic) { groups_->topic_removed(topic.name); };
    cleaner_ = std::make_unique<Cleaner>(runtime_, config_,
                                         Cleaner::Owners{*topics_, *data_dir_, *flusher_, events_});
    topics_->on_leaving = [this](const Topic& topic, std::function<void()> idle) {
        cleaner_->release(topic, std::move(idle));
    };
    cleaner_->start();
    tick();
    return {};
}

void Broker::load_configs() {
    const auto load = [this](std::string_view prefix, DynamicFor whom) {
        state_->for_each(prefix, [&](const std::string& key, const std::string& value) {
            const auto name = std::string_view{key}.substr(prefix.size());
            if (auto set = config_.set_dynamic(whom, name, value); !set)
                log::warn("a stored configuration is not used", {{"error", set.error().what}});
        });
    };
    load(broker_config_prefix, DynamicFor::all_brokers);
    load(own_config_prefix, DynamicFor::this_broker);
}

void Broker::tick() {
    flusher_->tick();
    events_.tick();
    runtime_.timers.call_after(tick_interval, [this, alive = alive_] {
        if (*alive) tick();
    });
}

void Broker::handle(std::shared_ptr<std::byte[]> frame, std::size_t size,
                    std::shared_ptr<const ClientInfo> client, AnswerFunction answer) {
    RequestContext context;
    context.client = std::move(client);
    context.answer = std::move(answer);
    const ByteView bytes{frame.get(), size};
    context.frame = std::move(frame);
    auto opened = kafka::open_request(bytes, uses_tagged_header);
    if (!opened) {
        events_.warn("a request without a readable header: connection closed",
                     {{"client", context.client->host}});
        return context.close();
    }
    context.header = std::move(opened->header);
    const auto* row = find_api(context.header.api_key);
    const bool known = row != nullptr && row->versions.contains(context.version());
    if (!known && context.header.api_key == static_cast<std::int16_t>(ApiKey::api_versions))
        return answer_unknown_api_versions(context);
    if (!known) {
        events_.warn("a request of an API or version that is not spoken: connection closed",
                     {{"api_key", context.header.api_key},
                      {"version", context.version()},
                      {"client", context.client->host}});
        return context.close();
    }
    requests_by_row_[static_cast<std::size_t>(row - api_table().data())].add();
    row->dispatch(*this, std::move(context), opened->body);
}

void Broker::configure(Config next, const std::vector<storage::StateLog::Change>& writes,
                       storage::StateLog::Done done) {
    const auto change = config_changes_.begin(config_, std::move(next));
    config_ = *change;
    topics_->defaults_changed();
    state_->apply(writes, [this, change, done = std::move(done)](const Result<void>& durable) {
        config_ = config_changes_.settle(change, durable.ok());
        if (!durable) topics_->defaults_changed();
        done(durable);
    });
}

std::string Broker::trouble() const {
    if (data_dir_->space().is_low())
        return "the disk of " + data_dir_->path() + " has less than leat.free.space.floor.bytes="
               + std::to_string(data_dir_->space().floor()) + " free: produce is refused";
    for (const auto& [name, topic] : topics_->all())
        for (const auto& partition : topic->partitions)
            if (const auto& why = partition->log().offline_reason(); !why.empty())
                return "partition " + partition->id().to_string() + " is offline: " + why;
    return {};
}

void Broker::close(std::function<void(Result<void>)> done) {
    append_order_.stop();
    cleaner_->stop();
    flusher_->close_clean(std::move(done));
}

}  // namespace leat::broker
