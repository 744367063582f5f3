// Common options and the connection.
#include "cli/session.hpp"

#include "base/quantity.hpp"
#include "client/bootstrap.hpp"

namespace leat::cli {
namespace {
// `leat up & leat produce …`: the broker that is to answer may just be starting.
constexpr std::chrono::milliseconds broker_starts{1000};
}  // namespace

Result<client::Cluster> Session::connect() const {
    return client::Cluster::connect({.bootstrap = bootstrap,
                                     .connection = {},
                                     .timeout = timeout,
                                     .first_contact = broker_starts});
}

void add_common_options(Command& root, Session& session) {
    root.text("-b,--bootstrap", session.bootstrap, "Brokers to start from")
        .called("HOST:PORT[,...]")
        .from_environment("LEAT_BOOTSTRAP")
        .by_default(session.bootstrap)
        .check([](const std::string& text) {
            const auto parsed = client::parse_bootstrap(text);
            return parsed ? std::string{} : parsed.error().what;
        });
    root.flag("--json", session.json, "Print JSON for programs, with field names that stay");
    root.duration("--timeout", session.timeout,
                  {std::chrono::milliseconds{1}, std::chrono::hours{24}},
                  "How long one request may take")
        .by_default(print_duration(session.timeout));
    root.footer(
        "--bootstrap, --json and --timeout fit every command. Exit codes: 0 done; 1 the broker\n"
        "refused, or a check failed; 2 wrong command line; 3 no broker answered in time;\n"
        "4 the topic, partition, group or key does not exist.");
}

int with_cluster(const Session& session, const std::function<int(client::Cluster&)>& act) {
    auto cluster = session.connect();
    if (!cluster) return report(cluster.error());
    return act(*cluster);
}

}  // namespace leat::cli
