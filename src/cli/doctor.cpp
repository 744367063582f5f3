#include "cli/doctor.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/doctor_checks.hpp"
#include "cli/doctor_measure.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"
#include "cli/serve_options.hpp"
#include "cli/session.hpp"

namespace leat::cli {
namespace {

std::vector<Diagnosis> diagnose(const ServeOptions& options) {
    std::vector<Diagnosis> all;
    broker::Config config;
    for (const auto& problem : configure(options, config))
        all.push_back({Health::fail, "configuration", problem, "a start would be refused"});
    if (all.empty()) {
        all.push_back({Health::ok, "configuration", "a start would take it"});
        for (const auto& note : config.notes())
            all.push_back({Health::warn, "configuration", note});
    }
    const auto data_dir = config.text("log.dirs");
    DiskFacts disk;
    if (const auto measured = measure_disk(data_dir, disk); !measured)
        all.push_back({Health::fail, "data directory", measured.error().what,
                       "make it a directory that the broker's user may write to (log.dirs)"});
    const auto machine = measure_machine(data_dir);
    for (auto& each : {judge_file_system(disk), judge_syncs(disk), judge_space(disk, config),
                       judge_open_files(machine, config), judge_memory(machine, config),
                       judge_clock(machine), judge_durability(config)})
        all.push_back(each);
    const auto listeners = judge_listeners(config);
    all.insert(all.end(), listeners.begin(), listeners.end());
    return all;
}

void print_as_text(const std::vector<Diagnosis>& all) {
    for (const auto& each : all) {
        std::printf("%-4s  %s: %s", name_of(each.health), shown(each.check).c_str(),
                    shown(each.found).c_str());
        if (!each.advice.empty()) std::printf(" -> %s", shown(each.advice).c_str());
        std::printf("\n");
    }
}

void print_as_json(const std::vector<Diagnosis>& all) {
    Table table{.columns = {{"health", ""}, {"check", ""}, {"found", ""}, {"advice", ""}},
                .rows = {}};
    for (const auto& each : all)
        table.rows.push_back({std::string{name_of(each.health)}, each.check, each.found,
                              each.advice.empty() ? Cell{} : Cell{each.advice}});
    print(table, true);
}

int examine(const ServeOptions& options, bool json) {
    const auto all = diagnose(options);
    json ? print_as_json(all) : print_as_text(all);
    const bool failed =
        std::ranges::any_of(all, [](const Diagnosis& each) { return each.health == Health::fail; });
    return failed ? exit_refused : exit_ok;
}

}  // namespace

void add_doctor(Command& broker, Session& session, const std::shared_ptr<ServeOptions>& options) {
    auto& command = broker.add(
        "doctor", "Measure the disk and judge the machine and the settings that it would serve by");
    add_serve_options(command, *options, "--listen");
    command.text("-d,--data", options->data_dir, "The same as --data-dir")
        .called("DIRECTORY")
        .excludes({"--data-dir"})
        .completed_by(Values::files);
    command.footer(
        "It takes the options of 'leat broker', writes some hundred KiB to a "
        "file without a name, and leaves nothing behind; beside a running broker the times are "
        "what that leaves of the disk. Exit 1 if anything fails.");
    command.does([options, &session] { return examine(*options, session.json); });
}

}  // namespace leat::cli
