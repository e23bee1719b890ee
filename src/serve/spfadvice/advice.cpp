#include "serve/spfadvice/advice.hpp"

#include "base/text.hpp"
#include "serve/spfadvice/findings.hpp"
#include "serve/spfadvice/overlay.hpp"
#include "serve/spfadvice/proposal.hpp"
#include "sys/async/give_way.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::spfadvice {
namespace {

using Words = std::vector<std::string_view>;
using Terms = std::vector<Term>;

constexpr unsigned max_savings = 40;

// A record that may be offered, with what it costs and what was saved to get there.
struct Candidate {
    std::string record;
    Node tree;
    Costs costs;
    std::vector<Problem> notes;
    bool fits = false;
    bool is_too_large = false;  // or leads to too much: its tree is not all
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
    return std::any_of(std::begin(letters), std::end(letters),
                       [&](auto macro) { return node.term.find(macro) != std::string::npos; }) ||
           std::any_of(node.inside.begin(), node.inside.end(), asks_for_sender);
}

Words words_of(std::string_view record)
{
    Words words;
    for (const auto word : split(record, ' '))
        if (!word.empty()) words.push_back(word);
    return words;
}

// Is the second record the first one with one more term, the include?
bool only_adds(std::string_view before, std::string_view after, const std::string& include)
{
    auto words = words_of(after);
    const auto before_words = words_of(before);
    if (words == before_words) return true;
    const auto added = std::find(words.begin(), words.end(), "include:" + include);
    if (added != words.end()) words.erase(added);
    return words == before_words;
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
        if (wants_an_answer()) advice_.conclusion = Conclusion::could_not_tell;
        std::stable_sort(advice_.problems.begin(), advice_.problems.end(),
                         [](const Problem& a, const Problem& b) { return severity_of(a.kind) < severity_of(b.kind); });
        co_return std::move(advice_);
    }

private:
    Task<void> look();
    Task<void> look_at_terms(Outcome now);
    Task<void> look_at_include();
    Task<void> propose();
    Task<void> try_places();
    void tell_why_none();
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
    [[nodiscard]] bool wants_an_answer() const
    {
        const bool failed = has(ProblemKind::dns_failure) || has(ProblemKind::target_temporary) ||
                            has(ProblemKind::include_temporary) || has(ProblemKind::out_of_time);
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
    bool was_too_large_ = false;
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
    advice_.problems = find_record_problems(now, drafts_);
    co_await look_at_terms(now.root.outcome);
    co_await look_at_include();
}

// What the drafts say together, mended.
Task<void> Advisor::look_at_terms(Outcome now)
{
    std::size_t count = 0;
    for (const auto& draft : drafts_) count += draft.terms.size();
    if (!drafts_.empty() && count <= max_surveyed_terms) terms_ = merge(drafts_);
    const auto record = format_record(terms_);
    auto read = co_await survey_terms(memo_, order_.domain, terms_, deadline_);
    terms_tree_ = std::move(read.root);
    advice_.tree = terms_tree_;
    advice_.tree.outcome = now;
    advice_.lookups_before = advice_.tree.lookups;
    const bool is_whole = terms_tree_.inside.size() == terms_.size();
    if (is_whole) {
        auto found = find_term_problems(terms_, terms_tree_);
        // Nothing hands over to anybody in a text that nobody obeys.
        const auto is_idle = [&](const Problem& problem) {
            return advice_.records.empty() && problem.kind == ProblemKind::redirect_shared;
        };
        found.erase(std::remove_if(found.begin(), found.end(), is_idle), found.end());
        advice_.problems.insert(advice_.problems.end(), found.begin(), found.end());
    }
    const bool is_too_large =
        std::any_of(drafts_.begin(), drafts_.end(), [](const Draft& draft) { return draft.text.size() > max_draft_bytes; });
    if (!is_whole || read.is_cut || is_too_large || count > max_surveyed_terms || record.size() > max_draft_bytes) {
        add(ProblemKind::too_large, order_.domain);
        may_be_offered_ = false;
    }
    for (const auto& draft : drafts_) may_be_offered_ = may_be_offered_ && !draft.has_unmended;
    for (const auto& term : terms_) may_be_offered_ = may_be_offered_ && term.kind != Kind::unknown;
    OverlayResolver mended(memo_, order_.domain, record);
    costs_ = co_await measure(mended, order_.domain, deadline_);
    advice_.voids_before = costs_.void_lookups;
    if (costs_.void_lookups > max_void_lookups) add(ProblemKind::too_many_voids, {}, costs_.void_lookups);
}

Task<void> Advisor::look_at_include()
{
    wanted_ = co_await survey(memo_, order_.include, deadline_);
    const auto& root = wanted_.root;
    add(ProblemKind::include_cost, order_.include, root.lookups + 1);
    const bool temporary = root.any(Outcome::temporary);
    const bool broken =
        root.any(Outcome::broken) || root.any(Outcome::loop) || root.any(Outcome::without_record) || wanted_.is_cut;
    if (temporary)
        add(ProblemKind::include_temporary, order_.include);
    else if (root.outcome == Outcome::without_record)
        add(ProblemKind::include_without_record, order_.include);
    else if (broken || order_.include == order_.domain)
        add(ProblemKind::include_broken, order_.include);
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
    for (unsigned saved = 0; saved <= max_savings && !deadline_.has_passed(); ++saved) {
        co_await async::give_way();
        candidate.record = format_record(terms);
        auto seen = co_await survey_terms(memo_, order_.domain, terms, deadline_);
        candidate.tree = std::move(seen.root);
        candidate.is_too_large =
            seen.is_cut || candidate.tree.inside.size() != terms.size() || candidate.record.size() > max_draft_bytes;
        if (candidate.is_too_large) co_return candidate;
        OverlayResolver world(memo_, order_.domain, candidate.record);
        candidate.costs = co_await measure(world, order_.domain, deadline_);
        const bool fits_ipv4 = candidate.tree.lookups <= max_lookups && candidate.costs.void_lookups <= max_void_lookups;
        candidate.fits = fits_ipv4;
        // Permerror instead of fail is nearly the same to whom nobody lists; instead of softfail it is not.
        if (candidate.fits && candidate.costs.void_lookups_ipv6 > max_void_lookups)
            candidate.fits = co_await fails_strangers(world, order_.domain, deadline_);
        if (candidate.fits) co_return candidate;
        auto saving = find_saving(terms, candidate.tree, order_.domain, fits_ipv4 ? Aim::fewer_voids_ipv6 : Aim::fewer_lookups);
        if (!saving) co_return candidate;
        terms = std::move(saving->terms);
        candidate.notes.push_back(std::move(saving->note));
    }
    co_return candidate;
}

Task<Proof> Advisor::prove_candidate(const Candidate& candidate)
{
    Claim claim;
    claim.domain = order_.domain;
    claim.include = order_.include;
    claim.record = candidate.record;
    claim.probes = make_probes({terms_tree_, candidate.tree, wanted_.root}, order_.senders, order_.domain);
    claim.only_adds =
        drafts_.empty() || (advice_.records.size() == 1 && only_adds(advice_.records.front(), candidate.record, order_.include));
    claim.plus_all = std::any_of(terms_.begin(), terms_.end(),
                                 [](const Term& term) { return term.kind == Kind::all && term.qualifier == '+'; });
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
    if (proof.was_cut && !has(ProblemKind::partly_probed)) add(ProblemKind::partly_probed, {}, proof.probes);
    if (proof.at_void_limit > 0) add(ProblemKind::voids_for_ipv6, {}, candidate.costs.void_lookups_ipv6);
    advice_.proof = std::move(proof);
}

// One candidate, measured and proven. False: not this one.
Task<bool> Advisor::offer(Terms terms)
{
    auto candidate = co_await fit(std::move(terms));
    if (candidate.is_too_large) {
        was_too_large_ = true;
        co_return false;
    }
    if (!candidate.fits) {
        if (!nearest_ || candidate.tree.lookups < nearest_->tree.lookups) nearest_ = std::move(candidate);
        co_return false;
    }
    auto proof = co_await prove_candidate(candidate);
    if (proof.could_not_tell) {
        if (!proof.out_of_time && !has(ProblemKind::dns_failure)) add(ProblemKind::dns_failure, order_.domain);
        co_return false;
    }
    if (!proof.holds()) {
        was_disproved_ = true;
        if (proof.was_cut && !has(ProblemKind::partly_probed)) add(ProblemKind::partly_probed, {}, proof.probes);
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
    co_await try_places();
    if (advice_.publish) co_return;
    if (deadline_.has_passed())
        add(ProblemKind::out_of_time, order_.domain);
    else
        tell_why_none();
}

Task<void> Advisor::try_places()
{
    Terms base = tidy(terms_, terms_tree_);
    const bool in_force = !advice_.records.empty();
    const bool is_present = has(ProblemKind::include_present);
    if (is_present && in_force && drafts_.size() == 1 && drafts_.front().problems.empty() && base.size() == terms_.size()) {
        const bool taken = co_await offer_as_it_is();
        if (taken) co_return;
    }
    // What had no effect so far must not begin with failing people.
    if (!in_force) base = put_in_force(base);
    std::vector<Terms> places;
    if (is_present) places.push_back(base);
    for (auto& place : place_include(base, order_.include)) places.push_back(std::move(place));
    for (const auto& place : places) {
        if (deadline_.has_passed()) co_return;
        const bool taken = co_await offer(place);
        if (taken) co_return;
    }
}

void Advisor::tell_why_none()
{
    if (was_too_large_) add(ProblemKind::too_large, order_.domain);
    if (nearest_) {
        advice_.tree_after = nearest_->tree;
        advice_.lookups_after = nearest_->tree.lookups;
        advice_.voids_after = nearest_->costs.void_lookups;
        const bool fits_ipv4 = advice_.lookups_after <= max_lookups && advice_.voids_after <= max_void_lookups;
        if (fits_ipv4)
            add(ProblemKind::no_room_for_voids, {}, nearest_->costs.void_lookups_ipv6);
        else
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
