// mtasts: the MTA-STS policies that were fetched, each kept until its max_age is over, through restarts. It is this
// memory that makes a policy binding: whoever takes the policy's host away changes nothing for those who know it
// (RFC 8461 §10.2). It fetches nothing. Called from any worker. A Fault means that the store is not at hand.
#pragma once

#include "base/clock.hpp"
#include "sys/async/task.hpp"
#include "sys/db/database.hpp"
#include "wire/route/mta_sts.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sealpost::mtasts {

struct KeptPolicy {
    std::string id;
    route::StsPolicy policy;
    WallTime fetched{};
    friend bool operator==(const KeptPolicy&, const KeptPolicy&) = default;
};

class Cache {
public:
    static constexpr std::int64_t max_policies = 100'000;  // then the one that ends first makes room

    // Brings the tables up to date. The clock outlives it.
    static Result<std::shared_ptr<Cache>> open(std::shared_ptr<db::Database> database, const Clock& clock);

    Task<Result<std::optional<KeptPolicy>>> find(std::string domain);  // one whose max_age is over is not found
    Task<Result<>> keep(std::string domain, KeptPolicy policy);        // in place of the one before

private:
    Cache(std::shared_ptr<db::Database> database, const Clock& clock) : database_(std::move(database)), clock_(&clock) {}
    std::shared_ptr<db::Database> database_;
    const Clock* clock_;
};

}  // namespace sealpost::mtasts
