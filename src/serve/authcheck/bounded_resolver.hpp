#pragma once

#include "sys/dns/resolver.hpp"

#include <chrono>

namespace sealpost::authcheck {

// Gives each single question at most `limit`, whatever its caller would wait: one name server that does
// not answer must not use up the time of a whole verification.
class BoundedResolver final : public dns::Resolver {
public:
    BoundedResolver(dns::Resolver& resolver, std::chrono::milliseconds limit) : resolver_(resolver), limit_(limit) {}

    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        return resolver_.query(std::move(name), type, deadline.or_sooner(Deadline::after(limit_)));
    }

private:
    dns::Resolver& resolver_;
    std::chrono::milliseconds limit_;
};

}  // namespace sealpost::authcheck
