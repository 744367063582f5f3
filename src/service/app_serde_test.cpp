// Events that are not JSON: their own serde reads and writes them, and may have to wait for what it
// needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "service/app_for_test.hpp"

namespace leat::service {
namespace {

// Stands for a schema registry.
std::atomic<int> times_away{0};

// "<text>" with a lookup before it is read.
struct Marked {
    template <class E>
    static task<decoded<E>> decode(std::string_view value, context& ctx) {
        co_await ctx.sleep(std::chrono::milliseconds{1});
        if (times_away > 0) {
            --times_away;
            co_return unreadable{unreadable::cause::absence, "the registry is away", "registry"};
        }
        if (value.size() < 2 || value.front() != '<' || value.back() != '>')
            co_return unreadable{unreadable::cause::record, "it is not marked", "mark"};
        co_return E{std::string{value.substr(1, value.size() - 2)}};
    }
    template <class E>
    static std::string encode(const E& event) {
        return "<" + event.text + ">";
    }
};

struct Note {
    using serde = Marked;
    std::string text;
};

class Serde : public testing::Test {
protected:
    void SetUp() override {
        kafka.create_topic(topic, 1);
        times_away = 7;
        kafka.produce(topic, "k", "<a>");
        kafka.produce(topic, "k", "a");
        kafka.produce(topic, "k", "<b>");
        kafka.produce(topic, "k", std::nullopt);
    }
    void expect_all() {
        app.start();
        const auto notes = kafka.read(out, 2);
        ASSERT_EQ(notes.size(), 2U);
        EXPECT_EQ(notes[0].value, "<a!>");
        EXPECT_EQ(notes[1].value, "<b!>");
        const auto letters = kafka.read(dead, 2);
        ASSERT_EQ(letters.size(), 2U);
        EXPECT_EQ(letters[0].value, "a");
        EXPECT_EQ(letters[0].header("leat-error-type"), "mark");
        EXPECT_EQ(letters[0].header("leat-error-stage"), "decode");
        EXPECT_EQ(letters[0].header("leat-attempts"), "1");
        EXPECT_EQ(letters[1].header("leat-error-type"), "tombstone");
        EXPECT_EQ(times_away, 0);
    }
    KafkaForTest kafka;
    std::string topic = kafka.unique("notes");
    std::string out = kafka.unique("out");
    std::string group = kafka.unique("reader");
    std::string dead = topic + "." + group + ".dlq";
    AppForTest app{group, kafka, {"retry.first=1ms", "commit.interval=20ms"}};
};

TEST_F(Serde, reads_for_plain_functions_and_waits_out_an_absence_without_counting_attempts) {
    app.app()
        .on<Note>(topic,
                  [](const Note& note, context& ctx) {
                      EXPECT_EQ(ctx.attempt(), 1);
                      return Note{note.text + "!"};
                  })
        .to(out);
    expect_all();
}

TEST_F(Serde, reads_for_coroutines_and_waits_out_an_absence_without_counting_attempts) {
    app.app()
        .on<Note>(topic,
                  [](const Note& note, context& ctx) -> task<Note> {
                      EXPECT_EQ(ctx.attempt(), 1);
                      co_return Note{note.text + "!"};
                  })
        .to(out);
    expect_all();
}

TEST_F(Serde, writes_what_a_route_publishes_though_its_body_is_json) {
    app.app().post<Note>("/notes").publish(out);
    app.start();
    EXPECT_EQ(app.call("POST", "/notes", R"({"text":"c"})").status, 202);
    const auto notes = kafka.read(out, 1);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].value, "<c>");
}

}  // namespace
}  // namespace leat::service
