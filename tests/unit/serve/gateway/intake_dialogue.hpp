#pragma once

#include "core/queue/queue_fixture.hpp"
#include "serve/gateway/intake.hpp"

namespace sealpost::gateway {

// What a client says to an Intake, for fixtures to inherit.
struct IntakeDialogue {
    static smtpd::PeerFacts peer(const std::string& ip, const std::string& listener = "public")
    {
        smtpd::PeerFacts facts;
        facts.connection_id = "c1";
        facts.listener = listener;
        facts.peer = {*parse_ip(ip), 40000};
        return facts;
    }
    // An empty sender is the null reverse-path.
    static smtp::Reply mail(Intake& intake, const std::string& sender)
    {
        smtp::MailFrom from;
        if (!sender.empty()) from.sender = sealpost::mail::parse_mailbox(sender).value();
        return queue::wait_for(intake.mail(std::move(from)));
    }
    static smtp::Reply rcpt(Intake& intake, const std::string& address)
    {
        smtp::RcptTo to;
        to.recipient = sealpost::mail::parse_mailbox(address).value();
        return queue::wait_for(intake.rcpt(std::move(to)));
    }
};

}  // namespace sealpost::gateway
