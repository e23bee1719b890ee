#include "serve/spfadvice/advice.hpp"

#include "base/text.hpp"
#include "serve/spfadvice/findings.hpp"
#include "serve/spfadvice/overlay.hpp"
#include "serve/spfadvice/proposal.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::spfadvice {
namespace {

using Terms = std::vector<Term>;

// A record that may be offered, with what it costs and what was saved to get there.
struct Candidate {
    std::string record;
    Node tree;
    Costs costs;
    std::vector<Problem> notes;
    bool fits = false;
};

const Node* find_include(const Node& tree, const std::string& name)
{
    for (const auto& child : tree.inside) {
        if (child.outcome == Outcome::unread) continue;
        if (child.parsed.kind == Kind::include && child.name == name) return &child;
        if (const auto* deeper = find_include(child, name)) return deeper;
    }
    return nullptr;
}

bool asks_for_sender(const Node& node)
{
    constexpr std::string_view letters[] = {"%{s", "%{l", "%{S", "%{L"};
    return std::any_of(std::begin(letters), std::end(letters), [&](auto macro) { return node.term.find(macro) != std::string::npos; }) ||
           std::any_of(node.inside.begin(), node.inside.end(), asks_for_sender);
}

// People write U-labels, and an include may lead to a name with an underscore, such as _spf.example.org.
std::optional<std::string> normalise(std::string_view name)
{
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.find('.') == std::string_view::npos) return std::nullopt;
    if (const auto domain = mail::parse_domain(name)) return *domain;
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '-' || c == '_' || c == '.'; };
    auto normal = dns::normalise_name(name);
    if (!normal || !std::all_of(normal->begin(), normal->end(), is_plain)) return std::nullopt;
    return normal;
}

class Advisor {
public:
    Advisor(dns::Resolver& resolver, Order order, Deadline deadline)
        : memo_(resolver), order_(std::move(order)), deadline_(deadline)
    {
        advice_.domain = order_.domain;
        advice_.include = order_.include;
    }

    Task<Advice> run()
    {
        co_await look();
        co_await propose();
        if (memo_failed()) advice_.conclusion = Conclusion::could_not_tell;
        std::stable_sort(advice_.problems.begin(), advice_.problems.end(), [](const Problem& a, const Problem& b) {
            return severity_of(a.kind) < severity_of(b.kind);
        });
        co_return std::move(advice_);
    }

private:
    Task<void> look();
    Task<void> look_at_include();
    Task<void> propose();
    Task<bool> offer(Terms terms);
    Task<bool> offer_as_it_is();
    Task<Candidate> fit(Terms terms);
    Task<Proof> prove_candidate(const Candidate& candidate);
    void take(Candidate candidate, Proof proof);

    void add(ProblemKind kind, std::string where = {}, std::size_t count = 0)
    {
        Problem problem;
        problem.kind = kind;
        problem.where = std::move(where);
        problem.count = count;
        advice_.problems.push_back(std::move(problem));
    }
    [[nodiscard]] bool has(ProblemKind kind) const
    {
        return std::any_of(advice_.problems.begin(), advice_.problems.end(), [&](const Problem& p) { return p.kind == kind; });
    }
    // Nothing was offered, and that may be for want of an answer.
    [[nodiscard]] bool memo_failed() const
    {
        const bool failed = has(ProblemKind::dns_failure) || has(ProblemKind::target_temporary) || has(ProblemKind::include_temporary);
        return failed && advice_.conclusion == Conclusion::none;
    }

    MemoResolver memo_;
    Order order_;
    Deadline deadline_;
    Advice advice_;
    std::vector<Draft> drafts_;
    Terms terms_;  // of all drafts, mended
    Node terms_tree_;
    Costs costs_;
    Survey wanted_;
    bool may_be_offered_ = true;
    std::optional<Candidate> nearest_;
    bool was_disproved_ = false;
};

