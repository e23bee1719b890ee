#include "serve/node/trouble_watch.hpp"

#include "wire/mail/cut_text.hpp"
#include "wire/mail/utf8.hpp"

#include <array>
#include <utility>

namespace sealpost::node {

using alerts::Alert;
using load::Resource;

namespace {

constexpr std::chrono::seconds interval{5};
// A full house of sessions passes by itself.
constexpr std::array watched{Resource::disk, Resource::memory, Resource::queue_messages, Resource::queue_bytes};
constexpr const char* short_kind = "node_short";
constexpr const char* tls_kind = "tls_unmet";
constexpr const char* owner_kind = "owner_twice";
// More destinations of one day than are told one by one.
constexpr const char* others = "others";
constexpr std::chrono::hours days_kept{48};
constexpr std::size_t max_reason_bytes = 300;

// What a host said goes into a mail as one line.
std::string one_line(std::string_view said)
{
    std::string text = mail::clean_utf8(said, mail::Controls::none);
    mail::cut_text(text, max_reason_bytes);
    return text;
}

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
            return {"`sealpost queue list` says what waits and for which destination.",
                    "`sealpost queue list` dit ce qui attend, et pour quelle destination."};
        case Resource::sessions: break;
    }
    return {};
}

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

Alert make_tls_alert(const courier::TlsFailure& failure)
{
    const std::string demand(courier::format_tls_demand(failure.demand));
    const std::string host = failure.host.empty() ? "-" : failure.host;
    const std::string reason = one_line(failure.reason);
    Alert alert;
    alert.kind = tls_kind;
    alert.about = failure.domain;
    alert.subject = {"Mail for " + failure.domain + ": the TLS that the policy demands was not met",
                     "Courrier pour " + failure.domain + " : le TLS qu'exige la politique n'est pas satisfait"};
    alert.body = {
        "Mail for " + failure.domain + " was not handed over, since TLS did not come up to what the policy demands (" + demand +
            ").\nHost: " + host + "\nReason: " + reason +
            "\n\nNothing went out in clear. It is tried again until its time is over; then its senders get it "
            "back.\n\n`sealpost tls test " +
            failure.domain +
            "` says what is wrong there. The destination has to mend it, or the destination control has to demand less. "
            "This is told once a day.\n",
        "Le courrier pour " + failure.domain + " n'a pas été remis : le TLS n'atteint pas ce qu'exige la politique (" + demand +
            ").\nHôte : " + host + "\nMotif : " + reason +
            "\n\nRien n'est parti en clair. L'envoi est retenté jusqu'à son terme ; ensuite, ses expéditeurs le "
            "reçoivent en retour.\n\n`sealpost tls test " +
            failure.domain +
            "` dit ce qui ne va pas là-bas. La destination doit y remédier, ou le contrôle de destination doit exiger "
            "moins. Cet avis est envoyé une fois par jour.\n"};
    return alert;
}

Alert make_others_alert(std::size_t most)
{
    const std::string count = std::to_string(most);
    Alert alert;
    alert.kind = tls_kind;
    alert.about = others;
    alert.subject = {"More destinations do not meet the TLS that the policy demands",
                     "D'autres destinations ne satisfont pas le TLS qu'exige la politique"};
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

}  // namespace

void TlsFailures::note(const courier::TlsFailure& failure)
{
    using Demand = courier::TlsDemand;
    // An order that wants a proof has another way when there is none: an envelope.
    if (failure.demand == Demand::none || failure.demand == Demand::preferred || failure.demand == Demand::proven) return;
    const std::lock_guard lock(guard_);
    if (by_domain_.size() < max_domains) by_domain_.try_emplace(failure.domain, failure);
}

std::map<std::string, courier::TlsFailure> TlsFailures::take()
{
    const std::lock_guard lock(guard_);
    return std::exchange(by_domain_, {});
}

