// replies: the mail that the service sends. ServiceOutbox queues codes and secure replies for the
// reader; ServiceMail delivers them: a reply goes in clear form inside TLS that verifies on the very
// connection, to domains that switched this on and proved it, and otherwise as an envelope; when the
// proof fails, the domain's failure choice happens. Nothing ever leaves in clear text because TLS
// failed, and nothing leaves under a person's name that the person's domain does not allow at that
// moment (doc/decisions/0022). One queue, one dispatcher; a failure is a queue report.
#pragma once

#include "core/domains/domains.hpp"
#include "core/keys/key_store.hpp"
#include "core/queue/dispatcher.hpp"
#include "core/queue/lanes.hpp"
#include "serve/courier/by_domain.hpp"
#include "serve/identity/judge.hpp"
#include "serve/sealer/envelope_sealer.hpp"

#include <map>
#include <memory>
#include <string>

namespace sealpost::replies {

class ServiceMail final : public queue::Deliverer {
public:
    struct Parts {
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<domains::Domains> domains;
        std::shared_ptr<keys::KeyStore> keys;
        std::shared_ptr<courier::Courier> courier;
        std::shared_ptr<sealer::EnvelopeSealer> sealer;
        std::shared_ptr<identity::SendingIdentityJudge> judge;
        courier::Sending sending;
        net::SourceAddresses from;
        std::string sender;  // envelope sender of the service's own mail
        log::Log log = log::Log::silent();
    };
    explicit ServiceMail(Parts parts) : parts_(std::move(parts)) {}

    Task<queue::Report> deliver(queue::DueMessage message) override;

private:
    struct Departure;
    struct Split;
    Task<Result<Departure>> prepare(queue::DueMessage message);
    Task<Result<>> put_under_name(Departure& departure, std::string person);
    Task<queue::Report> depart(Departure departure);
    Task<queue::Report> carry_reply(Departure departure);
    Task<void> note_stopped(queue::MessageId id, std::map<std::string, std::string> problems);  // by domain
    Task<queue::Report> carry(Departure departure);
    Task<Result<Split>> split_by_way(queue::DueMessage message);
    Task<void> carry_verified(Departure departure, std::vector<domains::ReplyWay> ways, queue::Report& report,
                              queue::DueMessage& to_seal);
    Task<queue::Report> seal(Departure departure);

    Parts parts_;
};

}  // namespace sealpost::replies
