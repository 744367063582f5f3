// Common options and the connection.
#include "cli/session.hpp"

#include <CLI/CLI.hpp>

#include "client/bootstrap.hpp"

namespace leat::cli {

Result<client::Cluster> Session::connect() const {
    return client::Cluster::connect(
        {.bootstrap = bootstrap, .connection = {}, .timeout = std::chrono::seconds{timeout_s}});
}

void add_common_options(CLI::App& app, Session& session) {
    session.bootstrap = "127.0.0.1:9092";
    app.add_option("-b,--bootstrap", session.bootstrap,
                   "Brokers to start from, HOST:PORT[,HOST:PORT...]")
        ->envname("LEAT_BOOTSTRAP")
        ->check([](const std::string& text) {
            const auto parsed = client::parse_bootstrap(text);
            return parsed ? std::string{} : parsed.error().what;
        })
        ->capture_default_str()
        ->type_name("ADDRESSES");
    app.add_flag("--json", session.json, "Print JSON for programs, with field names that stay");
    app.add_option("--timeout", session.timeout_s, "Seconds that one request may take")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str()
        ->type_name("SECONDS");
}

int with_cluster(const Session& session, const std::function<int(client::Cluster&)>& act) {
    auto cluster = session.connect();
    if (!cluster) return report(cluster.error());
    return act(*cluster);
}

}  // namespace leat::cli
