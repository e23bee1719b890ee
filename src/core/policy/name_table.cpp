#include "core/policy/name_table.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace sealpost::policy {
namespace {

constexpr std::uint64_t hash_of_nothing = 0x9e3779b97f4a7c15U;

// From the last character to the first, so that the hashes of all suffixes come out on the way.
std::uint64_t extend_hash(std::uint64_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 0xff51afd7ed558ccdU; }

std::uint64_t finish_hash(std::uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= 0xc4ceb9fe1a85ec53U;
    return hash ^ hash >> 29;
}

std::uint64_t hash_of(std::string_view name)
{
    std::uint64_t hash = hash_of_nothing;
    for (auto c = name.rbegin(); c != name.rend(); ++c) hash = extend_hash(hash, *c);
    return finish_hash(hash);
}

// Never 0, which is a free slot; of bits that do not choose the slot.
std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>(0x80 | hash >> 57); }

std::uint64_t bit_of(std::size_t labels) { return std::uint64_t{1} << std::min<std::size_t>(labels, 63); }

std::size_t count_labels(std::string_view name)
{
    return 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
}

}  // namespace

NameTable::NameTable(const std::vector<Name>& names)
    : tags_(std::bit_ceil(std::max<std::size_t>(2, names.size() * 2))), slots_(tags_.size()), texts_()
{
    for (const auto& name : names) add(name);
}

void NameTable::add(const Name& name)
{
    const bool is_suffix = name.text.starts_with('.');
    const auto text = name.text.substr(is_suffix ? 1 : 0, max_name_bytes);
    const auto hash = hash_of(text);
    auto at = hash & (tags_.size() - 1);
    while (tags_[at] != 0 && text_of(slots_[at]) != text) at = (at + 1) & (tags_.size() - 1);
    auto& slot = slots_[at];
    if (tags_[at] == 0) {
        tags_[at] = tag_of(hash);
        slot.text = static_cast<std::uint32_t>(texts_.size());
        texts_.push_back(static_cast<char>(text.size()));
        texts_.insert(texts_.end(), text.begin(), text.end());
    }
    auto& entry = is_suffix ? slot.suffix : slot.host;
    entry = std::min(entry, name.entry);
    if (is_suffix) suffix_labels_ |= bit_of(count_labels(text));
}

std::string_view NameTable::text_of(const Slot& slot) const
{
    return {texts_.data() + slot.text + 1, static_cast<unsigned char>(texts_[slot.text])};
}

const NameTable::Slot* NameTable::find_slot(std::string_view name, std::uint64_t hash) const
{
    const auto tag = tag_of(hash);
    for (auto at = hash & (tags_.size() - 1); tags_[at] != 0; at = (at + 1) & (tags_.size() - 1))
        if (tags_[at] == tag && text_of(slots_[at]) == name) return &slots_[at];
    return nullptr;
}

void NameTable::begin(Search& search) const
{
    const auto name = search.name;
    if (name.size() > max_name_bytes) return;
    std::size_t labels = 0;
    std::uint64_t hash = hash_of_nothing;
    for (std::size_t from = name.size(); from-- > 0;) {
        hash = extend_hash(hash, name[from]);
        if (from > 0 && (name[from - 1] != '.' || name[from] == '.')) continue;
        const bool wants_suffix = from > 0 || search.is_suffix;
        if (wants_suffix && (suffix_labels_ & bit_of(++labels)) == 0) continue;
        auto& place = search.places[search.count++];
        place = {finish_hash(hash), from};
        __builtin_prefetch(&tags_[place.hash & (tags_.size() - 1)]);
    }
}

std::uint32_t NameTable::finish(const Search& search) const
{
    std::uint32_t best = none;
    for (std::size_t i = 0; i < search.count; ++i) {
        const auto& [hash, from] = search.places[i];
        const auto* slot = find_slot(search.name.substr(from), hash);
        if (slot != nullptr) best = std::min(best, from > 0 || search.is_suffix ? slot->suffix : slot->host);
    }
    return best;
}

std::uint32_t NameTable::find(std::string_view host) const
{
    Search search(host);
    begin(search);
    return finish(search);
}

std::uint32_t NameTable::find_cover(std::string_view suffix) const
{
    Search search(suffix.substr(1), true);
    begin(search);
    return finish(search);
}

}  // namespace sealpost::policy