Task<void> TroubleWatch::run()
{
    while (true) {
        auto slept = co_await async::sleep_until(Deadline::after(interval));
        if (slept.has_error()) co_return;
        co_await look();
    }
}

Task<void> TroubleWatch::look()
{
    for (const Resource resource : watched) co_await look_at_load(resource);
    co_await look_at_tls();
    co_await look_at_owner();
}

// A store that cannot take the alert takes it when there is room again, be the shortage over by then or not.
Task<void> TroubleWatch::look_at_load(Resource resource)
{
    auto& shortage = shortages_[resource];
    const WallTime now = parts_.clock->now();
    if (!parts_.load->is_short(resource) && !shortage.is_owed) {
        shortage.since.reset();
        co_await note_well(resource);
        co_return;
    }
    shortage.well_since.reset();
    if (!shortage.since) shortage.since = now;
    if (now - *shortage.since < short_for && !shortage.is_owed) co_return;
    auto alert = make_short_alert(parts_.hostname, resource, *parts_.load, *shortage.since);
    alert.about = parts_.alerts->on_this_node(std::string(load::format_resource(resource)));
    shortage.may_be_told = true;
    const bool told = co_await raise(std::move(alert));
    shortage.is_owed = !told;
}

Task<void> TroubleWatch::note_well(Resource resource)
{
    auto& shortage = shortages_[resource];
    const WallTime now = parts_.clock->now();
    if (!shortage.well_since) shortage.well_since = now;
    if (!shortage.may_be_told || now - *shortage.well_since < well_for) co_return;
    auto about = parts_.alerts->on_this_node(std::string(load::format_resource(resource)));
    const bool cleared = co_await clear(short_kind, std::move(about));
    shortage.may_be_told = !cleared;
}

Task<void> TroubleWatch::look_at_tls()
{
    owed_.merge(parts_.failures->take());
    if (owed_.empty()) co_return;
    const std::string day = format_rfc3339(parts_.clock->now()).substr(0, 10);
    if (day_ != day) {
        told_.clear();
        day_ = day;
        auto forgotten = co_await parts_.alerts->forget(tls_kind, parts_.clock->now() - days_kept);
        if (forgotten.has_error()) parts_.log.warning("node.alert_failed", {{"problem", forgotten.error().text}});
    }
    for (auto failure = owed_.begin(); failure != owed_.end();) {
        const bool is_known = told_.contains(failure->first);
        if (!is_known) {
            const bool is_one_by_one = told_.size() < max_destinations_a_day;
            auto alert = is_one_by_one ? make_tls_alert(failure->second) : make_others_alert(max_destinations_a_day);
            alert.stage = day;
            const bool told = co_await raise(std::move(alert));
            if (!told) co_return;
            if (is_one_by_one) told_.insert(failure->first);
        }
        failure = owed_.erase(failure);
    }
}

Task<void> TroubleWatch::look_at_owner()
{
    const auto about = parts_.alerts->on_this_node("queue");
    if (parts_.queue->is_ousted()) {
        auto alert = make_owner_alert(parts_.hostname);
        alert.about = about;
        may_be_told_of_owner_ = true;
        [[maybe_unused]] const bool told = co_await raise(std::move(alert));
    } else if (may_be_told_of_owner_) {
        const bool cleared = co_await clear(owner_kind, about);
        may_be_told_of_owner_ = !cleared;
    }
}

Task<bool> TroubleWatch::raise(Alert alert)
{
    auto raised = co_await parts_.alerts->raise(std::move(alert));
    if (raised.has_error()) parts_.log.warning("node.alert_failed", {{"problem", raised.error().text}});
    co_return raised.has_value();
}

Task<bool> TroubleWatch::clear(std::string kind, std::string about)
{
    auto cleared = co_await parts_.alerts->clear(std::move(kind), std::move(about));
    if (cleared.has_error()) parts_.log.warning("node.alert_failed", {{"problem", cleared.error().text}});
    co_return cleared.has_value();
}

}  // namespace sealpost::node
