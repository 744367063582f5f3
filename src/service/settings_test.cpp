#include "service/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace leat::service {
namespace {

using testing::HasSubstr;

Result<void> read(Settings& settings, std::vector<const char*> arguments,
                  std::vector<const char*> environment = {}) {
    arguments.insert(arguments.begin(), "orders");
    environment.push_back(nullptr);
    return settings.read(static_cast<int>(arguments.size()), arguments.data(), environment.data());
}

std::string refusal(std::vector<const char*> arguments) {
    Settings settings;
    std::vector<std::string> warnings;
    if (auto done = read(settings, std::move(arguments)); !done) return done.error().what;
    const auto fine = settings.check(warnings);
    return fine ? "" : fine.error().what;
}

class ConfigFile {
public:
    explicit ConfigFile(const std::string& text)
        : path_(testing::TempDir() + "leat-settings.yaml") {
        std::ofstream{path_} << text;
    }
    const char* path() const { return path_.c_str(); }

private:
    std::string path_;
};

TEST(Settings, take_flags_before_variables_before_the_file_before_defaults) {
    const ConfigFile file{"log:\n  level: debug\nhttp: 127.0.0.1:1\nbootstrap: file:1\n"};
    Settings settings;
    ASSERT_TRUE(read(settings, {"--config", file.path(), "--bootstrap=flag:1"},
                     {"LEAT_BOOTSTRAP=variable:1", "LEAT_HTTP=127.0.0.1:2"})
                    .ok());
    EXPECT_EQ(settings.text("bootstrap"), "flag:1");
    EXPECT_EQ(settings.text("http"), "127.0.0.1:2");
    EXPECT_EQ(settings.text("log.level"), "debug");
    EXPECT_EQ(settings.number("inflight.records"), 1000);
    const auto printed = settings.print();
    EXPECT_THAT(printed, HasSubstr("# --bootstrap"));
    EXPECT_THAT(printed, HasSubstr("# LEAT_HTTP"));
    EXPECT_THAT(printed, HasSubstr("# default"));
}

TEST(Settings, refuse_an_unknown_name_with_the_nearest_known_one) {
    EXPECT_EQ(refusal({"--bootstrp", "x"}),
              "unknown setting 'bootstrp'; did you mean 'bootstrap'? (from --bootstrp).");
    EXPECT_THAT(refusal({"--set", "retry.atempts=1"}), HasSubstr("retry.attempts"));
    const ConfigFile file{"retry:\n  frist: 1s\n"};
    EXPECT_THAT(refusal({"--config", file.path()}), HasSubstr("retry.first"));
}

TEST(Settings, know_what_the_service_declares) {
    Settings settings;
    ASSERT_TRUE(read(settings, {"--bank", "http://x"}).ok());
    settings.declare("bank", "http://y", "where the bank is");
    EXPECT_EQ(settings.text("bank"), "http://x");
    std::vector<std::string> warnings;
    EXPECT_TRUE(settings.check(warnings).ok());
}

TEST(Settings, warn_of_unknown_variables_only) {
    Settings settings;
    ASSERT_TRUE(read(settings, {}, {"LEAT_NONSENSE=1", "LEAT_TEST_BOOTSTRAP=x", "PATH=/"}).ok());
    std::vector<std::string> warnings;
    EXPECT_TRUE(settings.check(warnings).ok());
    EXPECT_THAT(warnings, testing::ElementsAre("LEAT_NONSENSE"));
}

TEST(Settings, measure_durations_and_sizes) {
    Settings settings;
    ASSERT_TRUE(
        read(settings, {"--commit.interval", "2min", "--retry.first", "7", "--fetch.queue", "3MiB"})
            .ok());
    EXPECT_EQ(settings.duration("commit.interval"), std::chrono::minutes{2});
    EXPECT_EQ(settings.duration("retry.first"), std::chrono::milliseconds{7});
    EXPECT_EQ(settings.bytes("fetch.queue"), 3U * 1024 * 1024);
    EXPECT_THAT(refusal({"--commit.interval", "soon"}), HasSubstr("a duration"));
    EXPECT_THAT(refusal({"--fetch.queue", "3MB"}), HasSubstr("a size"));
    EXPECT_THAT(refusal({"--threads", "-1"}), HasSubstr("a whole number"));
}

TEST(Settings, pass_properties_to_librdkafka_and_refuse_what_it_does_not_know) {
    Settings settings;
    ASSERT_TRUE(
        read(settings,
             {"--kafka.security.protocol", "plaintext", "--kafka.consumer.fetch.min.bytes", "7"},
             {"LEAT_KAFKA_SOCKET_TIMEOUT_MS=5000"})
            .ok());
    using Pair = std::pair<std::string, std::string>;
    EXPECT_THAT(settings.kafka("consumer"),
                testing::UnorderedElementsAre(Pair{"security.protocol", "plaintext"},
                                              Pair{"socket.timeout.ms", "5000"},
                                              Pair{"fetch.min.bytes", "7"}));
    EXPECT_THAT(settings.kafka("producer"), testing::SizeIs(2));
    EXPECT_THAT(refusal({"--kafka.no.such", "1"}), HasSubstr("no.such"));
}

}  // namespace
}  // namespace leat::service
