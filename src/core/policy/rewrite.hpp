#pragma once

#include "core/policy/address_table.hpp"
#include "core/policy/document.hpp"
#include "wire/mail/header_block.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::policy {

inline constexpr std::size_t max_alias_depth = 10;         // what an alias leads to is looked up so often again
inline constexpr std::size_t max_alias_recipients = 1000;  // come out of one recipient at most
inline constexpr std::size_t max_alias_lookups = 10'000;   // for one recipient, where entries lead to each other
inline constexpr std::string_view alias_to_nobody = "/dev/null";

// What a recipient stands for.
struct Expansion {
    std::vector<std::string> recipients;  // each once; empty: nobody, the mail is dropped
    std::string matched;                  // the alias that it met, as a pattern; empty: it stands for itself
    bool too_many = false;                // one of the limits was passed: nothing else is of use
};

enum class MasqueradePlace { envelope, headers };

// The domain map, the aliases and the masquerading of one listener. Addresses are local@domain as
// mail::format_mailbox writes them; of the entries the closest counts, of two that are the same the first. Refers to
// the rows of the document, which outlives it.
class RewriteTables {
public:
    RewriteTables() = default;
    RewriteTables(const Document& document, std::string_view listener);

    // The domain in whose name a recipient's stands; absent: it stays.
    [[nodiscard]] std::optional<std::string> map_domain(std::string_view domain) const;
    // An entry on the way that leads back to itself stands for itself there.
    // `has_users`: of which domains "user@" means somebody; empty: of all.
    [[nodiscard]] Expansion expand(std::string_view address,
                                   const std::function<bool(std::string_view domain)>& has_users = {}) const;
    // The address under which the world sees a sender; absent: it stays.
    [[nodiscard]] std::optional<std::string> masquerade(MasqueradePlace place, std::string_view address) const;
    // From, Sender and Reply-To.
    void masquerade_head(mail::HeaderBlock& head) const;

private:
    AddressTable domain_map_, aliases_, envelope_, headers_;
    const Document* document_ = nullptr;
};

}  // namespace sealpost::policy
