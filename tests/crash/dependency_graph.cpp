#include "dependency_graph.hpp"

#include <algorithm>
#include <unordered_set>

namespace leat::crash {

// Without recursion: histories are long.
struct DependencyGraph::Search {
    struct Frame {
        std::uint32_t node;
        std::size_t next_edge;
    };
    explicit Search(std::size_t nodes) : number(nodes), low(nodes), on_stack(nodes) {}

    void enter(std::uint32_t node) {
        number[node] = low[node] = ++last;
        stack.push_back(node);
        on_stack[node] = true;
        frames.push_back({node, 0});
    }
    void leave(std::uint32_t node) {
        frames.pop_back();
        if (!frames.empty()) {
            auto& above = low[frames.back().node];
            above = std::min(above, low[node]);
        }
        if (low[node] != number[node]) return;
        Component component;
        do {
            component.push_back(stack.back());
            on_stack[stack.back()] = false;
            stack.pop_back();
        } while (component.back() != node);
        if (component.size() > 1) found.push_back(std::move(component));
    }

    std::vector<std::uint32_t> number;
    std::vector<std::uint32_t> low;
    std::vector<bool> on_stack;
    std::vector<std::uint32_t> stack;
    std::vector<Frame> frames;
    std::uint32_t last = 0;
    std::vector<Component> found;
};

std::vector<DependencyGraph::Component> DependencyGraph::cycles(unsigned kinds) const {
    Search search{edges_.size()};
    for (std::uint32_t root = 0; root < edges_.size(); ++root) {
        if (search.number[root] != 0) continue;
        search.enter(root);
        while (!search.frames.empty()) {
            auto& [node, next_edge] = search.frames.back();
            if (next_edge == edges_[node].size()) {
                search.leave(node);
                continue;
            }
            const auto edge = edges_[node][next_edge++];
            if ((edge.kind & kinds) == 0) continue;
            if (search.number[edge.to] == 0)
                search.enter(edge.to);
            else if (search.on_stack[edge.to])
                search.low[node] = std::min(search.low[node], search.number[edge.to]);
        }
    }
    return std::move(search.found);
}

bool DependencyGraph::has(const Component& component, Kind kind) const {
    const std::unordered_set<std::uint32_t> inside{component.begin(), component.end()};
    return std::ranges::any_of(component, [&](std::uint32_t node) {
        return std::ranges::any_of(edges_[node], [&](const Edge& edge) {
            return edge.kind == kind && inside.contains(edge.to);
        });
    });
}

bool DependencyGraph::has_single_rw(const Component& component, std::size_t most) const {
    const std::unordered_set<std::uint32_t> inside{component.begin(), component.end()};
    for (const auto node : component)
        for (const auto& edge : edges_[node]) {
            if (edge.kind != rw || !inside.contains(edge.to)) continue;
            if (most-- == 0) return false;
            if (reaches(edge.to, node, ww | wr)) return true;
        }
    return false;
}

bool DependencyGraph::reaches(std::uint32_t from, std::uint32_t to, unsigned kinds) const {
    std::unordered_set<std::uint32_t> seen{from};
    std::vector<std::uint32_t> open{from};
    while (!open.empty()) {
        const auto node = open.back();
        open.pop_back();
        if (node == to) return true;
        for (const auto& edge : edges_[node])
            if ((edge.kind & kinds) != 0 && seen.insert(edge.to).second) open.push_back(edge.to);
    }
    return false;
}

}  // namespace leat::crash
