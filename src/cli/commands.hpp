// The commands by noun: each adds its verbs to the command line. One row each in main.cpp.
#pragma once

namespace leat::cli {

class Command;
struct Session;

void add_broker(Command& root, Session& session);
void add_up(Command& root, Session& session);
void add_topic(Command& root, Session& session);
void add_produce(Command& root, Session& session);
void add_consume(Command& root, Session& session);
void add_group(Command& root, Session& session);
void add_config(Command& root, Session& session);
void add_dlq(Command& root, Session& session);
void add_completion(Command& root, Session& session);

}  // namespace leat::cli
