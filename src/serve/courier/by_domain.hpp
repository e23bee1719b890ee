#pragma once

#include "core/queue/queue.hpp"
#include "serve/courier/content_sealer.hpp"
#include "serve/courier/content_signer.hpp"
#include "serve/courier/courier.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::courier {

// What the sender of a queued message decides for one destination domain.
struct DomainPlan {
    std::vector<Hop> route;               // empty: the domain's MX
    std::optional<mail::Mailbox> sender;  // in place of the message's own
    TlsDemand tls = TlsDemand::preferred;
    net::SourceAddresses from;
    Restraint restraint;
};

// Content that goes out in place of a message's own.
struct Content {
    ContentFactory read;
    std::uint64_t size = 0;  // octets
};

// What is the same for every domain.
struct Sending {
    std::string helo_name;
    std::string own_name = {};  // Order::own_name
    std::uint16_t mx_port = 25;
    std::chrono::seconds time_limit{15 * 60};               // for one domain; content that flows has its own
    std::chrono::seconds time_per_recipient{15};            // of it, besides
    std::shared_ptr<const ContentSigner> signer = nullptr;  // null: nothing is signed
    std::shared_ptr<const ContentSealer> sealer = nullptr;  // for mail passed on; null: no ARC set is added
    std::optional<Content> content = std::nullopt;          // absent: as it stands in the queue
    bool tls_not_required = false;                          // Order::tls_not_required; never with REQUIRETLS
    bool tells_tls = true;                                  // Order::tells_tls
};

struct DomainCarried {
    std::string domain;
    std::vector<queue::DueRecipient> recipients;  // in the order of report.recipients
    CarryReport report;
};

// Of one message; the others wait until one of them is done.
inline constexpr std::size_t max_domains_at_once = 20;

// Carries a queued message to each domain of its due recipients, so many domains side by side. When it is cancelled, those
// who have no answer yet are deferred.
Task<std::vector<DomainCarried>> carry_by_domain(Courier& courier, std::shared_ptr<queue::Queue> queue, queue::DueMessage message,
                                                 Sending sending, std::function<DomainPlan(const std::string& domain)> plan);

// What became of one recipient, as the queue wants to know it: with the TLS that carried it.
[[nodiscard]] queue::RecipientOutcome to_outcome(const DomainCarried& carried, std::size_t recipient);

}  // namespace sealpost::courier
