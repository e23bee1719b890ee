#include "wire/dmarc/examination.hpp"

#include "base/text.hpp"
#include "wire/dmarc/tags.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

using State = Discovery::State;
using Weight = Finding::Weight;

std::string quote_record(const std::string& domain, const std::string& text)
{
    return "_dmarc." + domain + ". TXT \"" + text + "\"";
}

std::string_view explain_policy(Policy policy)
{
    switch (policy) {
        case Policy::none: return "is delivered as if there were no policy";
        case Policy::quarantine: return "is to be treated as suspicious";
        case Policy::reject: return "is to be rejected";
    }
    return "";
}

std::string explain_alignment(Alignment alignment, std::string_view who)
{
    return std::string(who) + (alignment == Alignment::strict ? " must name exactly the domain of From"
                                                              : " may name any domain of the same organisation");
}

std::string explain_addresses(const std::vector<ReportAddress>& addresses, std::string_view what)
{
    if (addresses.empty()) return "nobody gets " + std::string(what);
    std::vector<std::string> names;
    for (const auto& address : addresses) names.push_back(address.address);
    return std::string(what) + " go to " + join(names, ", ");
}

// What the record says of itself, tag by tag.
class Explainer {
public:
    explicit Explainer(const Discovery& discovery) : record_(discovery.record)
    {
        std::vector<TagProblem> ignored;
        written_ = split_tags(discovery.text, ignored);
    }

    std::vector<TagMeaning> explain()
    {
        add("p", std::string(format_policy(record_.policy)),
            "mail from this domain that neither SPF nor DKIM vouches for " + std::string(explain_policy(record_.policy)));
        const Policy subdomains = record_.subdomain_policy.value_or(record_.policy);
        add("sp", std::string(format_policy(subdomains)),
            "the same from its subdomains " + std::string(explain_policy(subdomains)));
        add("pct", std::to_string(record_.percent),
            record_.percent == 100 ? "the policy is for all failing mail"
                                   : "the policy is for " + std::to_string(record_.percent) +
                                         " of 100 failing messages, the next weaker one for the rest");
        add("adkim", record_.dkim_alignment == Alignment::strict ? "s" : "r",
            explain_alignment(record_.dkim_alignment, "a DKIM signature"));
        add("aspf", record_.spf_alignment == Alignment::strict ? "s" : "r",
            explain_alignment(record_.spf_alignment, "the envelope sender"));
        add("rua", value_of("rua"), explain_addresses(record_.aggregate_reports, "aggregate reports"));
        add("ruf", value_of("ruf"), explain_addresses(record_.failure_reports, "reports of single failures"));
        add("ri", std::to_string(record_.report_interval_seconds), "the wished time between two reports, in seconds");
        add("fo", record_.failure_options, "when single failures are to be reported");
        return std::move(meanings_);
    }

private:
    [[nodiscard]] const Tag* find(std::string_view name) const
    {
        const auto found = std::ranges::find(written_, name, &Tag::name);
        return found == written_.end() ? nullptr : &*found;
    }
    [[nodiscard]] std::string value_of(std::string_view name) const
    {
        const Tag* tag = find(name);
        return tag == nullptr ? "" : std::string(tag->value);
    }
    void add(std::string name, std::string value, std::string meaning)
    {
        const bool is_default = find(name) == nullptr;
        meanings_.push_back({std::move(name), std::move(value), std::move(meaning), is_default});
    }

    const Record& record_;
    std::vector<Tag> written_;  // views into the discovery's text
    std::vector<TagMeaning> meanings_;
};

std::string find_fix(const std::string& tag)
{
    if (tag == "p" || tag == "sp")
        return "write " + tag + "=none, " + tag + "=quarantine or " + tag + "=reject, once, right behind v=DMARC1";
    if (tag == "rua" || tag == "ruf") return "write " + tag + "=mailto:name@domain, further addresses behind commas";
    if (tag == "adkim" || tag == "aspf") return "write " + tag + "=r or " + tag + "=s";
    if (tag == "pct") return "write a number from 0 to 100, or leave pct= out";
    if (tag == "ri") return "write a number of seconds, or leave ri= out";
    if (tag == "fo") return "write 0, 1, d or s, with colons between them";
    return "take it out";
}

// Everything worth saying to the owner.
class Inspector {
public:
    explicit Inspector(const Examination& examination) : examination_(examination), record_(examination.discovery.record) {}

