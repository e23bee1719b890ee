#include "serve/certwatch/certwatch.hpp"

#include "base/text.hpp"

#include <array>

namespace sealpost::certwatch {
namespace {

using alerts::Severity;
using certificates::Entry;
using certificates::State;

constexpr std::array stages{0, 1, 2, 3, 4, 5, 15, 30, 60, 90};
constexpr int critical_days = 5;
constexpr std::chrono::minutes retry_interval{30};

std::string day_of(WallTime time) { return format_rfc3339(time).substr(0, 10); }

std::string en_days(int days) { return days == 0 ? "today" : days == 1 ? "in 1 day" : "in " + std::to_string(days) + " days"; }
std::string fr_days(int days)
{
    return days == 0 ? "aujourd'hui" : days == 1 ? "dans 1 jour" : "dans " + std::to_string(days) + " jours";
}

Words subject_of(const Entry& entry)
{
    if (entry.days_left < 0)
        return {"The certificate \"" + entry.name + "\" has expired", "Le certificat « " + entry.name + " » a expiré"};
    return {"The certificate \"" + entry.name + "\" expires " + en_days(entry.days_left),
            "Le certificat « " + entry.name + " » expire " + fr_days(entry.days_left)};
}

Words mend(const Entry& entry)
{
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

Words body_of(const Entry& entry)
{
    const auto& leaf = entry.chain().front();
    const std::string end = day_of(certificates::find_end(entry.chain()));
    const std::string users = entry.used_by.empty() ? "—" : join(entry.used_by, ", ");
    const auto mended = mend(entry);
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

Task<Result<>> CertificateWatch::look_at(Entry entry)
{
    parts_.log.metrics().set(log::Metric::certificate_days, entry.days_left, {entry.name});
    const bool waits_for_authority = !entry.acme.empty() && !is_renewal_late(entry.chain().front(), parts_.clock->now());
    const auto stage = find_stage(entry.days_left);
    // Nobody relies on the demo certificate, and it is made anew.
    if (!stage || waits_for_authority || entry.state == State::demo) {
        auto cleared = co_await parts_.alerts->clear(std::string(alert_kind), entry.name);
        co_return cleared;
    }
    alerts::Alert alert;
    alert.kind = alert_kind;
    alert.about = entry.name;
    // A renewed one comes to the same stages again.
    alert.stage = stage->name + " until " + day_of(certificates::find_end(entry.chain()));
    alert.severity = stage->severity;
    alert.subject = subject_of(entry);
    alert.body = body_of(entry);
    auto told = co_await parts_.alerts->raise(std::move(alert));
    if (told.has_error()) co_return told.error();
    co_return Result<>();
}

Task<Result<>> CertificateWatch::look()
{
    const auto list = [store = parts_.store] { return store->list(); };
    auto entries = co_await parts_.pool->run(list);
    Result<> worst;
    for (auto& entry : entries) {
        if (entry.state == State::none) {
            parts_.log.error("certificate.not_read", {{"certificate", entry.name}, {"problem", entry.finding.detail}});
            continue;
        }
        auto looked = co_await look_at(std::move(entry));
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
