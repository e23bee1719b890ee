#include "serve/spfadvice/findings.hpp"

#include "sys/dns/zone_text.hpp"

#include <algorithm>

namespace sealpost::spfadvice {
namespace {

constexpr std::size_t smallest_udp_answer = 512;  // RFC 7208 §3.4, RFC 1035 §2.3.4

Problem make_problem(ProblemKind kind, std::string where = {}, std::size_t column = 0, std::size_t count = 0)
{
    Problem problem;
    problem.kind = kind;
    problem.where = std::move(where);
    problem.column = column;
    problem.count = count;
    return problem;
}

// An answer with every TXT record of the name: header, question, and per record a pointer, its fixed
// fields and the strings with their length octets (RFC 1035 §4).
std::size_t size_of_answer(const std::string& name, const std::vector<std::size_t>& texts)
{
    std::size_t size = 12 + name.size() + 2 + 4;
    for (const auto text : texts) size += 12 + text + std::max<std::size_t>(1, (text + 254) / 255);
    return size;
}

class TermFindings {
public:
    TermFindings(const std::vector<Term>& terms, const Node& tree) : terms_(terms), tree_(tree) {}

    std::vector<Problem> take()
    {
        look_at_ends();
        for (std::size_t i = 0; i < terms_.size(); ++i) look_at(i);
        for (std::size_t i = 0; i < tree_.inside.size(); ++i) follow(tree_.inside[i], terms_[i].column);
        if (tree_.lookups > max_lookups)
            add(ProblemKind::too_many_lookups, {}, 0, tree_.lookups);
        else if (tree_.lookups >= near_lookups)
            add(ProblemKind::many_lookups, {}, 0, tree_.lookups);
        return std::move(problems_);
    }

private:
    void add(ProblemKind kind, std::string where, std::size_t column, std::size_t count = 0)
    {
        problems_.push_back(make_problem(kind, std::move(where), column, count));
    }

    const Term* find(Kind kind) const
    {
        const auto found = std::find_if(terms_.begin(), terms_.end(), [&](const Term& term) { return term.kind == kind; });
        return found == terms_.end() ? nullptr : &*found;
    }

    // RFC 7208 §5.1, §6.1: how the record ends.
    void look_at_ends()
    {
        const Term* all = find(Kind::all);
        const Term* redirect = find(Kind::redirect);
        if (!all && !redirect && !terms_.empty()) add(ProblemKind::missing_all, {}, 0);
        if (all && all->qualifier == '+') add(ProblemKind::plus_all, all->text, all->column);
        if (all && all->qualifier == '?') add(ProblemKind::neutral_all, all->text, all->column);
        if (all && redirect) add(ProblemKind::redirect_beside_all, redirect->text, redirect->column);
        if (!all && redirect) add(ProblemKind::redirect_shared, redirect->domain, redirect->column);
    }

    void look_at(std::size_t index)
    {
        const Term& term = terms_[index];
        const auto& node = tree_.inside[index];
        if (node.outcome == Outcome::unread && term.kind != Kind::redirect) {
            add(ProblemKind::unread_terms, term.text, term.column);
            return;
        }
        const auto same = [&](const Term& earlier) { return earlier.says_the_same_as(term); };
        if (std::any_of(terms_.begin(), terms_.begin() + static_cast<std::ptrdiff_t>(index), same))
            add(ProblemKind::duplicate, term.text, term.column);
        if (term.kind == Kind::ptr) add(ProblemKind::ptr, term.text, term.column);
        if (term.has_macro() && term.kind != Kind::exp) add(ProblemKind::macros, term.text, term.column);
    }

    // Terms inside an include stand in somebody else's record: they have no column here.
    void follow(const Node& node, std::size_t column)
    {
        const bool leads_on = node.parsed.kind == Kind::include || node.parsed.kind == Kind::redirect;
        switch (node.outcome) {
            case Outcome::without_record: add(ProblemKind::target_without_record, node.term, column); break;
            case Outcome::loop: add(ProblemKind::target_loop, node.term, column); break;
            case Outcome::temporary: add(ProblemKind::target_temporary, node.term, column); break;
            case Outcome::nothing: add(ProblemKind::names_nothing, node.term, column); break;
            case Outcome::broken:
                add(leads_on ? ProblemKind::target_broken : ProblemKind::too_many_hosts, node.term, column);
                break;
            default: break;
        }
        for (const auto& child : node.inside) follow(child, 0);
    }

    const std::vector<Term>& terms_;
    const Node& tree_;
    std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> find_record_problems(const Survey& survey, const std::vector<Draft>& drafts)
{
    std::vector<Problem> problems;
    const auto& name = survey.root.name;
    if (survey.records.empty() && survey.meant.empty()) problems.push_back(make_problem(ProblemKind::no_record, name));
    if (survey.records.size() > 1) problems.push_back(make_problem(ProblemKind::several_records, name, 0, survey.records.size()));
    for (const auto& draft : drafts) {
        if (!draft.in_force) problems.push_back(make_problem(ProblemKind::not_in_force, name));
        problems.insert(problems.end(), draft.problems.begin(), draft.problems.end());
        if (draft.text.size() > dns::max_string_bytes)
            problems.push_back(make_problem(ProblemKind::long_record, {}, 0, draft.text.size()));
    }
    if (const auto size = size_of_answer(name, survey.text_sizes); size > smallest_udp_answer)
        problems.push_back(make_problem(ProblemKind::large_answer, name, 0, size));
    return problems;
}

std::vector<Problem> find_term_problems(const std::vector<Term>& terms, const Node& tree)
{
    return TermFindings(terms, tree).take();
}

}  // namespace sealpost::spfadvice
