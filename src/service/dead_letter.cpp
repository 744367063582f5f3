#include "service/dead_letter.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "leat/timestamp.hpp"

namespace leat::service {
namespace {

constexpr std::size_t max_message_bytes = 1024;
constexpr std::size_t max_bare_key_bytes = 1024;

Header* find(Headers& headers, std::string_view name) {
    const auto at = std::find_if(headers.begin(), headers.end(),
                                 [&](const Header& h) { return h.name == name; });
    return at == headers.end() ? nullptr : &*at;
}

// The last of equal names is the newest hop's; ours are kept once, in the place of the first.
void put_last(Headers& headers, std::string_view name, std::string value) {
    Header* first = find(headers, name);
    if (first == nullptr) {
        headers.push_back({std::string{name}, std::move(value)});
        return;
    }
    first->value = std::move(value);
    headers.erase(std::remove_if(headers.begin(), headers.end(),
                                 [&](const Header& h) { return &h != first && h.name == name; }),
                  headers.end());
}

void put_first(Headers& headers, std::string_view name, std::string value) {
    if (find(headers, name) == nullptr) headers.push_back({std::string{name}, std::move(value)});
}

template <class T>
std::string big_endian(T value) {
    std::array<std::byte, sizeof(T)> bytes{};
    store_be(bytes.data(), value);
    return std::string{as_text(bytes)};
}

std::string timestamp_text(std::int64_t ms) {
    return to_rfc3339(
        std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{ms}});
}

std::string cut(std::string_view text) { return std::string{cut_utf8(text, max_message_bytes)}; }

void put_native(Headers& headers, const Failure& failure) {
    put_last(headers, "leat-error-stage", std::string{name_of(failure.stage)});
    put_last(headers, "leat-error-type", cut(failure.type));
    put_last(headers, "leat-attempts", std::to_string(failure.attempts));
    put_first(headers, "leat-first-failed-at", timestamp_text(failure.first_failed_ms));
    put_last(headers, "leat-failed-at", timestamp_text(failure.failed_ms));
    put_last(headers, "leat-handler", cut(failure.handler));
    put_first(headers, "leat-redrives", "0");
}

// DeadLetterRecordManager of Spring Kafka reads partition as int32, offset and timestamp as int64,
// all big-endian, everything else as UTF-8.
void put_origin(Headers& headers, const Origin& origin) {
    put_first(headers, "kafka_dlt-original-topic", std::string{origin.topic});
    put_first(headers, "kafka_dlt-original-partition", big_endian(origin.partition));
    put_first(headers, "kafka_dlt-original-offset", big_endian(origin.offset));
    put_first(headers, "kafka_dlt-original-timestamp", big_endian(origin.timestamp_ms));
    put_first(headers, "kafka_dlt-original-timestamp-type",
              origin.log_append_time ? "LogAppendTime" : "CreateTime");
    put_first(headers, "kafka_dlt-original-consumer-group", cut(origin.group));
}

void put_message(Headers& headers, const Failure& failure) {
    put_last(headers, "leat-error-message", cut(failure.message));
    put_last(headers, "kafka_dlt-exception-fqcn", cut(failure.type));
    put_last(headers, "kafka_dlt-exception-message", cut(failure.message));
}

// Stands for bytes that are left out: whoever reads the source can tell whether they are the same.
void put_digest(Headers& headers, const std::string& name, std::optional<std::string_view> bytes) {
    if (!bytes) return;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes->data()), bytes->size(), digest.data());
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xfU];
    }
    put_last(headers, name + "-bytes", std::to_string(bytes->size()));
    put_last(headers, name + "-sha256", std::move(text));
}

}  // namespace

std::string_view name_of(Stage stage) {
    switch (stage) {
        case Stage::decode:
            return "decode";
        case Stage::validate:
            return "validate";
        case Stage::handle:
            return "handle";
        case Stage::produce:
            return "produce";
        case Stage::timeout:
            return "timeout";
    }
    return "?";
}

std::string dead_letter_topic(std::string_view topic, std::string_view group) {
    std::string name{topic};
    name.append(".").append(group).append(".dlq");
    return name;
}

DeadLetter dead_letter(const Failed& record, const Origin& origin, const Failure& failure,
                       LetterForm form) {
    DeadLetter letter;
    if (form != LetterForm::bare) letter.headers = record.headers;
    put_native(letter.headers, failure);
    put_origin(letter.headers, origin);
    if (form == LetterForm::full) put_message(letter.headers, failure);
    if (record.key) letter.key.emplace(*record.key);
    if (form == LetterForm::full || form == LetterForm::brief) {
        if (record.value) letter.value.emplace(*record.value);
        return letter;
    }
    put_digest(letter.headers, "leat-value", record.value);
    if (form == LetterForm::bare && record.key && record.key->size() > max_bare_key_bytes) {
        put_digest(letter.headers, "leat-key", record.key);
        letter.key.reset();
    }
    return letter;
}

}  // namespace leat::service
