// Answers in a form in which those of both brokers are compared: results, and the configurations in
// them, by name; texts for people absent, of documentation only whether there is any; ids absent.
#pragma once

#include "kafka/messages/all.hpp"

namespace leat::configs {

void level(kafka::DescribeConfigsResponse& response);
void level(kafka::AlterConfigsResponse& response);
void level(kafka::IncrementalAlterConfigsResponse& response);
void level(kafka::CreateTopicsResponse& response);
void level(kafka::CreatePartitionsResponse& response);
void level(kafka::MetadataResponse& response);

}  // namespace leat::configs
