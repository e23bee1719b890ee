#include "serve/spfadvice/survey.hpp"

#include "wire/spf/record.hpp"

#include <algorithm>

namespace sealpost::spfadvice {
namespace {

constexpr unsigned max_names = 120;
constexpr std::size_t max_depth = 12;
constexpr std::size_t max_mx_hosts = 10;  // RFC 7208 §4.6.4

Outcome outcome_of(dns::Status status)
{
    if (status == dns::Status::found) return Outcome::found;
    return status == dns::Status::temporary ? Outcome::temporary : Outcome::nothing;
}

class Surveyor {
public:
    Surveyor(dns::Resolver& resolver, Deadline deadline) : resolver_(resolver), deadline_(deadline) {}

    Task<Survey> start(std::string domain);
    Task<Survey> start_with(std::string domain, std::vector<Term> terms);

private:
    using Path = std::vector<std::string>;
    Task<Node> follow(Term term, Path path);
    Task<void> follow_record(Node& node, Path path);
    Task<void> follow_terms(Node& node, std::vector<Term> terms, Path path);
    Task<void> follow_policy(Node& node, Path path);
    Task<void> follow_a(Node& node);
    Task<void> follow_mx(Node& node);
    Task<void> follow_exists(Node& node);
    Task<bool> add_addresses(Node& node, std::string name);

