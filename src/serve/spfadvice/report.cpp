// What the advisor found, for programs and for people.
#include "serve/spfadvice/advice.hpp"
#include "serve/spfadvice/findings.hpp"
#include "sys/dns/zone_text.hpp"
#include "wire/mail/utf8.hpp"

#include <boost/json/array.hpp>

namespace sealpost::spfadvice {
namespace {

namespace json = boost::json;

constexpr std::size_t most_changes = 200;  // in the answer; the proof looked at all

// What stands in DNS may be any octets; JSON is UTF-8, and a terminal obeys controls.
std::string clean(std::string_view text) { return mail::clean_utf8(text, mail::Controls::none); }

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(clean(text)); }

json::array texts_of(const std::vector<std::string>& texts)
{
    json::array array;
    for (const auto& text : texts) array.emplace_back(clean(text));
    return array;
}

Phrase say(Problem problem, Language language)
{
    problem.where = clean(problem.where);
    problem.mended = clean(problem.mended);
    return phrase(problem, language);
}

json::object to_json(const Problem& problem, Language language)
{
    const auto said = say(problem, language);
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
    object["changed_by_include"] = proof.changed_by_include;
    object["at_void_limit"] = proof.at_void_limit;
    object["was_cut"] = proof.was_cut;
    object["changed"] = changes_of(proof.changed);
    object["worse"] = changes_of(proof.worse);
    return object;
}

struct Words {
    std::string_view colon, now, no_record, publish, unchanged, none, unknown, zone, lookups, voids, problems, to_do, column,
        tree, tree_after, proof_a, proof_b, proof_c, at_limit, no_worse, none_else, cut;
};

const Words& words_in(Language language)
{
    static constexpr Words en{
        ":",
        "Record now",
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
        "Proof",
        " addresses evaluated with both records; ",
        " changed",
        "; IPv6 addresses that nobody lists and that meet the limit of void lookups (permerror instead of fail)",
        ", none for the worse.",
        "; none else for the worse.",
        " There are more networks than could be asked about."};
    static constexpr Words fr{"\u00a0:",
                              "Enregistrement actuel",
                              "(aucun)",
                              "Enregistrement à publier",
                              "Rien à changer\u00a0: l’enregistrement actuel fait tout ce qui est voulu.",
                              "Aucun enregistrement ne peut être proposé\u00a0; voir les problèmes.",
                              "Indéterminé\u00a0: le DNS n’a pas répondu.",
                              "Sous forme de ligne de fichier de zone",
                              "Recherches",
                              "vaines",
                              "Problèmes",
                              "À faire",
                              "colonne",
                              "Où mène l’enregistrement actuel",
                              "Où mène l’enregistrement à publier",
                              "Preuve",
                              " adresses évaluées avec les deux enregistrements\u00a0; verdicts changés\u00a0: ",
                              "",
                              "\u00a0; adresses IPv6 que personne ne cite et qui atteignent la limite des recherches vaines "
                              "(permerror au lieu de fail)",
                              ", aucun en moins bien.",
                              "\u00a0; aucun autre en moins bien.",
                              " Il y a plus de réseaux qu’on n’a pu en interroger."};
    return language == Language::fr ? fr : en;
}

std::string_view say_severity(Severity severity, Language language)
{
    if (language == Language::en) return format_severity(severity);
    switch (severity) {
        case Severity::error: return "erreur";
        case Severity::warning: return "alerte";
        case Severity::note: return "remarque";
    }
    return "";
}

std::string_view say_outcome(Outcome outcome, Language language)
{
    const bool is_french = language == Language::fr;
    switch (outcome) {
        case Outcome::nothing: return is_french ? "ne trouve rien" : "finds nothing";
        case Outcome::without_record: return is_french ? "pas d’enregistrement SPF" : "no SPF record there";
        case Outcome::broken: return is_french ? "enregistrement défectueux" : "record is broken";
        case Outcome::temporary: return is_french ? "le DNS n’a pas répondu" : "DNS did not answer";
        case Outcome::loop: return is_french ? "ramène à lui-même" : "leads back into itself";
        case Outcome::depends: return is_french ? "dépend du message" : "depends on the message";
        case Outcome::unread: return is_french ? "jamais lu" : "never read";
        case Outcome::plain:
        case Outcome::found: break;
    }
    return "";
}

// Branches as `tree` draws them, with the lookups that each costs.
void draw(const Node& node, const std::string& lead, Language language, std::string& out)
{
    for (std::size_t i = 0; i < node.inside.size(); ++i) {
        const auto& child = node.inside[i];
        const bool is_last = i + 1 == node.inside.size();
        out += "  " + lead + (is_last ? "└─ " : "├─ ") + clean(child.term);
        if (child.lookups != 0) out += "  [" + std::to_string(child.lookups) + "]";
        const bool is_plain = child.outcome == Outcome::plain || child.outcome == Outcome::found;
        if (!is_plain) out += "  " + std::string(say_outcome(child.outcome, language));
        const bool names_hosts = child.parsed.kind == Kind::a || child.parsed.kind == Kind::mx;
        for (std::size_t at = 0; names_hosts && at < child.networks.size(); ++at)
            out += (at == 0 ? "  " : ", ") + format_network(child.networks[at]);
        out += '\n';
        draw(child, lead + (is_last ? "   " : "│  "), language, out);
    }
}

std::string format_problem(const Problem& problem, const Words& words, Language language)
{
    const auto said = say(problem, language);
    std::string text = "  " + std::string(say_severity(severity_of(problem.kind), language)) + "  " + said.text;
    if (problem.column != 0) text += " (" + std::string(words.column) + ' ' + std::to_string(problem.column) + ')';
    text += '\n';
    if (!said.fix.empty()) text += "         " + std::string(words.to_do) + std::string(words.colon) + ' ' + said.fix + '\n';
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
        return std::to_string(lookups) + '/' + std::to_string(max_lookups) + " (" + std::string(words.voids) + ' ' +
               std::to_string(voids) + '/' + std::to_string(max_void_lookups) + ')';
    };
    auto text = std::string(words.lookups) + std::string(words.colon) + ' ' + count(advice.lookups_before, advice.voids_before);
    if (advice.publish) text += " → " + count(advice.lookups_after, advice.voids_after);
    return text + '\n';
}

