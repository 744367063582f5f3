#include "load_producer.hpp"

#include <array>
#include <chrono>
namespace leat::crash {
namespace {

constexpr std::size_t most_outstanding = 2000;
constexpr int produce_poll_ms = 5;

// Retention deletes what is old.
std::int64_t wall_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void set_bytes(rd_kafka_vu_t& field, TestRecord::Text& text) {
    if (!text) return;
    field.u.mem.ptr = text->data();
    field.u.mem.size = text->size();
}

}  // namespace

LoadProducer::LoadProducer(Judge& judge, ProducerPlan plan)
    : judge_(judge), plan_(std::move(plan)), random_(plan_.seed) {
    const bool idempotent = plan_.kind == HistoryChecker::Kind::idempotent;
    // Plain producers keep their order with one request on its way only. Batches stay below the
    // smallest segment.
    auto* conf = make_conf(plan_.bootstrap, {{"enable.idempotence", idempotent ? "true" : "false"},
                                             {"acks", "all"},
                                             {"max.in.flight", idempotent ? "5" : "1"},
                                             {"message.timeout.ms", "600000"},
                                             {"message.send.max.retries", "2147483647"},
                                             {"compression.codec", plan_.codec},
                                             {"batch.size", "8000"},
                                             {"linger.ms", "2"}});
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* m, void* self) {
        static_cast<LoadProducer*>(self)->delivered(*m);
    });
    rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int error, const char* why, void* self) {
        auto* producer = static_cast<LoadProducer*>(self);
        ++producer->errors_;
        if (error == RD_KAFKA_RESP_ERR__FATAL) producer->failed(RD_KAFKA_RESP_ERR__FATAL, why);
    });
    client_ = make_client(RD_KAFKA_PRODUCER, conf);
    thread_ = std::thread{[this] { run(); }};
}

LoadProducer::~LoadProducer() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    thread_.join();
    // Callbacks for what is still outstanding would come too late to be told.
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(client_.get(), 0);
}

void LoadProducer::run() {
    const int burst = std::max(1, plan_.rate * produce_poll_ms / 1000);
    for (;;) {
        bool may_send = false;
        {
            const std::lock_guard lock{mutex_};
            if (stopping_) return;
            may_send = !paused_ && outstanding_ < most_outstanding;
        }
        for (int i = 0; may_send && i < burst; ++i) send_one();
        rd_kafka_poll(client_.get(), produce_poll_ms);
    }
}

void LoadProducer::send_one() {
    const auto number = next_number_++;
    auto record = make_record(plan_.kind, plan_.number, number, random_());
    record.timestamp = wall_ms();
    const auto place = random_() % judge_.places().size();
    const auto& [topic, partition] = judge_.places()[place];
    auto* sent = new Sent{place, fingerprint(record)};
    judge_.sent(place, sent->value);
    auto* headers = rd_kafka_headers_new(record.headers.size());
    for (const auto& [name, value] : record.headers)
        rd_kafka_header_add(headers, name.c_str(), -1, value ? value->data() : nullptr,
                            value ? static_cast<ssize_t>(value->size()) : -1);
    {
        const std::lock_guard lock{mutex_};
        ++outstanding_;
    }
    std::array<rd_kafka_vu_t, 8> fields{};
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = topic.c_str();
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = partition;
    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[2].u.i = RD_KAFKA_MSG_F_COPY;
    fields[3].vtype = RD_KAFKA_VTYPE_KEY;
    set_bytes(fields[3], record.key);
    fields[4].vtype = RD_KAFKA_VTYPE_VALUE;
    set_bytes(fields[4], record.value);
    fields[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    fields[5].u.i64 = record.timestamp;
    fields[6].vtype = RD_KAFKA_VTYPE_HEADERS;
    fields[6].u.headers = headers;
    fields[7].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[7].u.ptr = sent;
    auto* error = rd_kafka_produceva(client_.get(), fields.data(), fields.size());
    if (error == nullptr) return;
    failed(rd_kafka_error_code(error), rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    delete sent;
    const std::lock_guard lock{mutex_};
    --outstanding_;
    paused_ = true;
}

void LoadProducer::delivered(const rd_kafka_message_t& message) {
    const std::unique_ptr<Sent> sent{static_cast<Sent*>(message._private)};
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR)
        judge_.acknowledged(sent->place, message.offset, sent->value);
    else
        failed(message.err, sent->value.c_str());
    const std::lock_guard lock{mutex_};
    latencies_.push_back(static_cast<double>(rd_kafka_message_latency(&message)) / 1000);
    --outstanding_;
    changed_.notify_all();
}

std::vector<double> LoadProducer::take_latencies(std::size_t least) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return latencies_.size() >= least; });
    return std::exchange(latencies_, {});
}

void LoadProducer::failed(rd_kafka_resp_err_t error, const char* why) {
    const bool purged =
        error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (!purged)
        judge_.anomaly("producer " + std::to_string(plan_.number)
                       + " failed: " + rd_kafka_err2name(error) + " (" + why + ")");
}

void LoadProducer::pause() {
    const std::lock_guard lock{mutex_};
    paused_ = true;
}

bool LoadProducer::wait_acknowledged(std::chrono::milliseconds limit) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, limit, [this] { return outstanding_ == 0; });
}

void LoadProducer::resume() {
    const std::lock_guard lock{mutex_};
    paused_ = false;
}

}  // namespace leat::crash
