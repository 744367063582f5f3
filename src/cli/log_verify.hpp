// `leat log verify`.
#pragma once

#include <string>
#include <vector>

namespace leat::cli {

struct VerifyOptions {
    std::string data = "leat-data";
    std::vector<std::string> topics;  // names, TOPIC-PARTITION, patterns; none: all
};

/// Gives the exit code.
int verify_log(const VerifyOptions& options, bool json);

}  // namespace leat::cli
