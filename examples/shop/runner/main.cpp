// shop_run: opens the shop, replays the real purchases, and says whether the books are right.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <thread>

#include "runner/audit.hpp"
#include "runner/fleet.hpp"
#include "runner/kafka_tool.hpp"
#include "runner/kills.hpp"
#include "runner/replay_watch.hpp"

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using std::chrono::steady_clock;

volatile sig_atomic_t interruptions = 0;
bool interrupted() { return interruptions > 0; }

struct Options {
    bool once = false;
    bool fresh = false;
    std::string bootstrap;
    std::string data_dir;
    std::size_t kills = 0;
    std::uint64_t seed = 1;
};

double seconds_since(steady_clock::time_point then) {
    return std::chrono::duration<double>(steady_clock::now() - then).count();
}

std::string programs_dir() { return fs::read_symlink("/proc/self/exe").parent_path().string(); }

// Every run begins with empty books, so that they can add up. Only a directory that a shop has
// made is ever emptied, and not while that shop is open: the mark in it is locked until this
// process ends.
void empty_data_dir(const fs::path& dir) {
    const auto mark = dir / "this-is-a-shop";
    if (fs::exists(dir) && !fs::is_empty(dir) && !fs::exists(mark))
        throw std::runtime_error(dir.string() + " holds other things; give an empty --data");
    fs::create_directories(dir);
    const int lock = open(mark.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0)
        throw std::runtime_error("another shop is open in " + dir.string()
                                 + "; give another --data");
    for (const auto& entry : fs::directory_iterator{dir})
        if (entry.path() != mark) fs::remove_all(entry.path());
    fs::create_directories(dir / "logs");
}

void refuse_or_delete_old_topics(const shop::KafkaTool& kafka, bool fresh) {
    const auto old = kafka.shop_topics();
    if (old.empty()) return;
    if (!fresh)
        throw std::runtime_error("the brokers have a topic " + old.front()
                                 + " already, so the books could not add up; --fresh deletes the "
                                   "topics and groups of the shop");
    kafka.delete_shop();
    while (!kafka.shop_topics().empty() && !interrupted()) std::this_thread::sleep_for(100ms);
}

shop::Process replay_process(const shop::Fleet& fleet) {
    return {"replay",
            {programs_dir() + "/shop_replay", "--json", "--every", "50ms", "--url",
             fleet.url("orders") + "/orders"},
            fleet.log_file("replay")};
}

void print_places(const shop::Fleet& fleet) {
    const auto leat = programs_dir() + "/leat";
    const auto line = [](const std::string& what, const std::string& where) {
        std::cout << fmt::format("  {:<18}{}\n", what, where);
    };
    std::cout << "\nThe shop is open; Ctrl-C closes it. Where to look:\n";
    line("revenue", "curl " + fleet.url("revenue") + "/revenue");
    line("stock", "curl " + fleet.url("stock") + "/stock");
    line("the bank", "curl " + fleet.url("bank") + "/charges");
    line("metrics", "curl " + fleet.url("payments") + "/metrics");
    line("an order of yours",
         "curl -i " + fleet.url("orders") + "/orders -H 'Content-Type: application/json' -d "
             + R"('{"order_id":70000,"customer":"me","date":"1998-06-30","cds":1,"amount":9.99}')");
    line("dead letters", leat + " dlq list -b " + fleet.bootstrap());
    line("groups", leat + " group list --lag -b " + fleet.bootstrap());
    line("a topic", leat + " consume payments -e -c 3 -b " + fleet.bootstrap());
    line("logs", fs::path{fleet.log_file("payments")}.parent_path().string());
    std::cout << std::flush;
}

void print_speed(const shop::Progress& replay, const shop::Findings& found, double drained_s) {
    std::cout << fmt::format(
        "\n{} orders/s: the replay took {:.1f} s; {:.1f} s later the last order was through\n"
        "from HTTP to the last service: p50 {:.0f} ms, p99 {:.0f} ms\n",
        shop::with_commas(static_cast<std::int64_t>(replay.per_second())), replay.seconds,
        drained_s, found.revenue.latency.p50_ms, found.revenue.latency.p99_ms);
}

