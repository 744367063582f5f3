// What may be done to what: the operations and resources of Kafka's ACLs, in its numbers.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace leat::kafka {

enum class AclOperation : std::int8_t {
    read = 3,
    write = 4,
    create = 5,
    remove = 6,  // Kafka's DELETE
    alter = 7,
    describe = 8,
    cluster_action = 9,
    describe_configs = 10,
    alter_configs = 11,
    idempotent_write = 12,
};

enum class ResourceType : std::int8_t {
    topic = 2,
    group = 3,
    cluster = 4,
    transactional_id = 5,
};

/// As the authorized_operations of answers (KIP-430): a bit each.
constexpr std::int32_t bits_of(std::initializer_list<AclOperation> operations) {
    std::int32_t bits = 0;
    for (const auto operation : operations) bits |= 1 << static_cast<int>(operation);
    return bits;
}

}  // namespace leat::kafka
