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

Result<std::shared_ptr<const hostfacts::Asker>> load_asker(const config::NodeConfig& config, const policy::Snapshot& snapshot,
                                                           const Inquiry& inquiry, std::shared_ptr<dns::Resolver> resolver)
{
    const auto wanted = snapshot.find_wanted_facts(inquiry.host.listener, inquiry.host.ip);
    auto options = hostfacts::make_options(config);
    // A file of the whole world takes seconds to read.
    if (!wanted.country || inquiry.given.country) options.country.reset();
    if (!wanted.reputation || inquiry.given.reputation) options.reputation.reset();
    auto asker = std::make_shared<hostfacts::Asker>(std::move(resolver), std::move(options));
    SEALPOST_CHECK(asker->load());
    return std::shared_ptr<const hostfacts::Asker>(std::move(asker));
}

}  // namespace sealpost::trace
