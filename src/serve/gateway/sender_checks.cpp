#include "serve/gateway/sender_checks.hpp"

#include "serve/authcheck/sender_dns.hpp"

namespace sealpost::gateway {

using policy::SenderDomain;
using smtp::Reply;

namespace {

// With TLS required a client must show who it is; otherwise only what it shows must be true.
std::optional<Reply> check_certificate(const Client& client)
{
    const policy::Parameters& parameters = client.parameters();
    if (!parameters.tls_verify_client || !client.tls || client.tls->client_verified) return std::nullopt;
    const bool is_shown = client.tls->client_shown;
    if (!is_shown && parameters.tls != policy::TlsMode::required) return std::nullopt;
    client.tell_limit("client_certificate", client.tls->client_subject);
    return Reply(550, "5.7.1", is_shown ? "Your client certificate does not verify" : "A client certificate is required here");
}

std::optional<Reply> check_client(const Client& client)
{
    // The session asks for it too; what relays must not hang on one check.
    if (client.parameters().auth == policy::AuthMode::required && client.user.empty())
        return Reply(530, "5.7.0", "Authentication required");
    return check_certificate(client);
}

Reply refuse_domain(const Client& client, std::string_view what, const policy::SenderDnsReply& reply, std::string_view detail,
                    const std::string& sender)
{
    client.tell_limit(what, sender);
    return client.refuse(reply.code, detail, reply.text, "The domain of the envelope sender is not accepted");
}

// RFC 3463: X.1.7 bad sender address syntax, X.1.8 bad sender system address; X.4.3 directory server failure.
Task<std::optional<Reply>> check_domain(const Client& client, sealpost::mail::Mailbox sender, bool is_completed)
{
    const policy::Parameters& parameters = client.parameters();
    const std::string address = format_sender(sender);
    if (!is_completed && policy::is_malformed_domain(sender.domain))
        co_return refuse_domain(client, "sender_malformed", parameters.sender_malformed, "1.7", address);
    if (sender.is_literal()) co_return std::nullopt;
    const Deadline deadline = Deadline::after(client.parts->dns_timeout);
    const SenderDomain found = co_await authcheck::check_sender_domain(*client.parts->resolver, sender.domain, deadline);
    if (found == SenderDomain::unresolved)
        co_return refuse_domain(client, "sender_unresolved", parameters.sender_unresolved, "4.3", address);
    if (found == SenderDomain::nonexistent)
        co_return refuse_domain(client, "sender_nonexistent", parameters.sender_nonexistent, "1.8", address);
    co_return std::nullopt;
}

}  // namespace

bool complete_address(const Client& client, sealpost::mail::Mailbox& address)
{
    if (!address.domain.empty() || address.local.empty() || client.parameters().default_domain.empty()) return false;
    address.domain = client.parameters().default_domain;
    return true;
}

std::string format_sender(const sealpost::mail::Mailbox& sender)
{
    return sender.empty() ? "" : sealpost::mail::format_mailbox(sender);
}

Task<std::optional<Reply>> check_sender(const Client& client, sealpost::mail::Mailbox sender, bool is_completed)
{
    if (auto refused = check_client(client)) co_return refused;
    const policy::Parameters& parameters = client.parameters();
    const std::string address = format_sender(sender);
    if (policy::has_refused_character(parameters, sender.local)) {
        client.tell_limit("refused_characters", address);
        co_return Reply(553, "5.1.7", "The sender's address holds a character that is not accepted here");
    }
    const auto verdict = client.policy->decide_sender(client.verdict, client.tls.has_value(), address);
    if (!verdict.accept && !verdict.needs_tls) {
        client.tell_limit("exception_table", address);
        co_return client.refuse(verdict.code, "7.1", verdict.text, "This sender is not accepted");
    }
    if (parameters.sender_dns && !verdict.excepted && !sender.empty()) {
        auto refused = co_await check_domain(client, sender, is_completed);
        if (refused) co_return refused;
    }
    if (sender.domain.empty() && !sender.empty()) co_return Reply(501, "5.1.7", "The sender's address has no domain");
    if (!verdict.needs_tls) co_return std::nullopt;
    client.tell_limit("tls_mandatory_sender", address);
    co_return Reply(530, "5.7.0", "This sender needs TLS: say STARTTLS first");
}

}  // namespace sealpost::gateway