    std::vector<Finding> inspect()
    {
        switch (examination_.discovery.state) {
            case State::none: inspect_missing(); break;
            case State::broken: inspect_broken(); break;
            case State::temporary: break;
            case State::found: inspect_record(); break;
        }
        return std::move(findings_);
    }

private:
    void tell(Weight weight, std::string tag, std::string what, std::string fix)
    {
        findings_.push_back({weight, std::move(tag), std::move(what), std::move(fix)});
    }

    void inspect_missing()
    {
        const std::string& domain = examination_.organisational_domain;
        tell(Weight::fault, "", "there is no DMARC record: anybody's mail in the name of " + domain + " looks as good as yours",
             "publish " + quote_record(domain, "v=DMARC1; p=none; rua=mailto:dmarc@" + domain) +
                 ", read the reports, then raise p=");
    }

    void inspect_broken()
    {
        const Discovery& discovery = examination_.discovery;
        const bool several = discovery.text.find('\n') != std::string::npos;
        tell(Weight::fault, "", discovery.problem,
             several ? "keep one of the TXT records at _dmarc." + discovery.domain + " and remove the others"
                     : "publish " + quote_record(discovery.domain, "v=DMARC1; p=none; rua=mailto:dmarc@" + discovery.domain));
        for (const auto& problem : discovery.problems) tell(Weight::fault, problem.tag, problem.problem, find_fix(problem.tag));
    }

    void inspect_record()
    {
        for (const auto& problem : examination_.discovery.problems)
            tell(Weight::fault, problem.tag, problem.problem, find_fix(problem.tag));
        for (const auto& target : examination_.targets) inspect_target(target);
        inspect_strength();
        if (record_.aggregate_reports.empty())
            tell(Weight::advice, "rua", "nobody hears what is sent in the name of the domain",
                 "add rua=mailto:dmarc@" + examination_.discovery.domain);
    }

    void inspect_target(const ReportTarget& target)
    {
        if (target.destination.state != Destination::State::unverified) return;
        tell(Weight::fault, target.list, target.address.address + " gets no report: " + target.destination.problem,
             "let its owner publish " + target.destination.asked + ". TXT \"v=DMARC1\", or name an address of your own");
    }

    // RFC 7489 §6.3: where the record stands above the domain, sp= is what counts for it.
    void inspect_strength()
    {
        const bool is_by_sp = examination_.is_inherited && record_.subdomain_policy;
        const Policy asked = is_by_sp ? *record_.subdomain_policy : record_.policy;
        const std::string tag = is_by_sp ? "sp" : "p";
        if (asked == Policy::none)
            tell(Weight::advice, tag, tag + "=none only watches: forged mail is delivered",
                 "when the reports show that your own mail passes, write " + tag + "=quarantine, then " + tag + "=reject");
        else if (!examination_.is_inherited && record_.subdomain_policy == Policy::none)
            tell(Weight::advice, "sp", "sp=none leaves subdomains open, also those that do not exist",
                 "write sp=" + std::string(format_policy(record_.policy)) + ", or leave sp= out");
        if (asked != Policy::none && record_.percent < 100)
            tell(Weight::advice, "pct", "pct=" + std::to_string(record_.percent) + " spares part of the forged mail",
                 "leave pct= out when the reports are quiet");
    }

    const Examination& examination_;
    const Record& record_;
    std::vector<Finding> findings_;
};

Task<void> verify_targets(dns::Resolver& resolver, Examination& examination, Deadline deadline)
{
    const Record& record = examination.discovery.record;
    for (const auto* list : {&record.aggregate_reports, &record.failure_reports}) {
        for (const ReportAddress& address : *list) {
            ReportTarget target{list == &record.aggregate_reports ? "rua" : "ruf", address, {}};
            Destination destination = co_await verify_destination(resolver, examination.discovery.domain, address, deadline);
            target.destination = std::move(destination);
            examination.targets.push_back(std::move(target));
        }
    }
}

}  // namespace

Task<Examination> examine(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    Examination examination;
    examination.domain = dns::normalise_name(domain).value_or(domain);
    examination.organisational_domain = find_organisational_domain(domain);
    Discovery discovery = co_await find_record(resolver, domain, deadline);
    examination.discovery = std::move(discovery);
    if (examination.discovery.state == State::found) {
        examination.is_inherited = examination.discovery.domain != examination.domain;
        examination.tags = Explainer(examination.discovery).explain();
        co_await verify_targets(resolver, examination, deadline);
    }
    examination.findings = Inspector(examination).inspect();
    co_return examination;
}

}  // namespace sealpost::dmarc