    dns::Resolver& resolver_;
    Deadline deadline_;
    unsigned names_ = 0;
    std::size_t terms_ = 0;
    std::size_t addresses_ = 0;
    bool is_cut_ = false;
};

Task<bool> Surveyor::add_addresses(Node& node, std::string name)
{
    const auto found = co_await dns::find_addresses(resolver_, name, deadline_);
    node.hosts.push_back(found.canonical_name.empty() ? std::move(name) : found.canonical_name);
    addresses_ += found.addresses.size();
    if (addresses_ > max_surveyed_addresses) {
        is_cut_ = true;
        co_return true;
    }
    for (const auto& address : found.addresses) {
        const int bits = address.is_v4() ? node.parsed.bits4 : node.parsed.bits6;
        node.networks.push_back({address, bits});
    }
    const bool is_complete = found.status != dns::Status::temporary && (found.complete || found.addresses.empty());
    co_return is_complete;
}

Task<void> Surveyor::follow_a(Node& node)
{
    const bool complete = co_await add_addresses(node, node.name);
    node.outcome = !complete ? Outcome::temporary : node.networks.empty() ? Outcome::nothing : Outcome::found;
}

Task<void> Surveyor::follow_mx(Node& node)
{
    const auto hosts = co_await dns::find_mx(resolver_, node.name, deadline_);
    node.outcome = outcome_of(hosts.status);
    // RFC 7208 §4.6.4: more than ten hosts "MUST produce a permerror".
    if (hosts.records.size() > max_mx_hosts) node.outcome = Outcome::broken;
    for (std::size_t i = 0; i < std::min(hosts.records.size(), max_mx_hosts); ++i) {
        const bool complete = co_await add_addresses(node, hosts.records[i].host);
        if (!complete) node.outcome = Outcome::temporary;
    }
}

Task<void> Surveyor::follow_exists(Node& node)
{
    const auto answer = co_await resolver_.query(node.name, dns::Type::a, deadline_);
    node.outcome = outcome_of(answer.status);
}

// The SPF record at an include or redirect.
Task<void> Surveyor::follow_policy(Node& node, Path path)
{
    if (std::find(path.begin(), path.end(), node.name) != path.end() || path.size() >= max_depth) {
        node.outcome = Outcome::loop;
        co_return;
    }
    path.push_back(node.name);
    const auto answer = co_await dns::find_txt(resolver_, node.name, deadline_);
    node.outcome = outcome_of(answer.status);
    if (node.outcome == Outcome::temporary) co_return;
    std::size_t records = 0;
    for (const auto& text : answer.texts) {
        if (!spf::is_spf_record(text)) continue;
        ++records;
        node.record = text;
    }
    node.outcome = records == 0 ? Outcome::without_record : records > 1 ? Outcome::broken : Outcome::found;
    if (node.outcome == Outcome::found) co_await follow_record(node, std::move(path));
}

Task<Node> Surveyor::follow(Term term, Path path)
{
    Node node;
    node.term = term.text;
    node.parsed = term;
    if (term.network) node.networks.push_back(*term.network);
    if (!term.costs_lookup()) co_return node;
    node.lookups = 1;
    node.name = term.domain.empty() ? path.back() : term.domain;
    if (term.kind == Kind::ptr || term.has_macro()) {
        node.outcome = Outcome::depends;
        co_return node;
    }
    if (!dns::normalise_name(node.name)) {
        const bool leads_on = term.kind == Kind::include || term.kind == Kind::redirect;
        node.outcome = leads_on ? Outcome::without_record : Outcome::nothing;
        co_return node;
    }
    if (++names_ > max_names) {
        node.outcome = Outcome::broken;
        is_cut_ = true;
        co_return node;
    }
    switch (term.kind) {
        case Kind::a: co_await follow_a(node); break;
        case Kind::mx: co_await follow_mx(node); break;
        case Kind::exists: co_await follow_exists(node); break;
        default: co_await follow_policy(node, std::move(path)); break;
    }
    co_return node;
}

Task<void> Surveyor::follow_record(Node& node, Path path)
{
    if (is_cut_ || deadline_.has_passed()) {
        node.outcome = is_cut_ ? Outcome::broken : Outcome::temporary;
        co_return;
    }
    Draft draft = read_draft(node.record);
    // What verifiers make of it, however well it can be read here.
    if (spf::is_spf_record(node.record) && !spf::Record::parse(node.record)->errors().empty()) node.outcome = Outcome::broken;
    if (node.record.size() > max_draft_bytes) is_cut_ = true;
    co_await follow_terms(node, std::move(draft.terms), std::move(path));
}

// The terms of a record, each followed; their lookups are added up.
Task<void> Surveyor::follow_terms(Node& node, std::vector<Term> terms, Path path)
{
    terms_ += terms.size();
    if (terms_ > max_surveyed_terms) {
        node.outcome = Outcome::broken;
        is_cut_ = true;
        co_return;
    }
    const bool has_all = std::any_of(terms.begin(), terms.end(), [](const Term& term) { return term.kind == Kind::all; });
    bool behind_all = false;
    for (const Term& term : terms) {
        const bool is_unread = (behind_all && term.is_mechanism()) || (has_all && term.kind == Kind::redirect);
        Node child;
        if (is_unread) {
            child.term = term.text;
            child.parsed = term;
            child.outcome = Outcome::unread;
        } else {
            child = co_await follow(term, path);
        }
        behind_all = behind_all || term.kind == Kind::all;
        node.lookups += child.lookups;
        node.inside.push_back(std::move(child));
    }
}

Task<Survey> Surveyor::start(std::string domain)
{
    Survey result;
    Node& root = result.root;
    root.term = "v=spf1";
    root.name = domain;
    const auto answer = co_await dns::find_txt(resolver_, domain, deadline_);
    result.status = answer.status;
    root.outcome = outcome_of(answer.status);
    for (const auto& text : answer.texts) {
        result.text_sizes.push_back(text.size());
        if (spf::is_spf_record(text))
            result.records.push_back(text);
        else if (is_meant_as_spf(text))
            result.meant.push_back(text);
    }
    if (result.records.size() > 1) root.outcome = Outcome::broken;
    if (result.records.empty() && root.outcome != Outcome::temporary) root.outcome = Outcome::without_record;
    if (result.records.size() == 1 || (result.records.empty() && result.meant.size() == 1)) {
        root.record = result.records.empty() ? result.meant.front() : result.records.front();
        Path path{std::move(domain)};
        co_await follow_record(root, std::move(path));
    }
    result.is_cut = is_cut_;
    co_return result;
}

Task<Survey> Surveyor::start_with(std::string domain, std::vector<Term> terms)
{
    Survey result;
    result.root.term = "v=spf1";
    result.root.name = domain;
    result.root.outcome = Outcome::found;
    result.root.record = format_record(terms);
    result.status = dns::Status::found;
    Path path{std::move(domain)};
    co_await follow_terms(result.root, std::move(terms), std::move(path));
    result.is_cut = is_cut_;
    co_return result;
}

}  // namespace

std::string_view format_outcome(Outcome outcome)
{
    switch (outcome) {
        case Outcome::plain: return "plain";
        case Outcome::found: return "found";
        case Outcome::nothing: return "void";
        case Outcome::without_record: return "without_record";
        case Outcome::broken: return "broken";
        case Outcome::temporary: return "temporary";
        case Outcome::loop: return "loop";
        case Outcome::depends: return "depends";
        case Outcome::unread: return "unread";
    }
    return "";
}

bool Node::any(Outcome what) const
{
    return outcome == what || std::any_of(inside.begin(), inside.end(), [&](const Node& child) { return child.any(what); });
}

Task<Survey> survey(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    Surveyor surveyor(resolver, deadline);
    auto result = co_await surveyor.start(std::move(domain));
    co_return result;
}

Task<Survey> survey_terms(dns::Resolver& resolver, std::string domain, std::vector<Term> terms, Deadline deadline)
{
    Surveyor surveyor(resolver, deadline);
    auto result = co_await surveyor.start_with(std::move(domain), std::move(terms));
    co_return result;
}

}  // namespace sealpost::spfadvice
