#pragma once

#include "base/ip_address.hpp"
#include "core/config/sentence.hpp"
#include "core/policy/host_facts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::policy {

// A sender of the host access table (doc/spec/policy.md, "Sender syntax"). Every address form is a
// range of addresses; a suffix covers the names below it and not the name itself.
struct SenderPattern {
    struct Scores {
        int low, high;  // both inside, low <= high
    };
    enum class Kind { addresses, host, suffix, dns_list, country, reputation, all } kind = Kind::all;
    IpAddress low, high;  // addresses: both of one family, low <= high
    // host: "mx.acme.test"; suffix: ".acme.test"; dns_list: the zone; all in lower case. country: "FR"
    std::string name;
    bool ignored_host_bits = false;     // CIDR such as 192.0.2.1/24: taken as 192.0.2.0/24
    std::optional<Scores> scores = {};  // reputation; absent: hosts without a score

    [[nodiscard]] bool is_name() const { return kind == Kind::host || kind == Kind::suffix; }
    // Asks somebody else about the host.
    [[nodiscard]] bool is_condition() const
    {
        return kind == Kind::dns_list || kind == Kind::country || kind == Kind::reputation;
    }
};
// address | host | suffix | dns_list | country | reputation | all
[[nodiscard]] std::string_view format_sender_kind(SenderPattern::Kind kind);

inline constexpr std::size_t max_sender_bytes = 512;

struct SenderText {
    std::string text;
    std::string comment;
};
// "208.90.57.0/26 (current range)" is a sender and its comment. A parenthesis that does not close, or
// anything behind it, is refused.
[[nodiscard]] config::Checked<SenderText> split_annotation(std::string_view written);

// The pattern, or what is wrong with it and what to write instead.
[[nodiscard]] config::Checked<SenderPattern> parse_sender(std::string_view text);
// One spelling for equal patterns: 192.0.2.0/24, 192.0.2.1-192.0.2.9, .acme.test, dnslist[bl.example.org],
// country[FR], SBRS[-10.0:-3.0], SBRS[none], ALL.
[[nodiscard]] std::string format_sender(const SenderPattern& pattern);

// Plain comparison, entry by entry; the compiled table must agree with it. `host` is the verified
// name in lower case, or empty.
[[nodiscard]] bool matches(const SenderPattern& pattern, const IpAddress& ip, std::string_view host, const HostFacts& facts = {});

}  // namespace sealpost::policy
