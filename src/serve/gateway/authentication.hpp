#pragma once

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
    struct Names {
        std::string authserv_id;
        std::string message;  // as the log calls it
    };
    Authentication(std::shared_ptr<const authcheck::AuthChecker> checker, policy::AuthParameters parameters,
                   authcheck::Sender sender, Names names, log::Log log);

    // Asks once; a refusal is for every recipient but postmaster.
    Task<std::optional<smtp::Reply>> check_sender();

    void append_head(const mail::HeaderBlock& head);
    void append_body(std::string_view piece);
    // Behind the content. A refusal, or none.
    Task<std::optional<smtp::Reply>> check_message(bool only_postmaster);
    // After check_message: the fields for the top of the head, each with its CRLF.
    [[nodiscard]] std::string format_fields() const;

private:
    [[nodiscard]] bool needs_spf() const { return parameters_.spf || parameters_.dmarc; }
    [[nodiscard]] bool needs_message() const { return parameters_.dkim || parameters_.dmarc || parameters_.arc; }
    void tell(const authcheck::Report& report, const policy::AuthDecision& decision) const;
    void count(const authcheck::Report& report) const;

    std::shared_ptr<const authcheck::AuthChecker> checker_;
    policy::AuthParameters parameters_;
    Names names_;
    log::Log log_;
    bool has_asked_spf_ = false;
    std::optional<authcheck::MessageCheck> check_;
    authcheck::Report report_;
    policy::AuthDecision decision_;
};

}  // namespace sealpost::gateway
