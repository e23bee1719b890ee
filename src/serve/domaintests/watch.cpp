#include "serve/domaintests/watch.hpp"

#include "serve/domaintests/alert_texts.hpp"
#include "sys/async/in_turn.hpp"

namespace sealpost::domaintests {
namespace {

constexpr int most_a_round = 100;

}  // namespace

Task<void> Watch::run()
{
    std::optional<WallTime> told_at;
    while (true) {
        const WallTime now = parts_.clock->now();
        const bool tells = !told_at || now - *told_at >= tell_every;
        if (parts_.is_ours()) {
            auto tested = co_await test_due();
            if (tested.has_error()) parts_.log.warning("domain.watch_failed", {{"problem", tested.error().text}});
            if (tells) {
                told_at = now;
                auto told = co_await tell_all();
                if (told.has_error()) parts_.log.warning("domain.watch_failed", {{"problem", told.error().text}});
            }
        }
        auto slept = co_await async::sleep_until(Deadline::after(look_every));
        if (slept.has_error()) co_return;
    }
}

Task<Result<>> Watch::test_due()
{
    SEALPOST_CO_TRY(auto due, co_await parts_.domains->find_due_for_test(most_a_round));
    const auto test = [this](domains::DueTest one) { return test_or_tell(std::move(one)); };
    co_await async::each_in_turn(std::move(due), parts_.at_a_time, test);
    co_return Result<>();
}

Task<void> Watch::test_or_tell(domains::DueTest due)
{
    auto tested = co_await test_one(std::move(due));
    if (tested.has_error()) parts_.log.warning("domain.watch_failed", {{"problem", tested.error().text}});
}

Task<Result<>> Watch::test_one(domains::DueTest due)
{
    SEALPOST_CO_TRY(const auto asked, co_await parts_.domains->find(due.name));
    const Standing standing = asked ? standing_of(*asked) : Standing::claimant;
    TestOrder order;
    order.domain = due.name;
    order.may_test = make_address_rule(standing, parts_.tests_any_address);
    const auto result = co_await parts_.test(std::move(order));
    auto record = find_record(result, parts_.clock->now(), due.cause);
    parts_.log.info("domain.tested", {{"domain", due.name},
                                      {"ready", result.ready()},
                                      {"could_tell", record.has_value()},
                                      {"cause", domains::format_cause(due.cause)}});
    if (!record) {
        auto postponed = co_await parts_.domains->postpone_test(due.name);
        co_return postponed;
    }
    SEALPOST_CO_TRY(const bool kept, co_await parts_.domains->record_test(due.name, std::move(*record)));
    if (!kept) co_return Result<>();
    SEALPOST_CO_TRY(auto domain, co_await parts_.domains->find(due.name));
    if (!domain || !domain->tls_replies) co_return Result<>();
    auto told = co_await tell(std::move(*domain));
    co_return told;
}

Task<Result<>> Watch::tell_all()
{
    std::string after;
    while (true) {
        SEALPOST_CO_TRY(auto some, co_await parts_.domains->list_switched_on(after, most_a_round));
        if (some.empty()) co_return Result<>();
        after = some.back().name;
        for (auto& domain : some) SEALPOST_CO_CHECK(co_await tell(std::move(domain)));
    }
}

Task<Result<>> Watch::tell(domains::Domain domain)
{
    if (!domain.last_test) co_return Result<>();
    SEALPOST_CO_CHECK(co_await tell_about_hosts(domain));
    auto told = co_await tell_about_expiry(domain);
    co_return told;
}

Task<Result<>> Watch::tell_about_hosts(const domains::Domain& domain)
{
    if (domain.last_test->ready) {
        auto cleared = co_await parts_.alerts->clear(failing_kind, domain.name);
        co_return cleared;
    }
    SEALPOST_CO_TRY([[maybe_unused]] const bool told, co_await parts_.alerts->raise(make_failing_alert(domain)));
    co_return Result<>();
}

Task<Result<>> Watch::tell_about_expiry(const domains::Domain& domain)
{
    const WallTime now = parts_.clock->now();
    const auto soonest = find_soonest_end(*domain.last_test);
    const auto stage = soonest ? find_expiry_stage(soonest->not_after, now) : std::nullopt;
    if (!stage) {
        // A test that saw no certificate at all says nothing of its renewal.
        if (!soonest) co_return Result<>();
        auto cleared = co_await parts_.alerts->clear(expiring_kind, domain.name);
        co_return cleared;
    }
    SEALPOST_CO_TRY([[maybe_unused]] const bool told,
                    co_await parts_.alerts->raise(make_expiring_alert(domain, *soonest, *stage, now)));
    co_return Result<>();
}

}  // namespace sealpost::domaintests