// True if the books are right.
bool sell_everything(shop::Fleet& fleet, shop::Web& web, shop::KafkaTool& kafka,
                     const Options& options) {
    const auto expected = shop::totals_of(shop::read_purchases(SHOP_PURCHASES));
    auto kills = shop::plan_kills({options.kills, options.seed, expected.orders, fleet.size()});
    if (options.kills > 0)
        std::cout << "Killing " << options.kills << " times on the way, seed " << options.seed
                  << "\n";
    auto process = replay_process(fleet);
    const auto replay = shop::ReplayWatch{fleet, std::move(kills)}.run(process, interrupted);

    const auto replayed_at = steady_clock::now();
    shop::Audit audit{fleet, web, kafka};
    audit.settle(interrupted);
    const double drained_s = seconds_since(replayed_at);
    const auto found = audit.collect(replay.accepted);
    const auto summary = shop::add_up(expected, found);
    std::cout << "\n" << shop::to_table(summary);
    print_speed(replay, found, drained_s);
    if (found.dead_letters > found.dead_orders)
        std::cout << found.dead_letters - found.dead_orders
                  << " of the dead letters are repeats: delivery is at least once\n";
    if (fleet.accidents() > 0)
        std::cout << fleet.accidents() << " times a process ended that nobody had killed\n";
    const bool right = summary.right && fleet.accidents() == 0;
    std::cout << (right ? "The shop adds up.\n" : "THE SHOP DOES NOT ADD UP.\n") << std::flush;
    return right;
}

int run(const Options& options) {
    empty_data_dir(options.data_dir);
    shop::Fleet fleet{{.programs = programs_dir(),
                       .data_dir = options.data_dir,
                       .bootstrap = options.bootstrap,
                       .seed = options.seed}};
    shop::KafkaTool kafka{programs_dir() + "/leat", fleet.bootstrap(), fleet.log_file("leat")};
    shop::Web web;
    if (!options.bootstrap.empty()) refuse_or_delete_old_topics(kafka, options.fresh);
    const auto began = steady_clock::now();
    fleet.start(web, interrupted);
    std::cout << fmt::format("The shop is open after {:.2f} s: {} processes on {}\n",
                             seconds_since(began), fleet.size(), fleet.bootstrap());
    const bool right = sell_everything(fleet, web, kafka, options);
    if (!options.once && !interrupted()) {
        print_places(fleet);
        while (!interrupted()) {
            fleet.tend();
            std::this_thread::sleep_for(50ms);
        }
        std::cout << "\nClosing the shop.\n";
    }
    fleet.stop(15s);
    return right ? 0 : 1;
}

Options parse(CLI::App& app, int argc, char** argv) {
    Options options;
    app.add_flag("--once", options.once, "End after the summary; exit 0 only if it adds up");
    app.add_option("--bootstrap", options.bootstrap,
                   "Run on this Kafka, HOST:PORT, instead of a broker of our own");
    app.add_flag("--fresh", options.fresh, "With --bootstrap: delete the shop's topics first");
    app.add_option("--data", options.data_dir,
                   "Logs, databases and the broker's data; emptied first")
        ->default_val((fs::path{programs_dir()}.parent_path() / "shop-data").string());
    app.add_option("--kills", options.kills, "kill -9 so many times during the replay");
    app.add_option("--seed", options.seed, "Of the kills and the bank's failures")
        ->capture_default_str();
    app.parse(argc, argv);
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    struct sigaction on_signal {};
    on_signal.sa_handler = [](int) { interruptions = interruptions + 1; };
    sigaction(SIGINT, &on_signal, nullptr);
    sigaction(SIGTERM, &on_signal, nullptr);
    signal(SIGPIPE, SIG_IGN);
    CLI::App app{"Opens the shop, replays 69,659 real purchases, and says whether it adds up"};
    try {
        return run(parse(app, argc, argv));
    } catch (const CLI::ParseError& e) {
        return app.exit(e);
    } catch (const std::exception& e) {
        std::cerr << "shop: " << e.what() << "\n";
        return 1;
    }
}
