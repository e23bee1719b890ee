#include "core/policy/ruling.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sealpost::policy {
namespace {

constexpr std::array<std::pair<Stage, std::string_view>, 5> stage_words = {{
    {Stage::connect, "banner"},
    {Stage::mail, "MAIL"},
    {Stage::rcpt, "RCPT"},
    {Stage::data, "DATA"},
    {Stage::end, "end"},
}};

// RFC 3463 §2: class "." subject "." detail, each of the latter two of up to three digits. Empty: `text` does not begin with
// one of the class of `code` and words behind it.
std::string_view find_enhanced_code(unsigned code, std::string_view text)
{
    const auto end = text.find(' ');
    const auto parts = split(text.substr(0, end), '.');
    const auto is_number = [](std::string_view part) {
        return !part.empty() && part.size() <= 3 && std::ranges::all_of(part, is_ascii_digit);
    };
    const bool has_words = end != std::string_view::npos && text.find_first_not_of(' ', end) != std::string_view::npos;
    const bool is_one = parts.size() == 3 && parts[0] == std::to_string(code / 100) && is_number(parts[1]) && is_number(parts[2]);
    return has_words && is_one ? text.substr(0, end) : std::string_view();
}

Ruling refuse(Cause cause, Stage stage, unsigned code, std::string_view detail, std::string text, std::string matched = {})
{
    auto said = read_said(code, detail, std::move(text));
    return {cause, stage, code, std::move(said.enhanced), std::move(said.text), std::move(matched)};
}

// A text of the policy, in which HAT variables stand for what they name.
std::string say(const std::string& text, std::string_view fallback, const ConnectionVerdict& connection,
                const ConnectionFacts& host)
{
    auto said = expand_variables(text, connection, host);
    return said.empty() ? std::string(fallback) : said;
}

Ruling accept(Stage stage, std::string matched = {}) { return {Cause::accepted, stage, 250, "", "", std::move(matched)}; }

std::optional<Ruling> check_certificate(const Parameters& parameters, const TransactionFacts& facts)
{
    if (!parameters.tls_verify_client || !facts.inside_tls || facts.certificate == ClientCertificate::verified)
        return std::nullopt;
    if (facts.certificate == ClientCertificate::invalid)
        return refuse(Cause::client_certificate, Stage::mail, 550, "7.1", "Your client certificate does not verify");
    if (parameters.tls != TlsMode::required) return std::nullopt;
    return refuse(Cause::client_certificate, Stage::mail, 550, "7.1", "A client certificate is required here");
}

// A quoted local part may hold @, and no domain ends in a quote.
bool has_domain(std::string_view address) { return address.find('@') != std::string_view::npos && !address.ends_with('"'); }

std::string_view domain_of(std::string_view address)
{
    return has_domain(address) ? address.substr(address.rfind('@') + 1) : std::string_view();
}

std::string_view local_of(std::string_view address)
{
    return has_domain(address) ? address.substr(0, address.rfind('@')) : address;
}

bool is_bare_postmaster(std::string_view address) { return iequals(address, "postmaster"); }

struct DomainRefusal {
    Cause cause;
    const SenderDnsReply* reply;
    std::string_view
        detail;  // RFC 3463: X.1.7 bad sender address syntax, X.1.8 bad sender system address; X.4.3 directory server failure
};

// `sender` is completed; the default domain itself is not asked whether it is whole.
std::optional<DomainRefusal> check_sender_domain(const Parameters& parameters, const TransactionFacts& facts,
                                                 std::string_view sender)
{
    const bool is_completed = !has_domain(facts.sender) && has_domain(sender);
    if (!is_completed && is_malformed_domain(domain_of(sender)))
        return DomainRefusal{Cause::sender_malformed, &parameters.sender_malformed, "1.7"};
    if (facts.sender_domain == SenderDomain::unresolved)
        return DomainRefusal{Cause::sender_unresolved, &parameters.sender_unresolved, "4.3"};
    if (facts.sender_domain == SenderDomain::nonexistent)
        return DomainRefusal{Cause::sender_nonexistent, &parameters.sender_nonexistent, "1.8"};
    return std::nullopt;
}

}  // namespace

Expansion expand_recipient(const Snapshot& snapshot, std::string_view listener, Behavior behavior, const std::string& address,
                           std::string_view own_domain)
{
    const auto* rewriting = snapshot.find_rewriting(listener);
    Expansion expansion;
    std::function<bool(std::string_view)> has_users;
    if (behavior == Behavior::relay)
        has_users = [&](std::string_view domain) { return iequals(domain, own_domain) || snapshot.is_own_domain(domain); };
    if (rewriting != nullptr) expansion = rewriting->expand(address, has_users);
    if (expansion.matched.empty()) expansion = {{address}, "", false};
    return expansion;
}

