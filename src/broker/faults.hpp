// The one place where a log's fault becomes Kafka's error code.
#pragma once

#include "kafka/error_code.hpp"
#include "storage/log_types.hpp"

namespace leat::broker {

inline kafka::ErrorCode error_of(storage::LogFault fault) {
    using enum storage::LogFault;
    using kafka::ErrorCode;
    switch (fault) {
        case none:
            return ErrorCode::none;
        case offset_out_of_range:
            return ErrorCode::offset_out_of_range;
        case corrupt:
            return ErrorCode::corrupt_message;
        case storage:
        case no_space:
            return ErrorCode::kafka_storage_error;
        case too_large:
            return ErrorCode::record_list_too_large;
        case out_of_order_sequence:
            return ErrorCode::out_of_order_sequence_number;
        case invalid_producer_epoch:
            return ErrorCode::invalid_producer_epoch;
        case invalid_txn_state:
            return ErrorCode::invalid_txn_state;
        case coordinator_fenced:
            return ErrorCode::transaction_coordinator_fenced;
    }
    return ErrorCode::unknown_server_error;
}

}  // namespace leat::broker
