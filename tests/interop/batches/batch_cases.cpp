// Gives each of thousands of generated batches to Apache Kafka and to our broker, has what was
// stored read by Java's consumer, and compares. Run by tests/interop/suites/batches.sh:
//   batch_cases KAFKA LEAT FOLDER READER... [seed in LEAT_SEED]
// READER is the command that is called with a bootstrap address; it reads lines INDEX TOPIC START
// END and writes INDEX READABLE DENSE DIGEST.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>

#include "base/host_port.hpp"
#include "client/connection.hpp"
#include "kafka/messages/produce.hpp"
#include "verdicts.hpp"

namespace leat::batches {
namespace {

using Response = kafka::ProduceResponse;

constexpr std::size_t wanted_cases = 4000;
constexpr std::chrono::seconds patience{30};

[[noreturn]] void give_up(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(1);
}

/// One broker: answers, and remembers which case was stored where.
class Target {
public:
    explicit Target(const std::string& address) : peer_(*parse_host_port(address)) {}

    Answer send(std::size_t index, const Case& sent) {
        if (!connection_ || connection_->broken()) connect();
        const auto partition = answer_to(sent);
        Answer answer;
        answer.code = partition ? static_cast<int>(partition->error_code) : -1;
        if (!partition) return answer;
        answer.base_offset = partition->base_offset;
        answer.append_time = partition->log_append_time_ms >= 0;
        for (const auto& error : partition->record_errors)
            answer.bad_records.push_back(error.batch_index);
        if (answer.accepted())
            answer.stored_as =
                stored_.try_emplace({sent.topic, answer.base_offset}, index).first->second;
        return answer;
    }

private:
    void connect() {
        auto opened = client::Connection::open(peer_, {.client_id = "batches"}, deadline());
        if (!opened) give_up(opened.error().what);
        connection_.emplace(std::move(*opened));
    }
    // Nothing if the broker hangs up.
    std::optional<Response::TopicProduceResponse::PartitionProduceResponse> answer_to(
        const Case& sent) {
        kafka::ProduceRequest request;
        request.acks = 1;
        request.timeout_ms = 10'000;
        kafka::Records records{{SharedSlice::of(sent.records)}, false};
        request.topic_data.push_back({sent.topic, {}, {{0, std::move(records)}}});
        const auto response = connection_->call<Response>(request, deadline(), sent.version);
        if (!response) return std::nullopt;
        return response->responses.at(0).partition_responses.at(0);
    }
    static MonoTime deadline() { return std::chrono::steady_clock::now() + patience; }