SaidReply read_said(unsigned code, std::string_view detail, std::string text)
{
    std::string enhanced(find_enhanced_code(code, text));
    if (enhanced.empty())
        enhanced = std::to_string(code / 100) + '.' + std::string(detail);
    else
        text.erase(0, text.find_first_not_of(' ', enhanced.size()));
    return {std::move(enhanced), std::move(text)};
}

std::string_view format_stage(Stage stage)
{
    return std::find_if(stage_words.begin(), stage_words.end(), [&](const auto& each) { return each.first == stage; })->second;
}

std::optional<Stage> parse_stage(std::string_view word)
{
    const auto* at = std::find_if(stage_words.begin(), stage_words.end(), [&](const auto& each) { return each.second == word; });
    if (at == stage_words.end()) return std::nullopt;
    return at->first;
}

std::string_view format_cause(Cause cause)
{
    switch (cause) {
        case Cause::accepted: return "accepted";
        case Cause::undecided: return "host name not known for the moment";
        case Cause::connection_reset: return "connection reset";
        case Cause::rejected: return "rejected";
        case Cause::tls_required: return "TLS required";
        case Cause::sign_in_required: return "authentication required";
        case Cause::client_certificate: return "client certificate required";
        case Cause::too_many_messages: return "too many messages";
        case Cause::too_large: return "message too large";
        case Cause::sender_needs_tls: return "sender needs TLS";
        case Cause::sender_refused: return "sender refused";
        case Cause::sender_malformed: return "sender domain malformed";
        case Cause::sender_nonexistent: return "sender domain does not exist";
        case Cause::sender_unresolved: return "sender domain not known for the moment";
        case Cause::no_domain: return "address without a domain";
        case Cause::refused_character: return "refused character";
        case Cause::too_many_recipients: return "too many recipients";
        case Cause::recipient_refused: return "recipient refused";
        case Cause::too_many_aliases: return "stands for too many others";
        case Cause::sender_not_authentic: return "sender not authentic";
        case Cause::header_not_understood: return "header not understood";
        case Cause::other: break;
    }
    return "refused";
}

std::string format_ruling(const Ruling& ruling)
{
    if (ruling.cause == Cause::accepted || ruling.cause == Cause::connection_reset)
        return std::string(format_cause(ruling.cause));
    std::string out = std::to_string(ruling.code) + ' ' + std::string(format_cause(ruling.cause));
    if (ruling.cause == Cause::other) out += " at " + std::string(format_stage(ruling.stage));
    return out;
}

std::string_view format_sender_domain(SenderDomain found)
{
    switch (found) {
        case SenderDomain::exists: return "exists";
        case SenderDomain::nonexistent: return "nonexistent";
        case SenderDomain::unresolved: return "unresolved";
        case SenderDomain::not_asked: break;
    }
    return "not asked";
}

std::string complete_address(const ConnectionVerdict& connection, std::string_view address)
{
    const auto& domain = connection.parameters->default_domain;
    if (address.empty() || domain.empty() || has_domain(address)) return std::string(address);
    return std::string(address) + '@' + domain;
}

std::string map_recipient(const Snapshot& snapshot, const ConnectionVerdict& connection, std::string_view listener,
                          std::string_view address, std::string_view hostname)
{
    std::string mapped = complete_address(connection, address);
    if (is_bare_postmaster(mapped) && !hostname.empty()) mapped += '@' + snapshot.find_postmaster_domain(listener, hostname);
    const auto at = mapped.rfind('@');
    const auto* rewriting = snapshot.find_rewriting(listener);
    if (rewriting == nullptr || at == std::string::npos) return mapped;
    const auto domain = rewriting->map_domain(std::string_view(mapped).substr(at + 1));
    return domain ? mapped.substr(0, at + 1) + *domain : mapped;
}

bool may_sign_in(const ConnectionVerdict& connection, bool inside_tls)
{
    return inside_tls && connection.parameters->auth != AuthMode::off;
}

Behavior find_behavior(const ConnectionVerdict& connection, const TransactionFacts& facts)
{
    return facts.signed_in ? Behavior::relay : connection.behavior;
}

Ruling decide_admission(const ConnectionVerdict& connection, const ConnectionFacts& facts)
{
    const Parameters& parameters = *connection.parameters;
    if (connection.undecided)
        return refuse(Cause::undecided, Stage::connect, 421, "4.3",
                      "The name of your host cannot be looked up at the moment; please try again", connection.undecided_group);
    if (connection.behavior == Behavior::refuse) return {Cause::connection_reset, Stage::connect, 0, "", "", connection.matched};
    if (connection.behavior == Behavior::reject && !parameters.delay_rejection) {
        return refuse(Cause::rejected, Stage::connect, parameters.reject_code, "7.1",
                      say(parameters.reject_text, "Access denied", connection, facts), connection.matched);
    }
    return accept(Stage::connect, connection.matched);
}

