// docs/protocol.md from the tables of APIs, so that it cannot lag behind them.
#pragma once

#include <string>

namespace leat::broker {

/// The page's first part: Apache Kafka's APIs and ours, at which versions. Markdown.
std::string protocol_page();

}  // namespace leat::broker
