// authcheck: finds out whether a message comes from whom it says: SPF of the connection, DKIM and ARC of
// the content, DMARC of the author, in the order in which they become known. It reports and writes down
// (report.hpp); what follows is decided by core/policy and done by the caller: the gateway's intake, and
// `sealpost auth check`. Nothing here fails: what DNS does not tell in time is temperror. An AuthChecker
// may be shared by threads; a MessageCheck belongs to one message.
#pragma once

#include "base/clock.hpp"
#include "serve/authcheck/bounded_resolver.hpp"
#include "serve/authcheck/report.hpp"
#include "wire/mail/author.hpp"
#include "wire/mail/header_block.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sealpost::authcheck {

struct Options {
    std::string hostname;                  // ours: %{r} of SPF, and the receiver of Received-SPF
    std::chrono::seconds query_limit{10};  // for one question to DNS; at most half of time_limit
    // For SPF, again for the keys of DKIM and ARC, and again for DMARC. RFC 7208 §4.6.4: "at least 20 seconds".
    std::chrono::seconds time_limit = spf::default_time_limit;
    std::function<unsigned()> draw = {};  // 0..99 for pct= of DMARC; empty: random
};

// One message as it came, each octet of it: the head, then the body in pieces of any size.
class MessageCheck {
public:
    void append_head(const mail::HeaderBlock& head);
    void append_body(std::string_view piece) { verifier_.append_body(piece); }

private:
    friend class AuthChecker;
    explicit MessageCheck(WallTime now) : verifier_(dkim::Verifier::begin(now)) {}

    dkim::Verifier verifier_;
    mail::Author author_;
};

class AuthChecker {
public:
    // `clock` outlives the checker. What one message asks, the next ones mostly ask again: `resolver` had better keep it.
    AuthChecker(std::shared_ptr<dns::Resolver> resolver, const Clock& clock, Options options);

    [[nodiscard]] const std::string& hostname() const { return options_.hostname; }

    Task<SpfReport> check_sender(Sender sender) const;
    [[nodiscard]] MessageCheck begin_message() const { return MessageCheck(clock_.now()); }
    // `spf` is absent when it was not asked; `with_dmarc`: the author's domain is asked, too.
    Task<Report> check_message(MessageCheck check, Sender sender, std::optional<SpfReport> spf, bool with_dmarc) const;

private:
    Task<DmarcReport> judge_author(mail::Author author, std::optional<SpfReport> spf, dkim::MessageReport message) const;

    std::shared_ptr<dns::Resolver> unbounded_;
    std::unique_ptr<BoundedResolver> resolver_;
    const Clock& clock_;
    Options options_;
    std::unique_ptr<spf::Evaluator> evaluator_;
};

}  // namespace sealpost::authcheck
