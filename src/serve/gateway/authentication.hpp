#pragma once

#include "core/dmarcreports/reports.hpp"
#include "core/policy/authentication.hpp"
#include "serve/authcheck/auth_checker.hpp"
#include "sys/log/log.hpp"
#include "wire/smtp/reply.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::gateway {

// The header field that a policy's "mark" adds: words such as "spf-fail, dmarc-quarantine".
inline constexpr std::string_view verdict_header = "X-Sealpost-Verdict";

// A message from outside in the course of its transaction: SPF before its first recipient, DKIM, ARC and
// DMARC behind its content, what the policy says about them, and the fields that tell of it
// (doc/spec/authentication.md).
class Authentication {
public:
    // All of it outlives the message.
    struct Parts {
        std::shared_ptr<const authcheck::AuthChecker> checker;
        std::string authserv_id;
        std::shared_ptr<dmarcreports::Reports> reports;  // null: nobody is told what DMARC found
        const Clock& clock;
        log::Log log;
    };
    // `name` is the message's in the log.
    Authentication(Parts parts, policy::AuthParameters parameters, authcheck::Sender sender, std::string name);

    // Asks once; a refusal is for every recipient but postmaster.
    Task<std::optional<smtp::Reply>> check_sender();

    void append_head(const mail::HeaderBlock& head);
    void append_body(std::string_view piece);
    struct Audience {
        bool only_postmaster = false;
        std::string domain;  // of the recipients
    };
    // Behind the content. A refusal, or none.
    Task<std::optional<smtp::Reply>> check_message(Audience audience);
    // Once, when it is known that the message is stored or refused for good: counts what was found, and
    // tells the author's domain (dmarc_reports). One that is deferred counts when it comes again. What SPF found of a sender
    // who is refused counts at once: no content may follow.
    void conclude();
    // What was found so far.
    [[nodiscard]] policy::AuthFacts find_facts() const { return authcheck::make_facts(report_); }
    // After check_message: the domain in From that the message was proven to come from; empty: none.
    [[nodiscard]] std::string find_author() const { return authcheck::find_proven_author(report_); }
    // After check_message: the fields for the top of the head, each with its CRLF.
    [[nodiscard]] std::string format_fields() const;

private:
    [[nodiscard]] bool needs_spf() const { return parameters_.spf || parameters_.dmarc; }
    [[nodiscard]] bool needs_message() const { return parameters_.dkim || parameters_.dmarc || parameters_.arc; }
    void tell(const authcheck::Report& report, const policy::AuthDecision& decision) const;
    void count();
    void count_spf();  // once
    void count(std::string_view method, std::string_view result) const;
    void record() const;

    Parts parts_;
    policy::AuthParameters parameters_;
    std::string name_;
    bool has_asked_spf_ = false;
    bool has_counted_spf_ = false;
    std::optional<authcheck::MessageCheck> check_;
    authcheck::Report report_;
    policy::AuthDecision decision_;
    Audience audience_;
};

}  // namespace sealpost::gateway