Ruling decide_mail(const Snapshot& snapshot, const ConnectionVerdict& connection, const ConnectionFacts& host,
                   const TransactionFacts& facts)
{
    const Parameters& parameters = *connection.parameters;
    if (parameters.tls == TlsMode::required && !facts.inside_tls)
        return refuse(Cause::tls_required, Stage::mail, 530, "7.0", "Must issue a STARTTLS command first", connection.policy);
    if (parameters.auth == AuthMode::required && !facts.signed_in)
        return refuse(Cause::sign_in_required, Stage::mail, 530, "7.0", "Authentication required", connection.policy);
    if (parameters.max_messages_per_connection > 0 && facts.number > parameters.max_messages_per_connection)
        return refuse(Cause::too_many_messages, Stage::mail, 421, "7.0", "Too many messages on this connection");
    if (parameters.max_message_bytes > 0 && facts.declared_size > parameters.max_message_bytes)
        return refuse(Cause::too_large, Stage::mail, 552, "3.4",
                      "The message is larger than " + std::to_string(parameters.max_message_bytes) + " octets");
    if (find_behavior(connection, facts) == Behavior::reject) return accept(Stage::mail);  // said at RCPT
    if (auto refused = check_certificate(parameters, facts)) return std::move(*refused);
    const auto sender = complete_address(connection, facts.sender);
    if (has_refused_character(parameters, local_of(sender)))
        return refuse(Cause::refused_character, Stage::mail, 553, "1.7",
                      "The sender's address holds a character that is not accepted here");
    const auto verdict = snapshot.decide_sender(connection, facts.inside_tls, sender);
    if (!verdict.accept && !verdict.needs_tls)
        return refuse(Cause::sender_refused, Stage::mail, verdict.code, "7.1",
                      say(verdict.text, "This sender is not accepted", connection, host), verdict.matched);
    if (parameters.sender_dns && !verdict.excepted && !sender.empty())
        if (const auto refused = check_sender_domain(parameters, facts, sender))
            return refuse(refused->cause, Stage::mail, refused->reply->code, refused->detail,
                          say(refused->reply->text, "The domain of the envelope sender is not accepted", connection, host));
    if (!sender.empty() && !has_domain(sender))
        return refuse(Cause::no_domain, Stage::mail, 501, "1.7", "The sender's address has no domain");
    if (verdict.needs_tls)
        return refuse(Cause::sender_needs_tls, Stage::mail, 530, "7.0", "This sender needs TLS: say STARTTLS first",
                      verdict.matched);
    return accept(Stage::mail, verdict.matched);
}

bool wants_sender_domain(const Snapshot& snapshot, const ConnectionVerdict& connection, const ConnectionFacts& host,
                         const TransactionFacts& facts)
{
    const auto sender = complete_address(connection, facts.sender);
    const bool has_name = !domain_of(sender).empty() && !domain_of(sender).starts_with('[');
    if (!connection.parameters->sender_dns || !has_name) return false;
    if (find_behavior(connection, facts) == Behavior::reject) return false;
    TransactionFacts unasked = facts;
    unasked.sender_domain = SenderDomain::not_asked;
    const auto ruling = decide_mail(snapshot, connection, host, unasked);
    if (ruling.is_refusal() && ruling.cause != Cause::sender_needs_tls) return false;
    return !snapshot.decide_sender(connection, facts.inside_tls, sender).excepted;
}

