#include "serve/node/seal_alert.hpp"

#include "base/cut_text.hpp"

namespace sealpost::node {

using sealer::ServiceTrouble;

namespace {

constexpr std::size_t max_problem_bytes = 300;

Words name_of(ServiceTrouble trouble)
{
    switch (trouble) {
        case ServiceTrouble::token_refused:
            return {"the service refuses the token of this gateway", "le service refuse le jeton de cette passerelle"};
        case ServiceTrouble::account_disabled:
            return {"the account of this gateway is disabled", "le compte de cette passerelle est désactivé"};
        case ServiceTrouble::unreachable: return {"the service is out of reach", "le service est hors d'atteinte"};
        case ServiceTrouble::other: break;
    }
    return {"nothing can be sealed", "rien ne peut être scellé"};
}

Words mend(ServiceTrouble trouble)
{
    switch (trouble) {
        case ServiceTrouble::token_refused:
            return {
                "Make a new token at the service (`sealpost token new`), put it in the place of gateway.token_file, and reload "
                "the node: doc/ops/administrators.md, \"The token of a gateway\".",
                "Créez un nouveau jeton sur le service (`sealpost token new`), mettez-le à la place de gateway.token_file, et "
                "rechargez le nœud : doc/ops/administrators.md, « The token of a gateway »."};
        case ServiceTrouble::account_disabled:
            return {"Whoever runs the service can enable it again: `sealpost account enable`.",
                    "Qui exploite le service peut le réactiver : `sealpost account enable`."};
        case ServiceTrouble::unreachable:
            return {"See that the service runs, that this node reaches it, and that its certificate proves its name.",
                    "Vérifiez que le service fonctionne, que ce nœud l'atteint et que son certificat prouve son nom."};
        case ServiceTrouble::other: break;
    }
    return {"`seal.failed` in the log of this node, and the log of the service, say more.",
            "`seal.failed` dans le journal de ce nœud, et le journal du service, en disent plus."};
}

// How many wait, as a whole sentence.
Words count(const SealTrouble& seen)
{
    const std::string number = std::to_string(seen.waiting);
    if (seen.are_more) return {number + " messages or more wait.", number + " messages ou plus attendent."};
    if (seen.waiting == 1) return {"One message waits.", "Un message attend."};
    return {number + " messages wait.", number + " messages attendent."};
}

}  // namespace

alerts::Alert make_seal_alert(const SealTrouble& seen)
{
    const auto name = name_of(seen.trouble);
    const auto waiting = count(seen);
    const auto mended = mend(seen.trouble);
    const std::string since = format_rfc3339(seen.since);
    const std::string problem = show_line(seen.problem, max_problem_bytes);
    alerts::Alert alert;
    alert.kind = seal_kind;
    alert.stage = sealer::format_trouble(seen.trouble);
    alert.severity = alerts::Severity::critical;
    alert.subject = {"Confidential mail waits: " + name.en, "Le courrier confidentiel attend : " + name.fr};
    alert.body = {
        "This gateway has sealed nothing since " + since + ". " + waiting.en + "\nReason: " + problem +
            "\n\nNothing went out in clear, and nothing is lost. It is tried again until its time is over; then its senders get "
            "it back.\n\n" +
            mended.en +
            "\n`sealpost config check --service` asks the service as this gateway does. Once it answers well, `sealpost queue "
            "deliver --all` sends what waits at once.\n",
        "Cette passerelle n'a rien scellé depuis " + since + ". " + waiting.fr + "\nMotif : " + problem +
            "\n\nRien n'est parti en clair et rien n'est perdu. L'envoi est retenté jusqu'à son terme ; ensuite, ses expéditeurs "
            "le reçoivent en retour.\n\n" +
            mended.fr +
            "\n`sealpost config check --service` interroge le service comme le fait cette passerelle. Dès qu'il répond bien, "
            "`sealpost queue deliver --all` envoie aussitôt ce qui attend.\n"};
    return alert;
}

}  // namespace sealpost::node
