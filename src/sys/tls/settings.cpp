#include "sys/tls/settings.hpp"

#include "base/text.hpp"

#include <array>

namespace sealpost::tls {
namespace {

// Forward secrecy and authenticated encryption; ECDSA before RSA where a listener has both certificates.
constexpr std::string_view strong_ciphers =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-GCM-SHA256";
// CBC, and RSA key exchange last.
constexpr std::string_view old_ciphers =
    "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:"
    "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    "DHE-RSA-AES256-SHA256:DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA:"
    "AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA";

constexpr std::string_view all_suites = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr std::string_view all_groups = "X25519:P-256:X448:P-384:P-521";
constexpr std::string_view all_signatures =
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:ed448:rsa_pss_rsae_sha256:"
    "rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

constexpr std::array<SettingsTerms, 3> table{{
    {.settings = Settings::modern,
     .purpose = "TLS 1.3 alone, for peers that are all known to speak it",
     .least = Version::tls1_3,
     .most = Version::tls1_3,
     .suites = all_suites,
     .ciphers = "",
     .older_ciphers = "",
     .listeners_take_older = false,
     .groups = all_groups,
     .signature_algorithms = all_signatures,
     .listener_level = 2,
     .delivery_level = 2},
    {.settings = Settings::intermediate,
     .purpose = "forward secrecy and authenticated encryption for everybody of the last ten years; the default",
     .least = Version::tls1_2,
     .most = Version::tls1_3,
     .suites = all_suites,
     .ciphers = strong_ciphers,
     .older_ciphers = old_ciphers,
     .listeners_take_older = false,
     .groups = all_groups,
     .signature_algorithms = all_signatures,
     .listener_level = 2,
     .delivery_level = 1},
    {.settings = Settings::legacy,
     .purpose = "also CBC and RSA key exchange, for old peers that would otherwise speak in clear; not for HTTPS",
     .least = Version::tls1_2,
     .most = Version::tls1_3,
     .suites = all_suites,
     .ciphers = strong_ciphers,
     .older_ciphers = old_ciphers,
     .listeners_take_older = true,
     .groups = all_groups,
     .signature_algorithms = all_signatures,
     .listener_level = 1,
     .delivery_level = 1},
}};
static_assert(table[1].settings == Settings::intermediate && table[2].settings == Settings::legacy);

void add_list(std::string& text, std::string_view title, std::string_view list)
{
    if (list.empty()) return;
    text.append("  ").append(title).append("\n");
    for (const std::string_view word : split(list, ':')) text.append("    ").append(word).append("\n");
}

void describe(std::string& text, const SettingsTerms& terms)
{
    text.append(format_settings(terms.settings)).append(": ").append(terms.purpose).append("\n");
    text.append("  protocols: TLS ").append(format_version(terms.least));
    if (terms.most != terms.least) text.append(" to ").append(format_version(terms.most));
    text.append("\n  security level: ").append(std::to_string(terms.listener_level)).append(" for listeners, ");
    text.append(std::to_string(terms.delivery_level)).append(" for deliveries\n");
    add_list(text, "TLS 1.3 cipher suites", terms.suites);
    add_list(text, "TLS 1.2 ciphers", terms.ciphers);
    add_list(text, terms.listeners_take_older ? "TLS 1.2 ciphers after those" : "TLS 1.2 ciphers after those, in deliveries only",
             terms.older_ciphers);
    add_list(text, "groups of key exchange", terms.groups);
    add_list(text, "signature algorithms", terms.signature_algorithms);
}

}  // namespace

const SettingsTerms& terms_of(Settings settings) { return table.at(static_cast<std::size_t>(settings)); }
std::span<const SettingsTerms> all_terms() { return table; }

std::string listener_ciphers(const SettingsTerms& terms)
{
    std::string list(terms.ciphers);
    if (terms.listeners_take_older) list.append(":").append(terms.older_ciphers);
    return list;
}

std::string delivery_ciphers(const SettingsTerms& terms)
{
    std::string list(terms.ciphers);
    if (!terms.older_ciphers.empty()) list.append(":").append(terms.older_ciphers);
    return list;
}

std::string_view format_version(Version version)
{
    switch (version) {
        case Version::tls1_0: return "1.0";
        case Version::tls1_1: return "1.1";
        case Version::tls1_2: return "1.2";
        case Version::tls1_3: break;
    }
    return "1.3";
}

std::string describe_settings(std::span<const SettingsTerms> which)
{
    std::string text;
    for (const SettingsTerms& terms : which) {
        describe(text, terms);
        text += '\n';
    }
    text.append("In all of them: the listener's order decides; no renegotiation, no compression, no early data (0-RTT);\n");
    text.append(std::to_string(tickets_a_connection)).append(" tickets a connection, good for ");
    text.append(std::to_string(ticket_lifetime.count())).append(" hours, under keys that are renewed every ");
    text.append(std::to_string(ticket_key_period.count())).append(" hours and never stored.\n");
    return text;
}

std::string_view format_settings(Settings settings)
{
    switch (settings) {
        case Settings::modern: return "modern";
        case Settings::intermediate: return "intermediate";
        case Settings::legacy: break;
    }
    return "legacy";
}

std::optional<Settings> parse_settings(std::string_view name)
{
    for (const Settings settings : {Settings::modern, Settings::intermediate, Settings::legacy})
        if (name == format_settings(settings)) return settings;
    return std::nullopt;
}

}  // namespace sealpost::tls
