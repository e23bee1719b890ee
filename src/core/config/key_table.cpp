#include "core/config/key_table.hpp"

namespace sealpost::config {
namespace {
// A table reads best with a row on a line.
// clang-format off

Section node_section()
{
    return {.name = "node", .doc = "this machine", .keys = {
        {.name = "hostname", .type = Type::domain, .example = "\"mx1.acme.example\"", .doc = "The name in banners, EHLO and Received lines.", .required = true},
        {.name = "authserv_id", .type = Type::domain, .example = "\"acme.example\"", .doc = "Our name in Authentication-Results; nodes that trust each other share one. Default hostname."},
        {.name = "data_dir", .type = Type::path, .fallback = "\"/var/lib/sealpost\"", .example = "\"/var/lib/sealpost\"", .doc = "The folder of the store and of what the node keeps."},
        {.name = "roles", .type = Type::choices, .example = "[\"gateway\", \"service\"]", .doc = "What this node does.", .required = true, .words = "gateway|service"},
        {.name = "workers", .type = Type::number, .fallback = "0", .example = "0", .doc = "Threads for connections; 0 is one per core.", .most = 256},
    }};
}

Section store_section()
{
    return {.name = "store", .doc = "where queue, policy, people and keys are kept", .keys = {
        {.name = "url", .type = Type::text, .fallback = "\"sqlite:\"", .example = "\"sqlite:\"", .doc = "\"sqlite:\" in data_dir, \"sqlite:FILE\", or \"postgresql://USER@HOST/DATABASE\", which many nodes may share (doc/ops/postgresql.md)."},
    }};
}

Section dns_section()
{
    return {.name = "dns", .doc = "how names are resolved", .keys = {
        {.name = "resolver", .type = Type::endpoint, .example = "\"127.0.0.1:53\"", .doc = "The resolver to ask; without it, the system's."},
        {.name = "timeout", .type = Type::duration, .fallback = "\"10s\"", .example = "\"10s\"", .doc = "How long one question may take.", .least = 1, .most = 120},
        {.name = "trust_anchor", .type = Type::text, .example = "\"root.key\"", .doc = "File of DS or DNSKEY records: every answer is validated against them (DNSSEC). Without it, against the root's where the resolver passes signatures on; \"no_validation\": nothing is, and DANE protects no mail."},
        {.name = "list_timeout", .type = Type::duration, .fallback = "\"5s\"", .example = "\"5s\"", .doc = "How long the DNS lists, country and reputation of a connecting host may take together; then it counts as not listed and not known.", .least = 1, .most = 60},
    }};
}

Section tls_section()
{
    return {.name = "tls", .doc = "whom we trust, and how TLS is spoken (sealpost tls settings)", .keys = {
        {.name = "trust", .type = Type::paths, .fallback = "[\"system\"]", .example = "[\"system\"]", .doc = "\"system\" for the system's authorities, and PEM files."},
        {.name = "inbound", .type = Type::choice, .fallback = "\"intermediate\"", .example = "\"intermediate\"", .doc = "Settings of the SMTP listeners.", .words = "modern|intermediate|legacy"},
        {.name = "outbound", .type = Type::choice, .fallback = "\"intermediate\"", .example = "\"intermediate\"", .doc = "Settings of deliveries.", .words = "modern|intermediate|legacy"},
        {.name = "pages", .type = Type::choice, .fallback = "\"intermediate\"", .example = "\"intermediate\"", .doc = "Settings of HTTPS.", .words = "modern|intermediate|legacy"},
    }};
}

Section certificate_section()
{
    return {.name = "certificate", .repeated = true, .doc = "certificates that listeners show; without chain and key the node keeps them itself (sealpost cert)", .keys = {
        {.name = "name", .type = Type::text, .example = "\"mx1\"", .doc = "The name by which listeners call it.", .required = true},
        {.name = "chain", .type = Type::path, .example = "\"mx1.pem\"", .doc = "PEM: the leaf first, then the intermediates. Without it, in data_dir: installed with sealpost cert import or by page; a demo certificate until then."},
        {.name = "key", .type = Type::path, .example = "\"keys/mx1.key\"", .doc = "PEM: the private key; readable by the service only. With chain, and only then."},
        {.name = "acme", .type = Type::text, .example = "\"letsencrypt\"", .doc = "The [[acme]] authority that issues and renews it; only without chain and key."},
        {.name = "names", .type = Type::texts, .fallback = "[]", .example = "[\"mx1.acme.example\"]", .doc = "The host names it is for, when the node asks for it or makes it; default node.hostname."},
        {.name = "key_type", .type = Type::choice, .fallback = "\"ecdsa\"", .example = "\"ecdsa\"", .doc = "The key that the node makes: ecdsa (P-256) or rsa (3072 bits).", .words = "ecdsa|rsa"},
    }};
}

Section listener_section()
{
    return {.name = "listener", .repeated = true, .doc = "where SMTP is spoken", .keys = {
        {.name = "name", .type = Type::text, .example = "\"public\"", .doc = "The name in policy and log.", .required = true},
        {.name = "kind", .type = Type::choice, .fallback = "\"public\"", .example = "\"public\"", .doc = "public has a RAT; private takes mail from inside; submission from users that sign in.", .words = "public|private|submission"},
        {.name = "address", .type = Type::endpoints, .example = "\"[::]:25\"", .doc = "Address and port, or a list of them; [::] takes IPv4 too; port 0 lets the kernel choose.", .required = true},
        {.name = "certificate", .type = Type::texts, .example = "\"mx1\"", .doc = "The certificate for STARTTLS, or a list: the client gets the one that names the host it asks for, of a key type that it takes; the first by default. Without it no TLS is offered."},
        {.name = "implicit_tls", .type = Type::flag, .fallback = "false", .example = "false", .doc = "TLS from the first octet (port 465)."},
        {.name = "users_file", .type = Type::path, .example = "\"submission.users\"", .doc = "Who may sign in with AUTH: lines \"name:hash\", argon2id (sealpost config hash-password)."},
        {.name = "max_connections", .type = Type::number, .fallback = "300", .example = "300", .doc = "Connections at the same time.", .least = 1, .most = 100000},
        {.name = "proxy_from", .type = Type::networks, .example = "[\"10.0.0.0/24\"]", .doc = "Balancers: each connection from these networks begins with a PROXY header (version 1 or 2) that tells the client, or is closed; from anywhere else none is believed (doc/ops/deployment.md)."},
    }};
}

Section gateway_section()
{
    return {.name = "gateway", .doc = "the gateway role", .keys = {
        {.name = "service_url", .type = Type::url, .example = "\"https://keys.example\"", .doc = "The envelope service that keeps the keys; without it nothing is sealed."},
        {.name = "token_file", .type = Type::path, .example = "\"keys/service.token\"", .doc = "The account token for that service."},
        {.name = "trust", .type = Type::paths, .example = "[\"keys-ca.pem\"]", .doc = "PEM files trusted for that service, besides [tls] trust."},
    }};
}

Section admin_section()
{
    return {.name = "admin", .in_example = false, .doc = "where a gateway's mail policies are administered, by page and by API; without it, by the command line alone", .keys = {
        {.name = "listen", .type = Type::endpoints, .example = "\"127.0.0.1:8443\"", .doc = "Where HTTPS is served for administrators (sealpost admin add NAME --node); keep it inside.", .required = true},
        {.name = "certificate", .type = Type::texts, .example = "\"mx1\"", .doc = "The certificate for it, or a list: passwords travel inside TLS only.", .required = true},
        {.name = "url", .type = Type::url, .example = "\"https://mx1.acme.example:8443\"", .doc = "The address that administrators open; changes are taken from its pages only. Default: https, node.hostname and the port of listen."},
        {.name = "proxy_from", .type = Type::networks, .example = "[\"10.0.0.0/24\"]", .doc = "Balancers whose connections begin with a PROXY header, as at a [[listener]]."},
    }};
}

Section service_section()
{
    return {.name = "service", .doc = "the service role", .keys = {
        {.name = "url", .type = Type::url, .example = "\"https://keys.example\"", .doc = "The address that people and gateways open.", .required = true},
        {.name = "listen", .type = Type::endpoints, .fallback = "\"[::]:443\"", .example = "\"[::]:443\"", .doc = "Where HTTPS is served."},
        {.name = "certificate", .type = Type::texts, .example = "\"keys\"", .doc = "The certificate for HTTPS, or a list.", .required = true},
        {.name = "kek", .type = Type::text, .fallback = "\"file:kek.key\"", .example = "\"file:keys/kek.key\"", .doc = "The key that wraps envelope keys: file:FILE, which `sealpost kek new` makes, or pkcs11:…, a key in a hardware security module by RFC 7512 with ?module-path=/…&pin-source=file:/… (doc/ops/hsm.md)."},
        {.name = "former_keks", .type = Type::texts, .example = "[\"file:keys/kek.key\"]", .doc = "Keys that wrapped envelope keys before service.kek did, and still open them until `sealpost kek rotate --retire`; at most one file among them and service.kek."},
        {.name = "mail_domain", .type = Type::domain, .example = "\"keys.example\"", .doc = "The domain that the service's own mail comes from.", .required = true},
        {.name = "sender", .type = Type::text, .example = "\"noreply@keys.example\"", .doc = "Envelope sender of that mail; default noreply@mail_domain."},
        {.name = "send_addresses", .type = Type::addresses, .example = "[\"192.0.2.10\"]", .doc = "The addresses that the world sees the service send from: for its SPF zone, and what a person's domain must let send for it. The service connects from the first one of the host's family that is this machine's; behind NAT the system chooses."},
        {.name = "proxy_from", .type = Type::networks, .example = "[\"10.0.0.0/24\"]", .doc = "Balancers whose connections begin with a PROXY header, as at a [[listener]]."},
    }};
}

Section administrators_section()
{
    return {.name = "administrators", .in_example = false, .doc = "how administrators sign in, at the service's portal and at [admin]", .keys = {
        {.name = "second_factor", .type = Type::choice, .fallback = "\"optional\"", .example = "\"optional\"", .doc = "\"required\": an administrator who signs in without a second factor can do nothing but set one up (doc/ops/administrators.md). \"optional\": each chooses.", .words = "optional|required"},
    }};
}

Section delivery_section()
{
    return {.name = "delivery", .doc = "how mail leaves", .keys = {
        {.name = "mx_port", .type = Type::number, .fallback = "25", .example = "25", .doc = "The port of mail hosts found by MX.", .least = 1, .most = 65535},
        {.name = "mta_sts_port", .type = Type::number, .fallback = "443", .example = "443", .doc = "The port of the hosts that publish MTA-STS policies; 443 but in tests.", .least = 1, .most = 65535},
        {.name = "reach_private_addresses_for_strangers", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Fetch MTA-STS policies from hosts that are not public, and post TLS reports there: anybody's DNS can then have this node connect to inside hosts. In closed networks and tests."},
        {.name = "source_address", .type = Type::address, .example = "\"192.0.2.10\"", .doc = "The local address to connect from, in all roles: one of this machine's. Hosts of the other family are then not reached. Default: the system's choice, for the service among service.send_addresses."},
        {.name = "helo", .type = Type::domain, .example = "\"mx1.acme.example\"", .doc = "The name in EHLO; default node.hostname."},
        {.name = "first_retry", .type = Type::duration, .fallback = "\"60s\"", .example = "\"60s\"", .doc = "The wait after the first temporary failure; it grows from there.", .least = 1, .most = 86400},
        {.name = "longest_retry", .type = Type::duration, .fallback = "\"1h\"", .example = "\"1h\"", .doc = "The longest wait between two tries.", .least = 1, .most = 86400},
        {.name = "expire_after", .type = Type::duration, .fallback = "\"3d\"", .example = "\"3d\"", .doc = "When an undelivered message bounces.", .least = 1, .most = 2592000},
        {.name = "max_connections", .type = Type::number, .fallback = "500", .example = "500", .doc = "Deliveries at the same time.", .least = 1, .most = 100000},
    }};
}

Section smtp_login_section()
{
    return {.name = "smtp_login", .repeated = true, .in_example = false, .doc = "what routes of the policy sign in with at another server, inside TLS only", .keys = {
        {.name = "name", .type = Type::text, .example = "\"relay-account\"", .doc = "The name by which a route calls it.", .required = true},
        {.name = "user", .type = Type::text, .example = "\"acme\"", .doc = "The user name there.", .required = true},
        {.name = "password_file", .type = Type::path, .example = "\"keys/relay-account.password\"", .doc = "Its password; readable by its owner only.", .required = true},
    }};
}

Section bounce_verification_section()
{
    return {.name = "bounce_verification", .in_example = false, .doc = "keys that tag envelope senders, so that a bounce of mail that we never sent is known (doc/spec/policy.md)", .keys = {
        {.name = "key_files", .type = Type::paths, .fallback = "[]", .example = "[\"keys/bounce-2.key\", \"keys/bounce-1.key\"]", .doc = "The first signs, all verify; a bounce tagged by a key that is gone is refused (sealpost bounce-key new)."},
    }};
}

Section dkim_section()
{
    return {.name = "dkim", .repeated = true, .in_example = false, .doc = "keys that sign what leaves; every active key of the domain in From signs (sealpost dkim new)", .keys = {
        {.name = "domain", .type = Type::domain, .example = "\"acme.example\"", .doc = "Signs mail from this domain, and from those below it that have no key of their own.", .required = true},
        {.name = "selector", .type = Type::domain, .example = "\"s1\"", .doc = "The public key stands in DNS at selector._domainkey.domain.", .required = true},
        {.name = "key", .type = Type::path, .example = "\"keys/dkim-s1.key\"", .doc = "PEM: an RSA private key of 2048 bits, or an Ed25519 one; readable by its owner only.", .required = true},
        {.name = "active_from", .type = Type::text, .example = "\"2027-01-01T00:00:00Z\"", .doc = "It signs from then on, UTC; its record can be published before. Default: always."},
        {.name = "active_until", .type = Type::text, .example = "\"2028-01-01T00:00:00Z\"", .doc = "It signs until then; its record stays for a week more. Default: for good."},
    }};
}

Section arc_section()
{
    return {.name = "arc", .in_example = false, .doc = "the key that seals mail which is passed on from outside (ARC, RFC 8617)", .keys = {
        {.name = "domain", .type = Type::domain, .example = "\"acme.example\"", .doc = "In whose name it seals.", .required = true},
        {.name = "selector", .type = Type::domain, .example = "\"arc1\"", .doc = "The public key stands in DNS at selector._domainkey.domain.", .required = true},
        {.name = "key", .type = Type::path, .example = "\"keys/arc1.key\"", .doc = "PEM: an RSA private key of 2048 bits; a [[dkim]] key of the domain will do.", .required = true},
    }};
}

Section dmarc_section()
{
    return {.name = "dmarc", .in_example = false, .doc = "aggregate reports of DMARC (RFC 7489 §7.2), sent and received by the gateway role", .keys = {
        {.name = "send_reports", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Tell domains that ask for it, once a day, what came in their name."},
        {.name = "organisation", .type = Type::text, .example = "\"Acme\"", .doc = "Who reports; needed to send."},
        {.name = "contact", .type = Type::text, .example = "\"postmaster@acme.example\"", .doc = "The address for questions about a report; needed to send."},
        {.name = "report_from", .type = Type::text, .example = "\"dmarc-reports@acme.example\"", .doc = "From and envelope sender of reports; needed to send. Its domain should have a [[dkim]] key."},
        {.name = "report_inbox", .type = Type::text, .example = "\"dmarc@acme.example\"", .doc = "Mail to this address is read as reports of others; what is none goes on to its mailbox."},
    }};
}

Section acme_section()
{
    return {.name = "acme", .repeated = true, .in_example = false, .doc = "authorities that issue certificates by ACME (RFC 8555)", .keys = {
        {.name = "name", .type = Type::text, .example = "\"letsencrypt\"", .doc = "The name by which certificates call it.", .required = true},
        {.name = "directory", .type = Type::url, .example = "\"https://acme.example/directory\"", .doc = "Where its directory is.", .required = true},
        {.name = "contact", .type = Type::text, .example = "\"postmaster@acme.example\"", .doc = "The address that it may write to."},
        {.name = "agree_to_terms", .type = Type::flag, .fallback = "false", .example = "true", .doc = "You have read its terms of service and agree; nothing is asked for without.", .required = true},
        {.name = "challenge", .type = Type::choice, .fallback = "\"http-01\"", .example = "\"http-01\"", .doc = "How it is shown that a name is ours: at port 80 (http-01) or inside TLS at port 443 (tls-alpn-01, RFC 8737).", .words = "http-01|tls-alpn-01"},
        {.name = "listen", .type = Type::endpoints, .fallback = "[]", .example = "\"[::]:80\"", .doc = "Opened for challenges; needed with http-01. With tls-alpn-01 and without it, the HTTPS listeners answer."},
        {.name = "trust", .type = Type::paths, .fallback = "[]", .example = "[\"acme-ca.pem\"]", .doc = "PEM files trusted for the authority's own server, besides [tls] trust."},
    }};
}

Section alerts_section()
{
    return {.name = "alerts", .in_example = false, .doc = "who is told by mail what needs an administrator; the log tells it in any case", .keys = {
        {.name = "to", .type = Type::texts, .example = "[\"postmaster@acme.example\"]", .doc = "The addresses.", .required = true},
        {.name = "from", .type = Type::text, .example = "\"sealpost@mx1.acme.example\"", .doc = "From and envelope sender; default sealpost@hostname."},
        {.name = "language", .type = Type::choice, .fallback = "\"en\"", .example = "\"en\"", .doc = "In which they are written.", .words = "en|fr"},
    }};
}

Section tls_reports_section()
{
    return {.name = "tls_reports", .in_example = false, .doc = "reports about TLS of deliveries (RFC 8460), sent and received", .keys = {
        {.name = "send", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Tell domains that ask for it, once a day, how TLS with their hosts went."},
        {.name = "organisation", .type = Type::text, .example = "\"Acme\"", .doc = "Who reports; needed to send."},
        {.name = "contact", .type = Type::text, .example = "\"postmaster@acme.example\"", .doc = "The address for questions about a report; needed to send."},
        {.name = "from", .type = Type::text, .example = "\"tls-reports@acme.example\"", .doc = "From and envelope sender of reports; needed to send. Its domain needs a [[dkim]] key (RFC 8460 §3)."},
        {.name = "inbox", .type = Type::text, .example = "\"tlsrpt@acme.example\"", .doc = "Mail to this address is read as reports of others; what is none goes on to its mailbox. Needs the gateway role."},
    }};
}

Section country_section()
{
    return {.name = "country", .in_example = false, .doc = "the country of connecting hosts, for country[FR] in sender groups", .keys = {
        {.name = "source", .type = Type::text, .example = "\"file:countries.csv\"", .doc = "\"file:PATH\" with lines prefix,value, or \"dns:ZONE\" with TXT records (doc/spec/host-facts.md).", .required = true},
    }};
}

Section reputation_section()
{
    return {.name = "reputation", .in_example = false, .doc = "the reputation of connecting hosts, for SBRS[-10.0:-3.0] in sender groups", .keys = {
        {.name = "source", .type = Type::text, .example = "\"dns:score.example\"", .doc = "\"file:PATH\" with lines prefix,value, or \"dns:ZONE\" with TXT records (doc/spec/host-facts.md).", .required = true},
    }};
}

Section limits_section()
{
    return {.name = "limits", .doc = "what one node bears", .keys = {
        {.name = "max_connections", .type = Type::number, .fallback = "1000", .example = "1000", .doc = "Incoming SMTP connections, all listeners together.", .least = 1, .most = 1000000},
        {.name = "max_tls_connections", .type = Type::number, .fallback = "1000", .example = "1000", .doc = "Of these, with TLS.", .least = 1, .most = 1000000},
        {.name = "max_message_size", .type = Type::size, .fallback = "\"100M\"", .example = "\"100M\"", .doc = "No policy can allow a larger message.", .least = 65536, .most = 2147483648},
        {.name = "command_timeout", .type = Type::duration, .fallback = "\"5m\"", .example = "\"5m\"", .doc = "How long a client may take for its next command (RFC 5321 §4.5.3.2.7).", .least = 1, .most = 3600},
        {.name = "session_timeout", .type = Type::duration, .fallback = "\"15m\"", .example = "\"15m\"", .doc = "How long a connection may last before it is ended with 421.", .least = 1, .most = 86400},
        {.name = "content_timeout", .type = Type::duration, .fallback = "\"5m\"", .example = "\"5m\"", .doc = "How long a client may be silent inside the content of a message (RFC 5321 §4.5.3.2.5), and what it may lag behind min_content_rate.", .least = 1, .most = 3600},
        {.name = "min_content_rate", .type = Type::size, .fallback = "512", .example = "512", .doc = "Octets a second at which content has to come at least; 0: any rate will do.", .most = 1073741824},
        {.name = "max_memory", .type = Type::size, .fallback = "\"512M\"", .example = "\"512M\"", .doc = "Of messages on their way in; from four fifths on clients get 421 until it is less; 0: no limit.", .most = 1099511627776},
        {.name = "max_queue_messages", .type = Type::number, .fallback = "2000000", .example = "2000000", .doc = "Messages in the queue; beyond, clients get 452 until there are less; 0: no limit.", .most = 1000000000},
        {.name = "max_queue_size", .type = Type::size, .fallback = "\"100G\"", .example = "\"100G\"", .doc = "Octets of these, likewise; 0: no limit.", .most = 1125899906842624},
        {.name = "min_free_disk", .type = Type::size, .fallback = "\"256M\"", .example = "\"256M\"", .doc = "What data_dir and the store must keep free, for deliveries to go on; with less, clients get 452; 0: no limit.", .most = 1125899906842624},
        {.name = "authentication_timeout", .type = Type::duration, .fallback = "\"20s\"", .example = "\"20s\"", .doc = "How long SPF may wait for DNS, and behind the message the keys of DKIM and ARC, and then DMARC; each question [dns] timeout.", .least = 1, .most = 240},
        {.name = "drain_timeout", .type = Type::duration, .fallback = "\"30s\"", .example = "\"30s\"", .doc = "How long a stopping node waits for what is under way.", .most = 3600},
    }};
}

Section traffic_section()
{
    return {.name = "traffic", .doc = "what is remembered of past mail, without its content (traffic summary, policy preview)", .keys = {
        {.name = "keep", .type = Type::number, .fallback = "10000", .example = "10000", .doc = "Facts of so many connections, and of as many messages; 0 keeps none.", .most = 1000000},
    }};
}

Section retention_section()
{
    return {.name = "retention", .doc = "for how long facts are kept that nothing works with any more (doc/ops/administrators.md)", .keys = {
        {.name = "envelopes", .type = Type::duration, .fallback = "\"forever\"", .example = "\"730d\"", .doc = "How long it is kept who sent what to whom and who opened it when, since the envelope expired or was recalled.", .least = 2592000, .most = 3153600000, .words = "forever"},
        {.name = "audit", .type = Type::duration, .fallback = "\"forever\"", .example = "\"1095d\"", .doc = "How long the audit trail is kept.", .least = 2592000, .most = 3153600000, .words = "forever"},
    }};
}

Section log_section()
{
    return {.name = "log", .doc = "what the node tells", .keys = {
        {.name = "format", .type = Type::choice, .fallback = "\"json\"", .example = "\"json\"", .doc = "One JSON object or one text line per event.", .words = "json|text"},
        {.name = "level", .type = Type::choice, .fallback = "\"info\"", .example = "\"info\"", .doc = "The least level that is written.", .words = "debug|info|warning|error"},
        {.name = "file", .type = Type::path, .example = "\"/var/log/sealpost/sealpost.log\"", .doc = "Default: standard error. A file gets warnings and errors at once, the rest within a tenth of a second; one that was renamed is opened anew."},
    }};
}

Section metrics_section()
{
    return {.name = "metrics", .doc = "counters and health, on an address of their own", .keys = {
        {.name = "listen", .type = Type::endpoint, .example = "\"127.0.0.1:9125\"", .doc = "Where /metrics, /healthz and /readyz are served; without it they are not."},
    }};
}

// clang-format on

}  // namespace

const std::vector<Section>& node_sections()
{
    static const std::vector<Section> sections = {node_section(),
                                                  store_section(),
                                                  dns_section(),
                                                  tls_section(),
                                                  certificate_section(),
                                                  listener_section(),
                                                  gateway_section(),
                                                  admin_section(),
                                                  service_section(),
                                                  administrators_section(),
                                                  delivery_section(),
                                                  smtp_login_section(),
                                                  bounce_verification_section(),
                                                  dkim_section(),
                                                  arc_section(),
                                                  dmarc_section(),
                                                  acme_section(),
                                                  alerts_section(),
                                                  tls_reports_section(),
                                                  country_section(),
                                                  reputation_section(),
                                                  limits_section(),
                                                  traffic_section(),
                                                  retention_section(),
                                                  log_section(),
                                                  metrics_section()};
    return sections;
}

}  // namespace sealpost::config
