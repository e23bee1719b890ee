#include "serve/node/trouble_alerts.hpp"

#include "base/cut_text.hpp"

namespace sealpost::node {

using alerts::Alert;
using load::Resource;

namespace {

constexpr std::size_t max_reason_bytes = 300;

// What a host said goes into a mail as one line.
std::string one_line(std::string_view said) { return show_line(said, max_reason_bytes); }

std::string format_amount(Resource resource, std::uint64_t amount)
{
    if (resource == Resource::queue_messages) return std::to_string(amount);
    return std::to_string(amount / (1024 * 1024)) + " MiB";
}

Words name_of(Resource resource)
{
    switch (resource) {
        case Resource::disk: return {"room on the disk", "place sur le disque"};
        case Resource::memory: return {"memory", "mémoire"};
        case Resource::queue_messages:
        case Resource::queue_bytes: return {"room in the queue", "place dans la file d'attente"};
        case Resource::store: return {"a store that is whole", "base intacte"};
        case Resource::sessions: break;
    }
    return {"connections", "connexions"};
}

Words describe_state(Resource resource, const std::string& value, const std::string& limit)
{
    switch (resource) {
        case Resource::disk:
            return {value + " can still be written, " + limit + " must stay free ([limits] min_free_disk).",
                    value + " peuvent encore être écrits, " + limit + " doivent rester libres ([limits] min_free_disk)."};
        case Resource::memory:
            return {"Messages on their way in hold " + value + " of " + limit + " ([limits] max_memory).",
                    "Les messages en cours de réception occupent " + value + " sur " + limit + " ([limits] max_memory)."};
        case Resource::queue_messages:
            return {value + " messages wait, " + limit + " may ([limits] max_queue_messages).",
                    value + " messages attendent, " + limit + " au plus ([limits] max_queue_messages)."};
        case Resource::queue_bytes:
            return {"Messages of " + value + " wait, " + limit + " may ([limits] max_queue_size).",
                    "Des messages de " + value + " attendent, " + limit + " au plus ([limits] max_queue_size)."};
        case Resource::store:
        case Resource::sessions: break;
    }
    return {value + " of " + limit, value + " sur " + limit};
}

Words mend(Resource resource)
{
    switch (resource) {
        case Resource::disk:
            return {"Make room on the file systems of data_dir and the store: old backups, `sealpost.db.before-*`, logs.",
                    "Faites de la place sur les systèmes de fichiers de data_dir et de la base : anciennes sauvegardes, "
                    "`sealpost.db.before-*`, journaux."};
        case Resource::memory:
            return {"`gateway.limit` in the log says who presses; raise [limits] max_memory if this is your ordinary mail.",
                    "`gateway.limit` dans le journal dit qui insiste ; augmentez [limits] max_memory si c'est votre courrier "
                    "ordinaire."};
        case Resource::queue_messages:
        case Resource::queue_bytes:
            return {"`sealpost queue summary` says for which destinations it waits.",
                    "`sealpost queue summary` dit pour quelles destinations elle attend."};
        case Resource::store:
        case Resource::sessions: break;
    }
    return {};
}

}  // namespace

Alert make_short_alert(const std::string& hostname, Resource resource, const load::Load& load, WallTime since)
{
    const auto name = name_of(resource);
    const auto state = describe_state(resource, format_amount(resource, load.value(resource)),
                                      format_amount(resource, load::limit_of(load.limits(), resource)));
    const auto mended = mend(resource);
    const std::string at = format_rfc3339(since);
    Alert alert;
    alert.kind = short_kind;
    alert.severity = alerts::Severity::critical;
    alert.subject = {hostname + " is short of " + name.en, hostname + " manque de " + name.fr};
    alert.body = {"The node " + hostname + " has been short of " + name.en + " since " + at + ".\n" + state.en +
                      "\n\nIt takes less in: clients are asked to come back later. What it has accepted is safe and is delivered "
                      "all the while.\n\n" +
                      mended.en + "\n",
                  "Le nœud " + hostname + " manque de " + name.fr + " depuis " + at + ".\n" + state.fr +
                      "\n\nIl reçoit moins : les clients sont priés de revenir plus tard. Ce qu'il a accepté est en sûreté et "
                      "continue d'être distribué.\n\n" +
                      mended.fr + "\n"};
    return alert;
}

Alert make_damage_alert(const std::string& hostname)
{
    Alert alert;
    alert.kind = short_kind;
    alert.severity = alerts::Severity::critical;
    alert.subject = {"The store of " + hostname + " is damaged", "La base de " + hostname + " est endommagée"};
    alert.body = {
        "The store of the node " + hostname +
            " has said that what it holds is damaged.\n\nThe node takes no more mail in: clients are asked to come back "
            "later. What can still be read is delivered; destinations whose mail cannot stand in the log "
            "(`queue.domain_unreadable`).\n\nStop the node, keep a copy of the store aside, and put it right: "
            "doc/ops/troubleshooting.md, \"The store does not open, or is damaged\".\n",
        "La base du nœud " + hostname +
            " a signalé que ce qu'elle contient est endommagé.\n\nLe nœud ne reçoit plus de courrier : les clients sont "
            "priés de revenir plus tard. Ce qui est encore lisible est distribué ; les destinations dont le courrier ne "
            "l'est plus sont dans le journal (`queue.domain_unreadable`).\n\nArrêtez le nœud, gardez une copie de la "
            "base, et remettez-la en état : doc/ops/troubleshooting.md, « The store does not open, or is damaged ».\n"};
    return alert;
}

Alert make_tls_alert(const courier::TlsFailure& failure)
{
    const std::string demand(courier::format_tls_demand(failure.demand));
    const std::string host = failure.host.empty() ? "-" : failure.host;
    const std::string reason = one_line(failure.reason);
    Alert alert;
    alert.kind = tls_kind;
    alert.about = failure.domain;
    alert.subject = {"Mail for " + failure.domain + ": the TLS that is demanded was not met",
                     "Courrier pour " + failure.domain + " : le TLS exigé n'est pas satisfait"};
    alert.body = {
        "Mail for " + failure.domain + " was not handed over, since TLS did not come up to what is demanded (" + demand +
            ").\nHost: " + host + "\nReason: " + reason +
            "\n\nNothing went out in clear. It is tried again until its time is over; then its senders get it "
            "back.\n\n`sealpost tls test " +
            failure.domain +
            "` says what is wrong there. The destination has to mend it; where a destination control demands it, that can demand "
            "less. "
            "This is told once a day.\n",
        "Le courrier pour " + failure.domain + " n'a pas été remis : le TLS n'atteint pas ce qui est exigé (" + demand +
            ").\nHôte : " + host + "\nMotif : " + reason +
            "\n\nRien n'est parti en clair. L'envoi est retenté jusqu'à son terme ; ensuite, ses expéditeurs le "
            "reçoivent en retour.\n\n`sealpost tls test " +
            failure.domain +
            "` dit ce qui ne va pas là-bas. La destination doit y remédier ; là où un contrôle de destination l'exige, il peut "
            "exiger moins. Cet avis est envoyé une fois par jour.\n"};
    return alert;
}

Alert make_others_alert(std::size_t most)
{
    const std::string count = std::to_string(most);
    Alert alert;
    alert.kind = tls_kind;
    alert.about = "others";
    alert.subject = {"More destinations do not meet the TLS that is demanded",
                     "D'autres destinations ne satisfont pas le TLS exigé"};
    alert.body = {count + " destinations were told one by one today; further ones stand in the log (`delivery.tls_failed`).\n",
                  count +
                      " destinations ont été signalées une à une aujourd'hui ; les autres sont dans le journal "
                      "(`delivery.tls_failed`).\n"};
    return alert;
}

Alert make_owner_alert(const std::string& hostname)
{
    Alert alert;
    alert.kind = owner_kind;
    alert.severity = alerts::Severity::critical;
    alert.subject = {"Two processes have the name of the node " + hostname, "Deux processus portent le nom du nœud " + hostname};
    alert.body = {"Another process has the name of the node " + hostname +
                      " and delivers its mail: it was started from a copy of the data directory.\n\nStop it, remove the file "
                      "`node-name` from its data directory, and start it again. This node delivers nothing until then, and goes "
                      "on by itself a minute later.\n",
                  "Un autre processus porte le nom du nœud " + hostname +
                      " et distribue son courrier : il a été démarré depuis une copie du répertoire de données.\n\nArrêtez-le, "
                      "supprimez le fichier `node-name` de son répertoire de données, puis redémarrez-le. D'ici là, ce nœud ne "
                      "distribue rien ; il reprend de lui-même une minute plus tard.\n"};
    return alert;
}

}  // namespace sealpost::node
