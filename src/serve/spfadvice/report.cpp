// What the advisor found, for programs and for people.
#include "serve/spfadvice/advice.hpp"
#include "serve/spfadvice/findings.hpp"
#include "serve/spfadvice/zone_line.hpp"

#include <boost/json/array.hpp>

namespace sealpost::spfadvice {
namespace {

namespace json = boost::json;

constexpr std::size_t most_changes = 200;  // in the answer; the proof looked at all

std::string format_network(const Network& network)
{
    auto text = format_ip(network.address);
    if (network.bits != network.address.bits()) text += '/' + std::to_string(network.bits);
    return text;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::array texts_of(const std::vector<std::string>& texts)
{
    json::array array;
    for (const auto& text : texts) array.emplace_back(text);
    return array;
}

json::object to_json(const Problem& problem, Language language)
{
    const auto said = phrase(problem, language);
    json::object object;
    object["kind"] = format_kind(problem.kind);
    object["severity"] = format_severity(severity_of(problem.kind));
    object["where"] = text_or_null(problem.where);
    object["column"] = problem.column == 0 ? json::value(nullptr) : json::value(problem.column);
    object["mended"] = text_or_null(problem.mended);
    object["text"] = said.text;
    object["fix"] = text_or_null(said.fix);
    return object;
}

json::object to_json(const Change& change)
{
    json::object object;
    object["address"] = format_ip(change.probe.ip);
    object["why"] = text_or_null(change.probe.why);
    object["before"] = spf::format_verdict(change.before);
    object["after"] = spf::format_verdict(change.after);
    object["by_include"] = change.by_include;
    return object;
}

json::array changes_of(const std::vector<Change>& changes)
{
    json::array array;
    for (const auto& change : changes) {
        if (array.size() == most_changes) break;
        array.push_back(to_json(change));
    }
    return array;
}

json::object to_json(const Proof& proof)
{
    json::object object;
    object["probes"] = proof.probes;
    object["include_probes"] = proof.include_probes;
    object["changed_count"] = proof.changed.size();
    object["changed"] = changes_of(proof.changed);
    object["worse"] = changes_of(proof.worse);
    return object;
}

struct Words {
    std::string_view now, no_record, publish, unchanged, none, unknown, zone, lookups, voids, problems, to_do, column, tree, tree_after,
        proof_a, proof_b, proof_c;
};

const Words& words_in(Language language)
{
    static constexpr Words en{"Record now",
                              "(none)",
                              "Record to publish",
                              "Nothing to change: the record now does all that is wanted.",
                              "No record can be offered; see the problems.",
                              "Could not tell: DNS did not answer.",
                              "As a zone line",
                              "Lookups",
                              "void",
                              "Problems",
                              "To do",
                              "column",
                              "Where the record now leads",
                              "Where the record to publish leads",
                              "Proof: ",
                              " addresses evaluated with both records; ",
                              " changed, none for the worse."};
    static constexpr Words fr{"Enregistrement actuel",
                              "(aucun)",
                              "Enregistrement à publier",
                              "Rien à changer : l’enregistrement actuel fait tout ce qui est voulu.",
                              "Aucun enregistrement ne peut être proposé ; voir les problèmes.",
                              "Indéterminé : le DNS n’a pas répondu.",
                              "En ligne de zone",
                              "Recherches",
                              "vaines",
                              "Problèmes",
                              "À faire",
                              "colonne",
                              "Où mène l’enregistrement actuel",
                              "Où mène l’enregistrement à publier",
                              "Preuve : ",
                              " adresses évaluées avec les deux enregistrements ; ",
                              " changées, aucune en moins bien."};
    return language == Language::fr ? fr : en;
}

// Branches as `tree` draws them, with the lookups that each costs.
void draw(const Node& node, const std::string& lead, std::string& out)
{
    for (std::size_t i = 0; i < node.inside.size(); ++i) {
        const auto& child = node.inside[i];
        const bool is_last = i + 1 == node.inside.size();
        out += "  " + lead + (is_last ? "└─ " : "├─ ") + child.term;
        if (child.lookups != 0) out += "  [" + std::to_string(child.lookups) + "]";
        const bool is_plain = child.outcome == Outcome::plain || child.outcome == Outcome::found;
        if (!is_plain) out += "  " + std::string(format_outcome(child.outcome));
        const bool names_hosts = child.parsed.kind == Kind::a || child.parsed.kind == Kind::mx;
        for (std::size_t at = 0; names_hosts && at < child.networks.size(); ++at)
            out += (at == 0 ? "  " : ", ") + format_network(child.networks[at]);
        out += '\n';
        draw(child, lead + (is_last ? "   " : "│  "), out);
    }
}

std::string format_problem(const Problem& problem, const Words& words, Language language)
{
    const auto said = phrase(problem, language);
    std::string text = "  " + std::string(format_severity(severity_of(problem.kind))) + "  " + said.text;
    if (problem.column != 0) text += " (" + std::string(words.column) + ' ' + std::to_string(problem.column) + ')';
    text += '\n';
    if (!said.fix.empty()) text += "         " + std::string(words.to_do) + ": " + said.fix + '\n';
    return text;
}

std::string_view sentence_for(Conclusion conclusion, const Words& words)
{
    switch (conclusion) {
        case Conclusion::publish: return words.publish;
        case Conclusion::unchanged: return words.unchanged;
        case Conclusion::none: return words.none;
        case Conclusion::could_not_tell: return words.unknown;
    }
    return "";
}

std::string format_counts(const Advice& advice, const Words& words)
{
    const auto count = [&](unsigned lookups, unsigned voids) {
        return std::to_string(lookups) + '/' + std::to_string(max_lookups) + " (" + std::string(words.voids) + ' ' + std::to_string(voids) +
               '/' + std::to_string(max_void_lookups) + ')';
    };
    auto text = std::string(words.lookups) + ": " + count(advice.lookups_before, advice.voids_before);
    if (advice.publish) text += " → " + count(advice.lookups_after, advice.voids_after);
    return text + '\n';
}

}  // namespace

json::object to_json(const Node& node)
{
    json::object object;
    object["term"] = node.term;
    object["name"] = text_or_null(node.name);
    object["outcome"] = format_outcome(node.outcome);
    object["lookups"] = node.lookups;
    object["record"] = text_or_null(node.record);
    json::array addresses;
    for (const auto& network : node.networks) addresses.emplace_back(format_network(network));
    object["addresses"] = std::move(addresses);
    json::array inside;
    for (const auto& child : node.inside) inside.emplace_back(to_json(child));
    object["inside"] = std::move(inside);
    return object;
}

json::object to_json(const Advice& advice, Language language)
{
    json::object object;
    object["domain"] = advice.domain;
    object["include"] = advice.include;
    object["conclusion"] = format_conclusion(advice.conclusion);
    object["record"] = advice.records.size() == 1 ? json::value(advice.records.front()) : json::value(nullptr);
    object["records"] = texts_of(advice.records);
    object["publish"] = advice.publish ? json::value(*advice.publish) : json::value(nullptr);
    object["strings"] = advice.publish ? texts_of(split_strings(*advice.publish)) : json::array();
    object["zone_line"] = advice.publish ? json::value(format_zone_line(advice.domain, *advice.publish)) : json::value(nullptr);
    const bool has_after = advice.lookups_after != 0;
    object["lookups"] = json::object{{"before", advice.lookups_before},
                                     {"after", has_after ? json::value(advice.lookups_after) : json::value(nullptr)},
                                     {"limit", max_lookups}};
    object["void_lookups"] = json::object{{"before", advice.voids_before},
                                          {"after", has_after ? json::value(advice.voids_after) : json::value(nullptr)},
                                          {"limit", max_void_lookups}};
    json::array problems;
    for (const auto& problem : advice.problems) problems.push_back(to_json(problem, language));
    object["problems"] = std::move(problems);
    object["tree"] = to_json(advice.tree);
    object["tree_after"] = has_after ? json::value(to_json(advice.tree_after)) : json::value(nullptr);
    object["proof"] = to_json(advice.proof);
    return object;
}

std::string format_text(const Advice& advice, Language language)
{
    const auto& words = words_in(language);
    std::string text = advice.domain + "\n\n" + std::string(words.now) + ":\n";
    if (advice.records.empty()) text += "  " + std::string(words.no_record) + '\n';
    for (const auto& record : advice.records) text += "  " + record + '\n';
    text += '\n' + std::string(sentence_for(advice.conclusion, words));
    if (advice.conclusion == Conclusion::publish)
        text += ":\n  " + *advice.publish + "\n\n" + std::string(words.zone) + ":\n  " + format_zone_line(advice.domain, *advice.publish);
    text += "\n\n" + format_counts(advice, words);
    if (!advice.problems.empty()) text += '\n' + std::string(words.problems) + ":\n";
    for (const auto& problem : advice.problems) text += format_problem(problem, words, language);
    if (!advice.tree.inside.empty()) {
        text += '\n' + std::string(words.tree) + ":\n  v=spf1  [" + std::to_string(advice.tree.lookups) + "]\n";
        draw(advice.tree, "", text);
    }
    if (advice.conclusion == Conclusion::publish) {
        text += '\n' + std::string(words.tree_after) + ":\n  v=spf1  [" + std::to_string(advice.tree_after.lookups) + "]\n";
        draw(advice.tree_after, "", text);
    }
    if (advice.publish)
        text += '\n' + std::string(words.proof_a) + std::to_string(advice.proof.probes) + std::string(words.proof_b) +
                std::to_string(advice.proof.changed.size()) + std::string(words.proof_c) + '\n';
    return text;
}

}  // namespace sealpost::spfadvice
