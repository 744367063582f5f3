// Which operations depend on which, and where such dependencies go round in a circle.
#pragma once

#include <cstdint>
#include <vector>

namespace leat::crash {

class DependencyGraph {
public:
    enum Kind : std::uint8_t {
        ww = 1,       // its record lies behind the other's
        wr = 2,       // it was given the other's record
        rw = 4,       // the other's record is the next behind those that it was given
        process = 8,  // the same process did it afterwards
    };

    explicit DependencyGraph(std::size_t nodes) : edges_(nodes) {}
    void add(std::uint32_t from, std::uint32_t to, Kind kind) {
        if (from != to) edges_[from].push_back({to, kind});
    }

    using Component = std::vector<std::uint32_t>;
    /// The sets of two or more nodes each of which can be reached from each other by edges of
    /// `kinds` (Tarjan's algorithm).
    std::vector<Component> cycles(unsigned kinds) const;
    /// Whether an edge of `kind` joins two nodes of `component`.
    bool has(const Component& component, Kind kind) const;
    /// Whether a circle in `component` has exactly one edge rw, and else only ww and wr. Looks at
    /// the first `most` edges rw.
    bool has_single_rw(const Component& component, std::size_t most = 200) const;

private:
    struct Edge {
        std::uint32_t to;
        Kind kind;
    };
    struct Search;
    bool reaches(std::uint32_t from, std::uint32_t to, unsigned kinds) const;

    std::vector<std::vector<Edge>> edges_;
};

}  // namespace leat::crash
