#include "serve/spfadvice/proposal.hpp"

#include <algorithm>

namespace sealpost::spfadvice {
namespace {

constexpr std::size_t max_kept_by_hand = 8;  // addresses instead of one a or mx

using Terms = std::vector<Term>;

std::size_t find_index(const Terms& terms, Kind kind)
{
    const auto found = std::find_if(terms.begin(), terms.end(), [&](const Term& term) { return term.kind == kind; });
    return static_cast<std::size_t>(found - terms.begin());
}

bool stands_before(const Terms& terms, std::size_t end, const Term& term)
{
    return std::any_of(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(end),
                       [&](const Term& earlier) { return earlier.says_the_same_as(term); });
}

// From what fails strangers least to what fails them most.
std::size_t hardness_of(char qualifier) { return std::string_view("+?~-").find(qualifier); }

bool is_dead(const Node& node)
{
    const bool leads_on = node.parsed.kind == Kind::include || node.parsed.kind == Kind::redirect;
    return leads_on && (node.any(Outcome::without_record) || node.any(Outcome::loop) || node.any(Outcome::broken));
}

// Does every message that `name` would pass also pass here? True only where every mechanism on the way
// passes what it matches, so that nothing can decide otherwise first.
bool contains_plainly(const Node& node, const std::string& name)
{
    for (const auto& child : node.inside) {
        if (child.outcome == Outcome::unread) continue;
        const bool leads_on = child.parsed.kind == Kind::include || child.parsed.kind == Kind::redirect;
        if (child.parsed.is_mechanism() && child.parsed.qualifier != '+') return false;
        if (!leads_on || child.outcome != Outcome::found) continue;
        if (child.name == name || contains_plainly(child, name)) return true;
    }
    return false;
}

bool all_pass_between(const Terms& terms, std::size_t from, std::size_t to)
{
    for (std::size_t i = from; i < to; ++i)
        if (terms[i].is_mechanism() && (terms[i].qualifier != '+' || terms[i].kind == Kind::all)) return false;
    return true;
}

Problem make_note(ProblemKind kind, const Term& term, std::string mended = {})
{
    Problem note;
    note.kind = kind;
    note.where = term.text;
    note.mended = std::move(mended);
    return note;
}

Saving without(const Terms& terms, std::size_t index, Problem note)
{
    Saving saving{terms, std::move(note)};
    saving.terms.erase(saving.terms.begin() + static_cast<std::ptrdiff_t>(index));
    return saving;
}

std::optional<Saving> leave_out_nested(const Terms& terms, const Node& tree)
{
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (terms[i].kind != Kind::include || terms[i].has_macro()) continue;
        for (std::size_t j = 0; j < terms.size(); ++j) {
            if (i == j || terms[j].kind != Kind::include || terms[j].qualifier != '+') continue;
            const bool may_go = j < i || all_pass_between(terms, i, j);
            if (may_go && contains_plainly(tree.inside[j], terms[i].domain))
                return without(terms, i, make_note(ProblemKind::left_out_nested, terms[i], terms[j].text));
        }
    }
    return std::nullopt;
}

std::optional<Saving> leave_out_nothing(const Terms& terms, const Node& tree)
{
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const bool names_hosts = terms[i].kind == Kind::a || terms[i].kind == Kind::mx;
        if (names_hosts && tree.inside[i].outcome == Outcome::nothing)
            return without(terms, i, make_note(ProblemKind::left_out_nothing, terms[i]));
    }
    return std::nullopt;
}

Terms terms_for(const Node& node)
{
    Terms terms;
    const std::string qualifier = node.parsed.qualifier == '+' ? "" : std::string(1, node.parsed.qualifier);
    for (const auto& network : node.networks) {
        const int whole = network.address.bits();
        auto text = qualifier + (network.address.is_v4() ? "ip4:" : "ip6:") + format_ip(network.address);
        if (network.bits != whole) text += '/' + std::to_string(network.bits);
        auto term = read_term(text);
        if (!stands_before(terms, terms.size(), term)) terms.push_back(std::move(term));
    }
    return terms;
}

// A provider's hosts change without a word to the domain, so they are never written out.
bool is_own(const Node& node, const std::string& domain)
{
    return !node.hosts.empty() && std::all_of(node.hosts.begin(), node.hosts.end(), [&](const std::string& host) {
        const auto name = dns::normalise_name(host).value_or(host);
        return name == domain || name.ends_with('.' + domain);
    });
}

bool lacks_ipv6(const Node& node)
{
    const auto is_v6 = [](const Network& network) { return !network.address.is_v4(); };
    const auto count = std::count_if(node.networks.begin(), node.networks.end(), is_v6);
    return static_cast<std::size_t>(count) < node.hosts.size();
}

