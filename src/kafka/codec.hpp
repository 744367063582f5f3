// One description per message, both directions: the reader and the writer that walk a message's
// fields(f) and tags(f). Pure; one instance per message, any thread. (Kafka protocol guide,
// KIP-482)
//
// A message, and each struct inside it, is an aggregate with
//   void fields(auto& f) { f(always); f.since(7, newer); f.between(2, 5, gone); }
//   void tags(auto& f) { f.tag(0, 12, rare); f.tag(1, 12, id, -1); }  // number, since, field,
//   unset
// std::optional marks what may be null, f.nullable_since(7, named, 9) what may not before a version
// (and is gone after another). A field that a version lacks keeps its default.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"
#include "base/uuid.hpp"

namespace leat::kafka {

/// The versions of one message: inclusive range, and the first that uses compact, tagged encoding.
struct Versions {
    std::int16_t min = 0;
    std::int16_t max = 0;
    std::int16_t flexible = std::numeric_limits<std::int16_t>::max();

    bool contains(std::int16_t v) const { return v >= min && v <= max; }
    bool is_flexible(std::int16_t v) const { return v >= flexible; }
};

inline constexpr std::int16_t no_last_version = std::numeric_limits<std::int16_t>::max();

/// Record batches on their way through a message: shared, never copied. Null unlike empty.
struct Records {
    std::vector<SharedSlice> slices;
    bool null = false;
    /// Instead of slices, in records that are written: where the connection can send files.
    std::optional<FileSlice> file{};

    std::size_t size() const;
    /// The only slice of records that were read; empty if there are none.
    ByteView bytes() const { return slices.empty() ? ByteView{} : slices.front().bytes; }
    bool operator==(const Records& other) const;
};

// Walks nothing: only to ask whether a type can be walked.
struct FieldProbe {
    void operator()(auto&) {}
    void since(std::int16_t, auto&) {}
    void between(std::int16_t, std::int16_t, auto&) {}
    void nullable_since(std::int16_t, auto&, std::int16_t = no_last_version) {}
    template <class T>
    void tag(std::uint32_t, std::int16_t, T&, const T& = {}) {}
};

template <class T>
concept Struct = requires(T& t, int& f) {
    t.fields(f);
};
template <class T>
concept Tagged = requires(T& t, int& f) {
    t.tags(f);
};
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Decodes. Sticky: after the first fault every read is a no-op and ok() is false, so that messages
/// hold no error branches. Memory is bounded by what was received: at most 8 bytes for each byte of
/// the frame, and 64 KiB.
class Reader {
public:
    /// Reads from `frame`; `owner`, if given, keeps it alive through the Records that are read.
    Reader(ByteView frame, std::int16_t version, bool flexible,
           std::shared_ptr<const void> owner = {})
        : rest_(frame),
          owner_(std::move(owner)),
          budget_(8 * frame.size() + (std::size_t{64} << 10)),
          version_(version),
          flexible_(flexible) {}

    bool ok() const { return ok_; }
    ByteView rest() const { return rest_; }
    std::int16_t version() const { return version_; }

