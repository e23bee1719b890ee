#pragma once

#include "core/policy/sender.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sealpost::policy {

// A binary radix trie over address prefixes. Every prefix carries the lowest entry number it was
// added with; a lookup walks one path and takes the lowest number on it.
class PrefixTrie {
public:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Bits {
        std::uint64_t high = 0, low = 0;  // the address from its first bit; IPv4 in the top 32
        friend bool operator==(const Bits&, const Bits&) = default;
    };

    PrefixTrie();
    void add(Bits bits, int length, std::uint32_t entry);
    // The lowest entry among the prefixes of `bits` that are at most `length` bits long.
    [[nodiscard]] std::uint32_t find(Bits bits, int length) const;
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }

private:
    struct Node {
        Bits bits;
        std::uint32_t child[2] = {none, none};
        std::uint32_t entry = none;
        std::uint8_t length = 0;
    };
    std::uint32_t add_node(Bits bits, int length, std::uint32_t entry);
    std::vector<Node> nodes_;
};

// The host access table of one listener, compiled: for an address and a verified name the first entry
// that matches. Entries are numbered in the order of evaluation. Immutable after building; lookups
// from any thread.
class HostTable {
public:
    static constexpr std::uint32_t none = PrefixTrie::none;

    // In the order of evaluation; answers the entry's number.
    std::uint32_t add(const SenderPattern& pattern);
    std::uint32_t skip();  // a number for something that is not a sender (a group's host check)

    // The first entry that matches; `host` in lower case, empty when there is no verified name.
    [[nodiscard]] std::uint32_t find(const IpAddress& ip, std::string_view host) const;
    // The first entry that covers everything the pattern covers.
    [[nodiscard]] std::uint32_t find_cover(const SenderPattern& pattern) const;
    // The first entry with a host name; what could match if the name were known.
    [[nodiscard]] std::uint32_t first_name() const { return first_name_; }
    [[nodiscard]] std::uint32_t size() const { return next_; }

private:
    [[nodiscard]] const PrefixTrie& trie_of(const IpAddress& ip) const { return ip.is_v4() ? v4_ : v6_; }
    [[nodiscard]] std::uint32_t find_name(std::string_view host) const;
    [[nodiscard]] std::uint32_t find_suffix(std::string_view host, std::size_t from) const;

    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Names = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

    PrefixTrie v4_, v6_;
    Names hosts_, suffixes_;
    std::uint32_t all_ = none;
    std::uint32_t first_name_ = none;
    std::uint32_t next_ = 0;
};

}  // namespace sealpost::policy
