#include "serve/spfadvice/draft.hpp"

#include "base/text.hpp"
#include "serve/spfadvice/mend.hpp"
#include "wire/spf/record.hpp"

#include <algorithm>

namespace sealpost::spfadvice {
namespace {

constexpr std::string_view version = "v=spf1";

Kind kind_of(spf::Mechanism mechanism)
{
    switch (mechanism) {
        case spf::Mechanism::all: return Kind::all;
        case spf::Mechanism::include: return Kind::include;
        case spf::Mechanism::a: return Kind::a;
        case spf::Mechanism::mx: return Kind::mx;
        case spf::Mechanism::ptr: return Kind::ptr;
        case spf::Mechanism::ip4: return Kind::ip4;
        case spf::Mechanism::ip6: return Kind::ip6;
        case spf::Mechanism::exists: return Kind::exists;
    }
    return Kind::unknown;
}

char letter_of(spf::Qualifier qualifier)
{
    switch (qualifier) {
        case spf::Qualifier::pass: return '+';
        case spf::Qualifier::fail: return '-';
        case spf::Qualifier::softfail: return '~';
        case spf::Qualifier::neutral: return '?';
    }
    return '+';
}

// Of what is no name, the text: it must not be taken for the record's own domain.
std::string name_of(const spf::DomainSpec& target)
{
    return std::string(target.has_macros || target.name.empty() ? target.text : target.name);
}

void take_mechanism(const spf::Term& read, Term& term)
{
    term.kind = kind_of(read.mechanism);
    term.qualifier = letter_of(read.qualifier);
    term.domain = name_of(read.target);
    const bool is_network = term.kind == Kind::ip4 || term.kind == Kind::ip6;
    if (is_network) term.network = Network{read.network, term.kind == Kind::ip4 ? read.prefix_v4 : read.prefix_v6};
    if (is_network) return;
    term.bits4 = read.prefix_v4;
    term.bits6 = read.prefix_v6;
}

}  // namespace

bool Term::costs_lookup() const
{
    switch (kind) {
        case Kind::include:
        case Kind::a:
        case Kind::mx:
        case Kind::ptr:
        case Kind::exists:
        case Kind::redirect: return true;
        default: return false;
    }
}

bool Term::says_the_same_as(const Term& other) const
{
    if (kind != other.kind || kind == Kind::unknown || kind == Kind::modifier) return false;
    if (network.has_value() != other.network.has_value()) return false;
    if (network) return network->bits == other.network->bits && network->address == other.network->address;
    return domain == other.domain && bits4 == other.bits4 && bits6 == other.bits6;
}

const Term* Draft::find(Kind kind) const
{
    const auto found = std::find_if(terms.begin(), terms.end(), [&](const Term& term) { return term.kind == kind; });
    return found == terms.end() ? nullptr : &*found;
}

bool is_meant_as_spf(std::string_view text) { return ascii_lower(text).find(version) != std::string::npos; }

// The evaluator's own parser says what is a term; here is only asked for one at a time.
Term read_term(std::string_view text)
{
    Term term;
    term.text = std::string(text);
    if (text.empty() || text.find(' ') != std::string_view::npos || istarts_with(text, "v=")) return term;
    const auto record = spf::Record::parse(std::string(version) + ' ' + term.text);
    if (!record->errors().empty()) return term;
    if (record->terms().size() == 1) {
        take_mechanism(record->terms().front(), term);
        return term;
    }
    term.kind = record->redirect() ? Kind::redirect : record->exp() ? Kind::exp : Kind::modifier;
    if (record->redirect()) term.domain = name_of(record->redirect()->target);
    if (record->exp()) term.domain = name_of(record->exp()->target);
    return term;
}

Draft read_draft(std::string_view text)
{
    Draft draft;
    draft.text = std::string(text);
    draft.in_force = spf::is_spf_record(text);
    Mender mender(draft);
    mender.run();
    return draft;
}

std::string format_record(const std::vector<Term>& terms)
{
    std::string record(version);
    for (const Term& term : terms) record += ' ' + term.text;
    return record;
}

}  // namespace sealpost::spfadvice
