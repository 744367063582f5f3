// app.setting<T>(), and what wins when code and settings disagree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leat/leat.hpp"

namespace leat::service {
namespace {

using testing::ElementsAre;
using testing::ExitedWithCode;
using testing::HasSubstr;
using namespace std::chrono_literals;

enum class Mode { careful, fast };

struct SetTick {
    int number = 0;
};

class Started {
public:
    explicit Started(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
        arguments_.insert(arguments_.begin(), "clock");
        for (auto& argument : arguments_) argv_.push_back(argument.data());
        app_ = std::make_unique<leat::app>("clock", static_cast<int>(argv_.size()), argv_.data());
    }
    leat::app& operator*() { return *app_; }
    leat::app* operator->() { return app_.get(); }

private:
    std::vector<std::string> arguments_;
    std::vector<char*> argv_;
    std::unique_ptr<leat::app> app_;
};

TEST(Setting, has_the_type_that_it_is_declared_with) {
    Started app{{"--text=x", "--flag=true", "--count=-7", "--share=0.25", "--time=5min",
                 "--size=3MiB", "--mode=fast", "--ports=1,2,3"}};
    EXPECT_EQ(app->setting("text", "y", ""), "x");
    EXPECT_TRUE(app->setting<bool>("flag", false, ""));
    EXPECT_EQ(app->setting<std::int8_t>("count", 0, ""), -7);
    EXPECT_EQ(app->setting<double>("share", 1, ""), 0.25);
    EXPECT_EQ(app->setting<std::chrono::seconds>("time", 1s, ""), 300s);
    EXPECT_EQ(app->setting<byte_size>("size", {}, "").bytes, 3U * 1024 * 1024);
    EXPECT_EQ(app->setting<Mode>("mode", Mode::careful, ""), Mode::fast);
    EXPECT_THAT(app->setting<std::vector<int>>("ports", {}, ""), ElementsAre(1, 2, 3));
}

TEST(Setting, is_its_fallback_if_nothing_is_given) {
    Started app{{}};
    EXPECT_EQ(app->setting("text", "y", ""), "y");
    EXPECT_TRUE(app->setting<bool>("flag", true, ""));
    EXPECT_EQ(app->setting<int>("count", -3, ""), -3);
    EXPECT_EQ(app->setting<double>("share", 0.1, ""), 0.1);
    EXPECT_EQ(app->setting<std::chrono::milliseconds>("time", 90s, ""), 90s);
    EXPECT_EQ(app->setting<std::chrono::milliseconds>("none", 0s, ""), 0s);
    EXPECT_EQ(app->setting<byte_size>("size", {1536}, "").bytes, 1536U);
    EXPECT_EQ(app->setting<Mode>("mode", Mode::careful, ""), Mode::careful);
    EXPECT_THAT(app->setting<std::vector<std::string>>("names", {"a", "b"}, ""),
                ElementsAre("a", "b"));
}

template <class T>
void declare(const std::string& value) {
    Started app{{"--it=" + value}};
    app->setting<T>("it", {}, "");
}

TEST(SettingDeathTest, of_another_type_ends_the_program_with_a_sentence) {
    const auto usage = ExitedWithCode(64);
    EXPECT_EXIT(declare<bool>("yes"), usage, "clock: it is true or false, not 'yes' .from --it.");
    EXPECT_EXIT(declare<std::uint8_t>("256"), usage, "a whole number from 0 to 255");
    EXPECT_EXIT(declare<int>("7x"), usage, "a whole number");
    EXPECT_EXIT(declare<double>("nan"), usage, "a number such as");
    EXPECT_EXIT(declare<std::chrono::seconds>("5"), usage, "with its unit");
    EXPECT_EXIT(declare<std::chrono::seconds>("500ms"), usage, "in steps of 1s");
    EXPECT_EXIT(declare<byte_size>("3MB"), usage, "a size such as");
    EXPECT_EXIT(declare<Mode>("slow"), usage, "one of careful, fast");
    EXPECT_EXIT(declare<std::vector<int>>("1,,2"), usage, "a list with commas");
}

TEST(SettingDeathTest, of_the_framework_that_is_wrong_ends_the_program_before_anything_is_opened) {
    const auto start = [] {
        Started app{{"--log.level=verbose", "--bootstrap=host:x"}};
        app->run();
    };
    EXPECT_EXIT(start(), ExitedWithCode(64),
                "clock: bootstrap: 'host:x' is not an address.*\nclock: log.level is one of");
}

std::string printed(std::vector<std::string> arguments) {
    arguments.emplace_back("--print-config");
    Started app{std::move(arguments)};
    app->on<SetTick>("ticks", [](const SetTick&) {})
        .retry({.attempts = 0, .first = 1s, .max = 2s})
        .timeout(1min)
        .order(order::by_key, 7);
    testing::internal::CaptureStdout();
    EXPECT_EQ(app->run(), 0);
    return testing::internal::GetCapturedStdout();
}

TEST(Setting, that_is_given_wins_over_the_code_and_print_config_says_what_holds) {
    EXPECT_THAT(printed({}), HasSubstr("handler clock.ticks: topic=ticks group=clock "
                                       "retry.attempts=0 retry.first=1s retry.max=2s "
                                       "handler.timeout=1min handler.concurrency=7 "));
    EXPECT_THAT(printed({"--retry.attempts=3", "--handler.timeout=5s", "--handler.concurrency=9"}),
                HasSubstr("retry.attempts=3 retry.first=1s retry.max=2s handler.timeout=5s "
                          "handler.concurrency=9 "));
}

}  // namespace
}  // namespace leat::service