    template <class T>
    void operator()(T& field) {
        if (ok_) read(field);
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
    void nullable_since(std::int16_t first, T& field, std::int16_t last = no_last_version) {
        if (version_ > last) return;
        (*this)(field);
        if (version_ < first && !field) fail();
    }

    /// Skips a tagged-field section: none of its fields is known here.
    void skip_tags() {
        struct Nothing {
        } nothing;
        read_tags(nothing);
    }
    std::uint32_t unsigned_varint();
    ByteView take(std::size_t count);
    void fail();

private:
    // At most this many tagged fields in one struct (Kafka itself defines at most five).
    static constexpr std::uint32_t max_tags = 64;

    // Offers one tagged field's bytes to the field of its number.
    struct TagMatch {
        Reader& in;
        std::uint32_t number;
        template <class T>
        void tag(std::uint32_t n, std::int16_t first, T& field, const T& = {}) {
            if (n == number && in.version_ >= first) in(field);
        }
    };

    void read(bool& field);
    void read(std::int8_t& field) { read_integer(field); }
    void read(std::int16_t& field) { read_integer(field); }
    void read(std::uint16_t& field) { read_integer(field); }
    void read(std::int32_t& field) { read_integer(field); }
    void read(std::int64_t& field) { read_integer(field); }
    void read(double& field);
    void read(Uuid& field);
    void read(std::string& field);
    void read(std::optional<std::string>& field);
    void read(Bytes& field);
    void read(std::optional<Bytes>& field);
    void read(Records& field);

    template <class T>
    void read_integer(T& field) {
        const auto bytes = take(sizeof(T));
        if (ok_) field = load_be<T>(bytes.data());
    }
    template <class T>
    requires std::is_enum_v<T>
    void read(T& field) {
        std::underlying_type_t<T> number{};
        read(number);
        field = static_cast<T>(number);
    }
    template <Struct T>
    void read(T& field) {
        field.fields(*this);
        if (flexible_ && ok_) read_tags(field);
    }
    template <Struct T>
    void read(std::optional<T>& field) {
        std::int8_t present = 0;
        read(present);
        if (!ok_ || present < 0) return field.reset();
        T value;  // not emplace(): clang 14 asks too early whether a nested struct can be made
        read(value);
        field = std::move(value);
    }
    template <class T>
    void read(std::vector<T>& field) {
        const auto count = array_count();
        if (count < 0) return fail();
        read_elements(field, static_cast<std::size_t>(count));
    }
    template <class T>
    void read(std::optional<std::vector<T>>& field) {
        const auto count = array_count();
        if (!ok_ || count < 0) return field.reset();
        read_elements(field.emplace(), static_cast<std::size_t>(count));
    }
    template <class T>
    void read_elements(std::vector<T>& field, std::size_t count) {
        field.clear();
        if (count > rest_.size()) return fail();  // each element takes a byte at least
        if (!charge(count * sizeof(T))) return;
        field.reserve(count);
        for (std::size_t i = 0; i < count && ok_; ++i) read(field.emplace_back());
    }
    template <class T>
    void read_tags(T& target) {
        const auto count = unsigned_varint();
        if (count > max_tags) return fail();
        for (std::uint32_t i = 0; i < count && ok_; ++i) {
            const auto number = unsigned_varint();
            const auto size = unsigned_varint();
            const auto body = take(size);
            if constexpr (Tagged<T>) {
                const auto after = rest_;
                rest_ = body;
                TagMatch match{*this, number};
                target.tags(match);
                rest_ = after;
            }
        }
    }

    // Element count of an array, -1 for null; compact in flexible versions.
    std::int64_t array_count();
    // Byte count of a string or bytes, -1 for null.
    std::int64_t string_size();
    std::int64_t bytes_size();
    bool charge(std::size_t bytes);

    ByteView rest_;
    std::shared_ptr<const void> owner_;
    std::size_t budget_;
    std::int16_t version_;
    bool flexible_;
    bool ok_ = true;
};

/// Encoded bytes with records spliced in, from memory or from files.
class Frame {
public:
    /// A run of bytes in memory or, where `file` is set, in that file.
    struct Piece {
        ByteView bytes;
        const FileSlice* file = nullptr;

        std::size_t size() const { return file != nullptr ? file->count : bytes.size(); }
    };
    /// The pieces in order of sending. They live as long as the frame and die when it moves.
    std::vector<Piece> pieces() const;
    std::size_t size() const { return bytes_.size() + spliced_; }
    /// What of it is not spliced in.
    std::size_t own_size() const { return bytes_.size(); }
    /// The same as pieces(), of a frame that has nothing in files.
    std::vector<ByteView> views() const;
    /// The same in one run of bytes.
    Bytes flat() const;

private:
    friend class Writer;
    struct Splice {
        std::size_t at;  // in bytes_
        SharedSlice slice;
        std::optional<FileSlice> file;  // then instead of the slice
    };
    Bytes bytes_;
    std::vector<Splice> splices_;
    std::size_t spliced_ = 0;
};

/// Encodes. A null where the version knows none is written as empty.
class Writer {
public:
    Writer(std::int16_t version, bool flexible) : version_(version), flexible_(flexible) {}

    std::int16_t version() const { return version_; }

    template <class T>
    void operator()(const T& field) {
        write(field);
    }
    template <class T>
    void since(std::int16_t first, const T& field) {
        if (version_ >= first) write(field);
    }
    template <class T>
    void between(std::int16_t first, std::int16_t last, const T& field) {
        if (version_ >= first && version_ <= last) write(field);
    }
    template <class T>
    void nullable_since(std::int16_t first, const T& field, std::int16_t last = no_last_version) {
        if (version_ > last) return;
        if (version_ < first && !field) return write(typename T::value_type{});
        write(field);
    }

    /// Changes the encoding between a header and its body.
    void set_flexible(bool flexible) { flexible_ = flexible; }
    /// Leaves room for a frame's size, to be filled by finish_sized().
    void begin_sized() { frame_.bytes_.resize(4); }
    /// Fills in the size of all that was written behind it.
    Frame finish_sized() &&;
    Frame finish() && { return std::move(frame_); }

