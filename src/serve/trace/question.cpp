#include "serve/trace/question.hpp"

#include "wire/mail/mailbox.hpp"

namespace sealpost::trace {

Result<std::string> parse_address(const std::string& text)
{
    SEALPOST_TRY(const auto mailbox, mail::parse_path(text.starts_with('<') ? text : '<' + text + '>', mail::Smtputf8::allowed,
                                                      mail::Domain::may_lack));
    if (mailbox.empty()) return std::string();
    return mailbox.domain.empty() ? mailbox.local : mail::format_mailbox(mailbox);
}

Parts make_parts(const config::NodeConfig& config, std::string_view listener, std::shared_ptr<const policy::Snapshot> snapshot,
                 std::shared_ptr<dns::Resolver> resolver, const Clock& clock)
{
    Parts parts;
    parts.snapshot = std::move(snapshot);
    parts.resolver = std::move(resolver);
    parts.clock = &clock;
    parts.hostname = config.node.hostname;
    parts.verifies_bounces = verifies_bounces(config, listener);
    parts.dns_timeout = config.dns.timeout;
    parts.authentication_timeout = config.limits.authentication_timeout;
    return parts;
}

}  // namespace sealpost::trace
