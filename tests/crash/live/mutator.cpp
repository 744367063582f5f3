#include "mutator.hpp"

#include <algorithm>
#include <array>

#include "hostile_batch.hpp"
#include "kafka/header.hpp"
#include "kafka/message_fill.hpp"
#include "kafka/messages/all.hpp"

namespace leat::crash {
namespace {

constexpr std::array<std::string_view, 6> nasty{std::string_view{"\x7f\xff\xff\xff", 4},
                                                {"\xff\xff\xff\xff", 4},
                                                {"\x80\x00\x00\x00", 4},
                                                {"\x00\x00\x00\x00", 4},
                                                {"\xff\x7f", 2},
                                                {"\xff\xff\xff\xff\x0f", 5}};

void set_size(std::string& frame) {
    std::array<std::byte, 4> size{};
    store_be(size.data(), static_cast<std::int32_t>(frame.size() - 4));
    frame.replace(0, 4, as_text(size));
}

}  // namespace

template <class Request>
std::string Mutator::make_request(Mutator& self, std::int16_t version) {
    Request request;
    kafka::Fill fill{self.random_, version, self.words_};
    request.fields(fill);
    if constexpr (kafka::Tagged<Request>)
        if (Request::versions.is_flexible(version)) request.tags(fill);
    const auto frame = kafka::request_frame(request, version,
                                            static_cast<std::int32_t>(self.random_()), "mutator");
    return std::string{as_text(frame.flat())};
}

template <class Request>
void Mutator::add_sources() {
    for (auto v = Request::versions.min; v <= Request::versions.max; ++v)
        sources_.push_back({&make_request<Request>, v});
}

Mutator::Mutator(std::uint32_t seed, std::vector<std::string> words)
    : random_(seed), words_(std::move(words)) {
    kafka::for_each_api([this]<class Request, class Response>() { add_sources<Request>(); });
}

std::string Mutator::produce_with_damaged_batch() {
    std::string value(pick(2000), 'v');
    std::vector<kafka::NewRecord> records(1 + pick(20));
    for (auto& record : records) {
        record.key = as_bytes(value).first(std::min<std::size_t>(value.size(), 9));
        record.value = as_bytes(value);
        record.headers.push_back({"h", std::nullopt});
    }
    kafka::BatchOptions options;
    options.codec = *kafka::codec_of(static_cast<int>(pick(5)));
    auto batch = kafka::build_batch(records, options);
    for (auto i = pick(4); i > 0; --i)
        batch[12 + pick(batch.size() - 12)] = static_cast<std::byte>(random_());
    renew_checksum(batch);
    return produce_frame(words_[0], std::move(batch), static_cast<std::int16_t>(3 + pick(7)));
}

void Mutator::damage(std::string& bytes) {
    const auto at = 4 + pick(bytes.size() - 4);
    switch (pick(7)) {
        case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << pick(8)));
            break;
        case 1:
            bytes.resize(std::max<std::size_t>(at, 14));
            break;
        case 2:
            bytes.insert(at, pick(40), static_cast<char>(random_()));
            break;
        case 3:
            bytes.erase(at, 1 + pick(8));
            break;
        case 4:
            bytes.insert(at, bytes.substr(4 + pick(bytes.size() - 4), pick(64)));
            break;
        case 5:
            if (!last_.empty()) bytes.replace(at, 16, last_.substr(pick(last_.size()), 16));
            break;
        default: {
            const auto piece = nasty[pick(nasty.size())];
            bytes.replace(at, piece.size(), piece);
        }
    }
    if (bytes.size() < 14) bytes.resize(14);
}

std::string Mutator::frame() {
    if (pick(8) == 0) return produce_with_damaged_batch();
    const auto& source = sources_[pick(sources_.size())];
    auto bytes = source.make(*this, source.version);
    const auto whole = bytes;
    for (auto wounds = pick(4); wounds > 0; --wounds) damage(bytes);
    if (pick(10) != 0) set_size(bytes);  // else the stream is out of step from here on
    last_ = whole;
    return bytes;
}

}  // namespace leat::crash
