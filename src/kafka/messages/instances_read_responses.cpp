// The code that reads every response, compiled once (apis.hpp).
#include "kafka/messages/all.hpp"

namespace leat::kafka {

#define LEAT_INSTANCE(Api) \
    template std::optional<Api##Response> read_message<Api##Response>(Reader&);
LEAT_FOR_EACH_API(LEAT_INSTANCE)
#undef LEAT_INSTANCE

}  // namespace leat::kafka
