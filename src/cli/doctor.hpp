// `leat broker doctor`: measures the machine and reads the settings, before or beside a broker.
#pragma once

#include <memory>

namespace leat::cli {

class Command;
struct ServeOptions;
struct Session;

/// Adds it below `broker`, whose options it takes before its name and behind it.
void add_doctor(Command& broker, Session& session, const std::shared_ptr<ServeOptions>& options);

}  // namespace leat::cli
