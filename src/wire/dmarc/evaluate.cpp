// RFC 7489 §6.6: from the record and what SPF and DKIM said to what to do.
#include "sys/async/task_group.hpp"
#include "wire/dmarc/dmarc.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

// RFC 7489 §6.6.4: mail spared by pct= gets "the next less strict" treatment.
Policy find_weaker(Policy policy) { return policy == Policy::reject ? Policy::quarantine : Policy::none; }

bool aligns(const Record& record, const std::string& author, const std::optional<std::string>& spf_domain)
{
    return spf_domain && are_aligned(author, *spf_domain, record.spf_alignment);
}

bool aligns(const Record& record, const std::string& author, const std::vector<std::string>& dkim_domains)
{
    return std::ranges::any_of(dkim_domains,
                               [&](const std::string& domain) { return are_aligned(author, domain, record.dkim_alignment); });
}

// Whether SPF or DKIM passed with an identifier that aligns with the author.
bool is_vouched_for(const Record& record, const Facts& facts)
{
    return aligns(record, facts.author_domain, facts.spf_pass_domain) ||
           aligns(record, facts.author_domain, facts.dkim_pass_domains);
}

// §6.3: sp= is for subdomains of the domain that the record stands at.
Policy find_requested(const Record& record, const std::string& record_domain, const std::string& author_domain)
{
    const bool is_subdomain = !are_aligned(author_domain, record_domain, Alignment::strict);
    return is_subdomain ? record.subdomain_policy.value_or(record.policy) : record.policy;
}

Outcome find_outcome(const Verdict& verdict, const Record& record, const Facts& facts)
{
    if (verdict.spf_aligned || verdict.dkim_aligned) return Outcome::pass;
    // §6.6.2: "If neither passes and one or both of them fail due to a temporary error, the Receiver […]
    // cannot apply the advertised DMARC policy."
    // What could not have vouched for this author puts nothing off: its name server is a stranger's.
    const bool is_open = aligns(record, facts.author_domain, facts.spf_temporary_domain) ||
                         aligns(record, facts.author_domain, facts.dkim_temporary_domains);
    return is_open ? Outcome::temperror : Outcome::fail;
}

Policy sample(Policy requested, unsigned percent, unsigned draw) { return draw < percent ? requested : find_weaker(requested); }

// The author's own record may ask for less than its organisation's, and for more: none of it is applied.
Policy find_stake(const Discovery& discovery, const Facts& facts, unsigned draw)
{
    if (!discovery.organisation) return Policy::none;
    const auto& [domain, record] = *discovery.organisation;
    if (is_vouched_for(record, facts)) return Policy::none;
    return sample(find_requested(record, domain, facts.author_domain), record.percent, draw);
}

void apply_policy(Verdict& verdict, unsigned percent, unsigned draw)
{
    const Policy sampled = sample(verdict.requested, percent, draw);
    if (verdict.outcome == Outcome::temperror) verdict.at_stake = sampled;
    if (verdict.outcome != Outcome::fail) return;
    verdict.applied = sampled;
    verdict.sampled_out = verdict.applied != verdict.requested;
}

// Which of two verdicts holds for a message with several authors: the larger.
int rank(const Verdict& verdict)
{
    switch (verdict.outcome) {
        case Outcome::fail: return verdict.applied == Policy::none ? 4 : 10 * static_cast<int>(verdict.applied);
        // What asks for nothing, or for less, does not hide one that may ask for more.
        case Outcome::temperror: return verdict.at_stake == Policy::none ? 5 : 10 * static_cast<int>(verdict.at_stake) - 2;
        case Outcome::permerror: return 3;
        case Outcome::none: return 2;
        case Outcome::pass: return 1;
    }
    return 0;
}

Task<void> find_into(dns::Resolver& resolver, std::string domain, Deadline deadline, Discovery& into)
{
    into = co_await find_record(resolver, std::move(domain), deadline);
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
        case Discovery::State::temporary:
            verdict.outcome = Outcome::temperror;
            verdict.at_stake = find_stake(discovery, facts, draw);
            return verdict;
        case Discovery::State::broken: verdict.outcome = Outcome::permerror; return verdict;
        case Discovery::State::found: break;
    }
    verdict.spf_aligned = aligns(discovery.record, facts.author_domain, facts.spf_pass_domain);
    verdict.dkim_aligned = aligns(discovery.record, facts.author_domain, facts.dkim_pass_domains);
    verdict.requested = find_requested(discovery.record, discovery.domain, facts.author_domain);
    verdict.outcome = find_outcome(verdict, discovery.record, facts);
    apply_policy(verdict, discovery.record.percent, draw);
    return verdict;
}

Task<Judgement> judge(dns::Resolver& resolver, std::vector<std::string> author_domains, Facts facts, unsigned draw,
                      Deadline deadline)
{
    std::vector<Judgement> judgements(author_domains.size());
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (std::size_t i = 0; i < author_domains.size(); ++i) {
        judgements[i].author_domain = author_domains[i];
        group.spawn(find_into(resolver, author_domains[i], deadline, judgements[i].discovery));
    }
    co_await group.join();
    std::optional<Judgement> worst;
    for (Judgement& judgement : judgements) {
        facts.author_domain = judgement.author_domain;
        judgement.verdict = evaluate(judgement.discovery, facts, draw);
        if (!worst || rank(judgement.verdict) > rank(worst->verdict)) worst = std::move(judgement);
    }
    co_return worst.value_or(Judgement{});
}

}  // namespace sealpost::dmarc
