#include "wire/route/dane.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509_anchor.hpp"

#include <algorithm>

namespace sealpost::route {
namespace {

constexpr std::uint8_t usage_ta = 2;
constexpr std::uint8_t usage_ee = 3;
constexpr std::size_t max_records = 64;
constexpr int max_anchors = 8;  // tried for one chain: each means checking its signatures

Bytes select(const TlsaRecord& record, const crypto::Certificate& certificate)
{
    return record.selector == 0 ? certificate.to_der() : crypto::public_key_der(certificate);
}

bool fits(const TlsaRecord& record, const crypto::Certificate& certificate)
{
    const Bytes selected = select(record, certificate);
    if (record.matching == 0) return record.data == selected;
    if (record.matching == 1) return std::ranges::equal(record.data, crypto::sha256(selected));
    return std::ranges::equal(record.data, crypto::sha512(selected));
}

// RFC 7671 §9: of the digests published for a usage and selector only the strongest counts; data in full always does.
bool is_outdone(const TlsaRecord& record, const std::vector<TlsaRecord>& records)
{
    return record.matching != 0 && std::ranges::any_of(records, [&](const TlsaRecord& other) {
               return other.usage == record.usage && other.selector == record.selector && other.matching > record.matching;
           });
}

// The certificates that a DANE-TA record vouches for: those that were sent behind the leaf, or the one that stands in
// the record, which need not be sent (RFC 7672 §3.1.2 recommends sending it).
std::vector<crypto::Certificate> find_anchors(const TlsaRecord& record, std::span<const crypto::Certificate> chain)
{
    std::vector<crypto::Certificate> anchors;
    for (std::size_t i = 1; i < chain.size(); ++i)
        if (fits(record, chain[i])) anchors.push_back(chain[i]);
    if (anchors.empty() && record.selector == 0 && record.matching == 0)
        if (auto given = crypto::Certificate::parse_der(record.data)) anchors.push_back(std::move(*given));
    return anchors;
}

// Empty: it leads there, and the leaf bears one of the names.
std::string find_fault_below(const crypto::Certificate& anchor, std::span<const crypto::Certificate> chain,
                             const std::vector<std::string>& names, WallTime now)
{
    const auto check = crypto::check_chain_to(chain, anchor, crypto::ChainUse::server, now);
    if (!check.verified()) return check.detail;
    if (std::ranges::any_of(names, [&](const std::string& name) { return chain.front().names(name); })) return {};
    return "the certificate names none of " + join(names, ", ");
}

Task<dns::Answer> ask_tlsa(dns::Resolver& resolver, std::string base, std::uint16_t port, Deadline deadline)
{
    const std::string owner = "_" + std::to_string(port) + "._tcp." + base;
    dns::Answer answer = co_await resolver.query(owner, dns::Type::tlsa, deadline);
    if (answer.status == dns::Status::temporary) answer.problem = "the TLSA records at " + owner + ": " + answer.problem;
    co_return answer;
}

TlsaSet conclude(const dns::Answer& answer, std::string base)
{
    using Status = TlsaSet::Status;
    TlsaSet set;
    set.problem = answer.problem;
    set.records_failed = answer.status == dns::Status::temporary;
    if (set.records_failed) return set;
    set.status = answer.secure ? Status::none : Status::insecure;
    set.unvalidated = !answer.secure && answer.unvalidated;
    if (!answer.secure || answer.status != dns::Status::found) return set;
    set.base = std::move(base);
    for (const std::string& text : answer.records)
        if (auto record = parse_tlsa(text); record && set.records.size() < max_records) set.records.push_back(std::move(*record));
    set.status = std::ranges::any_of(set.records, is_usable) ? Status::usable : Status::unusable;
    return set;
}

TlsaSet fail(std::string problem)
{
    TlsaSet set;
    set.problem = std::move(problem);
    return set;
}

TlsaSet insecure(bool unvalidated)
{
    TlsaSet set;
    set.status = TlsaSet::Status::insecure;
    set.unvalidated = unvalidated;
    return set;
}

// RFC 7672 §2.2.2: an alias whose target is not secure may have TLSA records at its own name, when the alias record
// itself is secure.
Task<dns::Answer> ask_alias(dns::Resolver& resolver, std::string host, Deadline deadline)
{
    dns::Answer alias = co_await resolver.query(host, dns::Type::cname, deadline);
    if (alias.status == dns::Status::temporary) alias.problem = "the alias record of " + host + ": " + alias.problem;
    co_return alias;
}

}  // namespace

std::optional<TlsaRecord> parse_tlsa(std::string_view text)
{
    const auto words = split(text, ' ');
    if (words.size() != 4) return std::nullopt;
    TlsaRecord record;
    std::uint8_t* const numbers[] = {&record.usage, &record.selector, &record.matching};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto number = parse_decimal(words[i]);
        if (!number || *number > 255) return std::nullopt;
        *numbers[i] = static_cast<std::uint8_t>(*number);
    }
    auto data = parse_hex(words[3]);
    if (!data) return std::nullopt;
    record.data = std::move(*data);
    return record;
}

