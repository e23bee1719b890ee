#pragma once

#include "base/large_vector.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::policy {

// Host names and suffixes with the lowest entry that names them, in one open hash table. A byte a place
// tells most names that are not there without a look at the place itself, and is small enough to stay in
// cache. All places that a name could stand in (itself, and each suffix of as many labels as some
// sender's) are asked for from memory at once. Built once.
class NameTable {
public:
    static constexpr std::uint32_t none = UINT32_MAX;
    static constexpr std::size_t max_name_bytes = 253;  // RFC 1035 §2.3.4, without the final dot
    struct Name {
        std::string_view text;  // "mx.acme.test", or ".acme.test" for the names below it; lower case
        std::uint32_t entry;
    };

    NameTable() : NameTable(std::vector<Name>()) {}
    explicit NameTable(const std::vector<Name>& names);

    // A lookup in two steps, so that other work fits between asking memory and reading it.
    struct Search {
        struct Place {
            std::uint64_t hash;
            std::size_t from;  // where in the name the suffix begins
        };
        explicit Search(std::string_view text, bool suffix = false) : name(text), is_suffix(suffix) {}
        std::string_view name;
        bool is_suffix;
        std::size_t count = 0;
        std::array<Place, max_name_bytes / 2 + 1> places;  // the first `count` of them; the rest is never read
    };
    void begin(Search& search) const;
    [[nodiscard]] std::uint32_t finish(const Search& search) const;

    // The lowest entry that names the host or a suffix above it; none for an empty or overlong name.
    [[nodiscard]] std::uint32_t find(std::string_view host) const;
    // The lowest entry whose suffix covers every name below `suffix` (".mail.acme.test").
    [[nodiscard]] std::uint32_t find_cover(std::string_view suffix) const;

private:
    struct Slot {
        std::uint32_t text = 0;  // where the name stands in texts_, after its length
        std::uint32_t host = none;
        std::uint32_t suffix = none;
    };
    void add(const Name& name);
    [[nodiscard]] const Slot* find_slot(std::string_view name, std::uint64_t hash) const;
    [[nodiscard]] std::string_view text_of(const Slot& slot) const;

    LargeVector<std::uint8_t> tags_;  // a power of two, at most half in use; 0: a free slot
    LargeVector<Slot> slots_;         // one a tag
    LargeVector<char> texts_;
    std::uint64_t suffix_labels_ = 0;  // bit n: there is a suffix of n labels; bit 63: of more
};

}  // namespace sealpost::policy
