// The tables of docs/broker.md: every configuration key, as it is.
#pragma once

#include <string>

namespace leat::broker {

/// Markdown: the broker's keys, then a topic's; name, default, values, meaning.
std::string config_page();

}  // namespace leat::broker
