#include "serve/gateway/intake.hpp"

#include "base/cut_text.hpp"
#include "base/text.hpp"
#include "core/people/address.hpp"
#include "serve/gateway/connection_facts.hpp"
#include "serve/gateway/lane_sorting.hpp"
#include "serve/gateway/sender_checks.hpp"
#include "serve/gateway/shedding.hpp"
#include "sys/log/word_list.hpp"
#include "wire/mail/message_id.hpp"

#include <algorithm>

namespace sealpost::gateway {

using smtp::Reply;

namespace {

// Beyond it a host hears no more whether a password was right: 100 in an hour are a machine's, and one that a person
// forgot to tell of a new password stays below it for a while.
constexpr unsigned max_wrong_passwords_per_hour = 100;

// How far masquerading may make a head grow; what every reader behind us takes is more (HeaderLimits).
constexpr std::size_t max_growth_bytes = 32 * 1024;

// What a connection and its session buffer while content comes.
constexpr std::uint64_t connection_bytes = 128 * 1024;

// A name that somebody tries to sign in with, for the log.
std::string cut_name(std::string_view name)
{
    constexpr std::size_t max_name_bytes = 128;
    return show_line(name, max_name_bytes);
}

// What the log tells of a message that was queued.
struct Entry {
    std::string lane;
    std::size_t recipients = 0;
    std::string to;
};

Entry describe(const queue::NewMessage& message)
{
    log::WordList to;
    for (const auto& recipient : message.recipients) {
        if (!to.add(recipient.address)) break;
    }
    return {message.lane, message.recipients.size(), to.text()};
}

}  // namespace

std::string Intake::transaction_id() const { return client_.peer.connection_id + '.' + std::to_string(transactions_); }

Task<smtpd::Admission> Intake::connected(smtpd::PeerFacts facts)
{
    client_.peer = std::move(facts);
    client_.facts.ip = client_.peer.peer.address;  // for what is told before anything else is known
    if (parts_->connections) {
        auto given = parts_->connections->take(client_.facts.ip);
        place_ = std::move(given.place);
        if (!place_) {
            client_.tell_limit(given.is_full ? "node_connections" : "node_share");
            co_return smtpd::Reject{Reply(421, "4.3.2", "Too many connections; try again later")};
        }
    }
    if (auto refused = shed_connection(client_)) co_return smtpd::Reject{std::move(*refused)};
    client_.policy = parts_->policy->current();
    auto found = co_await find_connection_facts(parts_, client_.policy, client_.peer);
    client_.facts = std::move(found);
    client_.verdict = client_.policy->decide_connection(client_.facts);
    tell_connection(parts_->log, client_.peer.connection_id, client_.facts, client_.verdict);
    co_return admit(client_.peer.profile);
}

smtpd::Admission Intake::admit(smtp::ServerProfile profile)
{
    const policy::Parameters& parameters = client_.parameters();
    const auto ruling = policy::decide_admission(client_.verdict, client_.facts);
    if (ruling.cause == policy::Cause::connection_reset) return smtpd::Refuse{};
    if (auto refused = client_.answer(ruling, "")) return smtpd::Reject{std::move(*refused)};
    client_.host = HostKey(client_.facts.ip, parameters.host_bits, parameters.host_bits_v6);
    if (parts_->hosts) {
        host_place_ = parts_->hosts->enter(client_.host, parameters.max_connections_per_host);
        if (!host_place_) {
            client_.tell_limit("connections_per_host");
            return smtpd::Reject{Reply(421, "4.7.0", "Too many connections from your host; try again later")};
        }
    }
    return smtpd::Accept{apply_policy(std::move(profile)), parameters.tls_verify_client};
}

smtp::ServerProfile Intake::apply_policy(smtp::ServerProfile profile) const
{
    const policy::Parameters& parameters = client_.parameters();
    if (!parameters.hostname.empty()) profile.hostname = parameters.hostname;
    profile.banner_code = static_cast<int>(parameters.banner_code);
    profile.banner = policy::expand_variables(parameters.banner_text, client_.verdict, client_.facts);
    profile.offer_starttls = profile.offer_starttls && parameters.tls != policy::TlsMode::off;
    profile.require_tls = profile.require_tls || parameters.tls == policy::TlsMode::required;
    profile.offer_require_tls = true;  // it goes on to the next host, or comes back
    profile.may_offer_auth = parts_->users && !parts_->users->current()->empty() && parameters.auth != policy::AuthMode::off;
    // Also where no user could ever sign in: a policy that demands AUTH never relays for strangers.
    profile.require_auth = parameters.auth == policy::AuthMode::required;
    // Sender DNS verification has a reply of its own for a sender without a domain.
    profile.bare_addresses = !parameters.default_domain.empty() || parameters.sender_dns;
    if (parameters.max_message_bytes > 0)
        profile.limits.max_message_bytes = std::min(profile.limits.max_message_bytes, parameters.max_message_bytes);
    profile.limits.max_text_line_bytes = parameters.max_line_bytes;
    if (parameters.max_recipients_per_message > 0) profile.limits.max_recipients = parameters.max_recipients_per_message;
    // A message to a long list of people who have left is an honest one.
    profile.limits.max_refused_recipients = std::max(profile.limits.max_refused_recipients, profile.limits.max_recipients);
    if (parameters.max_messages_per_connection > 0) profile.limits.max_messages = parameters.max_messages_per_connection;
    return profile;
}

Task<Reply> Intake::hello(std::string name, bool extended)
{
    client_.helo = std::move(name);
    client_.extended = extended;
    // Said here and not by withholding STARTTLS: a client must not go on in clear text for our want of room.
    if (client_.tls && parts_->tls_connections && !tls_place_) {
        client_.tell_limit("node_tls_connections");
        co_return Reply(421, "4.3.2", "Too many TLS connections; try again later");
    }
    co_return Reply(250, "", "");
}

Task<void> Intake::tls_started(smtpd::TlsFacts facts)
{
    client_.tls = std::move(facts);
    if (parts_->tls_connections) tls_place_ = parts_->tls_connections->take(client_.facts.ip).place;
    co_return;
}

Task<Reply> Intake::authenticate(smtpd::Credentials credentials)
{
    const Reply wrong(535, "5.7.8", "The name or the password is wrong");
    const std::string tried = cut_name(credentials.user);
    const auto users = parts_->users ? parts_->users->current() : nullptr;
    if (!users || users->empty()) co_return wrong;
    if (parts_->hosts && !parts_->hosts->try_password(client_.host, max_wrong_passwords_per_hour)) {
        client_.tell_limit("wrong_passwords", tried);
        co_return Reply(454, "4.7.0", "Too many wrong passwords from your host; try again in an hour");
    }
    const auto user =
        std::find_if(users->begin(), users->end(), [&](const auto& candidate) { return candidate.name == credentials.user; });
    // An unknown name costs the same hash as a known one.
    std::string hash = user == users->end() ? users->front().password_hash : user->password_hash;
    people::PasswordChecker::Place place{people::network_of(client_.facts.ip), false};
    const auto checked = co_await parts_->passwords->check(std::move(hash), std::move(credentials.password), std::move(place));
    if (checked.has_error()) {
        if (parts_->hosts) parts_->hosts->take_password_back(client_.host);
        client_.tell_limit("password_checks", tried);
        co_return Reply(454, "4.7.0", "Too many passwords are being checked; try again later");
    }
    const bool is_for_himself = credentials.acting_for.empty() || credentials.acting_for == credentials.user;
    if (!checked->right || user == users->end() || !is_for_himself) {
        tell_sign_in(false, tried);
        co_return wrong;
    }
    if (parts_->hosts) parts_->hosts->take_password_back(client_.host);
    client_.user = *user;
    tell_sign_in(true, client_.user.name);
    co_return Reply(235, "2.7.0", "Welcome");
}

void Intake::tell_sign_in(bool is_right, const std::string& user) const
{
    parts_->log.info(is_right ? "gateway.signed_in" : "gateway.sign_in_refused",
                     {{"connection", client_.peer.connection_id}, {"ip", format_ip(client_.facts.ip)}, {"user", user}});
}

Task<Reply> Intake::mail(smtp::MailFrom mail)
{
    reset();
    findings_ = {};
    ++transactions_;
    // SMTP has no second AUTH in a session (RFC 4954 §4), so one that is over ends the connection.
    if (client_.is_signed_in() && !parts_->users->has(client_.user)) {
        parts_->log.info(
            "gateway.sign_in_over",
            {{"connection", client_.peer.connection_id}, {"ip", format_ip(client_.facts.ip)}, {"user", client_.user.name}});
        co_return Reply(421, "4.7.0", "Your name or your password has changed; connect and sign in again");
    }
    if (auto shed = shed_message(client_, mail.size.value_or(0))) co_return std::move(*shed);
    auto refused = co_await check_sender(client_, mail.sender);
    if (refused) co_return *refused;
    complete_address(client_, mail.sender);
    mail_ = std::move(mail);
    begin_authentication();
    held_ = load::Held(parts_->load);
    co_return Reply(250, "2.1.0", "Sender ok");
}

// Mail of our own, relayed by policy or from somebody who signed in, is not judged.
void Intake::begin_authentication()
{
    const policy::AuthParameters& parameters = client_.parameters().authentication;
    const bool is_judged = parameters.spf || parameters.dkim || parameters.dmarc || parameters.arc;
    if (!parts_->checker || !is_judged || client_.is_outgoing()) return;
    const authcheck::Sender sender{client_.facts.ip, client_.helo, format_sender(mail_.sender),
                                   std::string(authcheck::format_iprev(client_.facts.host_state))};
    Authentication::Parts parts{parts_->checker, parts_->authserv_id, parts_->reports, *parts_->clock, parts_->log};
    authentication_ = std::make_unique<Authentication>(std::move(parts), parameters, sender, transaction_id());
}

// Behind the recipient access table: whoever tries addresses makes us ask nobody. RFC 5321 §4.5.1:
// "SMTP systems are expected to make every reasonable effort to accept mail directed to Postmaster from
// any other system on the Internet".
Task<std::optional<Reply>> Intake::check_spf(bool is_for_postmaster)
{
    if (!authentication_) co_return std::nullopt;
    auto refused = co_await authentication_->check_sender();
    if (is_for_postmaster) co_return std::nullopt;
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

Task<Reply> Intake::rcpt(smtp::RcptTo rcpt)
{
    if (auto shed = shed_storage(client_)) co_return std::move(*shed);
    if (auto shed = shed_content(client_)) co_return std::move(*shed);
    auto checked = recipient_checks_.check(std::move(rcpt), mail_.sender.empty());
    if (const auto* refused = std::get_if<Reply>(&checked)) co_return *refused;
    auto& recipient = std::get<IntakeRecipient>(checked);
    auto unwelcome = co_await check_spf(iequals(recipient.rcpt.recipient.local, "postmaster"));
    if (unwelcome) co_return *unwelcome;
    if (auto refused = recipient_checks_.check_limits(recipient, format_sender(mail_.sender))) co_return *refused;
    recipients_bytes_ += held_bytes(recipient);
    held_.set(recipients_bytes_);
    recipients_.push_back(std::move(recipient));
    co_return Reply(250, "2.1.5", "Recipient ok");
}

void Intake::ensure_content()
{
    if (content_) return;
    content_ = std::make_unique<IncomingMessage>(parts_->queue->begin(), authentication_.get(), client_.is_outgoing());
}

Task<Reply> Intake::data_begin()
{
    content_.reset();
    if (auto shed = shed_connection(client_)) co_return std::move(*shed);
    if (auto shed = shed_storage(client_)) co_return std::move(*shed);
    held_.set(connection_bytes + recipients_bytes_);
    ensure_content();
    co_return Reply(354, "", "Send the message; end it with a dot on a line of its own");
}

Task<void> Intake::data(std::string piece)
{
    ensure_content();
    if (!content_->refusal())
        if (auto shed = shed_content(client_)) content_->refuse(std::move(*shed));
    co_await content_->append(std::move(piece));
    held_.set(connection_bytes + recipients_bytes_ + content_->held_bytes());
}

HeadFacts Intake::head_facts() const
{
    return {client_, mail_, transaction_id(), recipients_.size() == 1 ? recipients_.front().address : ""};
}

// The encryption rules see what the world will: the masqueraded sender, in the envelope and in the head.
policy::MessageFacts Intake::describe_message(const HeadFacts& facts, const sealpost::mail::HeaderBlock& head) const
{
    policy::MessageFacts message;
    message.listener = client_.peer.listener;
    message.outgoing = client_.is_outgoing();
    message.sender = masquerade_sender(facts);
    message.subject = sealpost::mail::decode_words(head.find("Subject").value_or(""));
    for (const auto& field : head.fields()) message.headers.emplace_back(field.name, sealpost::mail::unfold(field));
    return message;
}

Task<std::optional<Reply>> Intake::check_content()
{
    ensure_content();
    co_await content_->end();
    if (content_->refusal() || !authentication_) co_return content_->refusal();
    auto refused = co_await authentication_->check_message(describe_audience());
    if (refused) authentication_->conclude();
    co_return refused;
}

Task<Result<Intake::Stored>> Intake::store(std::vector<queue::NewMessage> messages, std::string head)
{
    Stored stored;
    if (messages.empty()) co_return stored;
    auto content = content_->complete(std::move(head));
    stored.bytes = content->size();
    std::vector<Entry> entries;
    for (const auto& message : messages) entries.push_back(describe(message));
    auto accepted = co_await parts_->queue->accept_all(std::move(messages), std::move(content));
    if (accepted.has_error()) co_return accepted.error();
    stored.is_queued = true;
    for (std::size_t i = 0; i < accepted->size(); ++i)
        parts_->log.info("gateway.queued", {{"transaction", transaction_id()},
                                            {"message", (*accepted)[i].value()},
                                            {"lane", entries[i].lane},
                                            {"recipients", entries[i].recipients},
                                            {"to", entries[i].to}});
    co_return stored;
}

// For whoever keeps records.
void Intake::note_sealing(const Sealings& sealings)
{
    for (const auto& recipient : recipients_) {
        Findings::Sealing found{recipient.said, policy::SealAction::clear, "alias"};  // of nobody
        for (const auto& address : recipient.stands_for) {
            const auto& sealing = sealings.at(ascii_lower(address));
            found = {recipient.said, sealing.action, sealing.action_from};
            if (sealing.action != policy::SealAction::clear) break;
        }
        findings_.sealing.push_back(std::move(found));
    }
}

Task<Reply> Intake::accept_content()
{
    const HeadFacts facts = head_facts();
    auto head = prepare_head(facts, content_->head());
    if (head.text().size() > policy::intake_limits.max_bytes + max_growth_bytes)
        co_return Reply(552, "5.3.4", "The header of the message is too large");
    const auto message = describe_message(facts, head);
    const Origin origin{facts.id, sealpost::mail::clean_message_id(head.find("Message-ID").value_or("")),
                        authentication_ ? authentication_->find_author() : ""};
    auto sorted = sort_into_lanes(client_, origin, message, mail_, recipients_);
    if (auto refused = client_.answer(sorted.ruling, message.sender)) co_return std::move(*refused);
    note_sealing(sorted.sealings);
    const std::string results = authentication_ ? authentication_->format_fields() : "";
    auto stored = co_await store(std::move(sorted.messages), format_head(facts, std::move(head), results));
    if (stored.has_error()) {
        parts_->log.error("gateway.not_stored", {{"transaction", facts.id}, {"problem", stored.error().text}});
        co_return Reply(452, "4.3.1", "The message cannot be stored at the moment");
    }
    if (parts_->load && stored->is_queued) parts_->load->note_accepted(static_cast<std::uint64_t>(stored->bytes));
    if (authentication_) authentication_->conclude();
    parts_->log.info(stored->is_queued ? "gateway.accepted" : "gateway.discarded",
                     {{"transaction", facts.id},
                      {"message_id", origin.message_id},
                      {"sender", format_sender(mail_.sender)},
                      {"as", message.sender},
                      {"recipients", recipients_.size()},
                      {"bytes", stored->bytes},
                      {"tls", client_.tls ? client_.tls->protocol : "none"},
                      {"user", client_.user.name}});
    co_return Reply(250, "2.0.0", "Accepted as " + facts.id);
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

const std::string& Intake::hostname() const { return client_.parts->hostname; }

bool Intake::verifies_bounces() const
{
    const auto& keys = client_.parts->bounce_keys;
    return keys && !keys->empty();
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
    recipients_bytes_ = 0;
    recipient_checks_.begin_transaction();
    content_.reset();
    held_ = {};
    authentication_.reset();
}

}  // namespace sealpost::gateway
