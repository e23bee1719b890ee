#include "serve/identity/judge.hpp"

#include <algorithm>

namespace sealpost::identity {
namespace {

bool is_unknown(Reason reason) { return reason == Reason::spf_unknown || reason == Reason::dmarc_unknown; }

spf::Options without_trace()
{
    spf::Options options;
    options.keep_trace = false;
    return options;
}

// A domain that can publish something.
std::string find_domain(const mail::Mailbox& person) { return person.is_literal() ? std::string() : person.domain; }

}  // namespace

SendingIdentityJudge::SendingIdentityJudge(Parts parts) : parts_(std::move(parts)), evaluator_(*parts_.resolver, without_trace())
{
}

Task<Judgement> SendingIdentityJudge::judge(std::string person_address)
{
    const auto person = mail::parse_mailbox(person_address);
    if (person.has_error()) co_return decide({});
    if (auto kept = find_kept(person_address)) co_return std::move(*kept);
    auto judgement = co_await ask(*person);
    keep_judgement(person_address, judgement);
    co_return judgement;
}

Task<Judgement> SendingIdentityJudge::ask(mail::Mailbox person)
{
    auto evidence = co_await collect(std::move(person));
    Judgement judgement = decide(std::move(evidence));
    const auto& findings = judgement.evidence.spf;
    const auto against =
        std::ranges::find_if(findings, [](const AddressFinding& finding) { return finding.verdict != spf::Verdict::pass; });
    const auto verdict =
        against == findings.end() ? (findings.empty() ? spf::Verdict::none : spf::Verdict::pass) : against->verdict;
    parts_.log.info("identity.judged", {{"domain", judgement.evidence.domain},
                                        {"sent_as", format_sent_as(judgement.sent_as)},
                                        {"reason", format_reason(judgement.reason)},
                                        {"spf", spf::format_verdict(verdict)},
                                        {"dmarc", dmarc::format_outcome(judgement.dmarc.outcome)}});
    co_return judgement;
}

Task<Evidence> SendingIdentityJudge::collect(mail::Mailbox person)
{
    const Deadline deadline = Deadline::after(parts_.time_limit);
    Evidence evidence;
    evidence.domain = find_domain(person);
    if (evidence.domain.empty() || parts_.send_addresses.empty()) co_return evidence;
    evidence.signing_domain = find_signing_domain(evidence.domain);
    for (const auto& address : parts_.send_addresses) {
        spf::Question question;
        question.ip = address;
        question.helo = parts_.helo;
        question.mail_from = mail::format_mailbox(person);
        question.at = parts_.clock->now();
        auto report = co_await evaluator_.check(std::move(question), spf::Identity::mail_from, deadline);
        evidence.spf.push_back({address, report.verdict, std::move(report.mechanism), std::move(report.problem)});
    }
    evidence.dmarc = co_await dmarc::find_record(*parts_.resolver, evidence.domain, deadline);
    co_return evidence;
}

// As the courier chooses its key: the domain's own, or the nearest one above it.
std::string SendingIdentityJudge::find_signing_domain(std::string_view domain) const
{
    while (!domain.empty()) {
        if (std::ranges::find(parts_.signing_domains, domain) != parts_.signing_domains.end()) return std::string(domain);
        const auto dot = domain.find('.');
        domain = dot == std::string_view::npos ? std::string_view() : domain.substr(dot + 1);
    }
    return {};
}

std::optional<Judgement> SendingIdentityJudge::find_kept(const std::string& person_address)
{
    const WallTime now = parts_.clock->now();
    const std::lock_guard hold(lock_);
    const auto found = kept_.find(person_address);
    // A clock that was set back must not make an answer live longer.
    if (found == kept_.end() || now < found->second.asked_at || now >= found->second.until) return std::nullopt;
    return found->second.judgement;
}

void SendingIdentityJudge::keep_judgement(const std::string& address, const Judgement& judgement)
{
    const WallTime now = parts_.clock->now();
    const WallTime until = is_unknown(judgement.reason) ? now + keep_unknown : now + keep;
    const std::lock_guard hold(lock_);
    if (kept_.size() >= max_kept) std::erase_if(kept_, [now](const auto& entry) { return entry.second.until <= now; });
    if (kept_.size() >= max_kept && !kept_.contains(address))
        kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.until; }));
    kept_.insert_or_assign(address, Kept{judgement, now, until});
}

SenderNames SendingIdentityJudge::choose_names(const Judgement& judgement, std::string_view person_address) const
{
    const auto person = mail::parse_mailbox(person_address);
    if (person.has_error()) {
        const std::string service = mail::format_mailbox(parts_.sender);
        return {service, service, ""};
    }
    if (judgement.sent_as == SentAs::person) return use_person(*person);
    return use_service(parts_.sender, parts_.service_name, *person);
}

}  // namespace sealpost::identity
