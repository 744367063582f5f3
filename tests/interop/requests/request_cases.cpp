// Runs scripts of requests, written and generated ones, on Apache Kafka and on our broker, and
// compares the answers field by field. Run by tests/interop/suites/requests.sh:
//   request_cases KAFKA LEAT
// What is levelled before is told in names.hpp, what is asked again in both.hpp. LEAT_SEED repeats
// a run, LEAT_ONLY runs the scripts whose name contains it, LEAT_WALKS says how many walks, and
// with LEAT_LONG producer ids are used until their epochs are exhausted.
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "script.hpp"

namespace leat::requests {
namespace {

constexpr int walk_steps = 40;
constexpr unsigned workers = 6;  // they mostly wait for the brokers

std::vector<NamedScript> all_scripts(unsigned seed, int walks) {
    std::vector<NamedScript> scripts;
    if (std::getenv("LEAT_LONG") != nullptr) add_long(scripts);
    add_inits(scripts);
    add_ends(scripts);
    add_offsets_scripts(scripts);
    add_produces(scripts);
    add_reads(scripts);
    add_admin(scripts);
    for (int i = 0; i < walks; ++i)
        scripts.push_back({"walk " + std::to_string(i), [seed, i](Script& script) {
                               walk(script, seed + static_cast<unsigned>(i), walk_steps);
                           }});
    return scripts;
}

unsigned number_from(const char* variable, unsigned otherwise) {
    const auto* given = std::getenv(variable);
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : otherwise;
}

void run_one(const Brokers& brokers, const NamedScript& script, std::size_t number,
             Report& report) {
    try {
        Script running{brokers, script.name, number, report};
        script.run(running);
    } catch (const std::exception& error) {
        report.differs(script.name, error.what());
    }
}

void run_all(const Brokers& brokers, const std::vector<NamedScript>& scripts, Report& report) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < workers; ++i)
        threads.emplace_back([&] {
            for (auto at = next++; at < scripts.size(); at = next++)
                run_one(brokers, scripts[at], at + 1, report);
        });
    for (auto& thread : threads) thread.join();
}

// Kafka makes the topics of its coordinators when it is asked for one.
void find_coordinators_first(const Brokers& brokers, Report& report) {
    using namespace kafka;
    Script script{brokers, "first", 0, report};
    for (const std::int8_t type : {0, 1}) {
        FindCoordinatorRequest request;
        request.key_type = type;
        request.coordinator_keys = {script.named("any")};
        script.both().wait_for<FindCoordinatorResponse>(
            request, 4, [](const FindCoordinatorResponse& answer) {
                return answer.coordinators.at(0).error_code == ErrorCode::none;
            });
    }
    script.init(script.named("any"));
    script.offsets(script.group("any"), true);
}

int tell(const Report& report) {
    std::size_t compared = 0;
    for (const auto& [api, count] : report.compared()) {
        std::cout << api << ": " << count << " the same\n";
        compared += count;
    }
    std::cout << compared << " answers the same, " << report.differences() << " differ\n";
    return report.differences() == 0 && compared > 0 ? 0 : 1;
}

int run(const std::string& kafka, const std::string& leat) {
    const auto seed = number_from("LEAT_SEED", std::random_device{}());
    std::cout << "seed " << seed << std::endl;  // it is told even if this program breaks down
    auto scripts = all_scripts(seed, static_cast<int>(number_from("LEAT_WALKS", 300)));
    if (const auto* only = std::getenv("LEAT_ONLY"))
        std::erase_if(scripts, [only](const auto& script) {
            return script.name.find(only) == std::string::npos;
        });
    Report report;
    const Brokers brokers{*parse_host_port(kafka), *parse_host_port(leat), SystemClock{}.wall_ms()};
    find_coordinators_first(brokers, report);
    run_all(brokers, scripts, report);
    return tell(report);
}

}  // namespace
}  // namespace leat::requests

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: request_cases KAFKA LEAT\n";
        return 64;
    }
    return leat::requests::run(argv[1], argv[2]);
}
