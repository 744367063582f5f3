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
    if (auto done = read(settings, std::move(arguments)); !done) return done.error().what;
    std::string all;
    for (const auto& fault : settings.check().faults) all += (all.empty() ? "" : "\n") + fault;
    return all;
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
    EXPECT_THAT(settings.check().faults, testing::IsEmpty());
}

TEST(Settings, warn_of_unknown_variables_only) {
    Settings settings;
    ASSERT_TRUE(read(settings, {}, {"LEAT_NONSENSE=1", "LEAT_TEST_BOOTSTRAP=x", "PATH=/"}).ok());
    EXPECT_THAT(settings.check().faults, testing::IsEmpty());
    EXPECT_THAT(settings.check().unknown_variables, testing::ElementsAre("LEAT_NONSENSE"));
}

TEST(Settings, measure_durations_and_sizes) {
    Settings settings;
    ASSERT_TRUE(read(settings,
                     {"--commit.interval", "2min", "--retry.first", "7s", "--fetch.queue", "3MiB"})
                    .ok());
    EXPECT_EQ(settings.duration("commit.interval"), std::chrono::minutes{2});
    EXPECT_EQ(settings.duration("retry.first"), std::chrono::seconds{7});
    EXPECT_EQ(settings.bytes("fetch.queue"), 3U * 1024 * 1024);
    EXPECT_THAT(refusal({"--commit.interval", "soon"}), HasSubstr("a duration"));
    EXPECT_THAT(refusal({"--commit.interval", "7"}), HasSubstr("with its unit"));
    EXPECT_THAT(refusal({"--commit.interval", "7us"}), HasSubstr("a duration"));
    EXPECT_THAT(refusal({"--commit.interval", "-1s"}), HasSubstr("a duration"));
    EXPECT_THAT(refusal({"--fetch.queue", "3MB"}), HasSubstr("a size"));
    EXPECT_THAT(refusal({"--threads", "-1"}), HasSubstr("a whole number"));
    EXPECT_THAT(refusal({"--inflight.records", "0"}), HasSubstr("from 1"));
    EXPECT_THAT(refusal({"--retry.attempts", "3000000000"}), HasSubstr("a whole number"));
    EXPECT_THAT(refusal({"--embedded", "yes"}), HasSubstr("true or false"));
}

TEST(Settings, take_one_of_the_choices_only) {
    EXPECT_EQ(refusal({"--log.level", "verbose"}),
              "log.level is one of debug, info, warn, error, off, not 'verbose' (from "
              "--log.level).");
    EXPECT_EQ(refusal({"--log.format", "jsno"}),
              "log.format is one of auto, json, text, not 'jsno' (from --log.format).");
    EXPECT_THAT(refusal({"--producer.compression", "zip"}),
                HasSubstr("producer.compression is one of none, gzip, snappy, lz4, zstd, not"));
    EXPECT_THAT(refusal({"--log.level", ""}), HasSubstr("log.level is one of"));
    for (const char* level : {"debug", "info", "warn", "error", "off"})
        EXPECT_EQ(refusal({"--log.level", level}), "");
}

TEST(Settings, take_addresses_that_can_be_ones) {
    for (const char* address : {"kafka:9092", "kafka", "a:1, b:2", "[::1]:9092,127.0.0.1:1"})
        EXPECT_EQ(refusal({"--bootstrap", address}), "");
    EXPECT_EQ(refusal({"--bootstrap", "a:1,host:99999"}),
              "bootstrap: 'host:99999' is not an address: the port is not a number from 1 to "
              "65535; write HOST:PORT or [IPV6]:PORT, for example 127.0.0.1:9092 or [::1]:9092 "
              "(from --bootstrap).");
    for (const char* bad : {"host:x", "", "a:1,,b:2", "http://host:1", "a:0"})
        EXPECT_THAT(refusal({"--bootstrap", bad}), HasSubstr("write HOST:PORT")) << bad;
    EXPECT_EQ(refusal({"--http", "[::]:0"}), "");
    for (const char* bad : {"x", "8080", ":8080", "a:1,b:2"})
        EXPECT_THAT(refusal({"--http", bad}), HasSubstr("http: '")) << bad;
}

