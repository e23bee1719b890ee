#include "serve/certwatch/certwatch.hpp"

#include "base/text.hpp"

#include <array>

namespace sealpost::certwatch {
namespace {

using alerts::Severity;
using certificates::Entry;
using certificates::State;
using Chain = std::vector<crypto::Certificate>;

constexpr std::array stages{0, 1, 2, 3, 4, 5, 15, 30, 60, 90};
constexpr int critical_days = 5;
constexpr std::chrono::minutes retry_interval{30};

std::string day_of(WallTime time) { return format_rfc3339(time).substr(0, 10); }

std::string en_days(int days) { return days == 0 ? "today" : days == 1 ? "in 1 day" : "in " + std::to_string(days) + " days"; }
std::string fr_days(int days)
{
    return days == 0 ? "aujourd'hui" : days == 1 ? "dans 1 jour" : "dans " + std::to_string(days) + " jours";
}

// The files hold another certificate than the one that is shown.
bool waits_for_reload(const Entry& entry, const Chain& shown)
{
    return entry.state != State::none && !(entry.chain().front() == shown.front());
}

Words subject_of(const std::string& name, int days_left)
{
    if (days_left < 0) return {"The certificate \"" + name + "\" has expired", "Le certificat « " + name + " » a expiré"};
    return {"The certificate \"" + name + "\" expires " + en_days(days_left),
            "Le certificat « " + name + " » expire " + fr_days(days_left)};
}

Words mend(const Entry& entry, const Chain& shown)
{
    if (waits_for_reload(entry, shown)) {
        const std::string until = day_of(certificates::find_end(entry.chain()));
        return {"Newer files wait for a reload of the node (SIGHUP): they hold a certificate that is good until " + until + ".\n",
                "De nouveaux fichiers attendent que le nœud soit rechargé (SIGHUP) : leur certificat est valable jusqu'au " +
                    until + ".\n"};
    }
    if (!entry.acme.empty())
        return {"The authority \"" + entry.acme + "\" should have renewed it by now. `sealpost cert show " + entry.name +
                    "` and the log say why it did not.\n",
                "L'autorité « " + entry.acme + " » aurait déjà dû le renouveler. `sealpost cert show " + entry.name +
                    "` et le journal disent pourquoi ce n'est pas fait.\n"};
    if (!entry.is_kept_by_node)
        return {"Put a renewed certificate into its files, and reload the node (SIGHUP).\n",
                "Placez un certificat renouvelé dans ses fichiers, puis rechargez le nœud (SIGHUP).\n"};
    return {"Renew it: `sealpost cert csr " + entry.name + "`, have that signed, then `sealpost cert import " + entry.name +
                " FILE…`; or the page Network > Certificates.\n",
            "Renouvelez-le : `sealpost cert csr " + entry.name + "`, faites signer la demande, puis `sealpost cert import " +
                entry.name + " FICHIER…` ; ou la page Réseau > Certificats.\n"};
}

Words body_of(const Entry& entry, const Chain& shown)
{
    const auto& leaf = shown.front();
    const std::string end = day_of(certificates::find_end(shown));
    const std::string users = entry.used_by.empty() ? "—" : join(entry.used_by, ", ");
    const auto mended = mend(entry, shown);
    return {
        "Certificate: " + entry.name + " (" + leaf.subject() + ")\nExpires: " + end + "\nUsed by: " + users +
            "\n\nOnce it has expired, whoever demands verified TLS delivers nothing here, and browsers refuse the pages.\n\n" +
            mended.en,
        "Certificat : " + entry.name + " (" + leaf.subject() + ")\nExpire le : " + end + "\nUtilisé par : " + users +
            "\n\nUne fois expiré, qui exige un TLS vérifié ne livre plus rien ici, et les navigateurs refusent les pages.\n\n" +
            mended.fr};
}

}  // namespace

std::optional<Stage> find_stage(int days_left)
{
    if (days_left < 0) return Stage{"expired-" + std::to_string(-days_left), Severity::critical};
    for (const int stage : stages)
        if (days_left <= stage)
            return Stage{std::to_string(stage), stage <= critical_days ? Severity::critical : Severity::warning};
    return std::nullopt;
}

bool is_renewal_late(const crypto::Certificate& leaf, WallTime now)
{
    return (leaf.not_after() - now) * 4 < leaf.not_after() - leaf.not_before();
}

Task<Result<>> CertificateWatch::tell_unreadable(Seen seen)
{
    const Entry& entry = seen.entry;
    if (entry.state != State::none) {
        const auto about = parts_.alerts->on_this_node(entry.name);
        auto cleared = co_await parts_.alerts->clear(std::string(unreadable_kind), about);
        co_return cleared;
    }
    parts_.log.error("certificate.not_read", {{"certificate", entry.name}, {"problem", entry.finding.detail}});
    const std::string end = day_of(certificates::find_end(seen.shown));
    alerts::Alert alert;
    alert.kind = unreadable_kind;
    alert.about = parts_.alerts->on_this_node(entry.name);
    alert.subject = {"The certificate \"" + entry.name + "\" cannot be read",
                     "Le certificat « " + entry.name + " » est illisible"};
    alert.body = {entry.finding.detail + "\n\nThe node shows the one that it has loaded, until " + end +
                      ", and does not start again without readable files.\n",
                  entry.finding.detail + "\n\nLe nœud présente celui qu'il a chargé, jusqu'au " + end +
                      ", et ne redémarre pas sans fichiers lisibles.\n"};
    auto told = co_await parts_.alerts->raise(std::move(alert));
    if (told.has_error()) co_return told.error();
    co_return Result<>();
}

Task<Result<>> CertificateWatch::tell_expiring(Seen seen)
{
    const Entry& entry = seen.entry;
    const WallTime now = parts_.clock->now();
    const int days_left = certificates::count_days_left(seen.shown, now);
    parts_.log.metrics().set(log::Metric::certificate_days, days_left, {entry.name});
    const bool is_old = waits_for_reload(entry, seen.shown);
    if (is_old) parts_.log.warning("certificate.waits_for_reload", {{"certificate", entry.name}, {"days_left", days_left}});
    const bool waits_for_authority = !is_old && !entry.acme.empty() && !is_renewal_late(seen.shown.front(), now);
    const auto stage = find_stage(days_left);
    // Nobody relies on the demo certificate, and it is made anew.
    if (!stage || waits_for_authority || (entry.state == State::demo && !is_old)) {
        const auto about = parts_.alerts->on_this_node(entry.name);
        auto cleared = co_await parts_.alerts->clear(std::string(alert_kind), about);
        co_return cleared;
    }
    alerts::Alert alert;
    alert.kind = alert_kind;
    alert.about = parts_.alerts->on_this_node(entry.name);
    // A renewed one comes to the same stages again.
    alert.stage = stage->name + " until " + day_of(certificates::find_end(seen.shown));
    alert.severity = stage->severity;
    alert.subject = subject_of(entry.name, days_left);
    alert.body = body_of(entry, seen.shown);
    auto told = co_await parts_.alerts->raise(std::move(alert));
    if (told.has_error()) co_return told.error();
    co_return Result<>();
}

Task<Result<>> CertificateWatch::look_at(Seen seen)
{
    SEALPOST_CO_CHECK(co_await tell_unreadable(seen));
    auto told = co_await tell_expiring(std::move(seen));
    co_return told;
}

Task<Result<>> CertificateWatch::look()
{
    const auto see_all = [&parts = parts_] {
        std::vector<Seen> all;
        for (auto& entry : parts.store->list()) {
            auto shown = parts.find_shown(entry.name);
            all.push_back({std::move(entry), std::move(shown)});
        }
        return all;
    };
    auto all = co_await parts_.pool->run(see_all);
    Result<> worst;
    for (auto& seen : all) {
        auto looked = co_await look_at(std::move(seen));
        if (looked.has_error()) worst = looked.error();
    }
    co_return worst;
}

Task<void> CertificateWatch::run()
{
    while (true) {
        auto looked = co_await look();
        if (looked.has_error()) parts_.log.warning("certificate.not_watched", {{"problem", looked.error().text}});
        const std::chrono::milliseconds wait = looked.has_error() ? retry_interval : parts_.interval;
        auto slept = co_await async::sleep_until(Deadline::after(wait));
        if (slept.has_error()) co_return;
    }
}

}  // namespace sealpost::certwatch
