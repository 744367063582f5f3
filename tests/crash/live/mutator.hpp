// Requests that are wrong in all the ways that a seed can think of.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace leat::crash {

/// Makes frames, sizes first: valid requests of every API at every version, of which most are then
/// damaged. One thread.
class Mutator {
public:
    /// `words` are names that the broker knows: topics, groups.
    Mutator(std::uint32_t seed, std::vector<std::string> words);

    std::string frame();

private:
    using Make = std::string (*)(Mutator&, std::int16_t version);
    struct Source {
        Make make;
        std::int16_t version;
    };
    template <class Request>
    static std::string make_request(Mutator& self, std::int16_t version);
    template <class Request>
    void add_sources();
    std::string produce_with_damaged_batch();
    void damage(std::string& bytes);
    std::size_t pick(std::size_t below) { return random_() % below; }

    std::mt19937 random_;
    std::vector<std::string> words_;
    std::vector<Source> sources_;
    std::string last_;
};

}  // namespace leat::crash
