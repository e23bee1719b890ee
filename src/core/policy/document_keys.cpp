#include "core/policy/document_keys.hpp"

#include "core/policy/document.hpp"

namespace sealpost::policy {
namespace {
// A table reads best with a row on a line.
// clang-format off

using config::Key;
using config::Section;
using config::Type;

std::vector<Key> with_parameters(std::vector<Key> keys)
{
    for (auto key : parameter_keys()) {
        key.fallback = {};  // what is not written is inherited
        keys.push_back(key);
    }
    return keys;
}

Section policy_section()
{
    return {.name = "mail_flow_policy", .repeated = true, .doc = "what a connection may do; every parameter but name and behavior inherits", .keys = with_parameters({
        {.name = "name", .type = Type::text, .example = "\"TLS_REQUIRED\"", .doc = "The name by which sender groups call it.", .required = true},
        {.name = "behavior", .type = Type::choice, .fallback = "\"accept\"", .example = "\"accept\"", .doc = "accept: recipients by the RAT; relay: any recipient; reject: a refusing banner; refuse: the connection is reset; continue: the next group decides.", .words = "accept|reject|refuse|relay|continue"},
    })};
}

Section defaults_section()
{
    return {.name = "listener_defaults", .repeated = true, .doc = "what the policies of a listener inherit", .keys = with_parameters({
        {.name = "listener", .type = Type::text, .example = "\"public\"", .doc = "The listener; without it, all of them."},
        {.name = "defer_undecided", .type = Type::flag, .example = "true", .doc = "A host whose name is not known for the moment gets 421 when an earlier host-name sender could have matched; false: the address alone decides. Default true."},
    })};
}

Section group_section()
{
    return {.name = "sender_group", .repeated = true, .doc = "the host access table: connecting hosts and their policy, first match wins", .keys = {
        {.name = "name", .type = Type::text, .example = "\"CRES\"", .doc = "The name in log and verdict.", .required = true},
        {.name = "listener", .type = Type::text, .example = "\"public\"", .doc = "Whose table the group belongs to.", .required = true},
        {.name = "order", .type = Type::number, .example = "1", .doc = "The place in that table; without it, behind the group written before it.", .least = 1, .most = 1000000},
        {.name = "policy", .type = Type::text, .example = "\"TLS_REQUIRED\"", .doc = "The mail flow policy; without it CONTINUE (no policy)."},
        {.name = "comment", .type = Type::text, .example = "\"secure replies\"", .doc = "For people."},
        {.name = "senders", .type = Type::texts, .example = "[\".res.cisco.com\", \"208.90.57.0/26 (current range)\"]", .doc = "Addresses, ranges, host names, .suffixes, ALL; each may carry a (comment)."},
        {.name = "host_checks", .type = Type::choices, .example = "[\"ptr_mismatch\"]", .doc = "Also hosts without PTR record, with a PTR lookup that fails for the moment, or with a PTR that does not lead back.", .words = "no_ptr|ptr_failed|ptr_mismatch"},
    }};
}

Section recipient_section()
{
    return {.name = "recipient", .repeated = true, .doc = "the recipient access table (RAT) of public listeners, first match wins; the last row is ALL = reject", .keys = {
        {.name = "address", .type = Type::texts, .example = "[\"acme.test\", \".acme.test\"]", .doc = "user@domain, user@, domain, .domain or ALL; one or a list.", .required = true},
        {.name = "listener", .type = Type::texts, .example = "\"public\"", .doc = "Public listeners; without it, all of them."},
        {.name = "action", .type = Type::choice, .fallback = "\"accept\"", .example = "\"accept\"", .doc = "Whether mail for it is taken.", .words = "accept|reject"},
        {.name = "bypass_limits", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Not counted for recipients per hour."},
        {.name = "code", .type = Type::number, .fallback = "550", .example = "550", .doc = "The reply to a rejected recipient.", .least = 400, .most = 599},
        {.name = "text", .type = Type::text, .fallback = "\"Relaying denied\"", .example = "\"No such mailbox\"", .doc = "Its text."},
    }};
}

Section route_section()
{
    return {.name = "route", .repeated = true, .doc = "SMTP routes: where a domain's mail goes instead of its MX", .keys = {
        {.name = "domain", .type = Type::texts, .example = "\"acme.test\"", .doc = "domain, .domain or ALL; one or a list.", .required = true},
        {.name = "hosts", .type = Type::texts, .example = "[\"10 inner1.acme.test:25\", \"20 192.0.2.7\"]", .doc = "\"[priority] host[:port]\", the lowest priority first, equal ones in turn; or \"USEDNS\", or \"/dev/null\".", .required = true},
    }};
}

Section destination_section()
{
    return {.name = "destination", .repeated = true, .doc = "destination controls: how mail leaves for a domain", .keys = {
        {.name = "domain", .type = Type::texts, .example = "\"partner.test\"", .doc = "domain, .domain or ALL; one or a list.", .required = true},
        {.name = "tls", .type = Type::choice, .fallback = "\"preferred\"", .example = "\"required_verify\"", .doc = "none, preferred, required, or the last two with a verified certificate.", .words = "none|preferred|required|preferred_verify|required_verify"},
        {.name = "address_family", .type = Type::choice, .fallback = "\"prefer_v6\"", .example = "\"prefer_v4\"", .doc = "Which addresses of a host are tried.", .words = "prefer_v6|require_v6|prefer_v4|require_v4"},
        {.name = "max_connections", .type = Type::number, .fallback = "500", .example = "10", .doc = "At the same time to the domain.", .least = 1, .most = 1000},
        {.name = "max_messages_per_connection", .type = Type::number, .fallback = "50", .example = "50", .doc = "Then the connection is closed.", .least = 1, .most = 1000},
        {.name = "max_recipients", .type = Type::number, .fallback = "0", .example = "1000", .doc = "In recipient_minutes; 0 is no limit.", .most = 1000000000},
        {.name = "recipient_minutes", .type = Type::number, .fallback = "60", .example = "60", .doc = "The interval of max_recipients.", .least = 1, .most = 60},
    }};
}

Section profile_section()
{
    return {.name = "encryption_profile", .repeated = true, .doc = "how a message is sealed; the profile \"default\" exists without being written", .keys = {
        {.name = "name", .type = Type::text, .example = "\"default\"", .doc = "The name by which rules call it.", .required = true},
        {.name = "assurance", .type = Type::choice, .fallback = "\"mailbox\"", .example = "\"mailbox\"", .doc = "What opens it: the link, a code by mail, a password, or a passkey.", .words = "low|mailbox|account|strong"},
        {.name = "expires_after", .type = Type::duration, .fallback = "0", .example = "\"90d\"", .doc = "Then the key is destroyed; 0 is never.", .most = 3153600000},
        {.name = "delivery", .type = Type::choice, .fallback = "\"both\"", .example = "\"both\"", .doc = "The sealed part as attachment, hosted behind the link, or both.", .words = "attachment|hosted|both"},
        {.name = "attachment_name", .type = Type::text, .fallback = "\"message.html\"", .example = "\"message.html\"", .doc = "The file name of the attachment."},
        {.name = "attachment_max_size", .type = Type::size, .fallback = "\"10M\"", .example = "\"10M\"", .doc = "A larger message is hosted only.", .least = 1024, .most = 104857600},
        {.name = "subject", .type = Type::choice, .fallback = "\"original\"", .example = "\"neutral\"", .doc = "The subject of the notification.", .words = "original|neutral"},
        {.name = "neutral_subject", .type = Type::text, .fallback = "\"\"", .example = "\"A secure message for you\"", .doc = "The neutral subject; empty: by language."},
        {.name = "reply", .type = Type::flag, .fallback = "true", .example = "true", .doc = "Recipients may reply."},
        {.name = "reply_all", .type = Type::flag, .fallback = "true", .example = "true", .doc = "Recipients may reply to all."},
        {.name = "forward", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Recipients may forward."},
        {.name = "receipt", .type = Type::flag, .fallback = "true", .example = "true", .doc = "The sender is told when it is opened."},
        {.name = "language", .type = Type::choice, .fallback = "\"auto\"", .example = "\"fr\"", .doc = "Of the notification; auto is the recipient's own choice.", .words = "auto|en|fr"},
        {.name = "logo", .type = Type::text, .fallback = "\"\"", .example = "\"data:image/png;base64,iVBORw0KGgo=\"", .doc = "A picture as data URI, 64 KiB at most."},
    }};
}

Section rule_section()
{
    return {.name = "encryption_rule", .repeated = true, .doc = "which outgoing messages are sealed, first match wins; all given conditions must hold, of one condition's entries any", .keys = {
        {.name = "name", .type = Type::text, .example = "\"tagged\"", .doc = "The name in log and trace.", .required = true},
        {.name = "listener", .type = Type::texts, .example = "\"private\"", .doc = "Where the message came in."},
        {.name = "sender", .type = Type::texts, .example = "[\"acme.test\"]", .doc = "user@domain, user@, domain, .domain or ALL."},
        {.name = "recipient", .type = Type::texts, .example = "[\"partner.test\"]", .doc = "The same, for each recipient by itself."},
        {.name = "subject_contains", .type = Type::texts, .example = "[\"[secure]\"]", .doc = "Words in the subject, without case."},
        {.name = "subject_matches", .type = Type::texts, .example = "[\"(?i)^secure:\"]", .doc = "RE2 patterns."},
        {.name = "header_contains", .type = Type::texts, .example = "[\"X-Classification: confidential\"]", .doc = "\"Name: words\", without case."},
        {.name = "header_matches", .type = Type::texts, .example = "[\"X-Classification: ^conf\"]", .doc = "\"Name: RE2 pattern\"."},
        {.name = "action", .type = Type::choice, .fallback = "\"seal\"", .example = "\"seal\"", .doc = "seal; clear; if_tls_fails: clear over verified TLS, sealed where that is not to be had.", .words = "seal|clear|if_tls_fails"},
        {.name = "profile", .type = Type::text, .fallback = "\"default\"", .example = "\"default\"", .doc = "The encryption profile."},
        {.name = "strip_subject_tag", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Takes the words of subject_contains out of the subject."},
        {.name = "own_domains", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Also for recipients whom our own RAT accepts."},
    }};
}

Section exception_section()
{
    return {.name = "exception", .repeated = true, .doc = "the exception table: envelope senders, first match wins, where a policy has exception_table = true", .keys = {
        {.name = "address", .type = Type::texts, .example = "[\"spam@partner.test\"]", .doc = "user@domain, user@, @domain, @.domain or user@[192.0.2.1].", .required = true},
        {.name = "action", .type = Type::choice, .example = "\"reject\"", .doc = "Whether mail from it is taken.", .required = true, .words = "allow|reject"},
        {.name = "code", .type = Type::number, .fallback = "553", .example = "553", .doc = "The reply to a rejected sender.", .least = 400, .most = 599},
        {.name = "text", .type = Type::text, .fallback = "\"Envelope sender refused\"", .example = "\"Not from you\"", .doc = "Its text."},
    }};
}

}  // namespace

const std::vector<Key>& parameter_keys()
{
    static const std::vector<Key> keys = {
        {.name = "tls", .type = Type::choice, .fallback = "\"preferred\"", .example = "\"required\"", .doc = "Security Features: TLS. off: not offered; required: nothing but STARTTLS before it (530).", .words = "off|preferred|required"},
        {.name = "tls_verify_client", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Clients are asked for a certificate: one that is shown must verify, and with tls = required one must be shown; else MAIL gets 550."},
        {.name = "tls_mandatory_senders", .type = Type::texts, .fallback = "[]", .example = "[\"partner.test\"]", .doc = "Envelope senders that are refused without TLS."},
        {.name = "auth", .type = Type::choice, .fallback = "\"off\"", .example = "\"required\"", .doc = "SMTP AUTH; offered inside TLS only.", .words = "off|preferred|required"},
        {.name = "max_message_size", .type = Type::size, .fallback = "\"10M\"", .example = "\"100M\"", .doc = "Octets; K, M and G are understood.", .least = 1024, .most = 2147483648},
        {.name = "max_recipients_per_message", .type = Type::number, .fallback = "50", .example = "1000", .doc = "Further recipients get 452.", .least = 1, .most = 100000},
        {.name = "max_messages_per_connection", .type = Type::number, .fallback = "10", .example = "1000", .doc = "Then the connection is closed with 421.", .least = 1, .most = 100000},
        {.name = "max_connections_per_host", .type = Type::number, .fallback = "10", .example = "1000", .doc = "At the same time from one host; then 421.", .least = 1, .most = 100000},
        {.name = "max_recipients_per_hour", .type = Type::number, .fallback = "0", .example = "20", .doc = "From one host; 0 is no limit.", .most = 1000000000},
        {.name = "max_recipients_per_hour_code", .type = Type::number, .fallback = "452", .example = "452", .doc = "The reply beyond it.", .least = 400, .most = 599},
        {.name = "max_recipients_per_hour_text", .type = Type::text, .fallback = "\"Too many recipients received this hour\"", .example = "\"Try later\"", .doc = "Its text; HAT variables are understood."},
        {.name = "max_invalid_recipients_per_hour", .type = Type::number, .fallback = "25", .example = "25", .doc = "Directory harvest limit for one host, recipients that the RAT refuses; then 550. 0 is no limit.", .most = 1000000},
        {.name = "drop_on_invalid_recipients", .type = Type::flag, .fallback = "true", .example = "true", .doc = "The connection in which that limit is reached ends with 421."},
        {.name = "hostname", .type = Type::domain, .example = "\"mx1.acme.test\"", .doc = "The host name in the banner; without it the node's."},
        {.name = "banner_code", .type = Type::number, .fallback = "220", .example = "220", .doc = "The code of the greeting; clients expect 220.", .least = 200, .most = 299},
        {.name = "banner_text", .type = Type::text, .fallback = "\"\"", .example = "\"$Hostname, welcome\"", .doc = "The greeting after the host name; $Group, $Hostname, $RemoteIP and $HATEntry are understood."},
        {.name = "reject_code", .type = Type::number, .fallback = "554", .example = "554", .doc = "The refusing banner of behavior reject.", .least = 400, .most = 599},
        {.name = "reject_text", .type = Type::text, .fallback = "\"Your access to this mail system has been rejected\"", .example = "\"Not from $RemoteIP\"", .doc = "Its text; HAT variables are understood."},
        {.name = "delay_rejection", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Reject at RCPT instead of at the banner, so that the log knows sender and recipients."},
        {.name = "exception_table", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Envelope senders are looked up in the exception table."},
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
        {.name = "dmarc_temperror", .type = Type::choice, .fallback = "\"mark\"", .example = "\"defer\"", .doc = "DNS could not be asked; defer is 451 4.7.1.", .words = "accept|mark|defer"},
        {.name = "dmarc_permerror", .type = Type::choice, .fallback = "\"mark\"", .example = "\"mark\"", .doc = "The record of the domain in From cannot be understood.", .words = "accept|mark|reject"},
        {.name = "dmarc_bad_from", .type = Type::choice, .fallback = "\"reject\"", .example = "\"mark\"", .doc = "From is missing or there twice, has a member that cannot be read, or names no domain or more than five: whom to ask cannot be told (RFC 7489 §6.6.1). reject is 550 5.7.1.", .words = "accept|mark|defer|reject"},
        {.name = "dmarc_reports", .type = Type::flag, .fallback = "false", .example = "true", .doc = "What DMARC found is counted for the daily reports to the domains that ask for them."},
        {.name = "arc", .type = Type::choice, .fallback = "\"verify\"", .example = "\"verify\"", .doc = "Whether chains of forwarders are verified (RFC 8617).", .words = "off|verify"},
        {.name = "arc_trusted_sealers", .type = Type::texts, .fallback = "[]", .example = "[\"lists.partner.test\"]", .doc = "Domains whose seal overrides a DMARC failure when their chain is whole and says that the message was authentic when they got it."},
    };
    return keys;
}

// clang-format on

const std::vector<Section>& document_sections()
{
    static const std::vector<Section> sections = {policy_section(),    defaults_section(), group_section(),
                                                  recipient_section(), route_section(),    destination_section(),
                                                  profile_section(),   rule_section(),     exception_section()};
    return sections;
}

const ParameterMap& parameter_defaults()
{
    static const ParameterMap defaults = [] {
        std::vector<Problem> none;
        const std::vector<Section> section = {{.name = "parameters", .doc = {}, .keys = parameter_keys()}};
        const auto checked = config::check_tree(config::Value{}, section, "defaults", none);
        ParameterMap values;
        for (const auto& key : parameter_keys()) {
            const auto* value = checked.one("parameters").find(key.name);
            values[std::string(key.name)] = value == nullptr ? config::Value::of_text("") : *value;
        }
        return values;
    }();
    return defaults;
}

std::string explain_document()
{
    std::string out;
    for (const auto& section : document_sections()) {
        Section own = section;
        if (section.name == "mail_flow_policy")
            own.keys.insert(own.keys.begin() + 2, parameter_keys().begin(), parameter_keys().end());
        if (section.name == "mail_flow_policy") own.keys.resize(2 + parameter_keys().size());
        if (section.name == "listener_defaults") own.keys.resize(2);
        out += (out.empty() ? "" : "\n") + config::explain_section(own);
    }
    return out;
}

}  // namespace sealpost::policy
