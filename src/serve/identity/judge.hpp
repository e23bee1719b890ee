#pragma once

#include "base/clock.hpp"
#include "serve/identity/judgement.hpp"
#include "serve/identity/sender_names.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sealpost::identity {

// Asks DNS whether a person's domain lets us send under its name. Answers are kept a short time, by
// address, since a record may name local parts (%{l}). Shared by threads.
class SendingIdentityJudge {
public:
    struct Parts {
        std::shared_ptr<dns::Resolver> resolver;
        const Clock* clock = nullptr;              // outlives the judge
        std::vector<IpAddress> send_addresses;     // each of which must pass
        std::string helo;                          // as we say it
        std::vector<std::string> signing_domains;  // of our DKIM keys, lower case
        mail::Mailbox sender;                      // of the service's own mail
        std::string service_name;                  // "keys.test"
        std::chrono::milliseconds time_limit = spf::default_time_limit;
        log::Log log = log::Log::silent();
    };
    static constexpr std::chrono::minutes keep{5};
    static constexpr std::chrono::seconds keep_unknown{30};  // what DNS did not answer
    static constexpr std::size_t max_kept = 1000;

    explicit SendingIdentityJudge(Parts parts);

    // Takes at most Parts::time_limit; what is not known by then is not authorised.
    Task<Judgement> judge(std::string person_address);

    // What judge() would answer without asking.
    [[nodiscard]] std::optional<Judgement> find_kept(const std::string& person_address);

    // The names of a message that a person wrote, as it was judged.
    [[nodiscard]] SenderNames choose_names(const Judgement& judgement, std::string_view person_address) const;
    [[nodiscard]] const std::string& service_name() const { return parts_.service_name; }

private:
    struct Kept {
        Judgement judgement;
        WallTime asked_at;
        WallTime until;
    };
    Task<Judgement> ask(mail::Mailbox person);
    Task<Evidence> collect(mail::Mailbox person);
    [[nodiscard]] std::string find_signing_domain(std::string_view domain) const;
    void keep_judgement(const std::string& address, const Judgement& judgement);

    Parts parts_;
    spf::Evaluator evaluator_;
    std::mutex lock_;
    std::map<std::string, Kept> kept_;  // under lock_
};

}  // namespace sealpost::identity
