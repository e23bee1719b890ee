#include "serve/authcheck/auth_checker.hpp"
#include "serve/authcheck/sender_dns.hpp"
#include "serve/trace/steps.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>
#include <map>

namespace sealpost::trace {
namespace {

using policy::Ruling;

bool asks_for_message(const policy::AuthParameters& parameters) { return parameters.dkim || parameters.dmarc || parameters.arc; }

std::size_t find_longest_line(std::string_view message)
{
    std::size_t longest = 0;
    while (!message.empty()) {
        const auto end = std::min(message.find('\n'), message.size() - 1) + 1;
        longest = std::max(longest, end);
        message.remove_prefix(end);
    }
    return longest;
}

// One trace under way. Recipients leave `open` when something refuses them.
class Tracer {
public:
    Tracer(Parts parts, Inquiry inquiry) : parts_(std::move(parts)), inquiry_(std::move(inquiry))
    {
        facts_.sender = inquiry_.mail_from;
        facts_.hostname = parts_.hostname;
        facts_.declared_size = facts_.size = inquiry_.message.size();
        for (const auto& address : inquiry_.rcpt_to) report_.recipients.push_back({address, Outcome::accepted, ""});
    }

    Task<Report> run()
    {
        co_await meet_host();
        bool is_open = greet();
        if (is_open) is_open = co_await take_sender();
        if (is_open) {
            take_recipients();
            expand_aliases();
            read_head();
            const bool is_readable = keep_or_refuse_all(policy::decide_lines(connection_, find_longest_line(inquiry_.message))) &&
                                     keep_or_refuse_all(head_ruling_);
            if (is_readable) co_await authenticate();
            prepare_head();
            decide_ways();
        }
        conclude();
        co_return std::move(report_);
    }

private:
    Task<void> meet_host()
    {
        auto spared = inquiry_.given;
        spared.dns = !inquiry_.ask_dns;
        if (!spared.name) inquiry_.host.host_state = policy::HostState::none;
        const auto found = co_await parts_.asker->find_out(parts_.snapshot, inquiry_.host, spared);
        inquiry_.host = found.facts;
        for (const auto& question : found.questions) report_.steps.push_back(describe_question(question, inquiry_.host));
        connection_ = parts_.snapshot->decide_connection(inquiry_.host);
        facts_.inside_tls = inquiry_.inside_tls && parts_.snapshot->offers_tls(inquiry_.host.listener, connection_);
        facts_.signed_in = !inquiry_.user.empty() && policy::may_sign_in(connection_, facts_.inside_tls);
        const char* from = spared.name ? "given" : spared.dns ? "not asked" : "DNS";
        report_.steps.push_back(describe_host(inquiry_.host, connection_, from));
        if (!found.name_problem.empty()) report_.steps.back().facts.push_back({"problem", found.name_problem, "DNS"});
    }

    bool greet()
    {
        const auto ruling = policy::decide_admission(connection_, inquiry_.host);
        report_.steps.push_back(describe_policy(connection_, ruling));
        return keep_or_refuse_all(ruling);
    }

    Task<bool> take_sender()
    {
        said_by_ = policy::complete_address(connection_, inquiry_.mail_from);
        const bool asks_domain = policy::wants_sender_domain(*parts_.snapshot, connection_, inquiry_.host, facts_);
        if (asks_domain && inquiry_.ask_dns) {
            const auto deadline = Deadline::after(parts_.dns_timeout);
            auto found = co_await authcheck::check_sender_domain(*parts_.resolver, mail::domain_of(said_by_), deadline);
            facts_.sender_domain = found;
        }
        const auto ruling = policy::decide_mail(*parts_.snapshot, connection_, inquiry_.host, facts_);
        report_.steps.push_back(describe_sender(facts_, said_by_, asks_domain, ruling));
        if (inquiry_.inside_tls && !facts_.inside_tls)
            report_.steps.back().facts.push_back({"STARTTLS", "the gateway offers no TLS here", "policy"});
        if (!inquiry_.user.empty() && !facts_.signed_in)
            report_.steps.back().facts.push_back({"user", inquiry_.user + ": the gateway offers no AUTH here", "policy"});
        if (!keep_or_refuse_all(ruling)) co_return false;
        masquerade();
        co_return true;
    }

    // Of outgoing mail; the encryption rules see it.
    void masquerade()
    {
        sender_ = said_by_;
        const bool is_outgoing = policy::find_behavior(connection_, facts_) == policy::Behavior::relay;
        const auto* rewriting = parts_.snapshot->find_rewriting(inquiry_.host.listener);
        if (!is_outgoing || rewriting == nullptr) return;
        const auto as = rewriting->masquerade(policy::MasqueradePlace::envelope, sender_);
        if (!as) return;
        report_.steps.push_back(describe_masquerade(sender_, *as));
        sender_ = *as;
    }

