// Asks Apache Kafka and our broker the same about configurations, and to change them; with
// validate_only first wherever there is such a thing. Run by tests/interop/suites/configs.sh:
//   config_cases KAFKA LEAT
// What is levelled before is told in levelled.hpp, what is decided to differ in decisions.cpp.
#include <iostream>

#include "both.hpp"

namespace {

using namespace leat::configs;

void compare_all(Both& both) {
    compare_apis(both);
    compare_described(both);
    compare_creates(both);
    compare_alters(both);
    for (const auto& decision : broker_decisions())
        if (!both.met().contains(&decision)) {
            both.say(std::string{decision.key} + ", " + std::string{name_of(decision.field)});
            both.differs("does not differ any more");
        }
}

int run(const std::string& kafka, const std::string& leat) {
    Both both{*leat::parse_host_port(kafka), *leat::parse_host_port(leat)};
    try {
        compare_all(both);
    } catch (const std::exception& error) {
        both.differs(error.what());
    }
    std::cout << both.compared() << " answers the same, " << both.differences() << " differ, "
              << both.met().size() << " differences of keys by decision" << std::endl;
    return both.differences() == 0 && both.compared() > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: config_cases KAFKA LEAT\n";
        return 64;
    }
    return run(argv[1], argv[2]);
}
