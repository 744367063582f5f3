// Compaction under power cuts: for each key the last record that was acknowledged survives, offsets
// do not change, and a reader of committed records finds the same table. LEAT_COMPACTION_SEED=n
// runs one seed and tells what happened; LEAT_SIM_SEEDS and LEAT_SIM_FIRST are as for PowerCut.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/log.hpp"
#include "compaction_sim.hpp"

namespace leat::crash {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t usual_seeds = 500;
#else
constexpr std::uint64_t usual_seeds = 5000;
#endif

std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string lines_in_one(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

TEST(CompactionCut, leaves_the_same_table_and_the_same_offsets) {
    log::Options quiet;
    quiet.level = log::Level::off;
    log::configure(quiet);
    if (const auto seed = number_of("LEAT_COMPACTION_SEED", 0); seed != 0) {
        CompactionSim sim{seed};
        sim.trace();
        EXPECT_EQ(lines_in_one(sim.run()), "");
        return;
    }
    const auto seeds = number_of("LEAT_SIM_SEEDS", usual_seeds);
    const auto first = number_of("LEAT_SIM_FIRST", 1);
    std::uint64_t restarts = 0;
    std::uint64_t compactions = 0;
    std::uint64_t dropped = 0;
    for (auto seed = first; seed < first + seeds; ++seed) {
        CompactionSim sim{seed};
        const auto anomalies = sim.run();
        ASSERT_EQ(lines_in_one(anomalies), "") << "run it again with LEAT_COMPACTION_SEED=" << seed;
        restarts += sim.restarts();
        compactions += sim.compactions();
        dropped += sim.dropped_records();
    }
    std::printf("%llu seeds, %llu restarts, %llu compactions\n",
                static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(restarts),
                static_cast<unsigned long long>(compactions));
    EXPECT_GE(restarts, seeds);
    EXPECT_GE(compactions, seeds) << "or nothing was tested";
    EXPECT_GE(dropped, seeds) << "or nothing was tested";
}

}  // namespace
}  // namespace leat::crash
