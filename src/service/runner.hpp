// Calls the user's handlers: plain functions on workers, coroutines on the executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "service/http_caller.hpp"
#include "service/publisher.hpp"
#include "service/run.hpp"

namespace leat::service {

/// Where finished runs meet the poll thread. Any thread may post.
class Inbox {
public:
    /// `wake_fd`: an eventfd, written when the inbox begins to have something.
    explicit Inbox(int wake_fd) : wake_fd_(wake_fd) {}
    void post(Run& run);
    /// Swaps all that was posted into `into`, which is cleared first.
    void take(std::vector<Run*>& into);

private:
    int wake_fd_;
    std::mutex mutex_;
    std::vector<Run*> runs_;
};

/// Runs handlers. It takes a run from the poll thread and posts it to the inbox once.
class Runner {
public:
    Runner(boost::asio::any_io_executor executor, Publisher& publisher,
           std::shared_ptr<const HttpCaller> http, const Clock& clock, Inbox& inbox)
        : executor_(std::move(executor)),
          publisher_(publisher),
          http_(std::move(http)),
          clock_(clock),
          inbox_(inbox) {}

    /// Handles the run's records on the calling worker thread.
    void execute(Run& run);
    /// Handles them by coroutines on the executor.
    void start(Run& run);

    /// Sends a record for `run`'s attempt; the attempt ends only after its delivery.
    pending<published> publish(Run& run, std::string_view topic,
                               std::optional<std::string_view> key,
                               std::optional<std::string_view> value);
    /// A publication of the attempt has ended; with an error if there is one.
    void publication_ended(Run& run, const std::optional<publish_error>& error);

    Publisher& publisher() { return publisher_; }
    const Clock& clock() const { return clock_; }
    const boost::asio::any_io_executor& executor() const { return executor_; }
    const std::shared_ptr<const HttpCaller>& http() const { return http_; }
    Inbox& inbox() { return inbox_; }

private:
    bool begin(Run& run);
    /// True: go on with the next record. False: the run has been handed back or will be.
    bool end(Run& run, verdict result);
    bool conclude(Run& run);
    void drive(Run& run);
    void ended(Run& run, verdict result);

    boost::asio::any_io_executor executor_;
    Publisher& publisher_;
    std::shared_ptr<const HttpCaller> http_;
    const Clock& clock_;
    Inbox& inbox_;
};

/// The verdict on a handler that threw: retry, with the exception's type and text; what the cause
/// deserves if it is a publish_error.
verdict verdict_of(const std::exception_ptr& failure);

}  // namespace leat::service
