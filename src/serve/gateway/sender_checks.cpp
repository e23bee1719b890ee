#include "serve/gateway/sender_checks.hpp"

#include "serve/authcheck/sender_dns.hpp"

namespace sealpost::gateway {

void complete_address(const Client& client, sealpost::mail::Mailbox& address)
{
    if (address.domain.empty() && !address.local.empty()) address.domain = client.parameters().default_domain;
}

std::string format_sender(const sealpost::mail::Mailbox& sender)
{
    return sender.empty() ? "" : sealpost::mail::format_mailbox(sender);
}

Task<std::optional<smtp::Reply>> check_sender(const Client& client, sealpost::mail::Mailbox sender)
{
    policy::TransactionFacts facts = client.describe_transaction(format_sender(sender));
    complete_address(client, sender);
    if (policy::wants_sender_domain(*client.policy, client.verdict, client.facts, facts)) {
        const Deadline deadline = Deadline::after(client.parts->dns_timeout);
        const auto found = co_await authcheck::check_sender_domain(*client.parts->resolver, sender.domain, deadline);
        facts.sender_domain = found;
    }
    const auto ruling = policy::decide_mail(*client.policy, client.verdict, client.facts, facts);
    co_return client.answer(ruling, format_sender(sender));
}

}  // namespace sealpost::gateway
