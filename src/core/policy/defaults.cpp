// The predefined policies and groups, with the names and figures that the field knows.
#include "core/policy/snapshot_state.hpp"

#include <algorithm>

namespace sealpost::policy {
namespace {

constexpr std::string_view policies_text = R"([[mail_flow_policy]]
name = "ACCEPTED"
behavior = "accept"
max_messages_per_connection = 1000
max_recipients_per_message = 1000
max_message_size = "100M"
max_connections_per_host = 1000

[[mail_flow_policy]]
name = "TRUSTED"
behavior = "accept"
max_messages_per_connection = 1000
max_recipients_per_message = 1000
max_message_size = "100M"
max_connections_per_host = 1000
max_invalid_recipients_per_hour = 0

[[mail_flow_policy]]
name = "THROTTLED"
behavior = "accept"
max_messages_per_connection = 10
max_recipients_per_message = 20
max_message_size = "1M"
max_connections_per_host = 10
max_recipients_per_hour = 20

[[mail_flow_policy]]
name = "BLOCKED"
behavior = "reject"

[[mail_flow_policy]]
name = "RELAYED"
behavior = "relay"
max_messages_per_connection = 1000
max_recipients_per_message = 1000
max_message_size = "100M"
max_connections_per_host = 1000
max_invalid_recipients_per_hour = 0

[[mail_flow_policy]]
name = "SUBMISSION"
behavior = "relay"
tls = "required"
auth = "required"
max_messages_per_connection = 1000
max_recipients_per_message = 1000
max_message_size = "100M"
max_connections_per_host = 100
max_invalid_recipients_per_hour = 0
)";

constexpr std::string_view profile_text = R"(
[[encryption_profile]]
name = "default"

[[bounce_profile]]
name = "default"
)";

std::string make_group(const std::string& name, const std::string& listener, int order, const std::string& policy,
                       const std::string& comment)
{
    return "\n[[sender_group]]\nname = \"" + name + "\"\nlistener = " + config::quote_json(listener) +
           "\norder = " + std::to_string(order) + "\npolicy = \"" + policy + "\"\ncomment = \"" + comment + "\"\nsenders = []\n";
}

}  // namespace

std::string_view predefined_policies()
{
    static const std::string text = std::string(policies_text) + std::string(profile_text);
    return text;
}

std::string_view find_last_policy(ListenerKind kind)
{
    switch (kind) {
        case ListenerKind::public_mail: return "ACCEPTED";
        case ListenerKind::private_mail: return "BLOCKED";
        case ListenerKind::submission: break;
    }
    return "SUBMISSION";
}

std::string default_document(const std::vector<ListenerInfo>& listeners)
{
    std::string out =
        "# The policy of a new store. Sender groups: the first match wins; behind the last one stands ALL,\n"
        "# which is ACCEPTED on a public, BLOCKED on a private and SUBMISSION on a submission listener.\n\n";
    out += policies_text;
    const bool has_inside =
        std::any_of(listeners.begin(), listeners.end(), [](const auto& each) { return each.kind != ListenerKind::public_mail; });
    for (const auto& listener : listeners) {
        if (listener.kind == ListenerKind::submission) continue;
        int order = 0;
        if (listener.kind == ListenerKind::private_mail || !has_inside)
            out += make_group("RELAYLIST", listener.name, ++order, "RELAYED", "Our own hosts, which may send to anybody");
        if (listener.kind == ListenerKind::private_mail) continue;
        out += make_group("ALLOWED_LIST", listener.name, ++order, "TRUSTED", "Hosts we trust");
        out += make_group("BLOCKED_LIST", listener.name, ++order, "BLOCKED", "Hosts we refuse");
        out += make_group("SUSPECTLIST", listener.name, ++order, "THROTTLED", "Hosts we slow down");
        out += make_group("UNKNOWNLIST", listener.name, ++order, "ACCEPTED", "Reviewed, but undecided");
    }
    return out;
}

}  // namespace sealpost::policy
