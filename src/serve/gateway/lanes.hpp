#pragma once

#include "base/clock.hpp"
#include "core/policy/snapshot.hpp"
#include "core/queue/lanes.hpp"
#include "serve/sealer/envelope_sealer.hpp"

#include <string>
#include <string_view>

namespace sealpost::gateway {

using queue::bounce_lane;
using queue::notification_lane;
using queue::relay_lane;
using queue::seal_lane;
using queue::seal_unless_tls_lane;

[[nodiscard]] std::string_view choose_lane(policy::SealAction action);

// What the queue remembers for the delivery: the intake's id, the Message-ID, whether the message comes from our own
// people, whether it is signed, and, in the lanes that seal, how to seal.
// Policy that changes later does not change a message that was accepted.
struct IntakeFacts {
    std::string_view id;
    bool outgoing = false;
    bool dkim_sign = true;
    bool tls_not_required = false;     // the sender said "TLS-Required: No" (RFC 8689 §3)
    bool tls_report = false;           // a report about TLS: it leaves also where TLS fails (RFC 8460 §3)
    std::string_view message_id = {};  // as clean_message_id() makes it; empty: the head has none
    std::string_view author = {};      // of a report of others: domain in From that it was proven to come from
};
[[nodiscard]] std::string format_facts(const IntakeFacts& intake, const policy::EncryptionDecision& decision, WallTime now);

// The same, as the delivery needs it. Facts of former versions and broken ones: what is said here.
struct DeliveryFacts {
    bool outgoing = false;
    bool dkim_sign = true;
    bool tls_not_required = false;
    bool tls_report = false;
    std::string author;  // empty: nothing proves one
};
[[nodiscard]] DeliveryFacts read_facts(std::string_view facts);
[[nodiscard]] Result<sealer::SealPlan> parse_plan(std::string_view facts);

}  // namespace sealpost::gateway
