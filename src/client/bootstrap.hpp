// The list of brokers that a client starts from.
#pragma once

#include <string_view>
#include <vector>

#include "base/host_port.hpp"

namespace leat::client {

/// Addresses with commas between them, at least one; a port that is missing is 9092. Error:
/// invalid_argument, naming what is wrong with which.
Result<std::vector<HostPort>> parse_bootstrap(std::string_view text);

}  // namespace leat::client
