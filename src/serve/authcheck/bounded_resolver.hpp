#pragma once

#include "sys/dns/cached_resolver.hpp"

#include <chrono>

namespace sealpost::authcheck {

// Gives each single question at most `limit`, whatever its caller would wait: one name server that does
// not answer must not use up the time of a whole verification. What the resolver has at hand takes no time.
class BoundedResolver final : public dns::Resolver, public dns::KnownAnswers {
public:
    BoundedResolver(dns::Resolver& resolver, std::chrono::milliseconds limit)
        : resolver_(resolver), at_hand_(dynamic_cast<dns::KnownAnswers*>(&resolver)), limit_(limit)
    {
    }

    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        return resolver_.query(std::move(name), type, deadline.or_sooner(Deadline::after(limit_)));
    }

    std::shared_ptr<const dns::Answer> find_known(std::string_view name, dns::Type type) override
    {
        return at_hand_ == nullptr ? nullptr : at_hand_->find_known(name, type);
    }

private:
    dns::Resolver& resolver_;
    dns::KnownAnswers* at_hand_;  // the same, when it has any
    std::chrono::milliseconds limit_;
};

}  // namespace sealpost::authcheck