RecipientRuling decide_rcpt(const Snapshot& snapshot, const ConnectionVerdict& connection, const ConnectionFacts& host,
                            const TransactionFacts& facts, unsigned taken, std::string_view address)
{
    const Parameters& parameters = *connection.parameters;
    const auto most = parameters.max_recipients_per_message;
    if (most > 0 && taken >= most)
        return {refuse(Cause::too_many_recipients, Stage::rcpt, 452, "5.3", "Too many recipients"), {}};
    const Behavior behavior = find_behavior(connection, facts);
    if (behavior == Behavior::reject)
        return {refuse(Cause::rejected, Stage::rcpt, parameters.reject_code, "7.1",
                       say(parameters.reject_text, "Access denied", connection, host), connection.matched),
                {}};
    const bool is_postmaster = is_bare_postmaster(address);
    if (!is_postmaster && !has_domain(complete_address(connection, address)))
        return {refuse(Cause::no_domain, Stage::rcpt, 501, "1.3", "The recipient's address has no domain"), {}};
    if (has_refused_character(parameters, local_of(address)))
        return {refuse(Cause::refused_character, Stage::rcpt, 553, "1.3",
                       "The recipient's address holds a character that is not accepted here"),
                {}};
    RecipientRuling out;
    out.address = map_recipient(snapshot, connection, host.listener, address, facts.hostname);
    const auto verdict = snapshot.decide_recipient(host.listener, behavior, is_postmaster ? address : out.address);
    out.bypass_limits = verdict.bypass_limits;
    out.ruling = accept(Stage::rcpt, verdict.matched);
    if (!verdict.accept) {
        // RFC 3463: X.1.1, bad destination mailbox address; X.7.1, delivery not authorized.
        const bool is_ours = verdict.is_of_own_domain;
        out.ruling =
            refuse(Cause::recipient_refused, Stage::rcpt, verdict.code, is_ours ? "1.1" : "7.1",
                   say(verdict.text, is_ours ? "No such mailbox" : "Relaying denied", connection, host), verdict.matched);
        return out;
    }
    // A bare postmaster is our own, whatever domain it got: "postmaster@" among the aliases is about it.
    const auto own_domain = is_postmaster ? domain_of(out.address) : std::string_view();
    out.expansion = expand_recipient(snapshot, host.listener, behavior, out.address, own_domain);
    if (out.expansion.too_many)  // RFC 3463: X.2.4, a problem of list expansion
        out.ruling =
            refuse(Cause::too_many_aliases, Stage::rcpt, 550, "2.4", "This address stands for too many others", out.address);
    return out;
}

Ruling decide_authenticity(const ConnectionVerdict& connection, const TransactionFacts& facts, const AuthFacts& found,
                           Stage stage)
{
    if (find_behavior(connection, facts) != Behavior::accept) return accept(stage);
    const auto decision = decide_authentication(connection.parameters->authentication, found);
    if (decision.action < AuthAction::defer) return accept(stage, join(decision.marks, ", "));
    return {Cause::sender_not_authentic, stage, decision.code, decision.enhanced_code, join(decision.lines, " "),
            join(decision.marks, ", ")};
}

Ruling decide_head_size(std::size_t bytes)
{
    if (bytes <= intake_limits.max_bytes) return accept(Stage::end);
    return refuse(Cause::other, Stage::end, 552, "3.4", "The header of the message is too large");
}

std::size_t decide_end_of_head(std::string_view beginning, bool is_outgoing)
{
    if (!is_outgoing) return beginning.size();
    // By whole lines: half of the last one might not look like the field that it is.
    const auto last_line_end = beginning.substr(0, intake_limits.max_bytes).rfind('\n');
    const bool is_large = beginning.size() > intake_limits.max_bytes;
    const std::string_view asked = is_large ? beginning.substr(0, last_line_end + 1) : beginning;
    const std::size_t end = mail::find_end_of_open_head(asked);
    return end < asked.size() ? end : beginning.size();
}

Ruling decide_head(const Result<mail::HeaderBlock>& head)
{
    if (head.has_error())
        return refuse(Cause::other, Stage::end, 554, "6.0", "The header of the message is broken: " + head.error().text);
    if (head->find_all("Received").size() < max_hops) return accept(Stage::end);
    return refuse(Cause::other, Stage::end, 554, "4.6", "Too many hops: the message goes in a circle");
}

Ruling decide_sealing(const EncryptionDecision& decision, WallTime now)
{
    if (decision.action == SealAction::clear) return accept(Stage::end);
    const auto refuse_header = [](std::string text) {
        return refuse(Cause::header_not_understood, Stage::end, 554, "6.0", std::move(text));
    };
    const std::string hint = decision.unreadable_hint.empty() ? "" : ": " + decision.unreadable_hint;
    if (!decision.unreadable.empty())
        return refuse_header("The header field " + decision.unreadable + " is not understood" + hint);
    const auto expiry = decision.expires_at_text ? parse_rfc3339(*decision.expires_at_text) : Result<WallTime>(WallTime::max());
    if (expiry.has_value() && *expiry <= now)
        return refuse_header("The expiry " + *decision.expires_at_text + " is over already");
    return accept(Stage::end);
}

Ruling decide_lines(const ConnectionVerdict& connection, std::size_t longest)
{
    const auto most = connection.parameters->max_line_bytes;
    if (longest <= most) return accept(Stage::end);
    return refuse(Cause::other, Stage::end, 554, "6.0", "A line is longer than " + std::to_string(most) + " octets");
}

Ruling decide_size(const ConnectionVerdict& connection, const TransactionFacts& facts)
{
    const auto most = connection.parameters->max_message_bytes;
    if (most == 0 || facts.size <= most) return accept(Stage::end);
    return refuse(Cause::too_large, Stage::end, 552, "3.4", "The message is larger than " + std::to_string(most) + " octets");
}

}  // namespace sealpost::policy
