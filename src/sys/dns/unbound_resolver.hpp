#pragma once

#include "sys/dns/resolver.hpp"

#include <memory>

namespace sealpost::dns {

struct UnboundOptions {
    std::optional<Endpoint> forwarder;  // otherwise the machine's resolvers (/etc/resolv.conf)
    // DNSSEC. `when_possible` marks what validates as secure and lets the rest pass as insecure;
    // `strict` turns bogus answers into Status::temporary. Without the trust anchor file: off.
    enum class Validation { off, when_possible, strict };
    Validation validation = Validation::off;
    std::string trust_anchor_file = "/usr/share/dns/root.key";
    std::vector<std::string> trust_anchors;  // further DS or DNSKEY records as text
    std::size_t max_queries_under_way = 4096;
};

// Unbound's cache and validator in a thread of its own, shared by every worker. It must outlive the
// tasks that ask it; at its end, what is still asked is answered Status::temporary.
class UnboundResolver final : public Resolver {
public:
    static Result<std::shared_ptr<UnboundResolver>> make(UnboundOptions options);
    struct State;
    explicit UnboundResolver(std::unique_ptr<State> state);
    ~UnboundResolver() override;

    Task<Answer> query(std::string name, Type type, Deadline deadline) override;

private:
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::dns