    void take_recipients()
    {
        unsigned taken = 0;
        for (auto& recipient : report_.recipients) {
            auto found = policy::decide_rcpt(*parts_.snapshot, connection_, inquiry_.host, facts_, taken, recipient.address);
            // Refused before the tables were asked: it is looked up as it was said.
            if (found.address.empty()) found.address = recipient.address;
            report_.steps.push_back(
                describe_recipient(recipient.address, found.address, hangs_on_tag(found.ruling), found.ruling));
            refuse_if(recipient, found.ruling);
            if (!found.ruling.is_refusal()) ++taken;
            found_[recipient.address] = std::move(found);
        }
    }

    // Whether a gateway would ask its keys for the tag of a bounce; nothing here knows them.
    [[nodiscard]] bool hangs_on_tag(const Ruling& ruling) const
    {
        return parts_.verifies_bounces && said_by_.empty() && !ruling.is_refusal() &&
               policy::find_behavior(connection_, facts_) != policy::Behavior::relay &&
               !connection_.parameters->accept_untagged_bounces;
    }

    // Whom each recipient stands for; with a step where that is somebody else.
    void expand_aliases()
    {
        for (const auto& recipient : report_.recipients) {
            const auto& [ruling, address, bypass, expansion] = found_.at(recipient.address);
            if (recipient.outcome == Outcome::accepted && !expansion.matched.empty())
                report_.steps.push_back(describe_alias(address, expansion));
        }
    }

    // SPF speaks at RCPT and spares postmaster; all of it speaks at the end.
    Task<void> authenticate()
    {
        const auto& parameters = connection_.parameters->authentication;
        const bool is_judged = policy::find_behavior(connection_, facts_) == policy::Behavior::accept &&
                               (parameters.spf || parameters.dkim || parameters.dmarc || parameters.arc);
        if (!has_open_recipients()) co_return;
        if (!is_judged || !inquiry_.ask_dns) {
            report_.steps.push_back(
                skip_authentication(is_judged ? "not looked at: DNS was not to be asked" : "mail of our own is not judged"));
            co_return;
        }
        auto found = co_await check();
        policy::AuthFacts facts = authcheck::make_facts(found);
        policy::AuthFacts at_rcpt;
        at_rcpt.spf = facts.spf;
        auto ruling = policy::decide_authenticity(connection_, facts_, at_rcpt, policy::Stage::rcpt);
        for (auto& recipient : report_.recipients)
            if (!mail::is_postmaster(recipient.address)) refuse_if(recipient, ruling);
        if (has_open_recipients()) {
            facts.only_postmaster = std::all_of(report_.recipients.begin(), report_.recipients.end(), [](const auto& each) {
                return each.outcome != Outcome::accepted || mail::is_postmaster(each.address);
            });
            ruling = policy::decide_authenticity(connection_, facts_, facts, policy::Stage::end);
            keep_or_refuse_all(ruling);
        }
        report_.steps.push_back(describe_authentication(found, ruling));
        if (inquiry_.message.empty() && asks_for_message(parameters))
            report_.steps.back().facts.push_back({"message", "not given: DKIM, DMARC and ARC are not asked", ""});
    }

    // As the gateway does: methods that are off are not asked.
    Task<authcheck::Report> check()
    {
        const auto& parameters = connection_.parameters->authentication;
        authcheck::Options options;
        options.hostname = parts_.hostname;
        options.query_limit = parts_.dns_timeout;
        options.time_limit = parts_.authentication_timeout;
        const authcheck::AuthChecker checker(parts_.resolver, *parts_.clock, std::move(options));
        authcheck::Report report;
        report.sender = {inquiry_.host.ip, inquiry_.helo, said_by_,
                         std::string(authcheck::format_iprev(inquiry_.host.host_state))};
        if (parameters.spf || parameters.dmarc) {
            auto spf = co_await checker.check_sender(report.sender);
            report.spf = std::move(spf);
        }
        // Without a message it is the sender that is asked about, and nobody wrote a bad From.
        if (!inquiry_.message.empty() && asks_for_message(parameters)) {
            auto message = checker.begin_message();
            message.append_head(head_);
            message.append_body(std::string_view(inquiry_.message).substr(body_at_));
            auto found = co_await checker.check_message(std::move(message), report.sender, report.spf, parameters.dmarc);
            report = std::move(found);
        }
        co_return report;
    }

    void decide_ways()
    {
        for (auto& recipient : report_.recipients) {
            if (recipient.outcome != Outcome::accepted) continue;
            bool is_discarded = true;
            for (const auto& address : found_.at(recipient.address).expansion.recipients)
                is_discarded = decide_way(address) && is_discarded;
            recipient.is_discarded = is_discarded && recipient.outcome == Outcome::accepted;
        }
    }

