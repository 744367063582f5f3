// The commands by noun: each adds its verbs to the command line. all_commands has a row for each.
#pragma once

#include <array>

namespace leat::cli {

class Command;
struct Session;

void add_broker(Command& root, Session& session);
void add_up(Command& root, Session& session);
void add_cluster(Command& root, Session& session);
void add_topic(Command& root, Session& session);
void add_produce(Command& root, Session& session);
void add_consume(Command& root, Session& session);
void add_group(Command& root, Session& session);
void add_txn(Command& root, Session& session);
void add_config(Command& root, Session& session);
void add_log(Command& root, Session& session);
void add_dlq(Command& root, Session& session);
void add_new(Command& root, Session& session);
void add_completion(Command& root, Session& session);

/// One row each, in the order of the help.
inline constexpr std::array all_commands{
    add_broker, add_up,     add_cluster, add_topic, add_produce, add_consume,   add_group,
    add_txn,    add_config, add_log,     add_dlq,   add_new,     add_completion};

}  // namespace leat::cli