    void unsigned_varint(std::uint32_t value);
    void empty_tags() { unsigned_varint(0); }

private:
    // Counts the tagged fields that are sent: those that differ from their defaults.
    struct TagCount {
        std::int16_t version;
        std::uint32_t count = 0;
        template <class F>
        void tag(std::uint32_t, std::int16_t first, const F& field, const F& unset = {}) {
            if (version >= first && !(field == unset)) ++count;
        }
    };
    struct TagWrite {
        Writer& out;
        template <class F>
        void tag(std::uint32_t number, std::int16_t first, const F& field, const F& unset = {}) {
            if (out.version_ >= first && !(field == unset)) out.write_tag(number, field);
        }
    };

    void write(bool field) { write_integer(static_cast<std::int8_t>(field ? 1 : 0)); }
    void write(std::int8_t field) { write_integer(field); }
    void write(std::int16_t field) { write_integer(field); }
    void write(std::uint16_t field) { write_integer(field); }
    void write(std::int32_t field) { write_integer(field); }
    void write(std::int64_t field) { write_integer(field); }
    void write(double field);
    void write(const Uuid& field) { append(field.bytes); }
    void write(const std::string& field);
    void write(const std::optional<std::string>& field);
    void write(const Bytes& field);
    void write(const std::optional<Bytes>& field);
    void write(const Records& field);

    template <class T>
    void write_integer(T field) {
        const auto at = frame_.bytes_.size();
        frame_.bytes_.resize(at + sizeof(T));
        store_be(frame_.bytes_.data() + at, field);
    }
    template <class T>
    requires std::is_enum_v<T>
    void write(T field) { write_integer(static_cast<std::underlying_type_t<T>>(field)); }
    template <Struct T>
    void write(const T& field) {
        auto& walked =
            const_cast<T&>(field);  // one walk serves both directions; writing reads only
        walked.fields(*this);
        if (flexible_) write_tags(walked);
    }
    template <Struct T>
    void write(const std::optional<T>& field) {
        write_integer(static_cast<std::int8_t>(field ? 1 : -1));
        if (field) write(*field);
    }
    template <class T>
    void write(const std::vector<T>& field) {
        array_count(static_cast<std::int64_t>(field.size()));
        for (const auto& element : field) write(element);
    }
    template <class T>
    void write(const std::optional<std::vector<T>>& field) {
        if (!field) return array_count(-1);
        write(*field);
    }
    template <class T>
    void write_tags(T& source) {
        if constexpr (Tagged<T>) {
            TagCount counted{version_};
            source.tags(counted);
            unsigned_varint(counted.count);
            TagWrite each{*this};
            source.tags(each);
        } else {
            empty_tags();
        }
    }
    template <class F>
    void write_tag(std::uint32_t number, const F& field) {
        Writer body{version_, flexible_};
        body.write(field);
        unsigned_varint(number);
        unsigned_varint(static_cast<std::uint32_t>(body.frame_.size()));
        append(body.frame_.bytes_);
    }

    void append(ByteView bytes);
    void array_count(std::int64_t count);
    void string_size(std::int64_t size);
    void bytes_size(std::int64_t size);

    Frame frame_;
    std::int16_t version_;
    bool flexible_;
};

/// The message that `in` goes on with; nothing if it is malformed.
template <class Message>
std::optional<Message> read_message(Reader& in) {
    std::optional<Message> message{std::in_place};
    in(*message);
    if (!in.ok()) message.reset();
    return message;
}

/// Writes `message` where `out` stands.
template <class Message>
void write_message(Writer& out, const Message& message) {
    out(message);
}

/// Decodes the message that `bytes` begin with, whatever follows it; nothing if it is malformed.
/// So Kafka reads a request, and clients lean on it: librdkafka 2.15 sends three bytes too many
/// when it asks for the metadata of all topics.
template <class Message>
std::optional<Message> decode_front(ByteView bytes, std::int16_t version,
                                    std::shared_ptr<const void> owner = {}) {
    Reader in{bytes, version, Message::versions.is_flexible(version), std::move(owner)};
    return read_message<Message>(in);
}

/// Decodes the message that fills `bytes`; nothing if it is malformed or bytes are left over.
template <class Message>
std::optional<Message> decode(ByteView bytes, std::int16_t version,
                              std::shared_ptr<const void> owner = {}) {
    Reader in{bytes, version, Message::versions.is_flexible(version), std::move(owner)};
    auto message = read_message<Message>(in);
    if (!in.rest().empty()) message.reset();
    return message;
}

/// The body of `message` at `version`.
template <class Message>
Frame encode(const Message& message, std::int16_t version) {
    Writer out{version, Message::versions.is_flexible(version)};
    write_message(out, message);
    return std::move(out).finish();
}

}  // namespace leat::kafka
