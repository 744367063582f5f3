#include "service/workers.hpp"

#include <pthread.h>

namespace leat::service {

Workers::Workers(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
        pthread_setname_np(threads_.back().native_handle(), "leat-worker");
    }
}

Workers::~Workers() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    some_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void Workers::push(std::vector<Job*>& jobs) {
    if (jobs.empty()) return;
    std::size_t wake = 0;
    {
        const std::lock_guard lock{mutex_};
        waiting_.insert(waiting_.end(), jobs.begin(), jobs.end());
        wake = idle_ < jobs.size() ? idle_ : jobs.size();
    }
    jobs.clear();
    for (; wake > 0; --wake) some_.notify_one();
}

void Workers::push_urgent(Job& job) {
    {
        const std::lock_guard lock{mutex_};
        urgent_.push_back(&job);
    }
    some_.notify_one();
}

void Workers::work() {
    std::unique_lock lock{mutex_};
    for (;;) {
        if (stopping_) return;
        auto& from = urgent_.empty() ? waiting_ : urgent_;
        if (from.empty()) {
            ++idle_;
            some_.wait(lock);
            --idle_;
            continue;
        }
        Job* job = from.front();
        from.pop_front();
        lock.unlock();
        job->run_on_worker();
        lock.lock();
    }
}

}  // namespace leat::service