std::optional<Saving> write_addresses(const Terms& terms, const Node& tree, const std::string& domain, Aim aim)
{
    std::optional<Saving> best;
    std::size_t fewest = max_kept_by_hand + 1;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const auto& node = tree.inside[i];
        const bool names_hosts = terms[i].kind == Kind::a || terms[i].kind == Kind::mx;
        if (!names_hosts || !is_own(node, domain) || node.outcome != Outcome::found) continue;
        if (aim == Aim::fewer_voids_ipv6 && !lacks_ipv6(node)) continue;
        const auto written = terms_for(node);
        if (written.empty() || written.size() >= fewest) continue;
        fewest = written.size();
        std::vector<std::string> texts;
        for (const auto& term : written) texts.push_back(term.text);
        std::string joined;
        for (const auto& text : texts) joined += (joined.empty() ? "" : " ") + text;
        best = without(terms, i, make_note(ProblemKind::kept_by_hand, terms[i], joined));
        best->terms.insert(best->terms.begin() + static_cast<std::ptrdiff_t>(i), written.begin(), written.end());
    }
    return best;
}

}  // namespace

Term as_include(const Term& redirect)
{
    auto include = read_term("include:" + redirect.text.substr(redirect.text.find('=') + 1));
    include.column = redirect.column;
    return include;
}

std::vector<Term> put_in_force(const std::vector<Term>& terms)
{
    Terms mechanisms;
    Terms modifiers;
    for (const Term& term : terms) {
        if (term.kind == Kind::all) continue;
        const Term kept = term.kind == Kind::redirect ? as_include(term) : term;
        if (!kept.is_mechanism())
            modifiers.push_back(kept);
        else if (!stands_before(mechanisms, mechanisms.size(), kept))
            mechanisms.push_back(kept);
    }
    mechanisms.push_back(read_term("?all"));
    mechanisms.insert(mechanisms.end(), modifiers.begin(), modifiers.end());
    return mechanisms;
}

std::vector<Term> merge(const std::vector<Draft>& drafts)
{
    if (drafts.size() == 1) return drafts.front().terms;
    Terms merged;
    Terms modifiers;
    std::optional<Term> all;
    bool has_all = false;
    for (const auto& draft : drafts) has_all = has_all || draft.find(Kind::all) != nullptr;
    for (const auto& draft : drafts)
        for (Term term : draft.terms) {
            if (term.kind == Kind::all) {
                if (!all || hardness_of(term.qualifier) < hardness_of(all->qualifier)) all = term;
                break;  // what stands behind it was never read
            }
            // Beside an `all` a redirect would be ignored; as an include it goes on passing what it passed.
            if (term.kind == Kind::redirect && has_all) {
                term = as_include(term);
            }
            auto& place = term.is_mechanism() ? merged : modifiers;
            const auto is_same_kind = [&](const Term& known) { return known.kind == term.kind; };
            const bool is_taken = term.is_mechanism() ? stands_before(merged, merged.size(), term)
                                                      : term.kind != Kind::modifier &&
                                                            std::any_of(modifiers.begin(), modifiers.end(), is_same_kind);
            if (!is_taken) place.push_back(std::move(term));
        }
    if (all) merged.push_back(*all);
    merged.insert(merged.end(), modifiers.begin(), modifiers.end());
    return merged;
}

std::vector<Term> tidy(const std::vector<Term>& terms, const Node& tree)
{
    Terms kept;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const auto& node = tree.inside[i];
        if (node.outcome == Outcome::unread || is_dead(node) || stands_before(kept, kept.size(), terms[i])) continue;
        kept.push_back(terms[i]);
    }
    return kept;
}

std::vector<std::vector<Term>> place_include(const std::vector<Term>& terms, const std::string& include)
{
    Terms others;
    for (const Term& term : terms)
        if (term.kind != Kind::include || term.domain != include) others.push_back(term);
    auto at = std::min(find_index(others, Kind::all), find_index(others, Kind::redirect));
    if (at == others.size())
        while (at > 0 && !others[at - 1].is_mechanism()) --at;
    const Term added = read_term("include:" + include);
    std::vector<Terms> places;
    for (const auto index : {at, std::size_t{0}}) {
        Terms placed = others;
        placed.insert(placed.begin() + static_cast<std::ptrdiff_t>(index), added);
        if (places.empty() || index != at) places.push_back(std::move(placed));
    }
    return places;
}

std::optional<Saving> find_saving(const std::vector<Term>& terms, const Node& tree, const std::string& domain, Aim aim)
{
    if (auto saving = leave_out_nested(terms, tree)) return saving;
    if (auto saving = leave_out_nothing(terms, tree)) return saving;
    return write_addresses(terms, tree, domain, aim);
}

}  // namespace sealpost::spfadvice
