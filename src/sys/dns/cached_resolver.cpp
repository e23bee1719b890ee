#include "sys/dns/cached_resolver.hpp"

#include <algorithm>
#include <numeric>

namespace sealpost::dns {
namespace {

std::size_t size_of(const Answer& answer)
{
    return std::accumulate(answer.records.begin(), answer.records.end(), std::size_t{0},
                           [](std::size_t sum, const std::string& record) { return sum + record.size() + sizeof(std::string); });
}

}  // namespace

CachedResolver::CachedResolver(Resolver& source, CacheOptions options) : source_(source), options_(options) {}

std::shared_ptr<const Answer> CachedResolver::find_known(std::string_view name, Type type)
{
    const Key key{name, type};
    Shelf& shelf = shelf_of(key);
    const std::lock_guard hold(shelf.lock);
    auto found = shelf.newer.find(key);
    if (found == shelf.newer.end()) {
        const auto old = shelf.older.find(key);
        if (old == shelf.older.end()) return nullptr;
        auto entry = std::move(old->second);
        shelf.older.erase(old);
        found = shelf.newer.emplace(Key{entry->name, type}, std::move(entry)).first;
    }
    if (Deadline::Clock::now() < found->second->until) return {found->second, &found->second->answer};
    shelf.newer.erase(found);
    return nullptr;
}

void CachedResolver::keep(std::string name, Type type, const Answer& answer)
{
    const auto ttl = std::min(answer.ttl, options_.max_ttl);
    if (answer.status == Status::temporary || ttl.count() <= 0 || size_of(answer) > options_.max_answer_bytes) return;
    const auto entry = std::make_shared<const Entry>(Entry{std::move(name), Deadline::Clock::now() + ttl, answer});
    const Key key{entry->name, type};
    Shelf& shelf = shelf_of(key);
    Half gone;  // destroyed outside the lock
    const std::lock_guard hold(shelf.lock);
    if (shelf.newer.size() >= options_.max_answers / shelves_.size() / 2) {
        gone = std::move(shelf.older);
        shelf.older = std::move(shelf.newer);
        shelf.newer = {};
    }
    shelf.newer.erase(key);  // its name would go with the entry that it belongs to
    shelf.newer.emplace(key, entry);
}

Task<Answer> CachedResolver::query(std::string name, Type type, Deadline deadline)
{
    const auto normal = normalise_name(name);
    if (normal) {
        if (const auto known = find_known(*normal, type)) co_return *known;
    }
    Answer answer = co_await source_.query(std::move(name), type, deadline);
    if (normal) keep(*normal, type, answer);
    co_return answer;
}

std::size_t CachedResolver::size() const
{
    std::size_t all = 0;
    for (const Shelf& shelf : shelves_) {
        const std::lock_guard hold(shelf.lock);
        all += shelf.newer.size() + shelf.older.size();
    }
    return all;
}

}  // namespace sealpost::dns
