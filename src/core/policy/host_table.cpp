#include "core/policy/host_table.hpp"

#include <algorithm>
#include <bit>

namespace sealpost::policy {
namespace {

using Bits = PrefixTrie::Bits;

Bits bits_of(const IpAddress& address)
{
    const auto& octets = address.octets();
    Bits bits;
    if (address.is_v4()) {
        for (std::size_t i = 12; i < 16; ++i) bits.high = bits.high << 8 | octets[i];
        bits.high <<= 32;
        return bits;
    }
    for (std::size_t i = 0; i < 8; ++i) bits.high = bits.high << 8 | octets[i];
    for (std::size_t i = 8; i < 16; ++i) bits.low = bits.low << 8 | octets[i];
    return bits;
}

bool bit_at(Bits bits, int index)
{
    return index < 64 ? (bits.high >> (63 - index) & 1) != 0 : (bits.low >> (127 - index) & 1) != 0;
}

int count_common(Bits a, Bits b)
{
    if (const auto high = a.high ^ b.high; high != 0) return std::countl_zero(high);
    const auto low = a.low ^ b.low;
    return low == 0 ? 128 : 64 + std::countl_zero(low);
}

Bits cut(Bits bits, int length)
{
    if (length >= 128) return bits;
    if (length > 64) return {bits.high, bits.low & ~(~std::uint64_t{0} >> (length - 64))};
    if (length == 64) return {bits.high, 0};
    return {bits.high & ~(~std::uint64_t{0} >> length), 0};
}

// The last bits of the prefix set to one.
Bits fill(Bits bits, int length)
{
    if (length >= 128) return bits;
    if (length >= 64) return {bits.high, bits.low | ~std::uint64_t{0} >> (length - 64)};
    return {bits.high | (~std::uint64_t{0} >> length), ~std::uint64_t{0}};
}

bool is_below(Bits a, Bits b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }

Bits successor(Bits bits)
{
    ++bits.low;
    if (bits.low == 0) ++bits.high;
    return bits;
}

int count_trailing_zeros(Bits bits)
{
    if (bits.low != 0) return std::countr_zero(bits.low);
    return bits.high == 0 ? 128 : 64 + std::countr_zero(bits.high);
}

// Calls `use(prefix bits, length)` for the fewest prefixes that make up the range.
template <class Use>
void split_range(const SenderPattern& range, Use use)
{
    Bits low = bits_of(range.low);
    Bits high = bits_of(range.high);
    if (range.low.is_v4()) high = {high.high | 0xffffffffU, ~std::uint64_t{0}};
    while (true) {
        int length = 128 - count_trailing_zeros(low);
        while (is_below(high, fill(low, length))) ++length;
        use(low, length);
        const Bits end = fill(low, length);
        if (!is_below(end, high)) return;
        low = successor(end);
    }
}

}  // namespace

PrefixTrie::PrefixTrie() { nodes_.emplace_back(); }

std::uint32_t PrefixTrie::add_node(Bits bits, int length, std::uint32_t entry)
{
    Node node;
    node.bits = cut(bits, length);
    node.length = static_cast<std::uint8_t>(length);
    node.entry = entry;
    nodes_.push_back(node);
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

void PrefixTrie::add(Bits bits, int length, std::uint32_t entry)
{
    std::uint32_t at = 0;
    while (true) {
        if (nodes_[at].length == length) {
            nodes_[at].entry = std::min(nodes_[at].entry, entry);
            return;
        }
        const bool side = bit_at(bits, nodes_[at].length);
        const auto child = nodes_[at].child[side];
        if (child == none) {
            const auto fresh = add_node(bits, length, entry);
            nodes_[at].child[side] = fresh;
            return;
        }
        const int common = std::min({count_common(bits, nodes_[child].bits), length, static_cast<int>(nodes_[child].length)});
        if (common < nodes_[child].length) {  // the paths part here: a node between
            const auto between = add_node(bits, common, none);
            nodes_[between].child[bit_at(nodes_[child].bits, common)] = child;
            nodes_[at].child[side] = between;
            at = between;
        } else {
            at = child;
        }
    }
}

std::uint32_t PrefixTrie::find(Bits bits, int length) const
{
    std::uint32_t best = nodes_[0].entry;
    std::uint32_t at = 0;
    while (nodes_[at].length < length) {
        at = nodes_[at].child[bit_at(bits, nodes_[at].length)];
        if (at == none) break;
        const Node& node = nodes_[at];
        if (node.length > length || count_common(bits, node.bits) < node.length) break;
        best = std::min(best, node.entry);
    }
    return best;
}

std::uint32_t HostTable::skip() { return next_++; }

std::uint32_t HostTable::add(const SenderPattern& pattern)
{
    const auto entry = next_++;
    switch (pattern.kind) {
        case SenderPattern::Kind::all: all_ = std::min(all_, entry); return entry;
        case SenderPattern::Kind::host: hosts_.try_emplace(pattern.name, entry); break;
        case SenderPattern::Kind::suffix: suffixes_.try_emplace(pattern.name, entry); break;
        case SenderPattern::Kind::addresses:
            split_range(pattern, [&](Bits bits, int length) { (pattern.low.is_v4() ? v4_ : v6_).add(bits, length, entry); });
            return entry;
    }
    first_name_ = std::min(first_name_, entry);
    return entry;
}

std::uint32_t HostTable::find_suffix(std::string_view host, std::size_t from) const
{
    std::uint32_t best = none;
    for (auto dot = host.find('.', from); dot != std::string_view::npos; dot = host.find('.', dot + 1))
        if (const auto at = suffixes_.find(host.substr(dot)); at != suffixes_.end()) best = std::min(best, at->second);
    return best;
}

std::uint32_t HostTable::find_name(std::string_view host) const
{
    if (host.empty()) return none;
    const auto at = hosts_.find(host);
    return std::min(at == hosts_.end() ? none : at->second, find_suffix(host, 1));
}

std::uint32_t HostTable::find(const IpAddress& ip, std::string_view host) const
{
    return std::min({all_, trie_of(ip).find(bits_of(ip), ip.bits()), find_name(host)});
}

std::uint32_t HostTable::find_cover(const SenderPattern& pattern) const
{
    switch (pattern.kind) {
        case SenderPattern::Kind::all: return all_;
        case SenderPattern::Kind::host: return std::min(all_, find_name(pattern.name));
        case SenderPattern::Kind::suffix: return std::min(all_, find_suffix(pattern.name, 0));
        case SenderPattern::Kind::addresses: break;
    }
    std::uint32_t last = 0;  // of a range in pieces, the latest of the pieces' covers
    split_range(pattern, [&](Bits bits, int length) { last = std::max(last, trie_of(pattern.low).find(bits, length)); });
    return std::min(all_, last);
}

}  // namespace sealpost::policy
