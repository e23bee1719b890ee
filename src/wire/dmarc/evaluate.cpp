// RFC 7489 §6.6: from the record and what SPF and DKIM said to what to do.
#include "wire/dmarc/dmarc.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

// RFC 7489 §6.6.4: mail spared by pct= gets "the next less strict" treatment.
Policy find_weaker(Policy policy) { return policy == Policy::reject ? Policy::quarantine : Policy::none; }

void judge_alignment(Verdict& verdict, const Record& record, const Facts& facts)
{
    verdict.spf_aligned = facts.spf_pass_domain && are_aligned(facts.author_domain, *facts.spf_pass_domain, record.spf_alignment);
    verdict.dkim_aligned = std::ranges::any_of(facts.dkim_pass_domains, [&](const std::string& domain) {
        return are_aligned(facts.author_domain, domain, record.dkim_alignment);
    });
}

// §6.3: sp= is for subdomains of the domain that the record stands at.
Policy find_requested(const Discovery& discovery, const std::string& author_domain)
{
    const Record& record = discovery.record;
    const bool is_subdomain = !are_aligned(author_domain, discovery.domain, Alignment::strict);
    return is_subdomain ? record.subdomain_policy.value_or(record.policy) : record.policy;
}

Outcome find_outcome(const Verdict& verdict, const Facts& facts)
{
    if (verdict.spf_aligned || verdict.dkim_aligned) return Outcome::pass;
    // §6.6.2: "If neither passes and one or both of them fail due to a temporary error, the Receiver […]
    // cannot apply the advertised DMARC policy."
    return facts.spf_temporary || facts.dkim_temporary ? Outcome::temperror : Outcome::fail;
}

void apply_policy(Verdict& verdict, unsigned percent, unsigned draw)
{
    const bool is_sampled = draw < percent;
    verdict.applied = is_sampled ? verdict.requested : find_weaker(verdict.requested);
    verdict.sampled_out = verdict.applied != verdict.requested;
}

// Which of two verdicts holds for a message with several authors: the larger.
int rank(const Verdict& verdict)
{
    switch (verdict.outcome) {
        case Outcome::fail: return 10 + static_cast<int>(verdict.applied);
        case Outcome::temperror: return 4;
        case Outcome::permerror: return 3;
        case Outcome::none: return 2;
        case Outcome::pass: return 1;
    }
    return 0;
}

}  // namespace

std::string_view format_outcome(Outcome outcome)
{
    switch (outcome) {
        case Outcome::none: return "none";
        case Outcome::pass: return "pass";
        case Outcome::fail: return "fail";
        case Outcome::temperror: return "temperror";
        case Outcome::permerror: return "permerror";
    }
    return "";
}

Verdict evaluate(const Discovery& discovery, const Facts& facts, unsigned draw)
{
    Verdict verdict;
    verdict.domain = discovery.domain;
    switch (discovery.state) {
        case Discovery::State::none: return verdict;
        case Discovery::State::temporary: verdict.outcome = Outcome::temperror; return verdict;
        case Discovery::State::broken: verdict.outcome = Outcome::permerror; return verdict;
        case Discovery::State::found: break;
    }
    judge_alignment(verdict, discovery.record, facts);
    verdict.requested = find_requested(discovery, facts.author_domain);
    verdict.outcome = find_outcome(verdict, facts);
    if (verdict.outcome == Outcome::fail) apply_policy(verdict, discovery.record.percent, draw);
    return verdict;
}

Task<Judgement> judge(dns::Resolver& resolver, std::vector<std::string> author_domains, Facts facts, unsigned draw,
                      Deadline deadline)
{
    std::optional<Judgement> worst;
    for (const std::string& domain : author_domains) {
        Judgement judgement;
        judgement.author_domain = domain;
        Discovery discovery = co_await find_record(resolver, domain, deadline);
        judgement.discovery = std::move(discovery);
        facts.author_domain = domain;
        judgement.verdict = evaluate(judgement.discovery, facts, draw);
        if (!worst || rank(judgement.verdict) > rank(worst->verdict)) worst = std::move(judgement);
    }
    co_return worst.value_or(Judgement{});
}

}  // namespace sealpost::dmarc
