// Which names a topic may have.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace leat {

/// Whether Kafka allows the name; if not, why.
Result<void> check_topic_name(std::string_view name);

}  // namespace leat