std::string format_proof(const Proof& proof, const Words& words)
{
    std::string text(words.proof_a);
    text += std::string(words.colon) + ' ' + std::to_string(proof.probes) + std::string(words.proof_b) +
            std::to_string(proof.changed.size()) + std::string(words.proof_c);
    if (proof.at_void_limit > 0)
        text += std::string(words.at_limit) + std::string(words.colon) + ' ' + std::to_string(proof.at_void_limit);
    text += proof.at_void_limit > 0 ? words.none_else : words.no_worse;
    if (proof.was_cut) text += words.cut;
    return text;
}

}  // namespace

json::object to_json(const Node& node)
{
    json::object object;
    object["term"] = clean(node.term);
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
    object["record"] = advice.records.size() == 1 ? json::value(clean(advice.records.front())) : json::value(nullptr);
    object["records"] = texts_of(advice.records);
    object["publish"] = advice.publish ? json::value(*advice.publish) : json::value(nullptr);
    object["strings"] = advice.publish ? texts_of(dns::split_strings(*advice.publish)) : json::array();
    object["zone_line"] =
        advice.publish ? json::value(dns::format_zone_line(advice.domain, *advice.publish)) : json::value(nullptr);
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
    const std::string colon(words.colon);
    std::string text = advice.domain + "\n\n" + std::string(words.now) + colon + "\n";
    if (advice.records.empty()) text += "  " + std::string(words.no_record) + '\n';
    for (const auto& record : advice.records) text += "  " + clean(record) + '\n';
    text += '\n' + std::string(sentence_for(advice.conclusion, words));
    if (advice.conclusion == Conclusion::publish)
        text += colon + "\n  " + *advice.publish + "\n\n" + std::string(words.zone) + colon + "\n  " +
                dns::format_zone_line(advice.domain, *advice.publish);
    text += "\n\n" + format_counts(advice, words);
    if (!advice.problems.empty()) text += '\n' + std::string(words.problems) + colon + "\n";
    for (const auto& problem : advice.problems) text += format_problem(problem, words, language);
    if (!advice.tree.inside.empty()) {
        text += '\n' + std::string(words.tree) + colon + "\n  v=spf1  [" + std::to_string(advice.tree.lookups) + "]\n";
        draw(advice.tree, "", language, text);
    }
    if (advice.conclusion == Conclusion::publish) {
        text +=
            '\n' + std::string(words.tree_after) + colon + "\n  v=spf1  [" + std::to_string(advice.tree_after.lookups) + "]\n";
        draw(advice.tree_after, "", language, text);
    }
    if (advice.publish) text += '\n' + format_proof(advice.proof, words) + '\n';
    return text;
}

}  // namespace sealpost::spfadvice
