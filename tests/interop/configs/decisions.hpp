// Where what we say of a configuration differs from what Apache Kafka says, and stays so.
#pragma once

#include <span>
#include <string_view>

namespace leat::configs {

enum class Field { value, read_only, source, type, synonyms };
std::string_view name_of(Field field);

struct Decision {
    std::string_view key;
    Field field;
    std::string_view why;
};

/// Of the broker's keys. One that is not met with any more fails the suite.
std::span<const Decision> broker_decisions();

}  // namespace leat::configs
