#include "serve/gateway/client.hpp"

namespace sealpost::gateway {

using policy::Cause;

namespace {

// The name under which a limit or check is counted; empty: a plain answer, no limit.
std::string_view find_limit(Cause cause)
{
    switch (cause) {
        case Cause::client_certificate: return "client_certificate";
        case Cause::refused_character: return "refused_characters";
        case Cause::sender_refused: return "exception_table";
        case Cause::sender_malformed: return "sender_malformed";
        case Cause::sender_nonexistent: return "sender_nonexistent";
        case Cause::sender_unresolved: return "sender_unresolved";
        case Cause::sender_needs_tls: return "tls_mandatory_sender";
        case Cause::too_many_aliases: return "alias_recipients";
        default: return {};
    }
}

}  // namespace

policy::TransactionFacts Client::describe_transaction(std::string sender) const
{
    policy::TransactionFacts transaction;
    transaction.sender = std::move(sender);
    transaction.inside_tls = tls.has_value();
    if (tls && tls->client_shown)
        transaction.certificate = tls->client_verified ? policy::ClientCertificate::verified : policy::ClientCertificate::invalid;
    transaction.signed_in = is_signed_in();
    transaction.hostname = parts->hostname;
    return transaction;
}

std::optional<smtp::Reply> Client::answer(const policy::Ruling& ruling, std::string_view about) const
{
    if (!ruling.is_refusal()) return std::nullopt;
    const auto limit = find_limit(ruling.cause);
    const bool is_certificate = ruling.cause == Cause::client_certificate;
    if (!limit.empty()) tell_limit(limit, is_certificate ? std::string_view(tls->client_subject) : about);
    return smtp::Reply(static_cast<int>(ruling.code), ruling.enhanced_code, ruling.text);
}

smtp::Reply Client::refuse(unsigned code, std::string_view detail, std::string_view text, std::string_view fallback) const
{
    std::string words = policy::expand_variables(text, verdict, facts);
    if (words.empty()) words = fallback;
    const auto said = policy::read_said(code, detail, std::move(words));
    return {static_cast<int>(code), said.enhanced, said.text};
}

void Client::tell_limit(std::string_view limit, std::string_view about) const
{
    parts->log.metrics().add(log::Metric::smtp_limits, {peer.listener, limit});
    parts->log.info("gateway.limit", {{"connection", peer.connection_id},
                                      {"ip", format_ip(facts.ip)},
                                      {"sender_group", verdict.sender_group},
                                      {"policy", verdict.policy},
                                      {"limit", limit},
                                      {"about", about}});
}

}  // namespace sealpost::gateway
