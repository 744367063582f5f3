// Connections that only exist, and what they cost those that are active.
#include "load/connections.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <fstream>

#include "load/cluster.hpp"
#include "load/swarm.hpp"

namespace leat::bench {
namespace {

constexpr double warm_up_seconds = 2;
// Files that are open beside the connections.
constexpr rlim_t other_files = 20;

void raise_file_limit(int connections) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const auto wanted = static_cast<rlim_t>(connections) + other_files;
    if (limit.rlim_max < wanted)
        give_up(std::to_string(connections) + " connections need " + std::to_string(wanted)
                + " open files, and ulimit -n -H allows " + std::to_string(limit.rlim_max));
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

double resident_kib(int pid) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stod(line.substr(6));
    give_up("there is no process " + std::to_string(pid));
}

std::vector<double> paced(Swarm& swarm, const Options& options) {
    swarm.pace(options.connections, static_cast<std::int64_t>(options.rate * warm_up_seconds));
    return swarm.pace(options.connections,
                      static_cast<std::int64_t>(options.rate * options.seconds));
}

void print(const char* name, const std::vector<double>& ms) {
    std::printf(R"("%s": {"p50": %.3f, "p99": %.3f}, )", name, percentile(ms, 0.5),
                percentile(ms, 0.99));
}

}  // namespace

void run_connections(const Options& options) {
    raise_file_limit(options.connections + options.idle);
    {
        auto cluster = reach(options);
        wait_for_ends(cluster, options.topic, options.partitions);
    }
    Swarm swarm{options};
    swarm.open(options.connections);
    const auto alone = paced(swarm, options);
    const auto before = resident_kib(options.pid);
    const auto begin = Clock::now();
    swarm.open(options.idle);
    const auto took = std::chrono::duration<double>{Clock::now() - begin}.count();
    swarm.rest(std::chrono::seconds{1});
    const auto grown = resident_kib(options.pid) - before;
    const auto beside = paced(swarm, options);
    std::printf("{");
    print("alone_ms", alone);
    print("beside_ms", beside);
    std::printf(R"("connects_per_s": %.0f, "kib_per_idle": %.3f})"
                "\n",
                options.idle / took, grown / options.idle);
}

}  // namespace leat::bench
