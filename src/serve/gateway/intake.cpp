#include "serve/gateway/intake.hpp"

#include "base/text.hpp"
#include "serve/dmarcreports/inbox.hpp"
#include "serve/gateway/lanes.hpp"
#include "sys/crypto/password.hpp"
#include "wire/mail/trace.hpp"

#include <algorithm>
#include <map>

namespace sealpost::gateway {

using policy::Behavior;
using smtp::Reply;

namespace {

std::string code_class(unsigned code, std::string_view detail)
{
    return std::string(code >= 500 ? "5." : "4.") + std::string(detail);
}

Reply refusal(unsigned code, std::string_view detail, std::string_view text, std::string_view fallback)
{
    return {static_cast<int>(code), code_class(code, detail), text.empty() ? fallback : text};
}

// Empty: the null reverse-path.
std::string format_sender(const sealpost::mail::Mailbox& sender)
{
    return sender.empty() ? "" : sealpost::mail::format_mailbox(sender);
}

}  // namespace

bool Intake::is_outgoing() const { return behavior() == Behavior::relay; }

Behavior Intake::behavior() const { return user_.empty() ? verdict_.behavior : Behavior::relay; }

std::string Intake::transaction_id() const { return peer_.connection_id + '.' + std::to_string(transactions_); }

Task<smtpd::Admission> Intake::connected(smtpd::PeerFacts facts)
{
    peer_ = std::move(facts);
    if (parts_->connections) {
        place_ = parts_->connections->take();
        if (!place_) co_return smtpd::Reject{Reply(421, "4.3.2", "Too many connections; try again later")};
    }
    policy_ = parts_->policy->current();
    auto host = co_await dns::verify_host(*parts_->resolver, peer_.peer.address, Deadline::after(parts_->dns_timeout));
    facts_.listener = peer_.listener;
    facts_.ip = peer_.peer.address;
    facts_.host_state = authcheck::to_host_state(host.state);
    if (host.state == dns::VerifiedHost::State::verified) facts_.host = host.name;
    verdict_ = policy_->decide_connection(facts_);
    parts_->log.info("gateway.connection", {{"connection", peer_.connection_id},
                                            {"ip", format_ip(facts_.ip)},
                                            {"host", facts_.host},
                                            {"host_state", policy::format_host_state(facts_.host_state)},
                                            {"sender_group", verdict_.sender_group},
                                            {"matched", verdict_.matched},
                                            {"policy", verdict_.policy},
                                            {"behavior", policy::format_behavior(verdict_.behavior)},
                                            {"undecided", verdict_.undecided}});
    co_return admit(peer_.profile);
}

smtpd::Admission Intake::admit(smtp::ServerProfile profile)
{
    const policy::Parameters& parameters = verdict_.parameters;
    if (verdict_.undecided)
        return smtpd::Reject{Reply(421, "4.4.3", "The name of your host cannot be looked up at the moment; please try again")};
    if (verdict_.behavior == Behavior::refuse) return smtpd::Refuse{};
    if (verdict_.behavior == Behavior::reject && !parameters.delay_rejection) {
        const std::string text = policy::expand_variables(parameters.reject_text, verdict_, facts_);
        return smtpd::Reject{refusal(parameters.reject_code, "7.1", text, "Access denied")};
    }
    if (parts_->hosts) {
        host_place_ = parts_->hosts->enter(facts_.ip, parameters.max_connections_per_host);
        if (!host_place_) return smtpd::Reject{Reply(421, "4.7.0", "Too many connections from your host; try again later")};
    }
    if (!parameters.hostname.empty()) profile.hostname = parameters.hostname;
    profile.banner_code = static_cast<int>(parameters.banner_code);
    profile.banner = policy::expand_variables(parameters.banner_text, verdict_, facts_);
    profile.offer_starttls = profile.offer_starttls && parameters.tls != policy::TlsMode::off;
    profile.require_tls = profile.require_tls || parameters.tls == policy::TlsMode::required;
    profile.may_offer_auth = !parts_->users.empty() && parameters.auth != policy::AuthMode::off;
    // Also where no user could ever sign in: a policy that demands AUTH never relays for strangers.
    profile.require_auth = parameters.auth == policy::AuthMode::required;
    if (parameters.max_message_bytes > 0)
        profile.limits.max_message_bytes = std::min(profile.limits.max_message_bytes, parameters.max_message_bytes);
    if (parameters.max_recipients_per_message > 0) profile.limits.max_recipients = parameters.max_recipients_per_message;
    if (parameters.max_messages_per_connection > 0) profile.limits.max_messages = parameters.max_messages_per_connection;
    return smtpd::Accept{std::move(profile), parameters.tls_verify_client};
}

Task<Reply> Intake::hello(std::string name, bool extended)
{
    helo_ = std::move(name);
    extended_ = extended;
    // Said here and not by withholding STARTTLS: a client must not go on in clear text for our want of room.
    if (tls_ && parts_->tls_connections && !tls_place_)
        co_return Reply(421, "4.3.2", "Too many TLS connections; try again later");
    co_return Reply(250, "", "");
}

Task<void> Intake::tls_started(smtpd::TlsFacts facts)
{
    tls_ = std::move(facts);
    if (parts_->tls_connections) tls_place_ = parts_->tls_connections->take();
    co_return;
}

// With TLS required a client must show who it is; otherwise only what it shows must be true.
std::optional<Reply> Intake::check_client_certificate() const
{
    const policy::Parameters& parameters = verdict_.parameters;
    if (!parameters.tls_verify_client || !tls_ || tls_->client_verified) return std::nullopt;
    if (tls_->client_shown) return Reply(550, "5.7.1", "Your client certificate does not verify");
    if (parameters.tls != policy::TlsMode::required) return std::nullopt;
    return Reply(550, "5.7.1", "A client certificate is required here");
}

Task<Reply> Intake::authenticate(smtpd::Credentials credentials)
{
    const Reply wrong(535, "5.7.8", "The name or the password is wrong");
    if (parts_->users.empty()) co_return wrong;
    const auto user = std::find_if(parts_->users.begin(), parts_->users.end(),
                                   [&](const auto& candidate) { return candidate.name == credentials.user; });
    // An unknown name costs the same hash as a known one.
    const std::string hash = user == parts_->users.end() ? parts_->users.front().password_hash : user->password_hash;
    const bool right = co_await parts_->pool->run([&] { return crypto::check_password(hash, credentials.password); });
    if (!right || user == parts_->users.end()) co_return wrong;
    if (!credentials.acting_for.empty() && credentials.acting_for != credentials.user) co_return wrong;
    user_ = user->name;
    co_return Reply(235, "2.7.0", "Welcome");
}

Task<Reply> Intake::mail(smtp::MailFrom mail)
{
    reset();
    findings_ = {};
    ++transactions_;
    if (verdict_.behavior != Behavior::reject) {
        // The session asks for it too; what relays must not hang on one check.
        if (verdict_.parameters.auth == policy::AuthMode::required && user_.empty())
            co_return Reply(530, "5.7.0", "Authentication required");
        if (auto refused = check_client_certificate()) co_return *refused;
        const auto verdict = policy_->decide_sender(verdict_, tls_.has_value(), format_sender(mail.sender));
        if (verdict.needs_tls) co_return Reply(530, "5.7.0", "This sender needs TLS: say STARTTLS first");
        if (!verdict.accept) co_return refusal(verdict.code, "7.1", verdict.text, "This sender is not accepted");
    }
    mail_ = std::move(mail);
    begin_authentication();
    co_return Reply(250, "2.1.0", "Sender ok");
}

// Mail of our own, relayed by policy or from somebody who signed in, is not judged.
void Intake::begin_authentication()
{
    const policy::AuthParameters& parameters = verdict_.parameters.authentication;
    const bool is_judged = parameters.spf || parameters.dkim || parameters.dmarc || parameters.arc;
    if (!parts_->checker || !is_judged || is_outgoing()) return;
    const authcheck::Sender sender{facts_.ip, helo_, format_sender(mail_.sender),
                                   std::string(authcheck::format_iprev(facts_.host_state))};
    Authentication::Parts parts{parts_->checker, parts_->authserv_id, parts_->reports, *parts_->clock, parts_->log};
    authentication_ = std::make_unique<Authentication>(std::move(parts), parameters, sender, transaction_id());
}

// Behind the recipient access table: whoever tries addresses makes us ask nobody. RFC 5321 §4.5.1:
// "SMTP systems are expected to make every reasonable effort to accept mail directed to Postmaster from
// any other system on the Internet".
Task<std::optional<Reply>> Intake::check_sender(smtp::RcptTo rcpt)
{
    if (!authentication_) co_return std::nullopt;
    auto refused = co_await authentication_->check_sender();
    if (iequals(rcpt.recipient.local, "postmaster")) co_return std::nullopt;
    co_return refused;
}

Authentication::Audience Intake::describe_audience() const
{
    Authentication::Audience audience;
    audience.only_postmaster = std::all_of(recipients_.begin(), recipients_.end(), [](const auto& recipient) {
        return iequals(recipient.rcpt.recipient.local, "postmaster");
    });
    if (!recipients_.empty()) audience.domain = recipients_.front().rcpt.recipient.domain;
    return audience;
}

// Whoever tries addresses gets no more answers about them; nor does whoever has the right ones among them.
std::optional<Reply> Intake::check_harvest()
{
    const policy::Parameters& parameters = verdict_.parameters;
    if (!parts_->hosts || !parts_->hosts->has_harvested(facts_.ip, parameters.max_invalid_recipients_per_hour))
        return std::nullopt;
    const bool drop = harvest_began_here_ && parameters.drop_on_invalid_recipients;
    parts_->log.warning("gateway.harvest",
                        {{"connection", peer_.connection_id}, {"ip", format_ip(facts_.ip)}, {"dropped", drop}});
    return drop ? Reply(421, "4.7.0", "Too many invalid recipients")
                : Reply(550, "5.7.1", "Too many invalid recipients this hour");
}

void Intake::count_invalid_recipient()
{
    if (!parts_->hosts) return;
    parts_->hosts->count_invalid_recipient(facts_.ip);
    harvest_began_here_ = parts_->hosts->has_harvested(facts_.ip, verdict_.parameters.max_invalid_recipients_per_hour);
}

std::optional<Reply> Intake::check_recipients_this_hour() const
{
    const policy::Parameters& parameters = verdict_.parameters;
    if (!parts_->hosts || parts_->hosts->take_recipient(facts_.ip, parameters.max_recipients_per_hour)) return std::nullopt;
    const std::string text = policy::expand_variables(parameters.max_recipients_per_hour_text, verdict_, facts_);
    return refusal(parameters.max_recipients_per_hour_code, "7.0", text, "Too many recipients received this hour");
}

Task<Reply> Intake::rcpt(smtp::RcptTo rcpt)
{
    if (behavior() == Behavior::reject) {
        const std::string text = policy::expand_variables(verdict_.parameters.reject_text, verdict_, facts_);
        co_return refusal(verdict_.parameters.reject_code, "7.1", text, "Access denied");
    }
    if (rcpt.recipient.domain.empty()) rcpt.recipient.domain = parts_->hostname;  // RFC 5321 §4.5.1: Postmaster
    std::string address = sealpost::mail::format_mailbox(rcpt.recipient);
    if (!is_outgoing())
        if (auto refused = check_harvest()) co_return *refused;
    const auto verdict = policy_->decide_recipient(peer_.listener, behavior(), address);
    if (!verdict.accept) {
        count_invalid_recipient();
        co_return refusal(verdict.code, "7.1", verdict.text, "Relaying to this recipient is not allowed");
    }
    auto unwelcome = co_await check_sender(rcpt);
    if (unwelcome) co_return *unwelcome;
    if (!verdict.bypass_limits)
        if (auto refused = check_recipients_this_hour()) co_return *refused;
    recipients_.push_back({std::move(rcpt), std::move(address)});
    co_return Reply(250, "2.1.5", "Recipient ok");
}

Task<Reply> Intake::data_begin()
{
    content_ = std::make_unique<IncomingMessage>(parts_->queue->begin(), authentication_.get());
    co_return Reply(354, "", "Send the message; end it with a dot on a line of its own");
}

Task<void> Intake::data(std::string piece)
{
    // BDAT says no data_begin().
    if (!content_) content_ = std::make_unique<IncomingMessage>(parts_->queue->begin(), authentication_.get());
    co_await content_->append(std::move(piece));
}

policy::MessageFacts Intake::describe_message() const
{
    const auto& head = content_->head();
    policy::MessageFacts facts;
    facts.listener = peer_.listener;
    facts.outgoing = is_outgoing();
    facts.sender = format_sender(mail_.sender);
    facts.subject = sealpost::mail::decode_words(head.find("Subject").value_or(""));
    for (const auto& field : head.fields()) facts.headers.emplace_back(field.name, sealpost::mail::unfold(field));
    return facts;
}

// Our trace field and what we found out go on top; what only we may say, and our control fields, go out.
std::string Intake::rewrite_head(sealpost::mail::HeaderBlock head) const
{
    if (is_outgoing()) {
        std::vector<std::string> control;
        for (const auto& field : head.fields())
            if (policy::is_control_header(field.name)) control.push_back(field.name);
        for (const auto& name : control) head.remove(name);
        complete_submission(head);
    } else {
        head.remove(verdict_header);
    }
    authres::remove_forged(head, {parts_->authserv_id, parts_->hostname});
    return (authentication_ ? authentication_->format_fields() : "") + format_trace() + head.text();
}

// RFC 6409 §8: what a submission may lack is added.
void Intake::complete_submission(sealpost::mail::HeaderBlock& head) const
{
    if (!head.find("Date")) head.append("Date", format_rfc5322_date(parts_->clock->now()));
    if (!head.find("Message-ID")) head.append("Message-ID", sealpost::mail::make_message_id(parts_->hostname));
    if (!head.find("From") && !mail_.sender.empty()) head.append("From", sealpost::mail::format_mailbox(mail_.sender));
}

std::string Intake::format_trace() const
{
    sealpost::mail::ReceivedFacts facts;
    facts.helo = helo_;
    facts.host = facts_.host;
    facts.address = format_ip(peer_.peer.address);
    facts.by = parts_->hostname;
    facts.id = transaction_id();
    if (tls_) {
        facts.tls_protocol = tls_->protocol;
        facts.tls_cipher = tls_->cipher;
    }
    facts.extended = extended_;
    facts.authenticated = !user_.empty();
    facts.smtputf8 = mail_.smtputf8;
    if (recipients_.size() == 1) facts.recipient = recipients_.front().address;
    facts.at = parts_->clock->now();
    return sealpost::mail::format_received(facts);
}

std::vector<queue::NewMessage> Intake::sort_into_lanes(const policy::MessageFacts& facts)
{
    std::map<std::pair<std::string, std::string>, queue::NewMessage> lanes;
    const std::string id = transaction_id();
    for (const auto& recipient : recipients_) {
        const auto decision = policy_->decide_encryption(facts, recipient.address);
        findings_.sealing.push_back({recipient.address, decision.action, decision.action_from});
        const bool is_report = !is_outgoing() && dmarcreports::is_report_inbox(recipient.address, parts_->report_inbox);
        std::string lane(is_report ? dmarcreports::report_lane : choose_lane(decision.action));
        const IntakeFacts intake{id, is_outgoing(), verdict_.parameters.dkim_sign, verdict_.parameters.bounce_profile};
        std::string plan = format_facts(intake, decision, parts_->clock->now());
        auto& message = lanes[{lane, plan}];
        message.lane = std::move(lane);
        message.facts = std::move(plan);
        message.recipients.push_back({recipient.address, recipient.rcpt.notify, recipient.rcpt.orcpt});
        parts_->log.info("gateway.decided", {{"message", transaction_id()},
                                             {"recipient", recipient.address},
                                             {"action", policy::format_seal_action(decision.action)},
                                             {"from", decision.action_from}});
    }
    std::vector<queue::NewMessage> messages;
    for (auto& [key, message] : lanes) {
        message.sender = format_sender(mail_.sender);
        message.envid = mail_.envid;
        message.ret = mail_.ret;
        message.smtputf8 = mail_.smtputf8;
        messages.push_back(std::move(message));
    }
    return messages;
}

Task<std::optional<Reply>> Intake::check_content()
{
    if (!content_) content_ = std::make_unique<IncomingMessage>(parts_->queue->begin(), authentication_.get());
    co_await content_->end();
    if (content_->refusal() || !authentication_) co_return content_->refusal();
    auto refused = co_await authentication_->check_message(describe_audience());
    if (refused) authentication_->conclude();
    co_return refused;
}

Task<Reply> Intake::accept_content()
{
    auto messages = sort_into_lanes(describe_message());
    auto content = content_->complete(rewrite_head(content_->head()));
    const auto size = content->size();
    auto accepted = co_await parts_->queue->accept_all(std::move(messages), std::move(content));
    if (accepted.has_error()) {
        parts_->log.error("gateway.not_stored", {{"message", transaction_id()}, {"problem", accepted.error().text}});
        co_return Reply(452, "4.3.1", "The message cannot be stored at the moment");
    }
    if (authentication_) authentication_->conclude();
    parts_->log.info("gateway.accepted", {{"message", transaction_id()},
                                          {"sender", format_sender(mail_.sender)},
                                          {"recipients", recipients_.size()},
                                          {"bytes", size},
                                          {"queue_id", accepted->front().value()},
                                          {"tls", tls_ ? tls_->protocol : "none"}});
    co_return Reply(250, "2.0.0", "Accepted as " + transaction_id());
}

Task<Reply> Intake::data_end()
{
    auto refused = co_await check_content();
    Reply reply;
    if (refused) {
        reply = std::move(*refused);
    } else {
        auto accepted = co_await accept_content();
        reply = std::move(accepted);
    }
    findings_ = find_findings();
    reset();
    co_return reply;
}

Intake::Findings Intake::find_findings() const
{
    Findings findings = findings_;
    if (authentication_) findings.authentication = authentication_->find_facts();
    return findings;
}

void Intake::reset()
{
    mail_ = {};
    recipients_.clear();
    content_.reset();
    authentication_.reset();
}

}  // namespace sealpost::gateway
