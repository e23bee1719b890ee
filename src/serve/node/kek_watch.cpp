#include "serve/node/kek_watch.hpp"

namespace sealpost::node {
namespace {

constexpr std::chrono::seconds interval{5};
// One look that fails may be a device that starts again.
constexpr int failures_to_alert = 3;
constexpr const char* alert_kind = "kek_away";
constexpr const char* alert_about = "service.kek";

alerts::Alert make_alert(const std::string& problem)
{
    alerts::Alert alert;
    alert.kind = alert_kind;
    alert.about = alert_about;
    alert.severity = alerts::Severity::critical;
    alert.subject = {"The key-encryption key is out of reach", "La clé de chiffrement des clés est hors d'atteinte"};
    alert.body = {
        "The service cannot use its key-encryption key:\n" + problem +
            "\n\nUntil it can, no envelope is sealed or opened; mail that is to be sealed waits and nothing is lost. "
            "The service finds the token again by itself; after a PIN that was refused it has to be restarted.\n",
        "Le service ne peut pas utiliser sa clé de chiffrement des clés :\n" + problem +
            "\n\nD'ici là, aucune enveloppe n'est scellée ni ouverte ; le courrier à sceller attend et rien n'est perdu. "
            "Le service retrouve le jeton de lui-même ; après un code PIN refusé, il faut le redémarrer.\n"};
    return alert;
}

}  // namespace

Task<void> KekWatch::run()
{
    while (true) {
        auto slept = co_await async::sleep_until(Deadline::after(interval));
        if (slept.has_error()) co_return;
        co_await look();
    }
}

Task<void> KekWatch::look()
{
    auto answered = co_await parts_.keys->probe();
    if (answered.has_value()) {
        co_await note_back();
        co_return;
    }
    if (answered.error().fault != Fault::cancelled) co_await note_away(answered.error().text);
}

Task<void> KekWatch::note_away(std::string problem)
{
    if (failures_ == 0) parts_.log.error("kek.away", {{"problem", problem}});
    parts_.is_away->store(true);
    ++failures_;
    if (failures_ < failures_to_alert) co_return;
    may_be_told_ = true;
    auto alert = make_alert(problem);
    alert.about = parts_.alerts->on_this_node(std::move(alert.about));
    auto raised = co_await parts_.alerts->raise(std::move(alert));
    if (raised.has_error()) parts_.log.warning("kek.alert_failed", {{"problem", raised.error().text}});
}

Task<void> KekWatch::note_back()
{
    if (failures_ > 0) parts_.log.info("kek.back", {{"failures", failures_}});
    parts_.is_away->store(false);
    failures_ = 0;
    if (!may_be_told_) co_return;
    const auto about = parts_.alerts->on_this_node(alert_about);
    auto cleared = co_await parts_.alerts->clear(alert_kind, about);
    may_be_told_ = cleared.has_error();
    if (may_be_told_) parts_.log.warning("kek.alert_failed", {{"problem", cleared.error().text}});
}

}  // namespace sealpost::node
