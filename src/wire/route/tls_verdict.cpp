#include "wire/route/tls_verdict.hpp"

#include <array>

namespace sealpost::route {
namespace {

struct Words {
    std::string_view meaning;
    std::string_view fix;
};

struct Row {
    TlsVerdict verdict;
    std::string_view name;
    Words en;
    Words fr;
};

constexpr std::array<Row, 17> rows{{
    {TlsVerdict::ok, "ok", {"TLS with a certificate that verifies", ""}, {"TLS avec un certificat vérifié", ""}},
    {TlsVerdict::missing_intermediate,
     "missing_intermediate",
     {"the intermediate certificate is not sent",
      "Install the authority's intermediate certificate on this host, after its own certificate, so that both are sent."},
     {"le certificat intermédiaire n'est pas envoyé",
      "Installez sur cet hôte le certificat intermédiaire de l'autorité, à la suite de son propre certificat, pour que les deux "
      "soient envoyés."}},
    {TlsVerdict::self_signed,
     "self_signed",
     {"the certificate is signed by itself, like a demo certificate",
      "Replace the self-signed (demo) certificate with one signed by a recognised authority, and install its intermediate too."},
     {"le certificat est auto-signé, comme un certificat de démonstration",
      "Remplacez le certificat auto-signé (de démonstration) par un certificat signé par une autorité reconnue, et installez "
      "aussi "
      "son certificat intermédiaire."}},
    {TlsVerdict::untrusted_root,
     "untrusted_root",
     {"the certificate comes from an authority that is not trusted here",
      "Use a certificate of a publicly recognised authority, or have this authority's root added to the trusted ones."},
     {"le certificat vient d'une autorité qui n'est pas reconnue ici",
      "Utilisez un certificat d'une autorité publiquement reconnue, ou faites ajouter la racine de cette autorité à celles de "
      "confiance."}},
    {TlsVerdict::expired,
     "expired",
     {"a certificate has expired", "Renew the certificate and install the new one with its intermediate."},
     {"un certificat a expiré", "Renouvelez le certificat et installez le nouveau avec son certificat intermédiaire."}},
    {TlsVerdict::not_yet_valid,
     "not_yet_valid",
     {"a certificate is not valid yet", "Install a certificate that is valid today, or correct the clock of whoever issued it."},
     {"un certificat n'est pas encore valable",
      "Installez un certificat valable aujourd'hui, ou corrigez l'horloge de celui qui l'a émis."}},
    {TlsVerdict::name_mismatch,
     "name_mismatch",
     {"the certificate is for other host names",
      "Obtain a certificate that lists the MX host name among its subject alternative names (DNS)."},
     {"le certificat est établi pour d'autres noms d'hôte",
      "Obtenez un certificat dont les noms alternatifs du sujet (DNS) comprennent le nom de l'hôte MX."}},
    {TlsVerdict::weak_key,
     "weak_key",
     {"a key is too short", "Make a new key (RSA of at least 2048 bits, or ECDSA P-256) and obtain a certificate for it."},
     {"une clé est trop courte",
      "Générez une nouvelle clé (RSA d'au moins 2048 bits, ou ECDSA P-256) et obtenez un certificat pour elle."}},
    {TlsVerdict::weak_signature,
     "weak_signature",
     {"a certificate is signed with an outdated hash", "Have the certificate issued again with a SHA-256 signature or better."},
     {"un certificat est signé avec une empreinte obsolète",
      "Faites réémettre le certificat avec une signature SHA-256 ou meilleure."}},
    {TlsVerdict::weak_protocol,
     "weak_protocol",
     {"nothing newer than TLS 1.1 is offered", "Enable TLS 1.2 or newer on this host."},
     {"rien de plus récent que TLS 1.1 n'est proposé", "Activez TLS 1.2 ou plus récent sur cet hôte."}},
    {TlsVerdict::no_starttls,
     "no_starttls",
     {"STARTTLS is not offered", "Enable TLS on the listener that receives mail for this domain (Preferred or Required)."},
     {"STARTTLS n'est pas proposé", "Activez TLS (Préféré ou Requis) sur l'écouteur qui reçoit le courrier de ce domaine."}},
    {TlsVerdict::starttls_refused,
     "starttls_refused",
     {"STARTTLS is offered, then refused",
      "Check the TLS certificate and key of the listener: the host offers STARTTLS but cannot start it."},
     {"STARTTLS est proposé, puis refusé",
      "Vérifiez le certificat et la clé TLS de l'écouteur : l'hôte propose STARTTLS mais ne peut pas le démarrer."}},
    {TlsVerdict::handshake_failed,
     "handshake_failed",
     {"the TLS handshake failed",
      "Check the host's TLS settings (protocols, ciphers, key), and that nothing between interferes with SMTP."},
     {"la négociation TLS a échoué",
      "Vérifiez les réglages TLS de l'hôte (protocoles, chiffrements, clé), et que rien sur le trajet n'altère SMTP."}},
    {TlsVerdict::unreachable,
     "unreachable",
     {"the host does not answer",
      "Check that the host runs and that its firewall lets port 25 in, or remove it from the MX records."},
     {"l'hôte ne répond pas",
      "Vérifiez que l'hôte fonctionne et que son pare-feu laisse entrer le port 25, ou retirez-le des enregistrements MX."}},
    {TlsVerdict::refused_by_banner,
     "refused_by_banner",
     {"the host refuses to talk to this address",
      "Let the service's addresses through: add them to a sender group that accepts mail."},
     {"l'hôte refuse de parler à cette adresse",
      "Laissez passer les adresses du service : ajoutez-les à un groupe d'expéditeurs accepté."}},
    {TlsVerdict::revoked,
     "revoked",
     {"the certificate has been revoked by its authority",
      "Make a new key, obtain a new certificate for it and install both: this one is not to be trusted any more."},
     {"le certificat a été révoqué par son autorité",
      "Générez une nouvelle clé, obtenez un nouveau certificat pour elle et installez-les : celui-ci n'est plus digne de "
      "confiance."}},
    {TlsVerdict::dane_mismatch,
     "dane_mismatch",
     {"the TLSA records (DANE) do not match the certificate",
      "Publish TLSA records for the certificate that the host presents, or present the one that they name; when a certificate is "
      "renewed, publish the new record first."},
     {"les enregistrements TLSA (DANE) ne correspondent pas au certificat",
      "Publiez des enregistrements TLSA pour le certificat présenté par l'hôte, ou présentez celui qu'ils désignent ; lors d'un "
      "renouvellement, publiez d'abord le nouvel enregistrement."}},
}};

const Row& row_of(TlsVerdict verdict) { return rows.at(static_cast<std::size_t>(verdict)); }

constexpr bool rows_stand_in_order()
{
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].verdict) != i) return false;
    return true;
}
static_assert(rows_stand_in_order());

const Words& words_of(TlsVerdict verdict, Language language)
{
    return language == Language::fr ? row_of(verdict).fr : row_of(verdict).en;
}

}  // namespace

std::string_view format_verdict(TlsVerdict verdict) { return row_of(verdict).name; }

std::optional<TlsVerdict> parse_verdict(std::string_view name)
{
    for (const Row& row : rows)
        if (row.name == name) return row.verdict;
    return std::nullopt;
}

std::string_view explain_verdict(TlsVerdict verdict, Language language) { return words_of(verdict, language).meaning; }
std::string_view fix_for(TlsVerdict verdict, Language language) { return words_of(verdict, language).fix; }

}  // namespace sealpost::route