    // Whether what was taken goes to nobody.
    bool decide_way(const std::string& address)
    {
        const auto& snapshot = *parts_.snapshot;
        const auto decision = snapshot.decide_encryption(describe_message(), address);
        report_.steps.push_back(describe_encryption(address, decision));
        if (!keep_or_refuse_all(policy::decide_sealing(decision, parts_.clock->now()))) return false;
        const auto* route = snapshot.find_route(mail::domain_of(address));
        report_.steps.push_back(describe_route(address, route));
        if (route != nullptr && route->kind == policy::Route::Kind::discard) return true;
        policy::Destination destination = snapshot.find_destination(mail::domain_of(address));
        destination.is_suspended = snapshot.is_suspended(mail::domain_of(address));
        const auto& chosen =
            destination.bounce_profile.empty() ? connection_.parameters->bounce_profile : destination.bounce_profile;
        const std::string from = !destination.bounce_profile.empty() ? "destination"
                                 : chosen.empty()                    ? "default"
                                                                     : "policy " + connection_.policy;
        report_.steps.push_back(describe_destination(address, destination, *snapshot.find_bounce_profile(chosen), from));
        return false;
    }

    // Outgoing mail as the encryption rules see it.
    void prepare_head()
    {
        const auto* rewriting = parts_.snapshot->find_rewriting(inquiry_.host.listener);
        if (policy::find_behavior(connection_, facts_) == policy::Behavior::relay && rewriting != nullptr)
            rewriting->masquerade_head(head_);
    }

    [[nodiscard]] policy::MessageFacts describe_message() const
    {
        policy::MessageFacts facts;
        facts.listener = inquiry_.host.listener;
        facts.outgoing = policy::find_behavior(connection_, facts_) == policy::Behavior::relay;
        facts.sender = sender_;
        facts.subject = mail::decode_words(head_.find("Subject").value_or(""));
        for (const auto& field : head_.fields()) facts.headers.emplace_back(field.name, mail::unfold(field));
        return facts;
    }

    static void refuse_if(Recipient& recipient, const Ruling& ruling)
    {
        if (!ruling.is_refusal() || recipient.outcome != Outcome::accepted) return;
        recipient.outcome = find_outcome(ruling);
        recipient.reply = format_reply(ruling);
    }

    bool keep_or_refuse_all(const Ruling& ruling)
    {
        for (auto& recipient : report_.recipients) refuse_if(recipient, ruling);
        if (ruling.is_refusal()) last_ = ruling;
        return !ruling.is_refusal();
    }

    [[nodiscard]] bool has_open_recipients() const
    {
        return std::any_of(report_.recipients.begin(), report_.recipients.end(),
                           [](const auto& each) { return each.outcome == Outcome::accepted; });
    }

    // Accepted when somebody gets it.
    void conclude()
    {
        if (has_open_recipients()) return;
        const bool is_undecided = std::any_of(report_.recipients.begin(), report_.recipients.end(),
                                              [](const auto& each) { return each.outcome == Outcome::undecided; });
        report_.outcome = is_undecided ? Outcome::undecided : Outcome::refused;
        if (report_.recipients.empty()) report_.outcome = last_ ? find_outcome(*last_) : Outcome::accepted;
    }

    void read_head()
    {
        const auto beginning = std::string_view(inquiry_.message)
                                   .substr(0, mail::find_end_of_head(inquiry_.message).value_or(inquiry_.message.size()));
        const bool is_outgoing = policy::find_behavior(connection_, facts_) == policy::Behavior::relay;
        const auto end = policy::decide_end_of_head(beginning, is_outgoing);
        head_ruling_ = policy::decide_head_size(end);
        if (!head_ruling_.is_refusal()) {
            auto head = mail::HeaderBlock::parse(std::string_view(inquiry_.message).substr(0, end), policy::intake_limits);
            head_ruling_ = policy::decide_head(head);
            if (head.has_value()) head_ = std::move(*head);
        }
        body_at_ = end;
    }

    Parts parts_;
    Inquiry inquiry_;
    policy::TransactionFacts facts_;
    policy::ConnectionVerdict connection_;
    mail::HeaderBlock head_;
    Ruling head_ruling_;
    std::size_t body_at_ = 0;
    std::optional<Ruling> last_;
    std::string said_by_;                                   // the sender, with the default domain where it had none
    std::string sender_;                                    // as the world sees it
    std::map<std::string, policy::RecipientRuling> found_;  // of each recipient as it was given
    Report report_;
};

}  // namespace

bool verifies_bounces(const config::NodeConfig& config, std::string_view listener)
{
    const auto* found = config.find_listener(listener);
    return found != nullptr && found->kind == config::ListenerKind::public_mail && !config.bounce_verification.key_files.empty();
}

Task<Report> run_trace(Parts parts, Inquiry inquiry)
{
    Tracer tracer(std::move(parts), std::move(inquiry));
    auto report = co_await tracer.run();
    co_return report;
}

}  // namespace sealpost::trace
