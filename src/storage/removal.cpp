#include "storage/removal.hpp"

#include <memory>

#include "base/log.hpp"

namespace leat::storage {
namespace {

enum class Kind { unknown, file, emptied_folder };

struct Doomed {
    std::string path;
    Kind kind = Kind::unknown;
};

Result<void> removed(Disk& disk, const Doomed& what) {
    return what.kind == Kind::emptied_folder ? disk.remove_dir(what.path) : disk.remove(what.path);
}

/// Removes it, or says what has to be removed instead, the last first.
std::vector<Doomed> take_step(Disk& disk, Doomed what) {
    if (what.kind == Kind::unknown) {
        const auto entries = disk.list(what.path);
        if (entries) {
            std::vector<Doomed> instead{{what.path, Kind::emptied_folder}};
            for (const auto& entry : *entries)
                instead.push_back(
                    {join(what.path, entry.name), entry.is_dir ? Kind::unknown : Kind::file});
            return instead;
        }
    }
    const auto result = removed(disk, what);
    if (!result && result.error().code != Errc::not_found)
        log::warn("what was deleted remains until the next start",
                  {{"path", what.path}, {"reason", result.error().what}});
    return {};
}

class Removal : public std::enable_shared_from_this<Removal> {
public:
    Removal(Disk& disk, BlockingPool& pool, std::function<void()> done)
        : disk_(disk), pool_(pool), done_(std::move(done)) {}

    void add(Doomed what) { left_.push_back(std::move(what)); }
    void go_on() {
        if (left_.empty()) return done_();
        const auto what = std::make_shared<Doomed>(std::move(left_.back()));
        left_.pop_back();
        const auto instead = std::make_shared<std::vector<Doomed>>();
        pool_.run([what, instead, &disk = disk_] { *instead = take_step(disk, std::move(*what)); },
                  [self = shared_from_this(), instead] {
                      for (auto& each : *instead) self->add(std::move(each));
                      self->go_on();
                  });
    }

private:
    Disk& disk_;
    BlockingPool& pool_;
    std::function<void()> done_;
    std::vector<Doomed> left_;
};

void remove(Disk& disk, BlockingPool& pool, const std::vector<std::string>& paths, Kind kind,
            std::function<void()> done) {
    const auto removal = std::make_shared<Removal>(disk, pool, std::move(done));
    for (const auto& path : paths) removal->add({path, kind});
    removal->go_on();
}

}  // namespace

void remove_files_in_steps(Disk& disk, BlockingPool& pool, const std::vector<std::string>& paths,
                           std::function<void()> done) {
    remove(disk, pool, paths, Kind::file, std::move(done));
}

void remove_trees_in_steps(Disk& disk, BlockingPool& pool, const std::vector<std::string>& paths,
                           std::function<void()> done) {
    remove(disk, pool, paths, Kind::unknown, std::move(done));
}

}  // namespace leat::storage
