// Every problem's name, weight and sentences, in one table.
#include "serve/spfadvice/problem.hpp"

#include "base/text.hpp"

#include <stdexcept>

namespace sealpost::spfadvice {
namespace {

struct Sentences {
    std::string_view text, fix;
};
// {where}, {mended}, {count}: from the problem. A fix stands without "{mended}" when there is none: what
// follows "|" is said then.
struct Entry {
    ProblemKind kind;
    std::string_view name;
    Severity severity;
    Sentences en, fr;
};

using K = ProblemKind;
constexpr Severity error = Severity::error, warning = Severity::warning, note = Severity::note;

constexpr Entry record_entries[] = {
    {K::no_record,
     "no_record",
     error,
     {"{where} publishes no SPF record.",
      "Publish the one that is offered. It leaves everybody else neutral, as now; name your own hosts before you end it with "
      "-all."},
     {"{where} ne publie aucun enregistrement SPF.",
      "Publiez celui qui est proposé. Tous les autres restent neutres, comme aujourd’hui\u00a0; nommez vos propres serveurs "
      "avant de "
      "le "
      "terminer par -all."}},
    {K::several_records,
     "several_records",
     error,
     {"{where} publishes {count} SPF records, so verifiers give up (permerror).",
      "Publish one that holds the terms of all, and delete the others."},
     {"{where} publie {count} enregistrements SPF\u00a0: les vérificateurs renoncent (permerror).",
      "Publiez-en un seul qui réunit les termes de tous, et supprimez les autres."}},
    {K::version_not_first,
     "version_not_first",
     error,
     {"\"v=spf1\" stands inside the text instead of at its beginning.", "Begin with v=spf1, once, and a blank."},
     {"«\u00a0v=spf1\u00a0» se trouve à l’intérieur du texte et non au début.",
      "Commencez par v=spf1, une seule fois, suivi d’un espace."}},
    {K::pasted_quotes,
     "pasted_quotes",
     error,
     {"Quotation marks are part of the published text.",
      "Enter the text without them; the zone file's own quotes are not part of the record."},
     {"Des guillemets font partie du texte publié.",
      "Saisissez le texte sans eux\u00a0; les guillemets du fichier de zone n’appartiennent pas à l’enregistrement."}},
    {K::odd_character,
     "odd_character",
     error,
     {"A character that only looks like a blank or a hyphen stands in the record.",
      "Type the blank or hyphen anew instead of pasting it."},
     {"Un caractère qui ressemble seulement à un espace ou à un tiret se trouve dans l’enregistrement.",
      "Retapez l’espace ou le tiret au lieu de le coller."}},
    {K::not_in_force,
     "not_in_force",
     error,
     {"Verifiers do not take this text for an SPF record, so nothing in it is in force.",
      "The record to publish ends with ?all, so that nobody begins to fail at once. End it with -all when you have seen that all "
      "of "
      "your own mail passes."},
     {"Les vérificateurs ne reconnaissent pas ce texte comme un enregistrement SPF\u00a0: rien n’y est en vigueur.",
      "L’enregistrement à publier se termine par ?all pour que personne n’échoue d’emblée. Terminez-le par -all quand tout "
      "votre courrier passe."}},
    {K::long_record,
     "long_record",
     note,
     {"The record is {count} octets long; one string of a TXT record holds 255.",
      "Publish it as several strings of one record, as the zone line shows."},
     {"L’enregistrement compte {count} octets\u00a0; une chaîne d’un enregistrement TXT en contient 255.",
      "Publiez-le en plusieurs chaînes d’un même enregistrement, comme dans la ligne de zone."}},
    {K::large_answer,
     "large_answer",
     note,
     {"All TXT records of {where} make an answer of {count} octets; above 512 some paths need a second question over TCP.",
      "Remove TXT records that nobody reads any more."},
     {"Tous les enregistrements TXT de {where} forment une réponse de {count} octets\u00a0; au-delà de 512, certains chemins "
      "demandent une seconde question par TCP.",
      "Supprimez les enregistrements TXT devenus inutiles."}},
};

constexpr Entry syntax_entries[] = {
    {K::unknown_mechanism,
     "unknown_mechanism",
     error,
     {"\"{where}\" is no mechanism that SPF knows; verifiers give up (permerror).",
      "Write {mended}.|Correct it, or leave it out; what was meant cannot be told for certain."},
     {"«\u00a0{where}\u00a0» n’est pas un mécanisme SPF\u00a0; les vérificateurs renoncent (permerror).",
      "Écrivez {mended}.|Corrigez-le ou retirez-le\u00a0; l’intention ne peut pas être devinée avec certitude."}},
    {K::missing_argument,
     "missing_argument",
     error,
     {"\"{where}\" lacks what should stand behind it.", "Write {mended}.|Add the domain name behind it, or leave it out."},
     {"Il manque à «\u00a0{where}\u00a0» ce qui doit suivre.",
      "Écrivez {mended}.|Ajoutez le nom de domaine, ou retirez le terme."}},
    {K::space_in_term,
     "space_in_term",
     error,
     {"A blank cuts \"{where}\" in two.", "Write {mended}."},
     {"Un espace coupe «\u00a0{where}\u00a0» en deux.", "Écrivez {mended}."}},
    {K::missing_space,
     "missing_space",
     error,
     {"A blank is missing inside \"{where}\".", "Write {mended}."},
     {"Il manque un espace dans «\u00a0{where}\u00a0».", "Écrivez {mended}."}},
    {K::bare_address,
     "bare_address",
     error,
     {"\"{where}\" is an address without its mechanism.", "Write {mended}."},
     {"«\u00a0{where}\u00a0» est une adresse sans mécanisme.", "Écrivez {mended}."}},
    {K::bad_address,
     "bad_address",
     error,
     {"\"{where}\" holds no valid IP address.", "Write {mended}.|Correct the address."},
     {"«\u00a0{where}\u00a0» ne contient pas d’adresse IP valable.", "Écrivez {mended}.|Corrigez l’adresse."}},
    {K::wrong_family,
     "wrong_family",
     error,
     {"\"{where}\" mixes up IPv4 and IPv6.", "Write {mended}."},
     {"«\u00a0{where}\u00a0» confond IPv4 et IPv6.", "Écrivez {mended}."}},
    {K::bad_prefix,
     "bad_prefix",
     error,
     {"The prefix length of \"{where}\" is none.", "Write {mended}.|Write a length of 0 to 32 for IPv4, 0 to 128 for IPv6."},
     {"La longueur de préfixe de «\u00a0{where}\u00a0» n’en est pas une.",
      "Écrivez {mended}.|Écrivez une longueur de 0 à 32 pour IPv4, de 0 à 128 pour IPv6."}},
    {K::bad_name,
     "bad_name",
     error,
     {"\"{where}\" does not end in a domain name.", "Write {mended}.|Correct the name."},
     {"«\u00a0{where}\u00a0» ne se termine pas par un nom de domaine.", "Écrivez {mended}.|Corrigez le nom."}},
    {K::unwanted_argument,
     "unwanted_argument",
     error,
     {"Nothing may stand behind \"all\" as in \"{where}\".", "Write {mended}.|Leave away what follows \"all\"."},
     {"Rien ne peut suivre «\u00a0all\u00a0» comme dans «\u00a0{where}\u00a0».",
      "Écrivez {mended}.|Retirez ce qui suit «\u00a0all\u00a0»."}},
    {K::wrong_separator,
     "wrong_separator",
     error,
     {"A wrong sign stands in \"{where}\".", "Write {mended}."},
     {"Un mauvais signe se trouve dans «\u00a0{where}\u00a0».", "Écrivez {mended}."}},
    {K::repeated_modifier,
     "repeated_modifier",
     error,
     {"\"{where}\" stands beside another of its kind; verifiers give up (permerror).",
      "Keep {mended} once.|Decide for one of them."},
     {"«\u00a0{where}\u00a0» se trouve à côté d’un autre du même genre\u00a0; les vérificateurs renoncent (permerror).",
      "Gardez une seule fois {mended}.|Choisissez l’un d’eux."}},
    {K::misread_term,
     "misread_term",
     warning,
     {"\"{where}\" is valid, but verifiers do not read it as it was meant.",
      "Write {mended}. The record to publish leaves it as it is, since the change would authorise more than today."},
     {"«\u00a0{where}\u00a0» est valable, mais les vérificateurs ne le lisent pas comme prévu.",
      "Écrivez {mended}. L’enregistrement à publier le laisse tel quel, car le changement autoriserait davantage "
      "qu’aujourd’hui."}},
};

constexpr Entry meaning_entries[] = {
    {K::unread_terms,
     "unread_terms",
     warning,
     {"\"{where}\" stands behind \"all\", so it is never read.",
      "Put it before \"all\" if it is to count. The record to publish leaves it out: today it has no effect."},
     {"«\u00a0{where}\u00a0» se trouve après «\u00a0all\u00a0» et n’est jamais lu.",
      "Placez-le avant «\u00a0all\u00a0» s’il doit compter. L’enregistrement à publier l’omet\u00a0: il n’a aucun effet "
      "aujourd’hui."}},
    {K::plus_all,
     "plus_all",
     warning,
     {"\"{where}\" lets the whole world send as this domain.",
      "End with -all, or with ~all while you are collecting your hosts. The record to publish keeps it: closing it is yours to "
      "decide."},
     {"«\u00a0{where}\u00a0» permet au monde entier d’envoyer au nom du domaine.",
      "Terminez par -all, ou par ~all le temps de recenser vos serveurs. L’enregistrement à publier le garde\u00a0: la décision "
      "de "
      "fermer vous appartient."}},
    {K::neutral_all,
     "neutral_all",
     warning,
     {"\"{where}\" says nothing about hosts that are not listed.", "End with -all once every host of yours is listed."},
     {"«\u00a0{where}\u00a0» ne dit rien des serveurs non cités.", "Terminez par -all quand tous vos serveurs sont cités."}},
    {K::missing_all,
     "missing_all",
     warning,
     {"The record does not end with \"all\", so hosts that are not listed are neutral.",
      "End with -all once every host of yours is listed."},
     {"L’enregistrement ne se termine pas par «\u00a0all\u00a0»\u00a0: les serveurs non cités sont neutres.",
      "Terminez par -all quand tous vos serveurs sont cités."}},
    {K::redirect_beside_all,
     "redirect_beside_all",
     warning,
     {"\"{where}\" is ignored, since the record has an \"all\".", "Leave it out, or take \"all\" away."},
     {"«\u00a0{where}\u00a0» est ignoré, car l’enregistrement contient «\u00a0all\u00a0».",
      "Retirez-le, ou retirez «\u00a0all\u00a0»."}},
    {K::redirect_shared,
     "redirect_shared",
     note,
     {"The record hands over to {where}.",
      "With the include here, it counts for this domain only. If {where} is yours and all domains that use it are to have it, "
      "put it there instead."},
     {"L’enregistrement passe la main à {where}.",
      "Placé ici, l’include ne vaut que pour ce domaine. Si {where} est à vous et que tous les domaines qui l’utilisent doivent "
      "l’avoir, placez-le là-bas."}},
    {K::ptr,
     "ptr",
     warning,
     {"\"{where}\" is slow, unreliable, and not to be used any more (RFC 7208, 5.5).",
      "Name the hosts by ip4, ip6, a or mx instead."},
     {"«\u00a0{where}\u00a0» est lent, peu fiable et déconseillé (RFC 7208, 5.5).",
      "Nommez les serveurs par ip4, ip6, a ou mx."}},
    {K::duplicate,
     "duplicate",
     warning,
     {"\"{where}\" stands there twice; the second can never decide anything.",
      "Leave the second out, as the record to publish does."},
     {"«\u00a0{where}\u00a0» figure deux fois\u00a0; le second ne peut rien décider.",
      "Retirez le second, comme dans l’enregistrement à publier."}},
    {K::macros,
     "macros",
     note,
     {"What \"{where}\" asks for depends on the message, so it cannot be followed here.", ""},
     {"Ce que «\u00a0{where}\u00a0» demande dépend du message et ne peut être suivi ici.", ""}},
};

constexpr Entry cost_entries[] = {
    {K::too_many_lookups,
     "too_many_lookups",
     error,
     {"The record needs {count} lookups; beyond 10 verifiers give up (permerror).",
      "Leave out services that no longer send for you, or write addresses instead of names."},
     {"L’enregistrement demande {count} recherches\u00a0; au-delà de 10 les vérificateurs renoncent (permerror).",
      "Retirez les services qui n’envoient plus pour vous, ou écrivez des adresses au lieu de noms."}},
    {K::many_lookups,
     "many_lookups",
     warning,
     {"The record needs {count} of the 10 lookups that are allowed.", "Leave room: an include may grow without asking you."},
     {"L’enregistrement demande {count} des 10 recherches permises.",
      "Gardez de la marge\u00a0: un include peut grandir sans vous prévenir."}},
    {K::too_many_voids,
     "too_many_voids",
     error,
     {"For addresses that are not listed, {count} lookups find nothing; beyond 2 verifiers give up (permerror).",
      "Leave out or correct the terms that name nothing."},
     {"Pour les adresses non citées, {count} recherches ne trouvent rien\u00a0; au-delà de 2 les vérificateurs renoncent "
      "(permerror).",
      "Retirez ou corrigez les termes qui ne désignent rien."}},
    {K::voids_for_ipv6,
     "voids_for_ipv6",
     note,
     {"For IPv6 addresses that nobody lists, {count} lookups find nothing, since hosts on the way have no IPv6 address; strict "
      "verifiers then say permerror instead of fail. No listed host is concerned.",
      "To avoid it, write ip4 terms instead of a and mx for hosts without IPv6."},
     {"Pour les adresses IPv6 que personne ne cite, {count} recherches ne trouvent rien, car des serveurs en chemin n’ont pas "
      "d’adresse IPv6\u00a0; les vérificateurs stricts disent alors permerror au lieu de fail. Aucun serveur cité n’est "
      "concerné.",
      "Pour l’éviter, écrivez des termes ip4 au lieu de a et mx pour les serveurs sans IPv6."}},
    {K::names_nothing,
     "names_nothing",
     warning,
     {"\"{where}\" names nothing that exists in DNS. At most 2 such lookups are allowed.", "Correct the name, or leave it out."},
     {"«\u00a0{where}\u00a0» ne désigne rien qui existe dans le DNS. Deux recherches de ce genre sont permises au plus.",
      "Corrigez le nom, ou retirez le terme."}},
    {K::too_many_hosts,
     "too_many_hosts",
     error,
     {"\"{where}\" leads to more names than verifiers follow (10); they give up (permerror).",
      "Name the hosts by ip4 and ip6 instead."},
     {"«\u00a0{where}\u00a0» mène à plus de noms que les vérificateurs n’en suivent (10)\u00a0; ils renoncent (permerror).",
      "Nommez les serveurs par ip4 et ip6."}},
    {K::target_without_record,
     "target_without_record",
     error,
     {"\"{where}\" leads to a name without an SPF record; verifiers give up (permerror).",
      "Correct the name, or leave it out, as the record to publish does where it stands in yours."},
     {"«\u00a0{where}\u00a0» mène à un nom sans enregistrement SPF\u00a0; les vérificateurs renoncent (permerror).",
      "Corrigez le nom, ou retirez le terme, comme dans l’enregistrement à publier s’il figure dans le vôtre."}},
    {K::target_broken,
     "target_broken",
     error,
     {"The record behind \"{where}\" is broken; verifiers give up (permerror).",
      "Tell its owner; until it is mended, leave the term out."},
     {"L’enregistrement derrière «\u00a0{where}\u00a0» est défectueux\u00a0; les vérificateurs renoncent (permerror).",
      "Prévenez son propriétaire\u00a0; d’ici là, retirez le terme."}},
    {K::target_temporary,
     "target_temporary",
     warning,
     {"DNS did not answer for \"{where}\"; whether it is right cannot be told now.", "Try again later."},
     {"Le DNS n’a pas répondu pour «\u00a0{where}\u00a0»\u00a0; on ne peut rien en dire maintenant.", "Réessayez plus tard."}},
    {K::target_loop,
     "target_loop",
     error,
     {"\"{where}\" leads back to a record that it stands in, without end.", "Leave it out."},
     {"«\u00a0{where}\u00a0» ramène à un enregistrement qui le contient, sans fin.", "Retirez-le."}},
};

constexpr Entry include_entries[] = {
    {K::include_cost,
     "include_cost",
     note,
     {"include:{where} costs {count} of the 10 lookups.", ""},
     {"include:{where} coûte {count} des 10 recherches.", ""}},
    {K::include_present,
     "include_present",
     note,
     {"\"{where}\" is there already.", ""},
     {"«\u00a0{where}\u00a0» est déjà présent.", ""}},
    {K::include_qualified,
     "include_qualified",
     warning,
     {"\"{where}\" is there, but does not let the service pass.",
      "Write it without a sign in front, as in the record to publish."},
     {"«\u00a0{where}\u00a0» est présent, mais ne laisse pas passer le service.",
      "Écrivez-le sans signe devant, comme dans l’enregistrement à publier."}},
    {K::include_without_record,
     "include_without_record",
     error,
     {"{where} has no SPF record; including it would break yours (permerror).",
      "Let the service publish its record first (sealpost spf zone prints it)."},
     {"{where} n’a pas d’enregistrement SPF\u00a0; l’inclure casserait le vôtre (permerror).",
      "Le service doit d’abord publier son enregistrement (sealpost spf zone l’affiche)."}},
    {K::include_broken,
     "include_broken",
     error,
     {"The SPF record of {where} cannot be included; it would break yours (permerror).",
      "Let the service mend its record first."},
     {"L’enregistrement SPF de {where} ne peut pas être inclus\u00a0; il casserait le vôtre (permerror).",
      "Le service doit d’abord corriger son enregistrement."}},
    {K::include_temporary,
     "include_temporary",
     error,
     {"DNS did not answer for {where}.", "Try again later."},
     {"Le DNS n’a pas répondu pour {where}.", "Réessayez plus tard."}},
    {K::include_unseen,
     "include_unseen",
     note,
     {"No sending address of {where} is known here, so that its mail passes could not be shown.", "Name one with --sender."},
     {"Aucune adresse d’envoi de {where} n’est connue ici\u00a0: son passage n’a pu être montré.",
      "Indiquez-en une avec --sender."}},
    {K::left_out_nested,
     "left_out_nested",
     note,
     {"The record to publish leaves out \"{where}\": {mended} contains it.", ""},
     {"L’enregistrement à publier omet «\u00a0{where}\u00a0»\u00a0: {mended} le contient.", ""}},
    {K::left_out_nothing,
     "left_out_nothing",
     note,
     {"The record to publish leaves out \"{where}\": it names nothing today.", ""},
     {"L’enregistrement à publier omet «\u00a0{where}\u00a0»\u00a0: il ne désigne rien aujourd’hui.", ""}},
    {K::kept_by_hand,
     "kept_by_hand",
     warning,
     {"To stay within the limits (10 lookups, 2 of them in vain), the record to publish writes {mended} instead of \"{where}\".",
      "From now on you must change it yourself whenever those addresses change."},
     {"Pour rester dans les limites (10 recherches, dont 2 vaines), l’enregistrement à publier écrit {mended} au lieu de "
      "«\u00a0{where}\u00a0».",
      "Désormais, vous devez le modifier vous-même à chaque changement de ces adresses."}},
    {K::no_room,
     "no_room",
     error,
     {"With the include the record would need {count} lookups, or find nothing too often, and nothing more can be saved without "
      "changing who may send.",
      "Leave out a service that no longer sends for you, then ask again."},
     {"Avec l’include, l’enregistrement demanderait {count} recherches, ou chercherait trop souvent en vain, et plus rien ne "
      "peut être économisé sans changer qui peut envoyer.",
      "Retirez un service qui n’envoie plus pour vous, puis redemandez."}},
    {K::no_room_for_voids,
     "no_room_for_voids",
     error,
     {"With the include, {count} lookups would find nothing for IPv6 addresses that nobody lists; beyond 2 verifiers say "
      "permerror, which is worse than what the record says to them now.",
      "Write ip4 terms instead of a and mx for hosts without IPv6, then ask again."},
     {"Avec l’include, {count} recherches ne trouveraient rien pour les adresses IPv6 que personne ne cite\u00a0; au-delà de 2 "
      "les "
      "vérificateurs disent permerror, ce qui est pire que ce que l’enregistrement leur dit aujourd’hui.",
      "Écrivez des termes ip4 au lieu de a et mx pour les serveurs sans IPv6, puis redemandez."}},
    {K::too_large,
     "too_large",
     error,
     {"The record of {where}, mended and with the include, or what it leads to, is too large to be looked through (16 KiB, 2000 "
      "terms, 120 names).",
      "Leave out what no longer sends for you, then ask again."},
     {"L’enregistrement de {where}, corrigé et avec l’include, ou ce à quoi il mène, est trop grand pour être examiné (16 Kio, "
      "2000 termes, 120 noms).",
      "Retirez ce qui n’envoie plus pour vous, puis redemandez."}},
    {K::partly_probed,
     "partly_probed",
     note,
     {"More networks are named than could be asked about: {count} addresses were. A record is then offered only when the include "
      "is all that it adds.",
      ""},
     {"Plus de réseaux sont nommés qu’on n’a pu en interroger\u00a0: {count} adresses l’ont été. Un enregistrement n’est alors "
      "proposé que s’il ne fait qu’ajouter l’include.",
      ""}},
    {K::out_of_time,
     "out_of_time",
     error,
     {"There is more to look through for {where} than the time allows, so nothing can be said now.",
      "Leave out what no longer sends for you, or try again later."},
     {"Il y a plus à examiner pour {where} que le temps ne le permet\u00a0: on ne peut rien dire maintenant.",
      "Retirez ce qui n’envoie plus pour vous, ou réessayez plus tard."}},
    {K::not_proven,
     "not_proven",
     error,
     {"No record was found that lets {where} pass and changes nothing for anybody else.",
      "Mend the other problems, then ask again."},
     {"Aucun enregistrement trouvé qui laisse passer {where} sans rien changer pour les autres.",
      "Corrigez les autres problèmes, puis redemandez."}},
    {K::dns_failure,
     "dns_failure",
     error,
     {"DNS did not answer for {where}, so nothing can be said now.", "Try again later."},
     {"Le DNS n’a pas répondu pour {where}\u00a0: on ne peut rien dire maintenant.", "Réessayez plus tard."}},
};

const Entry& entry_of(ProblemKind kind)
{
    const auto find = [&](const auto& entries) -> const Entry* {
        for (const auto& entry : entries)
            if (entry.kind == kind) return &entry;
        return nullptr;
    };
    for (const Entry* found :
         {find(record_entries), find(syntax_entries), find(meaning_entries), find(cost_entries), find(include_entries)})
        if (found) return *found;
    throw std::logic_error("a problem without sentences");
}

std::string fill(std::string_view sentence, const Problem& problem)
{
    const auto bar = sentence.find('|');
    if (bar != std::string_view::npos) sentence = problem.mended.empty() ? sentence.substr(bar + 1) : sentence.substr(0, bar);
    std::string text;
    while (!sentence.empty()) {
        const auto open = sentence.find('{');
        text += sentence.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = sentence.find('}', open);
        const auto name = sentence.substr(open + 1, close - open - 1);
        text += name == "where" ? problem.where : name == "mended" ? problem.mended : std::to_string(problem.count);
        sentence.remove_prefix(close + 1);
    }
    return text;
}

}  // namespace

std::string_view format_kind(ProblemKind kind) { return entry_of(kind).name; }

std::string_view format_severity(Severity severity)
{
    switch (severity) {
        case Severity::error: return "error";
        case Severity::warning: return "warning";
        case Severity::note: return "note";
    }
    return "";
}

Severity severity_of(ProblemKind kind) { return entry_of(kind).severity; }

Phrase phrase(const Problem& problem, Language language)
{
    const auto& entry = entry_of(problem.kind);
    const auto& sentences = language == Language::fr ? entry.fr : entry.en;
    return {fill(sentences.text, problem), fill(sentences.fix, problem)};
}

}  // namespace sealpost::spfadvice
