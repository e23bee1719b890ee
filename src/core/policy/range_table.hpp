#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <vector>
#include "base/large_vector.hpp"

namespace sealpost::policy {

// Sorted keys in blocks of a cache line or two, with the first key of every block repeated in a level
// above, up to a single block: a lookup touches one block a level, and the upper levels stay in cache.
template <class Key>
class OrderedIndex {
public:
    OrderedIndex() = default;
    explicit OrderedIndex(const std::vector<Key>& sorted)
    {
        for (std::vector<Key> keys = sorted; !keys.empty();) {
            Level level{keys.size(), {}};
            std::vector<Key> firsts;
            for (std::size_t at = 0; at < keys.size(); at += block_keys) {
                Block block;
                block.keys.fill(keys.back());
                std::copy_n(keys.begin() + at, std::min(block_keys, keys.size() - at), block.keys.begin());
                level.blocks.push_back(block);
                firsts.push_back(keys[at]);
            }
            levels_.push_back(std::move(level));
            if (firsts.size() == 1) return;
            keys = std::move(firsts);
        }
    }

    // The position of the last key that is not above `key`; the first key must not be above it either.
    // `beside` has an element a key: those about the answer are fetched while the last keys are compared.
    [[nodiscard]] std::size_t find(Key key, const LargeVector<std::uint32_t>& beside) const
    {
        std::size_t position = 0;
        for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
            if (level + 1 == levels_.rend()) __builtin_prefetch(&beside[position * block_keys]);
            std::size_t not_above = 0;
            for (const Key& each : level->blocks[position].keys) not_above += each <= key ? 1 : 0;
            position = std::min(position * block_keys + not_above - 1, level->size - 1);  // the last block is padded
        }
        return position;
    }

private:
    static constexpr std::size_t block_keys = sizeof(Key) <= 4 ? 16 : 8;
    struct alignas(64) Block {
        std::array<Key, block_keys> keys;
    };
    struct Level {
        std::size_t size;
        LargeVector<Block> blocks;
    };
    std::vector<Level> levels_;  // from all keys up to one block
};

// An address as a number of 128 bits; IPv4 addresses are plain 32-bit numbers.
struct WideKey {
    std::uint64_t high = 0, low = 0;

    friend bool operator==(const WideKey&, const WideKey&) = default;
    // Without branches: the index asks it for whole blocks.
    friend bool operator<=(const WideKey& a, const WideKey& b)
    {
        return (a.high < b.high) | ((a.high == b.high) & (a.low <= b.low));
    }
};

// Ranges of addresses that may overlap, cut at every bound into segments that do not; each segment
// knows the lowest entry among the ranges that hold it. Built once, in O(n log n); a lookup is one walk
// through the index, whatever the shape of the ranges.
template <class Key>
class RangeTable {
public:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Range {
        Key low, high;  // both inside
        std::uint32_t entry;
    };

    RangeTable() : RangeTable(std::vector<Range>()) {}
    explicit RangeTable(std::vector<Range> ranges)
    {
        std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return is_below(a.low, b.low); });
        index_ = OrderedIndex<Key>(cut(ranges));
        latest_.push_back(entries_);
        while (latest_.back().size() > fan) latest_.push_back(summarise(latest_.back()));
    }

    [[nodiscard]] std::uint32_t find(Key key) const { return entries_[index_.find(key, entries_)]; }

    // The latest of the entries that the addresses from low to high meet; none when one meets no entry.
    [[nodiscard]] std::uint32_t find_latest(Key low, Key high) const
    {
        std::uint32_t latest = 0;
        std::size_t from = index_.find(low, entries_);
        std::size_t to = index_.find(high, entries_) + 1;
        for (const auto& level : latest_) {
            for (; from < to && from % fan != 0; ++from) latest = std::max(latest, level[from]);
            for (; from < to && to % fan != 0; --to) latest = std::max(latest, level[to - 1]);
            if (from == to) return latest;
            if (&level == &latest_.back()) latest = std::max(latest, *std::max_element(level.begin() + from, level.begin() + to));
            from /= fan;
            to /= fan;
        }
        return latest;
    }

private:
    static constexpr std::size_t fan = 64;

    static bool is_below(const Key& a, const Key& b) { return !(b <= a); }
    static std::uint32_t successor(std::uint32_t key) { return key + 1; }
    static WideKey successor(WideKey key) { return {key.high + (key.low == UINT64_MAX ? 1 : 0), key.low + 1}; }

    struct Open {
        std::uint32_t entry;
        Key high;
        friend bool operator<(const Open& a, const Open& b) { return a.entry > b.entry; }  // the lowest entry on top
    };

    // Sweeps from the lowest address to the highest; answers where the segments begin.
    std::vector<Key> cut(const std::vector<Range>& ranges)
    {
        std::vector<Key> starts = {Key{}};
        entries_ = {none};
        std::priority_queue<Open> open;
        Key at{};
        for (std::size_t next = 0;;) {
            for (; next < ranges.size() && ranges[next].low == at; ++next) open.push({ranges[next].entry, ranges[next].high});
            while (!open.empty() && is_below(open.top().high, at)) open.pop();
            begin_segment(starts, at, open.empty() ? none : open.top().entry);
            const bool ends = !open.empty() && !(successor(open.top().high) == Key{});
            if (!ends && next == ranges.size()) return starts;
            if (ends && (next == ranges.size() || successor(open.top().high) <= ranges[next].low))
                at = successor(open.top().high);
            else
                at = ranges[next].low;
        }
    }

    void begin_segment(std::vector<Key>& starts, Key at, std::uint32_t entry)
    {
        if (starts.back() == at) {
            entries_.back() = entry;
        } else if (entries_.back() != entry) {
            starts.push_back(at);
            entries_.push_back(entry);
        }
    }

    static LargeVector<std::uint32_t> summarise(const LargeVector<std::uint32_t>& level)
    {
        LargeVector<std::uint32_t> above;
        for (std::size_t at = 0; at < level.size(); at += fan)
            above.push_back(*std::max_element(level.begin() + at, level.begin() + std::min(at + fan, level.size())));
        return above;
    }

    OrderedIndex<Key> index_;
    LargeVector<std::uint32_t> entries_;              // of each segment
    std::vector<LargeVector<std::uint32_t>> latest_;  // entries_, and above it the latest of every 64
};

}  // namespace sealpost::policy
