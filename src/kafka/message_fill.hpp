// Fills any message with random content for the tests that walk every API at every version.
#pragma once

#include <random>
#include <span>
#include <string>

#include "kafka/codec.hpp"

namespace leat::kafka {

/// Gives every field that exists at `version` a random value; sizes stay small. With `words`,
/// strings are often one of them and numbers small, as a broker that knows them would be asked.
/// Test support.
class Fill {
public:
    Fill(std::mt19937& random, std::int16_t version, std::span<const std::string> words = {})
        : random_(random), words_(words), version_(version) {}

    template <class T>
    void operator()(T& field) {
        fill(field);
    }
    template <class T>
    void since(std::int16_t first, T& field) {
        if (version_ >= first) fill(field);
    }
    template <class T>
    void between(std::int16_t first, std::int16_t last, T& field) {
        if (version_ >= first && version_ <= last) fill(field);
    }
    template <class T>
    void nullable_since(std::int16_t first, T& field, std::int16_t last = no_last_version) {
        if (version_ > last) return;
        fill(field);
        if (version_ < first && !field) field = typename T::value_type{};
    }
    template <class T>
    void tag(std::uint32_t, std::int16_t first, T& field, const T& = {}) {
        if (version_ >= first && coin()) fill(field);
    }

private:
    bool coin() { return random_() % 2 == 0; }
    void fill(bool& field) { field = coin(); }
    void fill(double& field) { field = static_cast<double>(random_()); }
    void fill(Uuid& field) {
        for (auto& b : field.bytes) b = static_cast<std::byte>(random_());
    }
    void fill(std::string& field) {
        if (!words_.empty() && coin()) {
            field = words_[random_() % words_.size()];
            return;
        }
        field.assign(random_() % 20, static_cast<char>('a' + random_() % 26));
    }
    void fill(Bytes& field) { field.assign(random_() % 20, static_cast<std::byte>(random_())); }
    void fill(Records& field) {
        Bytes bytes;
        fill(bytes);
        field.slices = {SharedSlice::of(std::move(bytes))};
    }
    template <class T>
    requires std::is_integral_v<T>
    void fill(T& field) {
        if (!words_.empty() && coin()) {
            field = static_cast<T>(static_cast<int>(random_() % 4) - 1);
            return;
        }
        field = static_cast<T>((static_cast<std::uint64_t>(random_()) << 32) | random_());
    }
    template <class T>
    requires std::is_enum_v<T>
    void fill(T& field) { field = static_cast<T>(random_() % 100); }
    template <Struct T>
    void fill(T& field) {
        field.fields(*this);
        if constexpr (Tagged<T>) field.tags(*this);
    }
    template <class T>
    void fill(std::vector<T>& field) {
        field.resize(random_() % 4);
        for (auto& element : field) fill(element);
    }
    template <class T>
    void fill(std::optional<T>& field) {
        if (coin()) return field.reset();
        field = T{};  // clang 14 has no emplace() for a struct nested in one with default members
        fill(*field);
    }

    std::mt19937& random_;
    std::span<const std::string> words_;
    std::int16_t version_;
};

/// Calls visit(message, version) with `rounds` messages of random content at every version.
template <class Message, class Visit>
void fill_at_every_version(std::mt19937& random, int rounds, Visit visit) {
    for (auto version = Message::versions.min; version <= Message::versions.max; ++version) {
        for (int round = 0; round < rounds; ++round) {
            Message message;
            Fill fill{random, version};
            message.fields(fill);
            if constexpr (Tagged<Message>)
                if (Message::versions.is_flexible(version)) message.tags(fill);
            visit(message, version);
        }
    }
}

}  // namespace leat::kafka
