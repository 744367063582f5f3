#include "service/assignment.hpp"

#include <algorithm>

namespace leat::service {

Partition* Assignment::find(const std::string& topic, std::int32_t number) {
    const auto at = partitions_.find({topic, number});
    return at == partitions_.end() ? nullptr : at->second.get();
}

Partition& Assignment::add(const std::string& topic, std::int32_t number,
                           Subscription& subscription) {
    auto partition = std::make_unique<Partition>(topic, number, ++epoch_, limits_);
    partition->subscription = &subscription;
    return *(partitions_[{topic, number}] = std::move(partition));
}

std::vector<Partition*> Assignment::begin_revocation(Revocation revocation) {
    std::vector<Partition*> ours;
    for (const auto& tp : revocation.partitions) {
        auto* partition = find(tp.topic, tp.partition);
        if (partition == nullptr) continue;
        partition->cancelled = true;
        ours.push_back(partition);
    }
    revocation_ = std::move(revocation);
    return ours;
}

bool Assignment::revoked_runs_are_out() {
    return std::any_of(revocation_->partitions.begin(), revocation_->partitions.end(),
                       [&](const auto& tp) {
                           const auto* p = find(tp.topic, tp.partition);
                           return p != nullptr && !p->runs.empty();
                       });
}

void Assignment::end_revocation() {
    for (const auto& tp : revocation_->partitions) {
        const auto at = partitions_.find({tp.topic, tp.partition});
        if (at == partitions_.end()) continue;
        at->second->queue = {};
        if (!at->second->runs.empty()) retired_.push_back(std::move(at->second));
        partitions_.erase(at);
    }
    revocation_.reset();
}

void Assignment::bury(Partition& partition) {
    if (!partition.runs.empty()) return;
    retired_.erase(std::remove_if(retired_.begin(), retired_.end(),
                                  [&](const auto& p) { return p.get() == &partition; }),
                   retired_.end());
}

}  // namespace leat::service
