#include "core/queue/recent_contents.hpp"

#include <numeric>

namespace sealpost::queue {
namespace {

// Beyond so many that are forgotten already, the order is put right.
constexpr std::size_t most_gone = 1024;

}  // namespace

void RecentContents::keep(ContentId content, std::vector<std::string> pieces, std::size_t uses, Moment now)
{
    const auto bytes = std::accumulate(pieces.begin(), pieces.end(), std::size_t{0},
                                       [](std::size_t sum, const std::string& piece) { return sum + piece.capacity(); });
    if (bytes > max_content_bytes) return;
    auto shared = std::make_shared<const std::vector<std::string>>(std::move(pieces));
    const std::lock_guard lock(mutex_);
    make_room(now);
    if (bytes_ + bytes > max_bytes || !kept_.emplace(content, Kept{std::move(shared), bytes, uses, now}).second) return;
    order_.push_back(content);
    bytes_ += bytes;
    if (order_.size() > 2 * kept_.size() + most_gone)
        std::erase_if(order_, [this](ContentId each) { return !kept_.contains(each); });
}

void RecentContents::make_room(Moment now)
{
    while (!order_.empty()) {
        const auto oldest = kept_.find(order_.front());
        if (oldest != kept_.end() && now - oldest->second.since < patience) return;
        drop(order_.front());
        order_.pop_front();
    }
}

void RecentContents::forget(ContentId content)
{
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(content);
    if (found != kept_.end() && found->second.uses > 1)
        --found->second.uses;
    else
        drop(content);
}

void RecentContents::drop(ContentId content)
{
    const auto found = kept_.find(content);
    if (found == kept_.end()) return;
    bytes_ -= found->second.bytes;
    kept_.erase(found);
}

RecentContents::Pieces RecentContents::find(ContentId content) const
{
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(content);
    return found == kept_.end() ? nullptr : found->second.pieces;
}

Task<Result<std::string>> RecentReader::next()
{
    if (number_ == pieces_->size()) co_return std::string();
    co_return (*pieces_)[number_++];
}

}  // namespace sealpost::queue
