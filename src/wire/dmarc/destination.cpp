#include "wire/dmarc/destination.hpp"

#include "base/text.hpp"
#include "wire/dmarc/tags.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

// §7.1 step 8: "to prevent loops or indirect abuse, the overriding URI MUST use the same destination host
// from the first step". The size limit that the policy domain stated falls with its address.
std::vector<ReportAddress> find_override(std::string_view record, const std::string& host)
{
    std::vector<TagProblem> ignored;
    const auto tags = split_tags(record, ignored);
    const auto rua = std::ranges::find(tags, "rua", &Tag::name);
    if (rua == tags.end() || rua->repeated) return {};
    auto addresses = parse_report_addresses("rua", rua->value, ignored);
    std::erase_if(addresses, [&](const ReportAddress& address) { return mail::domain_of(address.address) != host; });
    return addresses;
}

Destination read_consent(const std::vector<std::string>& texts, Destination destination, const ReportAddress& address)
{
    const auto record = std::ranges::find_if(
        texts, [](const std::string& text) { return text.size() <= max_record_bytes && is_dmarc_record(text); });
    if (record == texts.end()) {
        destination.problem = "there is no record v=DMARC1 at " + destination.asked;
        return destination;
    }
    destination.state = Destination::State::verified;
    destination.addresses = find_override(*record, mail::domain_of(address.address));
    if (destination.addresses.empty()) destination.addresses.push_back(address);
    return destination;
}

}  // namespace

std::string_view format_destination_state(Destination::State state)
{
    switch (state) {
        case Destination::State::own: return "own";
        case Destination::State::verified: return "verified";
        case Destination::State::unverified: return "unverified";
        case Destination::State::temporary: return "temporary";
    }
    return "";
}

Task<Destination> verify_destination(dns::Resolver& resolver, std::string policy_domain, ReportAddress address, Deadline deadline)
{
    Destination destination;
    const std::string host = mail::domain_of(address.address);
    if (are_aligned(policy_domain, host, Alignment::relaxed)) {
        destination.state = Destination::State::own;
        destination.addresses.push_back(std::move(address));
        co_return destination;
    }
    destination.asked = ascii_lower(policy_domain) + "._report._dmarc." + host;
    const auto name = dns::normalise_name(destination.asked);
    if (!name) {
        destination.problem = "the name " + destination.asked + " is too long to be asked for";
        co_return destination;
    }
    dns::TextAnswer answer = co_await dns::find_txt(resolver, *name, deadline);
    if (answer.status == dns::Status::temporary) {
        destination.state = Destination::State::temporary;
        destination.problem = "the record at " + destination.asked + ": " + answer.problem;
        co_return destination;
    }
    co_return read_consent(answer.texts, std::move(destination), address);
}

}  // namespace sealpost::dmarc