    HostPort peer_;
    std::optional<client::Connection> connection_;
    std::map<std::pair<std::string, std::int64_t>, std::size_t> stored_;
};

void write_ranges(const std::string& path, const std::vector<Outcome>& outcomes,
                  Answer Outcome::*which) {
    std::ofstream file{path};
    std::vector<std::size_t> by_topic(outcomes.size());
    std::iota(by_topic.begin(), by_topic.end(), 0U);
    std::stable_sort(by_topic.begin(), by_topic.end(), [&](auto left, auto right) {
        return outcomes[left].sent.topic < outcomes[right].sent.topic;
    });
    for (const auto i : by_topic) {
        const auto& answer = outcomes[i].*which;
        if (!answer.accepted() || answer.stored_as != i) continue;
        const auto count = kafka::BatchHeader::read(outcomes[i].sent.records)->record_count;
        file << i << ' ' << outcomes[i].sent.topic << ' ' << answer.base_offset << ' '
             << answer.base_offset + count << '\n';
    }
}

// Has what one broker stored read back.
void read_back(const std::string& reader, const std::string& address, const std::string& path,
               std::vector<Outcome>& outcomes, std::optional<ReadBack> Outcome::*which) {
    const auto command = reader + " " + address + " <" + path + ".ranges >" + path + ".read";
    if (std::system(command.c_str()) != 0) give_up("the reader of " + path + " failed");
    std::ifstream file{path + ".read"};
    std::size_t index = 0;
    ReadBack read;
    while (file >> index >> read.readable >> read.dense >> read.digest)
        outcomes.at(index).*which = read;
}

// A repetition is read where it was stored first.
void share_reads(std::vector<Outcome>& outcomes) {
    for (auto& outcome : outcomes) {
        if (outcome.kafka.stored_as)
            outcome.kafka_read = outcomes[*outcome.kafka.stored_as].kafka_read;
        if (outcome.leat.stored_as) outcome.leat_read = outcomes[*outcome.leat.stored_as].leat_read;
    }
}

/// Where each case with two faults has the outcome of its records alone.
using Alones = std::map<std::size_t, std::size_t>;

std::string describe(const Answer& answer) {
    auto text = std::to_string(answer.code) + " at " + std::to_string(answer.base_offset);
    for (const auto record : answer.bad_records) text += " !" + std::to_string(record);
    return text;
}

int report(const std::vector<Outcome>& outcomes, const Alones& alones, const std::string& path) {
    std::ofstream all{path};
    std::map<Kind, std::size_t> kinds;
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto& outcome = outcomes[i];
        const auto alone = alones.find(i);
        const auto verdict =
            judge(outcome, alone == alones.end() ? nullptr : &outcomes[alone->second]);
        ++kinds[verdict.kind];
        if (outcome.leat.accepted()) ++accepted;
        std::string line = std::to_string(static_cast<int>(verdict.kind)) + " case "
                           + std::to_string(i) + " v" + std::to_string(outcome.sent.version) + " "
                           + outcome.sent.topic + " | " + outcome.sent.name + " | Kafka "
                           + describe(outcome.kafka) + " | Leat " + describe(outcome.leat);
        if (verdict.kind == Kind::wrong) line += " | " + verdict.why;
        all << line << '\n';
        if (verdict.kind == Kind::wrong) std::cout << "WRONG: " << line << '\n';
    }
    std::cout << outcomes.size() << " cases, " << accepted << " accepted and read by Java\n"
              << kinds[Kind::same] << " judged the same\n"
              << kinds[Kind::kafka_tripped] << " at which Kafka tripped and we say why\n"
              << kinds[Kind::kafka_cannot_read]
              << " that Kafka takes and its consumer cannot read\n"
              << kinds[Kind::hidden_timestamps] << " whose header hides the records' timestamps\n"
              << kinds[Kind::two_faults] << " with two faults, of which each names another\n"
              << kinds[Kind::wrong] << " wrong\n";
    return kinds[Kind::wrong] == 0 ? 0 : 1;
}

int run(const std::string& kafka, const std::string& leat, const std::string& folder,
        const std::string& reader) {
    const auto* given = std::getenv("LEAT_SEED");
    const auto seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                       : std::random_device{}();
    std::cout << "seed " << seed << std::endl;  // it is told even if this program breaks down
    Target to_kafka{kafka};
    Target to_leat{leat};
    std::vector<Outcome> outcomes;
    const auto give = [&](Case sent) {
        const auto index = outcomes.size();
        auto answers = std::pair{to_kafka.send(index, sent), to_leat.send(index, sent)};
        outcomes.push_back({std::move(sent), answers.first, answers.second, {}, {}});
        return index;
    };
    for (auto& sent : make_cases(seed, SystemClock{}.wall_ms(), wanted_cases))
        give(std::move(sent));
    Alones alones;
    for (std::size_t i = 0, generated = outcomes.size(); i < generated; ++i)
        if (outcomes[i].names_two_faults()) alones[i] = give(records_alone(outcomes[i].sent));
    write_ranges(folder + "/kafka.ranges", outcomes, &Outcome::kafka);
    write_ranges(folder + "/leat.ranges", outcomes, &Outcome::leat);
    read_back(reader, kafka, folder + "/kafka", outcomes, &Outcome::kafka_read);
    read_back(reader, leat, folder + "/leat", outcomes, &Outcome::leat_read);
    share_reads(outcomes);
    return report(outcomes, alones, folder + "/verdicts.txt");
}

}  // namespace
}  // namespace leat::batches

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "usage: batch_cases KAFKA LEAT FOLDER READER\n";
        return 64;
    }
    return leat::batches::run(argv[1], argv[2], argv[3], argv[4]);
}
