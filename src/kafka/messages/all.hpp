// Every API that has messages here, for whatever walks them all: tests, fuzzers, the protocol page.
#pragma once

#include "kafka/messages/api_versions.hpp"
#include "kafka/messages/apis.hpp"
#include "kafka/messages/configs.hpp"
#include "kafka/messages/consumer_group.hpp"
#include "kafka/messages/fetch.hpp"
#include "kafka/messages/group.hpp"
#include "kafka/messages/group_admin.hpp"
#include "kafka/messages/list_offsets.hpp"
#include "kafka/messages/log_dirs.hpp"
#include "kafka/messages/metadata.hpp"
#include "kafka/messages/offsets.hpp"
#include "kafka/messages/produce.hpp"
#include "kafka/messages/topics.hpp"
#include "kafka/messages/transaction_admin.hpp"
#include "kafka/messages/transactions.hpp"

namespace leat::kafka {

/// Calls visit.template operator()<Request, Response>() for each API, by key.
template <class Visit>
void for_each_api(Visit visit) {
#define LEAT_VISIT(Api) visit.template operator()<Api##Request, Api##Response>();
    LEAT_FOR_EACH_API(LEAT_VISIT)
#undef LEAT_VISIT
}

}  // namespace leat::kafka
