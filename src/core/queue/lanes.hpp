#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// The lanes of the queue: what becomes of a message, and who delivers it. The words stand in stores, so none is renamed.
namespace sealpost::queue {

// Of the gateway: gateway::OutgoingMail delivers them, and the inboxes of reports (serve/dmarcreports, serve/tlsreports) theirs.
inline constexpr std::string_view relay_lane = "relay";                      // in clear form, by route or MX
inline constexpr std::string_view seal_lane = "seal";                        // sealed first
inline constexpr std::string_view seal_unless_tls_lane = "seal-unless-tls";  // clear form in verified TLS, else sealed
inline constexpr std::string_view notification_lane = "notification";        // carries an envelope
inline constexpr std::string_view bounce_lane = "bounce";  // a delivery status notification; of a service without gateways, too
inline constexpr std::string_view dmarc_report_lane = "dmarc-report";  // to the address for reports ([dmarc] report_inbox)
inline constexpr std::string_view tls_report_lane = "tls-report";      // the same ([tls_reports] inbox)
inline constexpr std::array gateway_lanes = {relay_lane,  seal_lane,         seal_unless_tls_lane, notification_lane,
                                             bounce_lane, dmarc_report_lane, tls_report_lane};

// Of the service: replies::ServiceMail delivers them.
inline constexpr std::string_view reply_lane = "reply";  // a secure reply, or a message that somebody begins there
inline constexpr std::string_view service_notification_lane = "service-notification";  // envelopes, codes, receipts
inline constexpr std::string_view service_report_lane = "service-report";              // about TLS, under the service's own name
inline constexpr std::string_view service_bounce_lane = "service-bounce";  // its bounces, where gateways share the store
inline constexpr std::array service_lanes = {reply_lane, service_notification_lane, service_report_lane, service_bounce_lane};

[[nodiscard]] constexpr bool is_service_lane(std::string_view lane)
{
    return std::ranges::find(service_lanes, lane) != service_lanes.end();
}

[[nodiscard]] constexpr bool is_bounce_lane(std::string_view lane) { return lane == bounce_lane || lane == service_bounce_lane; }

}  // namespace sealpost::queue
