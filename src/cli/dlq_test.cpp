// `leat dlq` on a broker.
#include <gmock/gmock.h>

#include "cli/leat_for_test.hpp"

namespace leat::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A letter whose headers say that a value of three bytes was left out.
void put_letter(const LiveBroker& broker, const std::string& key_and_value) {
    const Directory files;
    broker.run({"produce", "t.g.dlq", "-q", "--null", "--key-delimiter", ":", "--file",
                files.file("letter", key_and_value), "-H", "leat-error-message=too large", "-H",
                "leat-value-bytes=3", "-H", "leat-value-sha256=ba7816bf"});
}

TEST(DlqShow, tells_of_a_value_that_was_left_out) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t.g.dlq"});
    put_letter(broker, "k:");
    EXPECT_THAT(broker.run({"dlq", "show", "t.g.dlq"}),
                AllOf(HasSubstr("  value       left out, 3 bytes with the SHA-256 ba7816bf\n"),
                      HasSubstr("  key         k\n")));
    EXPECT_THAT(broker.run({"dlq", "show", "t.g.dlq", "--json"}),
                AllOf(HasSubstr(R"("value_bytes":3,"value_sha256":"ba7816bf")"),
                      HasSubstr(R"("key_bytes":null,"key_sha256":null)")));
}

TEST(DlqShow, believes_a_value_that_is_there) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t.g.dlq"});
    put_letter(broker, "k:abc");
    EXPECT_THAT(broker.run({"dlq", "show", "t.g.dlq"}),
                AllOf(HasSubstr("  value       abc\n"), Not(HasSubstr("left out"))));
    EXPECT_THAT(broker.run({"dlq", "show", "t.g.dlq", "--json"}),
                HasSubstr(R"("value_bytes":null,"value_sha256":null)"));
}

TEST(DlqShow, calls_a_null_value_of_the_record_null) {
    const LiveBroker broker;
    broker.run({"topic", "create", "t.g.dlq"});
    const Directory files;
    broker.run({"produce", "t.g.dlq", "-q", "--null", "--key-delimiter", ":", "--file",
                files.file("letter", "k:"), "-H", "leat-error-message=why"});
    EXPECT_THAT(broker.run({"dlq", "show", "t.g.dlq"}), HasSubstr("  value       null\n"));
}

}  // namespace
}  // namespace leat::cli
