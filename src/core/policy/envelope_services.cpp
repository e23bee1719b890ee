#include "core/policy/envelope_services.hpp"

#include <algorithm>

namespace sealpost::policy {

const std::vector<EnvelopeService>& list_envelope_services()
{
    static const std::vector<EnvelopeService> all = {
        {"cisco-res",
         "CRES",
         "TLS_REQUIRED",
         {".res.cisco.com", ".cres.iphmx.com", "208.90.57.0/26 (current range)", "204.15.81.0/26 (old range)"}},
    };
    return all;
}

namespace {

bool is_same_name_or_below(std::string_view name, const SenderPattern& pattern)
{
    const auto suffix = pattern.kind == SenderPattern::Kind::suffix ? pattern.name : '.' + pattern.name;
    return name == suffix.substr(1) || name.ends_with(suffix);
}

// No wider than /16 or /32: whoever names half the internet does not mean a service in it.
bool is_narrow(const SenderPattern& pattern)
{
    const std::ptrdiff_t count = pattern.low.is_v4() ? 14 : 4;  // octets; an IPv4 address stands behind twelve others
    return std::equal(pattern.low.octets().begin(), pattern.low.octets().begin() + count, pattern.high.octets().begin());
}

// Whether somebody who wrote the pattern means hosts of `known`: some of them, or little more than them.
bool is_about(const SenderPattern& pattern, const SenderPattern& known)
{
    if (pattern.kind == SenderPattern::Kind::addresses)
        return known.kind == pattern.kind && pattern.low.is_v4() == known.low.is_v4() && pattern.low <= known.high &&
               known.low <= pattern.high && is_narrow(pattern);
    if (!pattern.is_name() || !known.is_name()) return false;
    if (is_same_name_or_below(pattern.kind == SenderPattern::Kind::suffix ? pattern.name.substr(1) : pattern.name, known))
        return true;
    return pattern.kind == SenderPattern::Kind::suffix && known.name.ends_with(pattern.name);
}

std::vector<SenderPattern> list_service_senders()
{
    std::vector<SenderPattern> out;
    for (const auto& service : list_envelope_services())
        for (const auto sender : service.senders) out.push_back(parse_sender(split_annotation(sender)->text).value());
    return out;
}

const std::vector<SenderPattern>& known_senders()
{
    static const std::vector<SenderPattern> known = list_service_senders();
    return known;
}

}  // namespace

bool is_of_envelope_service(const SenderPattern& pattern)
{
    return std::ranges::any_of(known_senders(), [&](const SenderPattern& known) { return is_about(pattern, known); });
}

bool is_domain_of_envelope_service(std::string_view domain)
{
    if (domain.starts_with('.')) domain.remove_prefix(1);
    return std::ranges::any_of(
        known_senders(), [&](const SenderPattern& known) { return known.is_name() && is_same_name_or_below(domain, known); });
}

}  // namespace sealpost::policy
