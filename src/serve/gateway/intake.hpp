// gateway: the organisation's mail gateway. Intake receives: each connection meets the policy snapshot
// that was current when it came, and a message is answered with 250 only when the queue has it on
// stable storage. OutgoingMail delivers what the queue hands out: by route or MX, or sealed first. All
// decisions are core/policy's; all waiting has deadlines; a failure here is an SMTP reply or a queue
// report, never a lost message.
#pragma once

#include "core/config/node_config.hpp"
#include "core/queue/queue.hpp"
#include "core/revisions/policy_store.hpp"
#include "serve/gateway/authentication.hpp"
#include "serve/gateway/host_limits.hpp"
#include "serve/gateway/incoming_message.hpp"
#include "serve/smtpd/mail_handler.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/dns/verify_host.hpp"
#include "sys/log/log.hpp"
#include "wire/mail/header_block.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::gateway {

// What every connection of a listener shares. All of it outlives the connections.
struct IntakeParts {
    std::shared_ptr<revisions::PolicyStore> policy;
    std::shared_ptr<queue::Queue> queue;
    std::shared_ptr<dns::Resolver> resolver;
    async::BlockingPool* pool = nullptr;
    const Clock* clock = nullptr;
    std::string hostname;
    std::chrono::seconds dns_timeout{10};
    std::vector<config::SubmissionUser> users;              // of this listener; empty: no AUTH
    std::shared_ptr<const authcheck::AuthChecker> checker;  // null: senders are not authenticated
    std::string authserv_id;                                // our name in Authentication-Results
    std::shared_ptr<reports::Reports> reports;              // null: DMARC results are not counted
    std::string report_inbox;                               // mail to it is read as DMARC reports; empty: none is
    // Of the node, shared by its listeners. Null: not limited.
    std::shared_ptr<HostLimits> hosts;
    std::shared_ptr<Places> connections;
    std::shared_ptr<Places> tls_connections;
    log::Log log = log::Log::silent();
};

// One connection's mail.
class Intake final : public smtpd::MailHandler {
public:
    explicit Intake(std::shared_ptr<const IntakeParts> parts) : parts_(std::move(parts)) {}

    Task<smtpd::Admission> connected(smtpd::PeerFacts facts) override;
    Task<smtp::Reply> hello(std::string name, bool extended) override;
    Task<void> tls_started(smtpd::TlsFacts facts) override;
    Task<smtp::Reply> authenticate(smtpd::Credentials credentials) override;
    Task<smtp::Reply> mail(smtp::MailFrom mail) override;
    Task<smtp::Reply> rcpt(smtp::RcptTo rcpt) override;
    Task<smtp::Reply> data_begin() override;
    Task<void> data(std::string piece) override;
    Task<smtp::Reply> data_end() override;
    void reset() override;

    // For whoever keeps records (traffic_recorder.hpp). The facts are there when connected() has found them out;
    // the listener is empty when the connection was turned away before.
    [[nodiscard]] const policy::ConnectionFacts& connection_facts() const { return facts_; }
    [[nodiscard]] const std::shared_ptr<const policy::Snapshot>& snapshot() const { return policy_; }
    // Of the transaction under way, or of the one that data_end() ended.
    struct Findings {
        policy::AuthFacts authentication;
        struct Sealing {
            std::string recipient;
            policy::SealAction action = policy::SealAction::clear;
            std::string action_from;
        };
        std::vector<Sealing> sealing;  // as far as it was decided
    };
    [[nodiscard]] Findings find_findings() const;

private:
    struct Recipient {
        smtp::RcptTo rcpt;
        std::string address;
    };
    [[nodiscard]] bool is_outgoing() const;
    [[nodiscard]] policy::Behavior behavior() const;
    smtpd::Admission admit(smtp::ServerProfile profile);
    [[nodiscard]] std::optional<smtp::Reply> check_client_certificate() const;
    [[nodiscard]] std::optional<smtp::Reply> check_harvest();
    void count_invalid_recipient();
    [[nodiscard]] std::optional<smtp::Reply> check_recipients_this_hour() const;
    void begin_authentication();
    Task<std::optional<smtp::Reply>> check_sender(smtp::RcptTo rcpt);
    [[nodiscard]] Authentication::Audience describe_audience() const;
    Task<std::optional<smtp::Reply>> check_content();
    Task<smtp::Reply> accept_content();
    [[nodiscard]] policy::MessageFacts describe_message() const;
    std::string rewrite_head(sealpost::mail::HeaderBlock head) const;
    void complete_submission(sealpost::mail::HeaderBlock& head) const;
    std::string format_trace() const;
    std::vector<queue::NewMessage> sort_into_lanes(const policy::MessageFacts& facts);
    [[nodiscard]] std::string transaction_id() const;

    std::shared_ptr<const IntakeParts> parts_;
    std::shared_ptr<const policy::Snapshot> policy_;
    smtpd::PeerFacts peer_;
    policy::ConnectionFacts facts_;
    policy::ConnectionVerdict verdict_;
    std::optional<smtpd::TlsFacts> tls_;
    std::string helo_;
    bool extended_ = false;
    std::string user_;
    std::optional<Place> place_;       // among the node's connections …
    std::optional<Place> host_place_;  // … those of this host …
    std::optional<Place> tls_place_;   // … and those inside TLS
    bool harvest_began_here_ = false;  // it was this connection that reached the limit of invalid recipients

    // the transaction under way
    int transactions_ = 0;
    smtp::MailFrom mail_;
    std::vector<Recipient> recipients_;
    std::unique_ptr<Authentication> authentication_;  // null: our own mail is not judged
    std::unique_ptr<IncomingMessage> content_;
    Findings findings_;  // of what data_end() ended
};

}  // namespace sealpost::gateway