// The record now: what stands there, where it leads, what is wrong with it.
Task<void> Advisor::look()
{
    auto now = co_await survey(memo_, order_.domain, deadline_);
    advice_.records = now.records;
    if (now.status == dns::Status::temporary) {
        add(ProblemKind::dns_failure, order_.domain);
        may_be_offered_ = false;
        co_return;
    }
    for (const auto& text : now.records.empty() ? now.meant : now.records) drafts_.push_back(read_draft(text));
    if (!drafts_.empty()) terms_ = merge(drafts_);
    advice_.problems = find_record_problems(now, drafts_);
    OverlayResolver mended(memo_, order_.domain, format_record(terms_));
    auto read = co_await survey(mended, order_.domain, deadline_);
    terms_tree_ = std::move(read.root);
    advice_.tree = terms_tree_;
    advice_.tree.outcome = now.root.outcome;
    advice_.lookups_before = advice_.tree.lookups;
    auto found = find_term_problems(terms_, terms_tree_);
    advice_.problems.insert(advice_.problems.end(), found.begin(), found.end());
    const auto costs = co_await measure(mended, order_.domain, deadline_);
    costs_ = costs;
    advice_.voids_before = costs.void_lookups;
    if (costs.void_lookups > max_void_lookups) add(ProblemKind::too_many_voids, {}, costs.void_lookups);
    for (const auto& draft : drafts_) may_be_offered_ = may_be_offered_ && !draft.has_unmended;
    co_await look_at_include();
}

Task<void> Advisor::look_at_include()
{
    wanted_ = co_await survey(memo_, order_.include, deadline_);
    const auto& root = wanted_.root;
    add(ProblemKind::include_cost, order_.include, root.lookups + 1);
    const bool temporary = root.any(Outcome::temporary);
    const bool broken = root.any(Outcome::broken) || root.any(Outcome::loop) || !read_draft(root.record).problems.empty();
    if (temporary) add(ProblemKind::include_temporary, order_.include);
    else if (root.outcome == Outcome::without_record) add(ProblemKind::include_without_record, order_.include);
    else if (broken || order_.include == order_.domain) add(ProblemKind::include_broken, order_.include);
    else {
        if (const auto* there = find_include(terms_tree_, order_.include))
            add(there->parsed.qualifier == '+' ? ProblemKind::include_present : ProblemKind::include_qualified, there->term);
        co_return;
    }
    may_be_offered_ = false;
}

// Terms are given up for a lower cost, one at a time, until the record stays within the limits.
Task<Candidate> Advisor::fit(Terms terms)
{
    Candidate candidate;
    while (true) {
        candidate.record = format_record(terms);
        OverlayResolver world(memo_, order_.domain, candidate.record);
        auto seen = co_await survey(world, order_.domain, deadline_);
        candidate.tree = std::move(seen.root);
        candidate.costs = co_await measure(world, order_.domain, deadline_);
        candidate.fits = candidate.tree.lookups <= max_lookups && candidate.costs.void_lookups <= max_void_lookups;
        if (candidate.fits) co_return candidate;
        auto saving = find_saving(terms, candidate.tree, order_.domain);
        if (!saving) co_return candidate;
        terms = std::move(saving->terms);
        candidate.notes.push_back(std::move(saving->note));
    }
}

Task<Proof> Advisor::prove_candidate(const Candidate& candidate)
{
    Claim claim;
    claim.domain = order_.domain;
    claim.include = order_.include;
    claim.record = candidate.record;
    claim.probes = make_probes({&wanted_.root, &terms_tree_, &candidate.tree}, order_.senders, order_.domain);
    claim.by_sender = asks_for_sender(terms_tree_) || asks_for_sender(wanted_.root);
    auto proof = co_await prove(memo_, std::move(claim), deadline_);
    co_return proof;
}

