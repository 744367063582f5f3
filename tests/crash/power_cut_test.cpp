// E3: power cuts at every moment of a random workload, recovery included. LEAT_SIM_SEED=n runs one
// seed and tells what happened; LEAT_SIM_SEEDS=n sets how many are run, LEAT_SIM_FIRST=n from which
// on, so that a long run can be made in parts.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/log.hpp"
#include "power_cut_sim.hpp"

namespace leat::crash {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t default_seeds = 1000;
#else
constexpr std::uint64_t default_seeds = 20'000;
#endif

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void be_quiet() {
    log::Options options;
    options.level = log::Level::off;
    log::configure(options);
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

TEST(PowerCut, loses_nothing_that_was_acknowledged_or_seen) {
    be_quiet();
    if (const auto seed = number_from("LEAT_SIM_SEED", 0); seed != 0) {
        PowerCutSim sim{seed};
        sim.trace();
        EXPECT_EQ(joined(sim.run()), "");
        return;
    }
    const auto seeds = number_from("LEAT_SIM_SEEDS", default_seeds);
    std::uint64_t restarts = 0;
    const auto first = number_from("LEAT_SIM_FIRST", 1);
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        PowerCutSim sim{seed};
        const auto anomalies = sim.run();
        restarts += sim.restarts();
        ASSERT_EQ(joined(anomalies), "") << "run it again with LEAT_SIM_SEED=" << seed;
    }
    std::printf("%llu seeds, %llu restarts\n", static_cast<unsigned long long>(seeds),
                static_cast<unsigned long long>(restarts));
    EXPECT_GE(restarts, seeds);
}

TEST(PowerCut, is_the_same_each_time_for_the_same_seed) {
    be_quiet();
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        PowerCutSim first{seed};
        PowerCutSim second{seed};
        first.run();
        second.run();
        ASSERT_EQ(first.digest(), second.digest()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace leat::crash
