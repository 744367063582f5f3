// The broker without its sockets: requests in, answers out. Every piece of state has one owner
// here.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/limited_log.hpp"
#include "broker/append_order.hpp"
#include "broker/cleaner.hpp"
#include "broker/config.hpp"
#include "broker/fetch_memory.hpp"
#include "broker/fetch_sessions.hpp"
#include "broker/groups.hpp"
#include "broker/producer_ids.hpp"
#include "broker/request.hpp"
#include "broker/runtime.hpp"
#include "broker/tentative.hpp"
#include "broker/topics.hpp"
#include "broker/transactions.hpp"

namespace leat::broker {

/// Core thread, start to end.
class Broker {
public:
    /// Opens the data directory and everything in it. Errors: storage::DataDir::open()'s, and logs
    /// that refuse to open.
    static Result<std::unique_ptr<Broker>> open(Runtime runtime, Config config);
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    /// Handles one request: `frame` without its size, in bytes that are the broker's own from now
    /// on. `answer` is called once, at once or later; answers of one connection may come in any
    /// order.
    void handle(std::shared_ptr<std::byte[]> frame, std::size_t size,
                std::shared_ptr<const ClientInfo> client, AnswerFunction answer);

    /// Why the broker cannot serve as it should; empty if it can. For /health/ready.
    std::string trouble() const;
    /// Syncs everything and marks the data directory clean, then calls `done`. No request may come
    /// any more. Error: a log is offline; there is no mark then.
    void close(std::function<void(Result<void>)> done);

    // The owners, for the handlers in api/.
    Runtime& runtime() { return runtime_; }
    const Config& config() const { return config_; }
    /// Puts `next` in force, which differs by `writes` in the state log, and calls `done` when it
    /// is durable. It is taken back if it cannot be.
    void configure(Config next, const std::vector<storage::StateLog::Change>& writes,
                   storage::StateLog::Done done);
    Topics& topics() { return *topics_; }
    Groups& groups() { return *groups_; }
    Transactions& transactions() { return *transactions_; }
    AppendOrder& append_order() { return append_order_; }
    FetchSessions& fetch_sessions() { return fetch_sessions_; }
    FetchMemory& fetch_memory() { return fetch_memory_; }
    ProducerIds& producer_ids() { return *producer_ids_; }
    storage::DataDir& data_dir() { return *data_dir_; }
    storage::Flusher& flusher() { return *flusher_; }
    storage::StateLog& state() { return *state_; }
    /// What an operator wants to know of.
    log::LimitedLog& events() { return events_; }
    std::int32_t node_id() const { return node_id_; }
    const std::string& cluster_id() const { return data_dir_->cluster_id(); }

private:
    Broker(Runtime runtime, Config config);
    Result<void> open_all();
    void load_configs();
    void tick();

    Runtime runtime_;
    Config config_;
    Tentative<Config> config_changes_;
    std::int32_t node_id_;
    FetchSessions fetch_sessions_;
    FetchMemory fetch_memory_;
    log::LimitedLog events_;
    std::unique_ptr<storage::DataDir> data_dir_;
    std::unique_ptr<storage::Flusher> flusher_;
    std::unique_ptr<storage::StateLog> state_;
    std::unique_ptr<ProducerIds> producer_ids_;
    std::unique_ptr<Topics> topics_;
    std::unique_ptr<Groups> groups_;
    std::unique_ptr<Transactions> transactions_;
    std::unique_ptr<Cleaner> cleaner_;
    AppendOrder append_order_;
    std::vector<Counter> requests_by_row_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace leat::broker
