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
    out.dmarc_undecided = action("dmarc_undecided");
    out.dmarc_permerror = action("dmarc_permerror");
    out.dmarc_bad_from = action("dmarc_bad_from");
    out.dmarc_reports = values.at("dmarc_reports").flag;
    out.arc = verifies("arc");
    for (const auto& item : values.at("arc_trusted_sealers").items) out.arc_trusted_sealers.push_back(ascii_lower(item.text));
    return out;
}

// Of checked patterns and list names. Null when there are none.
std::shared_ptr<const AddressTable> make_senders(const config::Value& value, const std::vector<AddressList>& lists)
{
    if (value.items.empty()) return nullptr;
    auto table = std::make_shared<AddressTable>();
    for (const auto& item : value.items) {
        if (const auto pattern = parse_address_pattern(item.text)) table->add(*pattern, 0);
        for (const auto& list : lists)
            if (item.text == "list:" + list.name)
                for (const auto& address : list.addresses) table->add(address, 0);
    }
    return table;
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

Parameters make_parameters(const ParameterMap& values, const std::vector<AddressList>& lists)
{
    const auto text = [&](const char* key) { return values.at(key).text; };
    const auto number = [&](const char* key) { return static_cast<unsigned>(values.at(key).number); };
    const auto flag = [&](const char* key) { return values.at(key).flag; };
    const auto mode = [&](const char* key) { return text(key) == "off" ? 0 : text(key) == "preferred" ? 1 : 2; };
    Parameters out;
    out.tls = static_cast<TlsMode>(mode("tls"));
    out.tls_verify_client = flag("tls_verify_client");
    out.tls_mandatory_senders = make_senders(values.at("tls_mandatory_senders"), lists);
    out.auth = static_cast<AuthMode>(mode("auth"));
    out.max_message_bytes = static_cast<std::uint64_t>(values.at("max_message_size").number);
    out.max_line_bytes = number("max_line_length");
    out.max_recipients_per_message = number("max_recipients_per_message");
    out.max_messages_per_connection = number("max_messages_per_connection");
    out.max_connections_per_host = number("max_connections_per_host");
    out.max_recipients_per_hour = number("max_recipients_per_hour");
    out.max_recipients_per_hour_code = number("max_recipients_per_hour_code");
    out.max_recipients_per_hour_text = text("max_recipients_per_hour_text");
    out.max_recipients_per_sender = number("max_recipients_per_sender");
    out.sender_period = std::chrono::minutes(number("max_recipients_per_sender_minutes"));
    out.max_recipients_per_sender_code = number("max_recipients_per_sender_code");
    out.max_recipients_per_sender_text = text("max_recipients_per_sender_text");
    out.sender_limit_exempt = make_senders(values.at("sender_limit_exempt"), lists);
    out.max_invalid_recipients_per_hour = number("max_invalid_recipients_per_hour");
    out.drop_on_invalid_recipients = flag("drop_on_invalid_recipients");
    out.max_invalid_recipients_code = number("max_invalid_recipients_code");
    out.max_invalid_recipients_text = text("max_invalid_recipients_text");
    out.host_bits = number("host_bits");
    out.host_bits_v6 = number("host_bits_v6");
    out.hostname = text("hostname");
    out.banner_code = number("banner_code");
    out.banner_text = text("banner_text");
    out.reject_code = number("reject_code");
    out.reject_text = text("reject_text");
    out.delay_rejection = flag("delay_rejection");
    out.exception_table = flag("exception_table");
    out.sender_dns = text("sender_dns") == "verify";
    out.sender_malformed = {number("sender_malformed_code"), text("sender_malformed_text")};
    out.sender_unresolved = {number("sender_unresolved_code"), text("sender_unresolved_text")};
    out.sender_nonexistent = {number("sender_nonexistent_code"), text("sender_nonexistent_text")};
    out.default_domain = ascii_lower(text("default_domain"));
    out.refused_characters = text("refused_characters");
    out.accept_untagged_bounces = flag("accept_untagged_bounces");
    out.dkim_sign = flag("dkim_sign");
    out.bounce_profile = text("bounce_profile");
    out.authentication = make_auth_parameters(values);
    return out;
}

}  // namespace sealpost::policy
