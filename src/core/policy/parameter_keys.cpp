#include "core/policy/document_keys.hpp"

namespace sealpost::policy {

using config::Key;
using config::Type;

// A table reads best with a row on a line.
// clang-format off

const std::vector<Key>& parameter_keys()
{
    static const std::vector<Key> keys = {
        {.name = "tls", .type = Type::choice, .fallback = "\"preferred\"", .example = "\"required\"", .doc = "Security Features: TLS. off: not offered; required: nothing but STARTTLS before it (530).", .words = "off|preferred|required"},
        {.name = "tls_verify_client", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Clients are asked for a certificate: one that is shown must verify, and with tls = required one must be shown; else MAIL gets 550."},
        {.name = "tls_mandatory_senders", .type = Type::texts, .fallback = "[]", .example = "[\"partner.test\"]", .doc = "Envelope senders that are refused without TLS: address patterns or list:NAME."},
        {.name = "auth", .type = Type::choice, .fallback = "\"off\"", .example = "\"required\"", .doc = "SMTP AUTH; offered inside TLS only.", .words = "off|preferred|required"},
        {.name = "max_message_size", .type = Type::size, .fallback = "\"10M\"", .example = "\"100M\"", .doc = "Octets; K, M and G are understood.", .least = 1024, .most = 2147483648},
        {.name = "max_line_length", .type = Type::number, .fallback = "1000", .example = "65536", .doc = "Octets of a line of the content, its CRLF among them; a message with a longer one is refused behind its content: 554 5.6.0. A header line has 4096 at most.", .least = 1000, .most = 65536},
        {.name = "max_recipients_per_message", .type = Type::number, .fallback = "50", .example = "1000", .doc = "Further recipients get 452.", .least = 1, .most = 100000},
        {.name = "max_messages_per_connection", .type = Type::number, .fallback = "10", .example = "1000", .doc = "Then the connection is closed with 421.", .least = 1, .most = 100000},
        {.name = "max_connections_per_host", .type = Type::number, .fallback = "10", .example = "1000", .doc = "At the same time from one host; then 421.", .least = 1, .most = 100000},
        {.name = "max_recipients_per_hour", .type = Type::number, .fallback = "0", .example = "20", .doc = "From one host; 0 is no limit.", .most = 1000000000},
        {.name = "max_recipients_per_hour_code", .type = Type::number, .fallback = "452", .example = "452", .doc = "The reply beyond it.", .least = 400, .most = 599},
        {.name = "max_recipients_per_hour_text", .type = Type::text, .fallback = "\"Too many recipients received this hour\"", .example = "\"Try later\"", .doc = "Its text; HAT variables are understood."},
        {.name = "max_recipients_per_sender", .type = Type::number, .fallback = "0", .example = "100", .doc = "From one envelope sender in max_recipients_per_sender_minutes, over all hosts; mail of our own people counts apart from mail from outside. 0 is no limit.", .most = 1000000000},
        {.name = "max_recipients_per_sender_minutes", .type = Type::number, .fallback = "60", .example = "15", .doc = "The interval of max_recipients_per_sender.", .least = 1, .most = 1440},
        {.name = "max_recipients_per_sender_code", .type = Type::number, .fallback = "452", .example = "452", .doc = "The reply beyond it.", .least = 400, .most = 599},
        {.name = "max_recipients_per_sender_text", .type = Type::text, .fallback = "\"Too many recipients from this sender\"", .example = "\"Try later\"", .doc = "Its text; HAT variables are understood."},
        {.name = "sender_limit_exempt", .type = Type::texts, .fallback = "[]", .example = "[\"list:newsletters\"]", .doc = "Envelope senders without that limit."},
        {.name = "max_invalid_recipients_per_hour", .type = Type::number, .fallback = "25", .example = "25", .doc = "Directory harvest limit for one host, recipients that the RAT refuses; then 550. 0 is no limit.", .most = 1000000},
        {.name = "drop_on_invalid_recipients", .type = Type::flag, .fallback = "true", .example = "true", .doc = "The connection in which that limit is reached ends with 421."},
        {.name = "max_invalid_recipients_code", .type = Type::number, .fallback = "550", .example = "550", .doc = "The reply beyond max_invalid_recipients_per_hour.", .least = 400, .most = 599},
        {.name = "max_invalid_recipients_text", .type = Type::text, .fallback = "\"Too many invalid recipients this hour\"", .example = "\"Who are you looking for?\"", .doc = "Its text; HAT variables are understood."},
        {.name = "host_bits", .type = Type::number, .fallback = "32", .example = "24", .doc = "IPv4 addresses that share so many leading bits count as one host in limits.", .least = 8, .most = 32},
        {.name = "host_bits_v6", .type = Type::number, .fallback = "64", .example = "56", .doc = "The same for IPv6.", .least = 16, .most = 128},
        {.name = "hostname", .type = Type::domain, .example = "\"mx1.acme.test\"", .doc = "The host name in the banner; without it the node's."},
        {.name = "banner_code", .type = Type::number, .fallback = "220", .example = "220", .doc = "The code of the greeting; clients expect 220.", .least = 200, .most = 299},
        {.name = "banner_text", .type = Type::text, .fallback = "\"\"", .example = "\"$Hostname, welcome\"", .doc = "The greeting after the host name; $Group, $Hostname, $RemoteIP and $HATEntry are understood."},
        {.name = "reject_code", .type = Type::number, .fallback = "554", .example = "554", .doc = "The refusing banner of behavior reject.", .least = 400, .most = 599},
        {.name = "reject_text", .type = Type::text, .fallback = "\"Your access to this mail system has been rejected\"", .example = "\"Not from $RemoteIP\"", .doc = "Its text; HAT variables are understood."},
        {.name = "delay_rejection", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Reject at RCPT instead of at the banner, so that the log knows sender and recipients."},
        {.name = "exception_table", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Envelope senders are looked up in the exception table."},
        {.name = "sender_dns", .type = Type::choice, .fallback = "\"off\"", .example = "\"verify\"", .doc = "Envelope sender DNS verification: its domain must be whole and have an MX, A or AAAA record. A sender that the exception table allows is not asked about.", .words = "off|verify"},
        {.name = "sender_malformed_code", .type = Type::number, .fallback = "553", .example = "553", .doc = "The reply to a sender whose domain is none.", .least = 400, .most = 599},
        {.name = "sender_malformed_text", .type = Type::text, .fallback = "\"The domain of the envelope sender is missing or malformed\"", .example = "\"Say who you are\"", .doc = "Its text."},
        {.name = "sender_unresolved_code", .type = Type::number, .fallback = "451", .example = "451", .doc = "The reply while DNS cannot be asked about its domain.", .least = 400, .most = 599},
        {.name = "sender_unresolved_text", .type = Type::text, .fallback = "\"The domain of the envelope sender does not resolve at the moment\"", .example = "\"Try later\"", .doc = "Its text."},
        {.name = "sender_nonexistent_code", .type = Type::number, .fallback = "553", .example = "553", .doc = "The reply to a sender whose domain does not exist or takes no mail.", .least = 400, .most = 599},
        {.name = "sender_nonexistent_text", .type = Type::text, .fallback = "\"The domain of the envelope sender does not exist\"", .example = "\"No such domain\"", .doc = "Its text."},
        {.name = "default_domain", .type = Type::domain, .example = "\"acme.test\"", .doc = "Completes sender and recipient addresses without a domain, which are refused otherwise."},
        {.name = "refused_characters", .type = Type::text, .fallback = "\"\"", .example = "\"!%\"", .doc = "Addresses with one of these characters in the local part are refused."},
        {.name = "accept_untagged_bounces", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Where bounce verification is set up: bounces to addresses that carry none of our tags are taken."},
        {.name = "dkim_sign", .type = Type::flag, .fallback = "true", .example = "false", .doc = "Outgoing mail is signed where sealpost.toml has a key of its domain."},
        {.name = "bounce_profile", .type = Type::text, .fallback = "\"default\"", .example = "\"partners\"", .doc = "How long delivery of these messages is tried, unless the destination says otherwise."},
        {.name = "spf", .type = Type::choice, .fallback = "\"verify\"", .example = "\"verify\"", .doc = "Whether SPF is asked who may send (RFC 7208) and acted on. Relayed mail and users who signed in are never checked.", .words = "off|verify"},
        {.name = "spf_helo", .type = Type::flag, .fallback = "false", .example = "true", .doc = "A HELO name whose SPF fails counts like an envelope sender whose SPF fails."},
        {.name = "spf_none", .type = Type::choice, .fallback = "\"accept\"", .example = "\"mark\"", .doc = "The sender's domain says nothing. mark: X-Sealpost-Verdict tells inner systems; defer: 451; reject: 550.", .words = "accept|mark|defer|reject"},
        {.name = "spf_neutral", .type = Type::choice, .fallback = "\"accept\"", .example = "\"accept\"", .doc = "The domain does not want to say.", .words = "accept|mark|defer|reject"},
        {.name = "spf_softfail", .type = Type::choice, .fallback = "\"mark\"", .example = "\"mark\"", .doc = "The domain thinks that the host is not its own.", .words = "accept|mark|defer|reject"},
        {.name = "spf_fail", .type = Type::choice, .fallback = "\"mark\"", .example = "\"reject\"", .doc = "The domain says that the host is not its own; reject is 550 5.7.23 with its explanation.", .words = "accept|mark|defer|reject"},
        {.name = "spf_temperror", .type = Type::choice, .fallback = "\"mark\"", .example = "\"defer\"", .doc = "DNS could not be asked; defer is 451 4.7.24.", .words = "accept|mark|defer|reject"},
        {.name = "spf_permerror", .type = Type::choice, .fallback = "\"mark\"", .example = "\"mark\"", .doc = "The domain's record cannot be understood.", .words = "accept|mark|defer|reject"},
        {.name = "dkim", .type = Type::choice, .fallback = "\"verify\"", .example = "\"verify\"", .doc = "Whether signatures are verified (RFC 6376) and acted on.", .words = "off|verify"},
        {.name = "dkim_none", .type = Type::choice, .fallback = "\"accept\"", .example = "\"accept\"", .doc = "There is no signature; reject is 550 5.7.20.", .words = "accept|mark|defer|reject"},
        {.name = "dkim_fail", .type = Type::choice, .fallback = "\"mark\"", .example = "\"mark\"", .doc = "No signature verifies; forwarders and mailing lists break many.", .words = "accept|mark|defer|reject"},
        {.name = "dkim_temperror", .type = Type::choice, .fallback = "\"accept\"", .example = "\"defer\"", .doc = "No signature verifies, and a key could not be fetched; defer is 451 4.7.20.", .words = "accept|mark|defer|reject"},
        {.name = "dkim_permerror", .type = Type::choice, .fallback = "\"mark\"", .example = "\"mark\"", .doc = "No signature verifies, and none can be understood.", .words = "accept|mark|defer|reject"},
        {.name = "dmarc", .type = Type::choice, .fallback = "\"verify\"", .example = "\"verify\"", .doc = "Whether the domain in From is asked what to do with mail that neither SPF nor DKIM vouches for (RFC 7489).", .words = "off|verify"},
        {.name = "dmarc_reject", .type = Type::choice, .fallback = "\"reject\"", .example = "\"reject\"", .doc = "Fails, and the domain wants it rejected: 550 5.7.1.", .words = "accept|mark|reject"},
        {.name = "dmarc_quarantine", .type = Type::choice, .fallback = "\"mark\"", .example = "\"mark\"", .doc = "Fails, and the domain wants it set apart.", .words = "accept|mark|reject"},
        {.name = "dmarc_temperror", .type = Type::choice, .fallback = "\"mark\"", .example = "\"defer\"", .doc = "DNS could not be asked for the record; defer is 451 4.7.1.", .words = "accept|mark|defer"},
        {.name = "dmarc_undecided", .type = Type::choice, .fallback = "\"defer\"", .example = "\"mark\"", .doc = "A failure would be rejected, and it is open whether this is one: SPF, a key or the record of one of the domain's own names could not be asked for; defer is 451 4.7.1.", .words = "accept|mark|defer"},
        {.name = "dmarc_permerror", .type = Type::choice, .fallback = "\"mark\"", .example = "\"mark\"", .doc = "The record of the domain in From cannot be understood.", .words = "accept|mark|reject"},
        {.name = "dmarc_bad_from", .type = Type::choice, .fallback = "\"reject\"", .example = "\"mark\"", .doc = "From is missing or there twice, has a member that cannot be read, or names no domain or more than five: whom to ask cannot be told (RFC 7489 §6.6.1). reject is 550 5.7.1.", .words = "accept|mark|defer|reject"},
        {.name = "dmarc_reports", .type = Type::flag, .fallback = "false", .example = "true", .doc = "What DMARC found is counted for the daily reports to the domains that ask for them."},
        {.name = "arc", .type = Type::choice, .fallback = "\"verify\"", .example = "\"verify\"", .doc = "Whether chains of forwarders are verified (RFC 8617).", .words = "off|verify"},
        {.name = "arc_trusted_sealers", .type = Type::texts, .fallback = "[]", .example = "[\"lists.partner.test\"]", .doc = "Domains whose seal overrides a DMARC failure when their chain is whole and says that the message was authentic when they got it."},
    };
    return keys;
}

// clang-format on

}  // namespace sealpost::policy
