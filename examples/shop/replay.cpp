// replay: posts every purchase of the file as an order, over many connections, until the shop has
// accepted each of them.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <iostream>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "base/quantity.hpp"
#include "leat/json.hpp"
#include "net/http_client.hpp"
#include "net/io_threads.hpp"
#include "progress.hpp"
#include "purchases.hpp"

namespace {

using namespace std::chrono_literals;

struct Options {
    std::string file;
    std::string url = "http://127.0.0.1:8080/orders";
    std::size_t connections = 64;
    bool json = false;
    std::optional<std::chrono::nanoseconds> every;
};

class Replay {
public:
    explicit Replay(Options options)
        : options_(std::move(options)), orders_(shop::read_purchases(options_.file)) {}

    /// True once every order is accepted; false if one was refused.
    bool run() {
        began_ = clock_.now();
        for (std::size_t i = 0; i < options_.connections; ++i)
            boost::asio::co_spawn(io_.executor(), post_customers(), &end_on_failure);
        const bool bar = !options_.json && isatty(STDOUT_FILENO) == 1;
        const auto every = options_.every.value_or(bar ? 100ms : 1000ms);
        while (!progress().done() && refused_ == 0) {
            const auto next = clock_.now() + every;
            while (clock_.now() < next && !progress().done()) std::this_thread::sleep_for(10ms);
            show(bar);
        }
        if (bar) std::cout << "\n";
        io_.stop();
        return refused_ == 0;
    }

private:
    static void end_on_failure(std::exception_ptr failure) {
        if (failure) std::rethrow_exception(std::move(failure));
    }

    shop::Progress progress() const {
        return {accepted_, static_cast<std::int64_t>(orders_.size()), retries_,
                std::chrono::duration<double>(clock_.now() - began_).count()};
    }

    void show(bool bar) const {
        if (options_.json)
            std::cout << leat::json::encode(progress()) << std::endl;
        else if (bar)
            std::cout << "\r" << shop::draw_bar(progress()) << "\033[K" << std::flush;
        else
            std::cout << shop::describe(progress()) << std::endl;
    }

    // One customer after the other, as the file has them: a customer's orders go over one
    // connection, each after the one before, and so arrive in their order.
    boost::asio::awaitable<void> post_customers() {
        while (next_ < orders_.size()) {
            const auto first = next_;
            const auto& customer = orders_[first].customer;
            while (next_ < orders_.size() && orders_[next_].customer == customer) ++next_;
            const auto end = next_;
            for (auto i = first; i < end; ++i) co_await post(orders_[i]);
        }
    }

    boost::asio::awaitable<void> post(const shop::OrderPlaced& order) {
        boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
        for (auto pause = 50ms;; pause = std::min(2 * pause, 1000ms)) {
            const auto reply = co_await client_.call(request_for(order), clock_.now() + 10s);
            if (reply && reply->status == 202) {
                ++accepted_;
                co_return;
            }
            // Refused for good: asking again would not help. 429 and 5xx pass.
            if (reply && reply->status < 500 && reply->status != 429) {
                if (refused_++ == 0)
                    std::cerr << "order " << order.order_id << " was refused: " << reply->body
                              << "\n";
                co_return;
            }
            ++retries_;
            timer.expires_after(pause);
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
    }

    leat::net::ClientRequest request_for(const shop::OrderPlaced& order) const {
        leat::net::ClientRequest request;
        request.method = "POST";
        request.url = options_.url;
        request.content_type = "application/json";
        request.body = leat::json::encode(order);
        request.headers.add("Idempotency-Key", std::to_string(order.order_id));
        request.idempotent = true;
        return request;
    }

    static leat::net::HttpClientOptions client_options(std::size_t connections) {
        leat::net::HttpClientOptions options;
        options.max_connections_per_origin = connections;
        return options;
    }

    Options options_;
    std::vector<shop::OrderPlaced> orders_;
    std::size_t next_ = 0;  // of orders_, for whichever connection comes first; on io_'s one thread
    leat::SystemClock clock_;
    leat::MonoTime began_;
    std::atomic<std::int64_t> accepted_{0};
    std::atomic<std::int64_t> retries_{0};
    std::atomic<std::int64_t> refused_{0};
    leat::net::IoThreads io_{1, "replay"};
    leat::net::HttpClient client_{io_.executor(), client_options(options_.connections), clock_};
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Posts every purchase of a file as an order, until each is accepted"};
    Options options;
    app.add_option("--file", options.file, "The purchases")->default_val(SHOP_PURCHASES);
    app.add_option("--url", options.url, "Where to post orders")->capture_default_str();
    app.add_option("--connections", options.connections, "How many at once")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    app.add_option_function<std::string>(
        "--every",
        [&](const std::string& text) {
            options.every = leat::read_duration(text);
            if (!options.every)
                throw CLI::ValidationError("--every " + leat::missed_duration(text));
        },
        "Time between two reports, such as 50ms or 1s");
    app.add_flag("--json", options.json, "Report as JSON, a line each");
    CLI11_PARSE(app, argc, argv);
    try {
        return Replay{options}.run() ? 0 : 1;
    } catch (const std::exception& e) {
        std::cerr << "replay: " << e.what() << "\n";
        return 1;
    }
}
