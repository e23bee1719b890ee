// What a preview says nothing about.
#include "core/traffic/preview.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sealpost::traffic {
namespace {

// Counted over time, asked of clients that were not asked then, or said to others later: no record of one message shows what
// they change.
constexpr std::array<std::string_view, 23> unplayed_parameters = {"max_connections_per_host",
                                                                  "max_line_length",
                                                                  "max_recipients_per_hour",
                                                                  "max_recipients_per_hour_code",
                                                                  "max_recipients_per_hour_text",
                                                                  "max_recipients_per_sender",
                                                                  "max_recipients_per_sender_minutes",
                                                                  "max_recipients_per_sender_code",
                                                                  "max_recipients_per_sender_text",
                                                                  "sender_limit_exempt",
                                                                  "max_invalid_recipients_per_hour",
                                                                  "drop_on_invalid_recipients",
                                                                  "max_invalid_recipients_code",
                                                                  "max_invalid_recipients_text",
                                                                  "host_bits",
                                                                  "host_bits_v6",
                                                                  "accept_untagged_bounces",
                                                                  "tls_verify_client",
                                                                  "sender_dns",
                                                                  "dkim_sign",
                                                                  "bounce_profile",
                                                                  "dmarc_reports",
                                                                  "arc"};

// Of what happens behind the answer to the client, only whether the mail is discarded or waits is played.
bool is_unplayed(std::string_view section, std::string_view key)
{
    if (section == "mail_flow_policy" || section == "listener_defaults")
        return std::ranges::find(unplayed_parameters, key) != unplayed_parameters.end();
    if (section == "destination") return key != "suspended";
    if (section == "recipient") return key == "bypass_limits";
    return section == "route" || section == "alias" || section == "masquerade" || section == "bounce_profile" ||
           section == "encryption_profile";
}

}  // namespace

std::vector<std::string> find_not_played(const std::vector<std::string>& changed)
{
    std::vector<std::string> out;
    for (const auto& key : changed) {
        const auto point = key.find('.');
        if (is_unplayed(key.substr(0, point), key.substr(point + 1))) out.push_back(key);
    }
    return out;
}

}  // namespace sealpost::traffic
