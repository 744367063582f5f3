// The code that writes every request, compiled once (apis.hpp).
#include "kafka/messages/all.hpp"

namespace leat::kafka {

#define LEAT_INSTANCE(Api) template void write_message<Api##Request>(Writer&, const Api##Request&);
LEAT_FOR_EACH_API(LEAT_INSTANCE)
#undef LEAT_INSTANCE

}  // namespace leat::kafka
