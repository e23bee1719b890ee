#include "core/policy/parameters.hpp"

#include "base/text.hpp"
#include "core/policy/document_keys.hpp"

namespace sealpost::policy {
namespace {

AuthAction action_of(const ParameterMap& values, const char* key)
{
    const auto& word = values.at(key).text;
    for (const auto action : {AuthAction::accept, AuthAction::mark, AuthAction::defer})
        if (word == format_auth_action(action)) return action;
    return AuthAction::reject;
}

AuthParameters make_auth_parameters(const ParameterMap& values)
{
    const auto verifies = [&](const char* key) { return values.at(key).text == "verify"; };
    const auto action = [&](const char* key) { return action_of(values, key); };
    AuthParameters out;
    out.spf = verifies("spf");
    out.spf_helo = values.at("spf_helo").flag;
    out.spf_none = action("spf_none");
    out.spf_neutral = action("spf_neutral");
    out.spf_softfail = action("spf_softfail");
    out.spf_fail = action("spf_fail");
    out.spf_temperror = action("spf_temperror");
    out.spf_permerror = action("spf_permerror");
    out.dkim = verifies("dkim");
    out.dkim_none = action("dkim_none");
    out.dkim_fail = action("dkim_fail");
    out.dkim_temperror = action("dkim_temperror");
    out.dkim_permerror = action("dkim_permerror");
    out.dmarc = verifies("dmarc");
    out.dmarc_reject = action("dmarc_reject");
    out.dmarc_quarantine = action("dmarc_quarantine");
    out.dmarc_temperror = action("dmarc_temperror");
    out.dmarc_permerror = action("dmarc_permerror");
    out.dmarc_bad_from = action("dmarc_bad_from");
    out.dmarc_reports = values.at("dmarc_reports").flag;
    out.arc = verifies("arc");
    for (const auto& item : values.at("arc_trusted_sealers").items) out.arc_trusted_sealers.push_back(ascii_lower(item.text));
    return out;
}

}  // namespace

std::string_view format_auth_action(AuthAction action)
{
    switch (action) {
        case AuthAction::accept: return "accept";
        case AuthAction::mark: return "mark";
        case AuthAction::defer: return "defer";
        case AuthAction::reject: break;
    }
    return "reject";
}

std::string_view format_behavior(Behavior behavior)
{
    switch (behavior) {
        case Behavior::accept: return "accept";
        case Behavior::reject: return "reject";
        case Behavior::refuse: return "refuse";
        case Behavior::relay: return "relay";
        case Behavior::go_on: break;
    }
    return "continue";
}

std::string_view format_tls_mode(TlsMode mode)
{
    switch (mode) {
        case TlsMode::off: return "off";
        case TlsMode::preferred: return "preferred";
        case TlsMode::required: break;
    }
    return "required";
}

std::string_view format_auth_mode(AuthMode mode) { return format_tls_mode(static_cast<TlsMode>(mode)); }

Parameters make_parameters(const ParameterMap& values)
{
    const auto text = [&](const char* key) { return values.at(key).text; };
    const auto number = [&](const char* key) { return static_cast<unsigned>(values.at(key).number); };
    const auto flag = [&](const char* key) { return values.at(key).flag; };
    const auto mode = [&](const char* key) { return text(key) == "off" ? 0 : text(key) == "preferred" ? 1 : 2; };
    Parameters out;
    out.tls = static_cast<TlsMode>(mode("tls"));
    out.tls_verify_client = flag("tls_verify_client");
    for (const auto& item : values.at("tls_mandatory_senders").items) out.tls_mandatory_senders.push_back(item.text);
    out.auth = static_cast<AuthMode>(mode("auth"));
    out.max_message_bytes = static_cast<std::uint64_t>(values.at("max_message_size").number);
    out.max_recipients_per_message = number("max_recipients_per_message");
    out.max_messages_per_connection = number("max_messages_per_connection");
    out.max_connections_per_host = number("max_connections_per_host");
    out.max_recipients_per_hour = number("max_recipients_per_hour");
    out.max_recipients_per_hour_code = number("max_recipients_per_hour_code");
    out.max_recipients_per_hour_text = text("max_recipients_per_hour_text");
    out.max_invalid_recipients_per_hour = number("max_invalid_recipients_per_hour");
    out.drop_on_invalid_recipients = flag("drop_on_invalid_recipients");
    out.hostname = text("hostname");
    out.banner_code = number("banner_code");
    out.banner_text = text("banner_text");
    out.reject_code = number("reject_code");
    out.reject_text = text("reject_text");
    out.delay_rejection = flag("delay_rejection");
    out.exception_table = flag("exception_table");
    out.authentication = make_auth_parameters(values);
    return out;
}

}  // namespace sealpost::policy
