// The commands by noun: each adds its verbs to the command line. One row each in main.cpp.
#pragma once

namespace CLI {
class App;
}

namespace leat::cli {

struct Session;

void add_topic(CLI::App& app, Session& session);
void add_produce(CLI::App& app, Session& session);
void add_consume(CLI::App& app, Session& session);
void add_group(CLI::App& app, Session& session);
void add_config(CLI::App& app, Session& session);
void add_dlq(CLI::App& app, Session& session);
void add_completion(CLI::App& app, Session& session);

}  // namespace leat::cli
