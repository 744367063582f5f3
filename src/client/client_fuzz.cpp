// Any bytes as the frame of any response, and as fetched records: refused or read, never a crash.
#include <cstdint>

#include "client/connection.hpp"
#include "client/error_scan.hpp"
#include "client/fetch.hpp"
#include "kafka/messages/all.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace leat;
    if (size < 2) return 0;
    const auto which = data[0];
    const auto version = static_cast<std::int16_t>(data[1] % 20);
    const ByteView frame = std::as_bytes(std::span{data + 2, size - 2});
    int index = 0;
    kafka::for_each_api([&]<class Request, class Response>() {
        if (index++ != which % 32 || !Response::versions.contains(version)) return;
        auto opened = kafka::open_response<Response>(frame, version);
        if (opened) client::retriable_error(opened->second);
    });
    if (which % 32 == 30) client::open_api_versions(frame, version, 0);
    if (which % 32 == 31) {
        client::FetchedPartition fetched;
        fetched.aborted = {{1, 0}, {2, 3}};
        fetched.records = {{}, frame};
        const auto next =
            client::for_each_record(fetched, 1, [](const auto&, const kafka::RecordView& record) {
                return kafka::decode_headers(record).ok();
            });
        if (next) check(*next >= 1, "reading never goes back");
    }
    return 0;
}