void Advisor::take(Candidate candidate, Proof proof)
{
    advice_.publish = candidate.record;
    const bool is_same = advice_.records.size() == 1 && advice_.records.front() == candidate.record;
    advice_.conclusion = is_same ? Conclusion::unchanged : Conclusion::publish;
    advice_.lookups_after = candidate.tree.lookups;
    advice_.voids_after = candidate.costs.void_lookups;
    advice_.tree_after = std::move(candidate.tree);
    advice_.problems.insert(advice_.problems.end(), candidate.notes.begin(), candidate.notes.end());
    if (proof.include_probes == 0) add(ProblemKind::include_unseen, order_.include);
    if (proof.at_void_limit > 0) add(ProblemKind::voids_for_ipv6, {}, candidate.costs.void_lookups_ipv6);
    advice_.proof = std::move(proof);
}

// One candidate, measured and proven. False: not this one.
Task<bool> Advisor::offer(Terms terms)
{
    auto candidate = co_await fit(std::move(terms));
    if (!candidate.fits) {
        if (!nearest_ || candidate.tree.lookups < nearest_->tree.lookups) nearest_ = std::move(candidate);
        co_return false;
    }
    auto proof = co_await prove_candidate(candidate);
    if (proof.could_not_tell) {
        if (!has(ProblemKind::dns_failure)) add(ProblemKind::dns_failure, order_.domain);
        co_return false;
    }
    if (!proof.holds()) {
        was_disproved_ = true;
        advice_.proof = std::move(proof);
        co_return false;
    }
    take(std::move(candidate), std::move(proof));
    co_return true;
}

// With the include there already, and nothing to mend, the record stays to the letter.
Task<bool> Advisor::offer_as_it_is()
{
    Candidate candidate;
    candidate.record = drafts_.front().text;
    candidate.tree = terms_tree_;
    candidate.costs = costs_;
    if (candidate.tree.lookups > max_lookups || candidate.costs.void_lookups > max_void_lookups) co_return false;
    auto proof = co_await prove_candidate(candidate);
    if (!proof.holds()) co_return false;
    take(std::move(candidate), std::move(proof));
    co_return true;
}

Task<void> Advisor::propose()
{
    if (!may_be_offered_) co_return;
    Terms base = tidy(terms_, terms_tree_);
    const bool in_force = !advice_.records.empty();
    const bool is_present = has(ProblemKind::include_present);
    if (is_present && in_force && drafts_.size() == 1 && drafts_.front().problems.empty() && base.size() == terms_.size()) {
        const bool taken = co_await offer_as_it_is();
        if (taken) co_return;
    }
    // What had no effect so far must not begin with failing people.
    if (!in_force) {
        base.erase(std::remove_if(base.begin(), base.end(), [](const Term& term) { return term.kind == Kind::all; }), base.end());
        base.push_back(read_term("?all"));
    }
    std::vector<Terms> places;
    if (is_present) places.push_back(base);
    for (auto& place : place_include(base, order_.include)) places.push_back(std::move(place));
    for (const auto& place : places) {
        const bool taken = co_await offer(place);
        if (taken) co_return;
    }
    if (nearest_) {
        advice_.tree_after = nearest_->tree;
        advice_.lookups_after = nearest_->tree.lookups;
        advice_.voids_after = nearest_->costs.void_lookups;
        add(ProblemKind::no_room, {}, nearest_->tree.lookups);
    }
    if (was_disproved_) add(ProblemKind::not_proven, order_.include);
}

}  // namespace

std::string_view format_conclusion(Conclusion conclusion)
{
    switch (conclusion) {
        case Conclusion::publish: return "publish";
        case Conclusion::unchanged: return "unchanged";
        case Conclusion::none: return "none";
        case Conclusion::could_not_tell: return "could_not_tell";
    }
    return "";
}

Task<Result<Advice>> advise(dns::Resolver& resolver, Order order, Deadline deadline)
{
    for (auto* name : {&order.domain, &order.include}) {
        auto normal = normalise(*name);
        if (!normal) co_return Error{Fault::config, "\"" + *name + "\" is not a domain name, such as example.org"};
        *name = std::move(*normal);
    }
    Advisor advisor(resolver, std::move(order), deadline);
    auto advice = co_await advisor.run();
    co_return advice;
}

}  // namespace sealpost::spfadvice
