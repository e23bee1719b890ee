#pragma once

#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"

#include <atomic>
#include <memory>

namespace sealpost::dns {

struct UnboundOptions {
    std::optional<Endpoint> forwarder;  // otherwise the machine's resolvers (/etc/resolv.conf)
    // DNSSEC: what validates is secure, what is bogus is Status::temporary. `when_possible` takes all answers as
    // insecure while the way to the resolver carries no signatures at all, and those below names of private use
    // always. Without the trust anchor file: off, or with `strict` no resolver.
    enum class Validation { off, when_possible, strict };
    Validation validation = Validation::off;
    std::string trust_anchor_file = "/usr/share/dns/root.key";
    std::vector<std::string> trust_anchors;  // further DS or DNSKEY records as text
    std::size_t max_queries_under_way = 4096;
    log::Log log = log::Log::silent();
};

// Unbound's cache and validator in a thread of its own, shared by every worker. It must outlive the
// tasks that ask it; at its end, what is still asked is answered Status::temporary.
class UnboundResolver final : public Resolver {
public:
    static Result<std::shared_ptr<UnboundResolver>> make(UnboundOptions options);
    struct State;
    UnboundResolver(std::unique_ptr<State> state, std::unique_ptr<State> plain, log::Log log);
    ~UnboundResolver() override;

    Task<Answer> query(std::string name, Type type, Deadline deadline) override;

private:
    Task<Answer> ask(State& state, std::string name, Type type, Deadline deadline);
    Task<bool> way_carries_signatures(Deadline deadline);

    std::unique_ptr<State> state_;
    std::unique_ptr<State> plain_;  // which validates nothing; null unless `when_possible`
    log::Log log_;
    std::atomic<Deadline::Clock::time_point> plain_until_{};
    std::atomic<bool> has_validated_{false};  // an answer was secure: where none is any more, that may pass
};

}  // namespace sealpost::dns
