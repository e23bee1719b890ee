#include "wire/spf/record_cache.hpp"

#include <algorithm>

namespace sealpost::spf {

RecordCache::RecordCache(std::size_t max_records) : max_half_(max_records / shelf_count / 2) {}

std::shared_ptr<const Record> RecordCache::find(Shelf& shelf, Key key)
{
    const std::lock_guard hold(shelf.lock);
    if (const auto found = shelf.newer.find(key); found != shelf.newer.end()) return found->second;
    const auto found = shelf.older.find(key);
    if (found == shelf.older.end()) return nullptr;
    auto record = found->second;
    if (shelf.newer.size() >= max_half_) return record;  // no room up there
    shelf.older.erase(found);
    shelf.newer.emplace(Key{record->text(), key.hash}, record);
    return record;
}

void RecordCache::keep(Shelf& shelf, std::size_t hash, std::shared_ptr<const Record> record)
{
    Half gone;  // destroyed outside the lock
    const std::lock_guard hold(shelf.lock);
    if (shelf.newer.size() >= max_half_) {
        gone = std::move(shelf.older);
        shelf.older = std::move(shelf.newer);
        shelf.newer = {};
    }
    const Key key{record->text(), hash};
    shelf.newer.emplace(key, std::move(record));
}

std::shared_ptr<const Record> RecordCache::find_or_parse(std::string_view text)
{
    if (max_half_ == 0 || text.size() > max_cached_bytes) return Record::parse(std::string(text));
    const std::size_t hash = std::hash<std::string_view>()(text);
    Shelf& shelf = shelves_[hash / 64 % shelf_count];
    if (auto record = find(shelf, {text, hash})) return record;
    auto record = Record::parse(std::string(text));
    keep(shelf, hash, record);
    return record;
}

std::size_t RecordCache::size() const
{
    std::size_t all = 0;
    for (const Shelf& shelf : shelves_) {
        const std::lock_guard hold(shelf.lock);
        all += shelf.newer.size() + shelf.older.size();
    }
    return all;
}

}  // namespace sealpost::spf
