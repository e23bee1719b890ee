#pragma once

#include "core/queue/message.hpp"

#include <mutex>
#include <vector>

namespace sealpost::queue {

// Contents that nobody will accept any more. Each is erased as soon as its writer goes, but the store may refuse that when it
// is full or broken, and says so to nobody: Queue::erase_given_up() looks again. Any thread.
class GivenUp {
public:
    void add(ContentId content)
    {
        const std::lock_guard lock(mutex_);
        contents_.push_back(content);
    }
    [[nodiscard]] std::vector<ContentId> take()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(contents_, {});
    }
    void put_back(const std::vector<ContentId>& contents)
    {
        const std::lock_guard lock(mutex_);
        contents_.insert(contents_.end(), contents.begin(), contents.end());
    }

private:
    std::mutex mutex_;
    std::vector<ContentId> contents_;
};

}  // namespace sealpost::queue
