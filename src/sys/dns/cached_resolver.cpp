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

std::size_t CachedResolver::Entry::bytes() const { return sizeof(Entry) + name.size() + size_of(answer); }

void CachedResolver::Half::add(std::shared_ptr<const Entry> entry, Type type)
{
    const Key key{entry->name, type};
    remove(key);  // its name would go with the entry that it belongs to
    bytes += entry->bytes();
    entries.emplace(key, std::move(entry));
}

std::shared_ptr<const CachedResolver::Entry> CachedResolver::Half::remove(const Key& key)
{
    const auto found = entries.find(key);
    if (found == entries.end()) return nullptr;
    auto entry = std::move(found->second);
    bytes -= entry->bytes();
    entries.erase(found);
    return entry;
}

// Each shelf has two halves, which share what is allowed.
bool CachedResolver::is_full(const Half& half) const
{
    const std::size_t halves = shelves_.size() * 2;
    return half.entries.size() >= options_.max_answers / halves || half.bytes >= options_.max_bytes / halves;
}

std::shared_ptr<const Answer> CachedResolver::find_known(std::string_view name, Type type)
{
    const auto entry = find_entry(name, type);
    return entry ? std::shared_ptr<const Answer>(entry, &entry->answer) : nullptr;
}

std::shared_ptr<const CachedResolver::Entry> CachedResolver::find_entry(std::string_view name, Type type)
{
    const Key key{name, type};
    Shelf& shelf = shelf_of(key);
    const std::lock_guard hold(shelf.lock);
    const auto find_in = [&](Half& half) {
        const auto found = half.entries.find(key);
        return found == half.entries.end() ? nullptr : found->second;
    };
    auto entry = find_in(shelf.newer);
    const bool is_old = entry == nullptr;
    if (is_old) entry = find_in(shelf.older);
    if (!entry) return nullptr;
    const bool is_over = Deadline::Clock::now() >= entry->until;
    if (is_over || (is_old && !is_full(shelf.newer))) (is_old ? shelf.older : shelf.newer).remove(key);
    if (is_over) return nullptr;
    if (is_old && !is_full(shelf.newer)) shelf.newer.add(entry, type);
    return entry;
}

void CachedResolver::keep(std::string name, Type type, const Answer& answer)
{
    const auto ttl = std::min(answer.ttl, options_.max_ttl);
    if (ttl.count() <= 0 || size_of(answer) > options_.max_answer_bytes) return;
    auto entry = std::make_shared<const Entry>(Entry{std::move(name), Deadline::Clock::now() + ttl, answer});
    Shelf& shelf = shelf_of({entry->name, type});
    Half gone;  // destroyed outside the lock
    const std::lock_guard hold(shelf.lock);
    if (is_full(shelf.newer)) {
        gone = std::move(shelf.older);
        shelf.older = std::move(shelf.newer);
        shelf.newer = {};
    }
    shelf.newer.add(std::move(entry), type);
}

Task<Answer> CachedResolver::query(std::string name, Type type, Deadline deadline)
{
    const auto normal = normalise_name(name);
    if (normal) {
        if (const auto entry = find_entry(*normal, type)) {
            Answer known = entry->answer;
            // What is left of it: who keeps this answer in turn must not begin anew.
            known.ttl = std::chrono::ceil<std::chrono::seconds>(entry->until - Deadline::Clock::now());
            co_return known;
        }
    }
    Answer answer = co_await source_.query(std::move(name), type, deadline);
    if (answer.status == Status::temporary) co_return answer;  // perhaps since all this is at its end
    if (normal) keep(*normal, type, answer);
    co_return answer;
}

std::size_t CachedResolver::size() const
{
    std::size_t all = 0;
    for (const Shelf& shelf : shelves_) {
        const std::lock_guard hold(shelf.lock);
        all += shelf.newer.entries.size() + shelf.older.entries.size();
    }
    return all;
}

}  // namespace sealpost::dns
