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
        {.name = "senders", .type = Type::texts, .example = "[\".res.cisco.com\", \"208.90.57.0/26 (current range)\"]", .doc = "Addresses, ranges, host names, .suffixes, dnslist[zone], country[FR], SBRS[-10:-3], SBRS[none], ALL; each may carry a (comment)."},
        {.name = "host_checks", .type = Type::choices, .example = "[\"ptr_mismatch\"]", .doc = "Also hosts without PTR record, with a PTR lookup that fails for the moment, or with a PTR that does not lead back.", .words = "no_ptr|ptr_failed|ptr_mismatch"},
    }};
}

Section recipient_section()
{
    return {.name = "recipient", .repeated = true, .doc = "the recipient access table (RAT) of public listeners, first match wins; the last row is ALL = reject", .keys = {
        {.name = "address", .type = Type::texts, .example = "[\"acme.test\", \".acme.test\"]", .doc = "user@domain, user@ (at our own domains), domain, .domain or ALL; one or a list.", .required = true},
        {.name = "listener", .type = Type::texts, .example = "\"public\"", .doc = "Public listeners; without it, all of them."},
        {.name = "action", .type = Type::choice, .fallback = "\"accept\"", .example = "\"accept\"", .doc = "Whether mail for it is taken.", .words = "accept|reject"},
        {.name = "bypass_limits", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Not counted for recipients per hour."},
        {.name = "code", .type = Type::number, .fallback = "550", .example = "550", .doc = "The reply to a rejected recipient.", .least = 400, .most = 599},
        {.name = "text", .type = Type::text, .fallback = "\"\"", .example = "\"5.1.1 No such mailbox\"", .doc = "Its text; HAT variables are understood. Empty: No such mailbox (5.1.1) where the RAT takes another address of the domain, Relaying denied (5.7.1) else."},
    }};
}

Section route_section()
{
    return {.name = "route", .repeated = true, .doc = "SMTP routes: where a domain's mail goes instead of its MX", .keys = {
        {.name = "domain", .type = Type::texts, .example = "\"acme.test\"", .doc = "domain, .domain or ALL; one or a list.", .required = true},
        {.name = "hosts", .type = Type::texts, .example = "[\"10 inner1.acme.test:25\", \"20 192.0.2.7\"]", .doc = "\"[priority] host[:port]\", the lowest priority first, equal ones in turn, a name without a port by its MX; or \"USEDNS\", or \"/dev/null\".", .required = true},
        {.name = "login", .type = Type::text, .example = "\"relay-account\"", .doc = "The [[smtp_login]] of sealpost.toml with which we sign in there; inside TLS only."},
    }};
}

Section destination_section()
{
    return {.name = "destination", .repeated = true, .doc = "destination controls: how mail leaves for a domain", .keys = {
        {.name = "domain", .type = Type::texts, .example = "\"partner.test\"", .doc = "domain, .domain or ALL; one or a list.", .required = true},
        {.name = "tls", .type = Type::choice, .fallback = "\"preferred\"", .example = "\"required_verify\"", .doc = "none, preferred, required; _verify: with a verified certificate; dane: by TLSA records where they are published, dane_required: nothing without them; mta_sts: by TLSA or the MTA-STS policy where there are any.", .words = "none|preferred|required|preferred_verify|required_verify|dane|dane_required|mta_sts"},
        {.name = "address_family", .type = Type::choice, .fallback = "\"prefer_v6\"", .example = "\"prefer_v4\"", .doc = "Which addresses of a host are tried.", .words = "prefer_v6|require_v6|prefer_v4|require_v4"},
        {.name = "max_connections", .type = Type::number, .fallback = "20", .example = "10", .doc = "At the same time to the domain.", .least = 1, .most = 1000},
        {.name = "max_messages_per_connection", .type = Type::number, .fallback = "50", .example = "50", .doc = "Then the connection is closed.", .least = 1, .most = 1000},
        {.name = "max_recipients", .type = Type::number, .fallback = "0", .example = "1000", .doc = "In recipient_minutes; 0 is no limit.", .most = 1000000000},
        {.name = "recipient_minutes", .type = Type::number, .fallback = "60", .example = "60", .doc = "The interval of max_recipients.", .least = 1, .most = 60},
        {.name = "bounce_profile", .type = Type::text, .example = "\"partners\"", .doc = "How long delivery there is tried; without it the profile of the connection's policy."},
        {.name = "tag_sender", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Bounce verification: our own envelope senders are tagged, so that a bounce of mail that we never sent is known."},
        {.name = "suspended", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Mail for the domain waits, untried, until this is taken back; what is too old by then has one attempt."},
    }};
}

Section profile_section()
{
    return {.name = "encryption_profile", .repeated = true, .doc = "how a message is sealed; the profile \"default\" exists without being written", .keys = {
        {.name = "name", .type = Type::text, .example = "\"default\"", .doc = "The name by which rules call it.", .required = true},
        {.name = "assurance", .type = Type::choice, .fallback = "\"mailbox\"", .example = "\"mailbox\"", .doc = "What opens it: the link, a code by mail, a password, or a password and a second factor (a passkey is both).", .words = "low|mailbox|account|strong"},
        {.name = "expires_after", .type = Type::duration, .fallback = "0", .example = "\"90d\"", .doc = "Then the key is destroyed; 0: after ten years.", .most = 3153600000},
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
        {.name = "sender", .type = Type::texts, .example = "[\"acme.test\"]", .doc = "user@domain, user@, domain, .domain, list:NAME or ALL."},
        {.name = "recipient", .type = Type::texts, .example = "[\"partner.test\"]", .doc = "The same, for each recipient by itself."},
        {.name = "subject_contains", .type = Type::texts, .example = "[\"[secure]\"]", .doc = "Words in the subject, without case."},
        {.name = "subject_matches", .type = Type::texts, .example = "[\"(?i)^secure:\"]", .doc = "RE2 patterns."},
        {.name = "header_contains", .type = Type::texts, .example = "[\"X-Classification: confidential\"]", .doc = "\"Name: words\", without case."},
        {.name = "header_matches", .type = Type::texts, .example = "[\"X-Classification: ^conf\"]", .doc = "\"Name: RE2 pattern\"."},
        {.name = "action", .type = Type::choice, .fallback = "\"seal\"", .example = "\"seal\"", .doc = "seal; clear; if_tls_fails: clear over verified TLS, sealed where that is not to be had.", .words = "seal|clear|if_tls_fails"},
        {.name = "profile", .type = Type::text, .fallback = "\"default\"", .example = "\"default\"", .doc = "The encryption profile."},
        {.name = "strip_subject_tag", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Takes the words of subject_contains out of the subject of the envelope; what leaves in clear form keeps them."},
        {.name = "own_domains", .type = Type::flag, .fallback = "false", .example = "false", .doc = "Also for recipients whom our own RAT accepts."},
    }};
}

Section exception_section()
{
    return {.name = "exception", .repeated = true, .doc = "the exception table: envelope senders, first match wins, where a policy has exception_table = true", .keys = {
        {.name = "address", .type = Type::texts, .example = "[\"spam@partner.test\"]", .doc = "user@domain, user@, @domain, @.domain, user@[192.0.2.1] or list:NAME.", .required = true},
        {.name = "action", .type = Type::choice, .example = "\"reject\"", .doc = "Whether mail from it is taken.", .required = true, .words = "allow|reject"},
        {.name = "code", .type = Type::number, .fallback = "553", .example = "553", .doc = "The reply to a rejected sender.", .least = 400, .most = 599},
        {.name = "text", .type = Type::text, .fallback = "\"Envelope sender refused\"", .example = "\"Not from you\"", .doc = "Its text; HAT variables are understood."},
    }};
}

Section bounce_profile_section()
{
    return {.name = "bounce_profile", .repeated = true, .doc = "how long delivery is tried and what the sender hears; the profile \"default\" exists without being written", .keys = {
        {.name = "name", .type = Type::text, .example = "\"partners\"", .doc = "The name by which policies and destinations call it.", .required = true},
        {.name = "comment", .type = Type::text, .example = "\"they are often down\"", .doc = "For people."},
        {.name = "max_attempts", .type = Type::number, .fallback = "100", .example = "100", .doc = "Then the message bounces. 100 last 3.7 days with the other defaults: a longer max_age, or shorter intervals, need more.", .least = 1, .most = 10000},
        {.name = "max_age", .type = Type::duration, .fallback = "\"72h\"", .example = "\"72h\"", .doc = "In the queue; then the message bounces. Whichever limit comes first counts.", .least = 60, .most = 2592000},
        {.name = "first_retry", .type = Type::duration, .fallback = "60", .example = "\"60s\"", .doc = "After the first attempt that failed for the moment; doubled each time.", .least = 1, .most = 86400},
        {.name = "max_interval", .type = Type::duration, .fallback = "\"1h\"", .example = "\"1h\"", .doc = "Between two attempts at most.", .least = 1, .most = 604800},
        {.name = "send_bounces", .type = Type::flag, .fallback = "true", .example = "true", .doc = "false: a message that cannot be delivered ends without a word to its sender."},
        {.name = "delay_warning_after", .type = Type::duration, .fallback = "0", .example = "\"4h\"", .doc = "The sender is told that the message still waits; 0 is never.", .most = 2592000},
        {.name = "max_delay_warnings", .type = Type::number, .fallback = "1", .example = "3", .doc = "So many of them, each after that time again.", .least = 1, .most = 100},
        {.name = "original", .type = Type::choice, .fallback = "\"small\"", .example = "\"headers\"", .doc = "What the report brings back: small is the whole message below 10 KiB, else its header fields.", .words = "headers|small|full"},
        {.name = "alternate_recipient", .type = Type::text, .example = "\"bounces@acme.test\"", .doc = "Reports go there instead of to the sender."},
    }};
}

Section address_list_section()
{
    return {.name = "address_list", .repeated = true, .doc = "addresses under a name; \"list:NAME\" stands for them wherever sender addresses are listed", .keys = {
        {.name = "name", .type = Type::text, .example = "\"partners\"", .doc = "The name behind list:", .required = true},
        {.name = "comment", .type = Type::text, .example = "\"the finance partners\"", .doc = "For people."},
        {.name = "full_only", .type = Type::flag, .fallback = "false", .example = "true", .doc = "Only whole addresses may stand in it."},
        {.name = "addresses", .type = Type::texts, .fallback = "[]", .example = "[\"anna@partner.test\", \"@.partner.test\"]", .doc = "user@domain, user@, @domain, @.domain or user@[192.0.2.1]."},
    }};
}

Section alias_section()
{
    return {.name = "alias", .repeated = true, .doc = "recipients that stand for others: after the recipient access table took them", .keys = {
        {.name = "address", .type = Type::texts, .example = "\"info@acme.test\"", .doc = "user@domain, user@ or @domain; one or a list. The closest one counts.", .required = true},
        {.name = "to", .type = Type::texts, .example = "[\"anna@acme.test\", \"ben@partner.test\"]", .doc = "Whole addresses, which may be aliases again; or \"/dev/null\". @domain keeps the local part.", .required = true},
        {.name = "listener", .type = Type::texts, .example = "\"public\"", .doc = "Without it, all of them."},
    }};
}

Section masquerade_section()
{
    return {.name = "masquerade", .repeated = true, .doc = "sender addresses of our own outgoing mail that the world sees under another name", .keys = {
        {.name = "from", .type = Type::texts, .example = "\"@.inner.acme.test\"", .doc = "user@domain, user@, @domain or @.domain; one or a list. The closest one counts.", .required = true},
        {.name = "to", .type = Type::text, .example = "\"@acme.test\"", .doc = "A whole address, or @domain, which keeps the local part.", .required = true},
        {.name = "where", .type = Type::choices, .fallback = "[\"envelope\", \"headers\"]", .example = "[\"envelope\"]", .doc = "envelope: MAIL FROM; headers: From, Sender and Reply-To.", .words = "envelope|headers"},
        {.name = "listener", .type = Type::texts, .example = "\"private\"", .doc = "Without it, all of them."},
    }};
}

Section domain_map_section()
{
    return {.name = "domain_map", .repeated = true, .doc = "recipient domains that stand for others: before the recipient access table is asked", .keys = {
        {.name = "from", .type = Type::texts, .example = "\"old.acme.test\"", .doc = "domain or .domain; one or a list.", .required = true},
        {.name = "to", .type = Type::text, .example = "\"acme.test\"", .doc = "A domain, or .domain, which keeps what stood before the suffix.", .required = true},
        {.name = "listener", .type = Type::texts, .example = "\"public\"", .doc = "Without it, all of them."},
    }};
}

}  // namespace

// clang-format on

const std::vector<Section>& document_sections()
{
    static const std::vector<Section> sections = {
        policy_section(),       defaults_section(), group_section(),      recipient_section(), route_section(),
        destination_section(),  profile_section(),  rule_section(),       exception_section(), bounce_profile_section(),
        address_list_section(), alias_section(),    masquerade_section(), domain_map_section()};
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

namespace {

// With the defaults of the parameters, which inherit from one another in a document.
const std::vector<Section>& explained_sections()
{
    static const std::vector<Section> sections = [] {
        auto all = document_sections();
        for (auto& section : all) {
            if (section.name != "mail_flow_policy" && section.name != "listener_defaults") continue;
            section.keys.resize(2);
            section.keys.insert(section.keys.end(), parameter_keys().begin(), parameter_keys().end());
        }
        return all;
    }();
    return sections;
}

}  // namespace

// The parameters once, in the table where they are used most.
std::string explain_document()
{
    std::string out;
    for (Section section : explained_sections()) {
        if (section.name == "listener_defaults") section.keys.resize(2);
        out += (out.empty() ? "" : "\n") + config::explain_section(section);
    }
    return out;
}

std::optional<std::string> explain_key(std::string_view key)
{
    return key.empty() ? explain_document() : config::explain_in(explained_sections(), key);
}

std::vector<std::string> find_similar_keys(std::string_view key) { return config::find_similar_in(explained_sections(), key); }

}  // namespace sealpost::policy
