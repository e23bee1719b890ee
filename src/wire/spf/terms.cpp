// The terms of a record, one function each. They ask the Inquiry and are called again when an answer
// has come; where they stand among several hosts is kept in progress_ and validation_.
#include "wire/spf/walk.hpp"

#include "base/network.hpp"
#include "base/text.hpp"
#include "wire/spf/name.hpp"

#include <algorithm>

namespace sealpost::spf {
namespace {

// More than any name can need: what is longer is cut on its left anyway.
constexpr std::size_t max_expanded_bytes = 64 * 1024;

// RFC 7208 §5: "If no CIDR prefix length is given in the directive, then <ip> and the IP address are
// compared for equality. [...] If a CIDR prefix length is specified, then only the specified number of
// high-order bits of <ip> and the IP address are compared for equality."
bool is_in_network(const IpAddress& ip, const IpAddress& network, int prefix) { return share_leading_bits(ip, network, prefix); }

bool is_void(const dns::Answer& answer)
{
    return answer.status == dns::Status::no_data || answer.status == dns::Status::no_such_name;
}

bool has_address(const dns::Answer& answer, const IpAddress& ip, int prefix)
{
    return std::ranges::any_of(answer.records, [&](const std::string& record) {
        const auto address = parse_ip(record);
        return address && address->is_v4() == ip.is_v4() && is_in_network(ip, *address, prefix);
    });
}

// "10 mx.acme.test": the host in the form that is asked for; empty when it is none ("0 ." is a null MX).
std::string host_of_mx(std::string_view record)
{
    std::string host(record.substr(std::min(record.find(' ') + 1, record.size())));
    return normalise_in_place(host) ? host : std::string();
}

}  // namespace

// Void answers are counted by the term: "the number of "terms" for which DNS queries return either a
// positive answer (RCODE 0) with an answer count of 0, or a "Name Error" (RCODE 3) answer"
// (RFC 7208 §4.6.4).
Inquiry::Known Walk::ask(std::string_view name, dns::Type type, Counting counting)
{
    auto answer = inquiry_.ask(name, type);
    if (answer == nullptr || counting == Counting::none || term_was_void_ || !is_void(*answer)) return answer;
    term_was_void_ = true;
    ++report_.void_lookups;
    return answer;
}

MacroValues Walk::macro_values(std::string_view validated_name)
{
    if (sender_.empty()) sender_.append(subject_.local_part).append(1, '@').append(subject_.domain);
    constexpr std::size_t max_helo_bytes = 512;
    return {.sender = sender_,
            .local_part = subject_.local_part,
            .sender_domain = subject_.domain,
            .domain = frames_.back().domain,
            .ip = question_.ip,
            .validated_name = validated_name,
            .helo = question_.helo.size() > max_helo_bytes ? std::string_view("unknown") : question_.helo,
            .receiver = question_.receiver.empty() ? std::string_view("unknown") : question_.receiver,
            .at = question_.at};
}

// RFC 7208 §4.8: the <target-name> of the term under way, in target_.
Walk::Naming Walk::name_target(const DomainSpec& spec)
{
    if (!spec.has_macros) {
        target_ = spec.text.empty() ? frames_.back().domain : spec.name;
    } else {
        std::string validated_name;
        if (spec.asks_ptr && !find_validated_name(frames_.back().domain, validated_name)) return Naming::waiting;
        expanded_.clear();
        expanded_.reserve(128);
        const bool whole = expand_macros(spec.text, macro_values(validated_name), max_expanded_bytes, expanded_);
        truncate_left(expanded_);
        target_ = whole && normalise_in_place(expanded_) ? std::string_view(expanded_) : std::string_view();
    }
    if (!target_.empty()) return Naming::ready;
    detail_ = "not a domain name";
    return Naming::malformed;
}

Walk::Outcome Walk::evaluate(const Term& term)
{
    switch (term.mechanism) {
        case Mechanism::all: return Outcome::match;
        case Mechanism::include: return evaluate_include(term);
        case Mechanism::a: return evaluate_a(term);
        case Mechanism::mx: return evaluate_mx(term);
        case Mechanism::ptr: return evaluate_ptr(term);
        case Mechanism::ip4:
        case Mechanism::ip6: return evaluate_network(term);
        case Mechanism::exists: return evaluate_exists(term);
    }
    return Outcome::no_match;
}

// RFC 7208 §5: an IPv4-mapped <ip> "MUST still be considered an IPv4 address": ip6 never matches it.
Walk::Outcome Walk::evaluate_network(const Term& term) const
{
    const bool wants_v4 = term.mechanism == Mechanism::ip4;
    if (wants_v4 != question_.ip.is_v4()) return Outcome::no_match;
    const bool inside = is_in_network(question_.ip, term.network, wants_v4 ? term.prefix_v4 : term.prefix_v6);
    return inside ? Outcome::match : Outcome::no_match;
}

// RFC 7208 §5.2: a target without a record, or with a name that is none, is permerror.
Walk::Outcome Walk::evaluate_include(const Term& term)
{
    const Naming naming = name_target(term.target);
    if (naming == Naming::waiting) return Outcome::waiting;
    if (naming == Naming::malformed) return Outcome::permanent;
    Opened opened = open(target_, Counting::term);
    if (opened.state == Opened::State::waiting) return Outcome::waiting;
    const std::size_t step = note(frames_.back(), term.text, target_, "");
    noted_ = true;
    return push(std::move(opened), step);
}

// RFC 7208 §6.1: "If no SPF record is found, or if the <target-name> is malformed, the result is a
// "permerror" rather than "none"."
Walk::Outcome Walk::evaluate_redirect(const Modifier& redirect)
{
    const Naming naming = name_target(redirect.target);
    if (naming == Naming::waiting) return Outcome::waiting;
    if (naming == Naming::malformed) return Outcome::permanent;
    Opened opened = open(target_, Counting::term);
    if (opened.state == Opened::State::waiting) return Outcome::waiting;
    detail_ = std::move(opened.problem);
    if (opened.state == Opened::State::temporary) return Outcome::temporary;
    if (opened.state != Opened::State::found) return Outcome::permanent;
    note_redirect(redirect);
    return replace(std::move(opened));
}

// RFC 7208 §5.3. Only addresses of the client's family are asked for.
Walk::Outcome Walk::evaluate_a(const Term& term)
{
    const Naming naming = name_target(term.target);
    if (naming != Naming::ready) return naming == Naming::waiting ? Outcome::waiting : Outcome::no_match;
    return look_at_addresses(target_, term);
}

Walk::Outcome Walk::look_at_addresses(std::string_view name, const Term& term)
{
    const auto answer = ask(name, family(), Counting::term);
    if (answer == nullptr) return Outcome::waiting;
    if (answer->status == dns::Status::temporary) {
        detail_ = "DNS: " + printable(answer->problem);
        return Outcome::temporary;
    }
    const bool matches = has_address(*answer, question_.ip, question_.ip.is_v4() ? term.prefix_v4 : term.prefix_v6);
    return matches ? Outcome::match : Outcome::no_match;
}

// RFC 7208 §5.4. A domain without MX records matches nothing: "check_host() MUST NOT apply the implicit
// MX rules".
Walk::Outcome Walk::evaluate_mx(const Term& term)
{
    if (progress_.names == nullptr) {
        const Naming naming = name_target(term.target);
        if (naming != Naming::ready) return naming == Naming::waiting ? Outcome::waiting : Outcome::no_match;
        progress_.names = ask(target_, dns::Type::mx, Counting::term);
        if (progress_.names == nullptr) return Outcome::waiting;
    }
    const dns::Answer& answer = *progress_.names;
    if (answer.status == dns::Status::temporary) {
        detail_ = "DNS: " + printable(answer.problem);
        return Outcome::temporary;
    }
    // RFC 7208 §4.6.4: more than 10 address lookups make "mx" a permerror. Whether the client stands
    // among the first 10 would depend on the order of the day, so the number alone decides.
    if (answer.records.size() > options_.max_mx_names) {
        detail_ = "more than " + std::to_string(options_.max_mx_names) + " MX names";
        return Outcome::permanent;
    }
    for (; progress_.next < answer.records.size(); ++progress_.next) {
        const std::string host = host_of_mx(answer.records[progress_.next]);
        const Outcome outcome = host.empty() ? Outcome::no_match : look_at_addresses(host, term);
        if (outcome != Outcome::no_match) return outcome;
    }
    return Outcome::no_match;
}

// RFC 7208 §5.5. Of the first ten names only those are confirmed that would match; DNS errors make a name,
// or the whole mechanism, not match.
Walk::Outcome Walk::evaluate_ptr(const Term& term)
{
    if (progress_.names == nullptr) {
        const Naming naming = name_target(term.target);
        if (naming != Naming::ready) return naming == Naming::waiting ? Outcome::waiting : Outcome::no_match;
        progress_.names = ask(format_reverse_name(question_.ip), dns::Type::ptr, Counting::term);
        if (progress_.names == nullptr) return Outcome::waiting;
    }
    const auto& names = progress_.names->records;
    for (const std::size_t count = std::min<std::size_t>(names.size(), options_.max_ptr_names); progress_.next < count;
         ++progress_.next) {
        std::string name = names[progress_.next];
        if (!normalise_in_place(name) || !is_same_or_below(name, target_)) continue;
        const auto forward = ask(name, family(), Counting::term);
        if (forward == nullptr) return Outcome::waiting;
        if (has_address(*forward, question_.ip, question_.ip.bits())) return Outcome::match;
    }
    return Outcome::no_match;
}

// RFC 7208 §5.7: "The resulting domain name is used for a DNS A RR lookup (even when the connection type
// is IPv6). If any A record is returned, this mechanism matches."
Walk::Outcome Walk::evaluate_exists(const Term& term)
{
    const Naming naming = name_target(term.target);
    if (naming != Naming::ready) return naming == Naming::waiting ? Outcome::waiting : Outcome::no_match;
    const auto answer = ask(target_, dns::Type::a, Counting::term);
    if (answer == nullptr) return Outcome::waiting;
    if (answer->status == dns::Status::temporary) {
        detail_ = "DNS: " + printable(answer->problem);
        return Outcome::temporary;
    }
    return answer->status == dns::Status::found ? Outcome::match : Outcome::no_match;
}

// RFC 7208 §7.3, %{p}: "If the <domain> is present in the list of validated domains, it SHOULD be used.
// Otherwise, if a subdomain of the <domain> is present, it SHOULD be used. Otherwise, any name from the
// list can be used. If there are no validated domain names or if a DNS error occurs, the string "unknown"
// is used." Names are confirmed in that order, until one is. False: something must be asked first.
bool Walk::find_validated_name(std::string_view domain, std::string& name)
{
    if (validation_.names == nullptr) {
        validation_.names = ask(format_reverse_name(question_.ip), dns::Type::ptr, Counting::none);
        if (validation_.names == nullptr) return false;
    }
    for (; validation_.rank < 3 && validation_.found.empty(); ++validation_.rank, validation_.next = 0)
        if (!find_validated_name_of_rank(domain)) return false;
    name = validation_.found.empty() ? "unknown" : validation_.found;
    return true;
}

bool Walk::find_validated_name_of_rank(std::string_view domain)
{
    const auto& names = validation_.names->records;
    for (const std::size_t count = std::min<std::size_t>(names.size(), options_.max_ptr_names); validation_.next < count;
         ++validation_.next) {
        std::string candidate = names[validation_.next];
        if (!normalise_in_place(candidate)) continue;
        const int its_rank = candidate == domain ? 0 : is_same_or_below(candidate, domain) ? 1 : 2;
        if (its_rank != validation_.rank) continue;
        const auto forward = ask(candidate, family(), Counting::none);
        if (forward == nullptr) return false;
        if (!has_address(*forward, question_.ip, question_.ip.bits())) continue;
        validation_.found = std::move(candidate);
        return true;
    }
    return true;
}

}  // namespace sealpost::spf
