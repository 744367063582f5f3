// Any message as text, in the order of its fields at a version: {a, [b, c], …}; and the error codes
// that are in it.
#pragma once

#include <string>

#include "kafka/codec.hpp"
#include "kafka/error_code.hpp"

namespace leat::requests {

class Dump {
public:
    explicit Dump(std::int16_t version) : version_(version) {}

    template <class T>
    void operator()(T& field) {
        if (!text_.empty() && text_.back() != '{' && text_.back() != '[') text_ += ", ";
        put(field);
    }
    template <class T>
    void since(std::int16_t first, T& field) {
        if (version_ >= first) (*this)(field);
    }
    template <class T>
    void between(std::int16_t first, std::int16_t last, T& field) {
        if (version_ >= first && version_ <= last) (*this)(field);
    }
    template <class T>
    void nullable_since(std::int16_t, T& field, std::int16_t last = kafka::no_last_version) {
        if (version_ <= last) (*this)(field);
    }
    template <class T>
    void tag(std::uint32_t, std::int16_t first, T& field, const T& unset = {}) {
        if (version_ >= first && !(field == unset)) (*this)(field);
    }

    const std::string& text() const { return text_; }
    const std::vector<kafka::ErrorCode>& codes() const { return codes_; }

private:
    void put(bool& field) { text_ += field ? "true" : "false"; }
    template <class T>
    requires std::is_integral_v<T>
    void put(T& field) { text_ += std::to_string(field); }
    void put(double& field) { text_ += std::to_string(field); }
    void put(kafka::ErrorCode& field) {
        codes_.push_back(field);
        text_ += kafka::name_of(field);
    }
    template <class T>
    requires(std::is_enum_v<T> && !std::is_same_v<T, kafka::ErrorCode>) void put(T& field) {
        text_ += std::to_string(static_cast<std::int64_t>(field));
    }
    void put(std::string& field) {
        text_ +=
            field.size() > 60 ? std::to_string(field.size()) + " characters" : "'" + field + "'";
    }
    void put(Uuid&) { text_ += "id"; }
    void put(Bytes& field) { text_ += std::to_string(field.size()) + " bytes"; }
    void put(kafka::Records& field) {
        for (const auto byte : field.bytes()) {
            const auto letter = static_cast<char>(byte);
            if (letter >= ' ' && letter <= '~') text_ += letter;
        }
    }
    template <kafka::Struct T>
    void put(T& field) {
        text_ += "{";
        field.fields(*this);
        if constexpr (kafka::Tagged<T>) field.tags(*this);
        text_ += "}";
    }
    template <class T>
    void put(std::vector<T>& field) {
        text_ += "[";
        for (auto& element : field) (*this)(element);
        text_ += "]";
    }
    template <class T>
    void put(std::optional<T>& field) {
        if (field)
            put(*field);
        else
            text_ += "null";
    }

    std::int16_t version_;
    std::string text_;
    std::vector<kafka::ErrorCode> codes_;
};

template <class Message>
Dump dump(Message message, std::int16_t version) {
    Dump dumped{version};
    dumped(message);
    return dumped;
}

}  // namespace leat::requests