std::string format_tlsa(const TlsaRecord& record)
{
    return std::to_string(record.usage) + ' ' + std::to_string(record.selector) + ' ' + std::to_string(record.matching) + ' ' +
           format_hex(record.data);
}

bool is_usable(const TlsaRecord& record)
{
    if (record.usage != usage_ta && record.usage != usage_ee) return false;
    if (record.selector > 1) return false;
    switch (record.matching) {
        case 0: return !record.data.empty();
        case 1: return record.data.size() == sizeof(crypto::Digest256);
        case 2: return record.data.size() == sizeof(crypto::Digest512);
        default: return false;
    }
}

std::vector<TlsaRecord> TlsaSet::usable() const
{
    std::vector<TlsaRecord> chosen;
    std::ranges::copy_if(records, std::back_inserter(chosen), is_usable);
    return chosen;
}

std::string_view format_status(TlsaSet::Status status)
{
    switch (status) {
        case TlsaSet::Status::insecure: return "insecure";
        case TlsaSet::Status::none: return "none";
        case TlsaSet::Status::unusable: return "unusable";
        case TlsaSet::Status::usable: return "usable";
        case TlsaSet::Status::failed: return "failed";
    }
    return "failed";
}

Task<TlsaSet> find_tlsa(dns::Resolver& resolver, std::string host, std::uint16_t port, dns::Addresses addresses,
                        Deadline deadline)
{
    const bool is_alias = !addresses.canonical_name.empty() && addresses.canonical_name != host;
    if (!addresses.complete) co_return fail("the addresses of " + host + ": " + addresses.problem);
    if (addresses.secure) {
        const std::string base = is_alias ? addresses.canonical_name : host;
        const dns::Answer answer = co_await ask_tlsa(resolver, base, port, deadline);
        TlsaSet set = conclude(answer, base);
        if (!is_alias || set.status == TlsaSet::Status::failed || set.demands_tls()) co_return set;
    }
    if (!is_alias) co_return insecure(addresses.unvalidated);
    const dns::Answer alias = co_await ask_alias(resolver, host, deadline);
    if (alias.status == dns::Status::temporary) co_return fail(alias.problem);
    if (!alias.secure) co_return insecure(addresses.unvalidated || alias.unvalidated);
    const dns::Answer answer = co_await ask_tlsa(resolver, host, port, deadline);
    co_return conclude(answer, host);
}

DaneMatch match_tlsa(const std::vector<TlsaRecord>& records, std::span<const crypto::Certificate> chain,
                     const std::vector<std::string>& names, WallTime now)
{
    DaneMatch match;
    match.problem = "no TLSA record matches the certificate";
    if (chain.empty()) return match;
    std::string fault;
    int tried = 0;
    for (const TlsaRecord& record : records) {
        if (!is_usable(record) || is_outdone(record, records)) continue;
        // RFC 7672 §3.1.1: neither names nor dates of the certificate count.
        if (record.usage == usage_ee && fits(record, chain.front())) return {DaneMatch::Verdict::ee, {}};
        if (record.usage != usage_ta) continue;
        for (const crypto::Certificate& anchor : find_anchors(record, chain)) {
            if (tried++ >= max_anchors) break;
            fault = find_fault_below(anchor, chain, names, now);
            if (fault.empty()) return {DaneMatch::Verdict::ta, {}};
        }
    }
    if (!fault.empty()) match.problem = "a TLSA record names an authority, but " + fault;
    return match;
}

std::vector<std::string> dane_names(const std::string& base, const std::string& host, const std::string& domain)
{
    std::vector<std::string> names{base};
    for (const std::string& name : {host, domain})
        if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
    return names;
}

}  // namespace sealpost::route