TEST(Settings, take_a_file_of_certificates_that_can_be_read) {
    EXPECT_EQ(refusal({"--http_client.ca_file", ""}), "");
    EXPECT_THAT(refusal({"--http_client.ca_file", "/nowhere/ca.pem"}),
                testing::AllOf(HasSubstr("http_client.ca_file: "), HasSubstr("/nowhere/ca.pem"),
                               HasSubstr("(from --http_client.ca_file).")));
}

TEST(Settings, tell_all_that_is_wrong_at_once) {
    EXPECT_EQ(refusal({"--htp", "x", "--http", "x", "--threads", "0", "--kafka.no.such", "1"}),
              "unknown setting 'htp'; did you mean 'http'? (from --htp).\n"
                  + refusal({"--kafka.no.such", "1"}) + "\n" + refusal({"--http", "x"}) + "\n"
                  + refusal({"--threads", "0"}));
}

TEST(Settings, that_a_service_declares_may_begin_with_test) {
    Settings settings;
    ASSERT_TRUE(read(settings, {}, {"LEAT_TEST_RATE=7"}).ok());
    settings.declare("test.rate", "1", "");
    EXPECT_EQ(settings.text("test.rate"), "7");
}

// What a cluster gives a container beside a Service called "leat", and one called "leat-bank".
const std::vector<const char*> kubernetes{"LEAT_PORT=tcp://10.96.0.7:9092",
                                          "LEAT_SERVICE_HOST=10.96.0.7",
                                          "LEAT_SERVICE_PORT=9092",
                                          "LEAT_SERVICE_PORT_KAFKA=9092",
                                          "LEAT_PORT_9092_TCP=tcp://10.96.0.7:9092",
                                          "LEAT_PORT_9092_TCP_PROTO=tcp",
                                          "LEAT_PORT_9092_TCP_PORT=9092",
                                          "LEAT_PORT_9092_TCP_ADDR=10.96.0.7",
                                          "LEAT_BANK_PORT=udp://10.96.0.8:80",
                                          "LEAT_BANK_SERVICE_HOST=10.96.0.8"};

TEST(Settings, do_not_see_what_kubernetes_says_of_a_service_called_like_ours) {
    Settings settings;
    auto environment = kubernetes;
    environment.push_back("LEAT_HTTP_PORT=8080");
    ASSERT_TRUE(read(settings, {}, environment).ok());
    for (const char* name : {"port", "service.host", "service.port", "bank.port"})
        settings.declare(name, "mine", "");
    settings.declare("http.port", "mine", "");
    for (const char* name : {"port", "service.host", "service.port", "bank.port"})
        EXPECT_EQ(settings.text(name), "mine") << name;
    EXPECT_EQ(settings.text("http.port"), "8080");
    EXPECT_THAT(settings.check().faults, testing::IsEmpty());
    EXPECT_THAT(settings.check().unknown_variables, testing::IsEmpty());
}

TEST(Settings, take_a_port_that_is_no_address_for_one_of_the_services_own) {
    Settings settings;
    ASSERT_TRUE(read(settings, {}, {"LEAT_PORT=8080", "LEAT_SERVICE_HOST=here"}).ok());
    settings.declare("port", "mine", "");
    settings.declare("service.host", "mine", "");
    EXPECT_EQ(settings.text("port"), "8080");
    EXPECT_EQ(settings.text("service.host"), "here");
}

TEST(Settings, know_what_is_given_and_so_wins_over_the_code) {
    Settings settings;
    ASSERT_TRUE(read(settings, {"--retry.attempts", "5"}, {"LEAT_RETRY_FIRST=1s"}).ok());
    EXPECT_TRUE(settings.given("retry.attempts"));
    EXPECT_TRUE(settings.given("retry.first"));
    EXPECT_FALSE(settings.given("retry.max"));
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
