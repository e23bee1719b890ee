#pragma once

#include "serve/spfadvice/advice.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::spfadvice {

inline Task<void> advise_into(dns::Resolver& resolver, Order order, std::optional<Result<Advice>>& answer)
{
    auto given = co_await advise(resolver, std::move(order), Deadline::after(std::chrono::seconds(20)));
    answer = std::move(given);
}

inline Advice advise_here(dns::Resolver& resolver, Order order)
{
    auto answer = async::wait_here(advise(resolver, std::move(order), Deadline::after(std::chrono::seconds(20))));
    EXPECT_TRUE(answer.has_value());
    return std::move(*answer);
}

}  // namespace sealpost::spfadvice
