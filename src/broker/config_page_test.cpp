#include "broker/config_page.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace leat::broker {
namespace {

// LEAT_WRITE_DOCS=1 writes the tables anew.
TEST(ConfigPage, is_what_the_broker_page_says) {
    const std::string path = LEAT_BROKER_PAGE;
    std::ostringstream read;
    read << std::ifstream{path}.rdbuf();
    const auto text = read.str();
    const std::string begin = "<!-- generated: the tables of config_keys -->\n";
    const auto at = text.find(begin);
    ASSERT_NE(at, std::string::npos);
    if (std::getenv("LEAT_WRITE_DOCS") != nullptr)
        std::ofstream{path} << text.substr(0, at + begin.size()) << config_page();
    else
        EXPECT_EQ(text.substr(at + begin.size()), config_page());
}

}  // namespace
}  // namespace leat::broker
