#pragma once

#include "core/config/sentence.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sealpost::policy {

// Mail addresses and domains as rows of the RAT, the exception table and rules name them:
// user@domain, user@, domain or @domain, .domain or @.domain (the names below it), user@[192.0.2.1],
// ALL. Answers the normal form ("alice@acme.test", "alice@", "acme.test", ".acme.test", "ALL").
[[nodiscard]] config::Checked<std::string> parse_address_pattern(std::string_view text);
// The same for routes and destinations: domain, .domain or ALL.
[[nodiscard]] config::Checked<std::string> parse_domain_pattern(std::string_view text);

struct AddressMatch {
    std::uint32_t row = UINT32_MAX;  // AddressTable::none when nothing matches
    std::string pattern;             // the entry that matched, in normal form
};

// Patterns in normal form, each with the lowest row it was added with. A lookup asks one hash table
// for every form that could match. Local parts compare without case, as receiving hosts do.
class AddressTable {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    void add(const std::string& pattern, std::uint32_t row) { rows_.try_emplace(pattern, row); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }

    // The first row that an address local@domain matches.
    [[nodiscard]] AddressMatch find_first(std::string_view address, bool asks_user = true) const;  // false: not user@
    [[nodiscard]] bool matches(std::string_view address) const { return find_first(address).row != none; }
    // For an address: the whole of it, then user@, then its domain, then the longest suffix. ALL is not asked.
    [[nodiscard]] AddressMatch find_closest_address(std::string_view address, bool asks_user = true) const;  // false: not user@
    // For a domain: exact, then the longest suffix, then ALL.
    [[nodiscard]] std::uint32_t find_closest(std::string_view domain) const;

private:
    [[nodiscard]] std::uint32_t row_of(const std::string& pattern) const;
    std::unordered_map<std::string, std::uint32_t> rows_;
};

[[nodiscard]] AddressTable make_address_table(const std::vector<std::string>& patterns);  // all of them row 0

struct SplitAddress {
    std::string local, domain;  // lower case; the domain is empty when there is no @
};
[[nodiscard]] SplitAddress split_address(std::string_view address);

}  // namespace sealpost::policy
