#pragma once

#include "wire/spf/record.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sealpost::spf {

// Records that were parsed, by their text; shared by threads. Bounded: each shelf has two halves, and
// when the newer one is full it becomes the older one, whose records go unless somebody asked for them.
class RecordCache {
public:
    explicit RecordCache(std::size_t max_records);

    [[nodiscard]] std::shared_ptr<const Record> find_or_parse(std::string_view text);
    [[nodiscard]] std::size_t size() const;

    // Longer ones are parsed each time: they are rare, and memory is worth more.
    static constexpr std::size_t max_cached_bytes = 4096;

private:
    struct Key {
        std::string_view text;  // in a map: of the record itself
        std::size_t hash;       // once for shelf and map
        bool operator==(const Key& other) const { return text == other.text; }
    };
    struct HashOfKey {
        std::size_t operator()(const Key& key) const { return key.hash; }
    };
    using Half = std::unordered_map<Key, std::shared_ptr<const Record>, HashOfKey>;
    struct Shelf {
        mutable std::mutex lock;
        Half newer;  // under lock
        Half older;  // under lock
    };
    std::shared_ptr<const Record> find(Shelf& shelf, Key key);
    void keep(Shelf& shelf, std::size_t hash, std::shared_ptr<const Record> record);

    static constexpr std::size_t shelf_count = 8;

    std::size_t max_half_;
    std::array<Shelf, shelf_count> shelves_;
};

}  // namespace sealpost::spf
