#include "core/people/address.hpp"

#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"

namespace sealpost::people {

Result<std::string> normalise_address(std::string_view address)
{
    auto mailbox = mail::parse_mailbox(trim(address));
    if (!mailbox || mailbox->local.empty() || mailbox->domain.empty()) return Error{Fault::give_up, "not a mail address"};
    mailbox->local = ascii_lower(mailbox->local);
    mailbox->domain = ascii_lower(mailbox->domain);
    return mail::format_mailbox(*mailbox);
}

Result<std::string> normalise_domain(std::string_view domain)
{
    auto name = mail::parse_domain(trim(domain));
    if (!name || name->size() > 253 || name->find('.') == std::string::npos)
        return Error{Fault::give_up, "not a domain name such as acme.test"};
    return *name;
}

std::vector<std::string> list_domains_above(std::string_view domain)
{
    std::vector<std::string> names;
    while (domain.find('.') != std::string_view::npos && names.size() < max_domains_above) {
        names.emplace_back(domain);
        domain.remove_prefix(domain.find('.') + 1);
    }
    return names;
}

std::string network_of(const IpAddress& address)
{
    if (address.is_v4()) {
        auto octets = address.v4_octets();
        octets[3] = 0;
        return format_ip(IpAddress::v4(octets)) + "/24";
    }
    auto octets = address.octets();
    for (std::size_t i = 8; i < octets.size(); ++i) octets[i] = 0;
    return format_ip(IpAddress::v6(octets)) + "/64";
}

std::string wider_network_of(std::string_view network)
{
    if (!network.ends_with("/64")) return {};
    const auto address = parse_ip(network.substr(0, network.size() - 3));
    if (!address || address->is_v4()) return {};
    auto octets = address->octets();
    for (std::size_t i = 6; i < octets.size(); ++i) octets[i] = 0;
    return format_ip(IpAddress::v6(octets)) + "/48";
}

}  // namespace sealpost::people
