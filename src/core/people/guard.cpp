#include "core/people/guard.hpp"

#include "core/people/address.hpp"
#include "sys/db/database.hpp"

#include <algorithm>
#include <optional>

namespace sealpost::people {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;
using Kind = GuardKey::Kind;

struct Plan {
    std::int64_t free_tries;
    milliseconds first_pause;
    milliseconds longest_pause;
    milliseconds forget_one_after;
    bool success_forgets_all;  // else only the one try
};

Plan plan_of(Kind kind)
{
    switch (kind) {
        case Kind::password:
        case Kind::code:
        case Kind::second_factor:
        case Kind::administrator: return {5, 2s, 1h, 1h, true};
        case Kind::password_change: return {5, 2s, 1h, 1h, false};
        case Kind::factor_change: return {20, 2s, 1h, 10min, false};
        case Kind::release: return {60, 30s, 1h, 1min, false};
        case Kind::link_release: return {1000, 1s, 5min, 4s, false};
        case Kind::reply: return {60, 1min, 1h, 1min, false};
        case Kind::envelope_reply: return {20, 30s, 1h, 3min, false};
        case Kind::custody: return {60, 1min, 1h, 1min, false};
        case Kind::compose: return {20, 30s, 1h, 3min, false};
        case Kind::compose_network: return {60, 1min, 1h, 1min, false};
        case Kind::password_anywhere:
        case Kind::second_factor_anywhere:
        case Kind::administrator_anywhere: return {50, 2s, 15min, 15min, false};
        case Kind::mail_anywhere: return {15, 30s, 30min, 10min, false};
        case Kind::mail: return {3, 30s, 1h, 10min, true};
        case Kind::mail_envelope: return {5, 30s, 30min, 30min, false};
        case Kind::mail_envelopes: return {60, 30s, 30min, 10min, false};
        case Kind::envelope: return {10, 2s, 1h, 10min, false};
        case Kind::network: return {20, 1s, 15min, 1min, false};
        case Kind::network_mail: return {60, 1s, 5min, 1min, false};
        case Kind::challenge: return {60, 1s, 5min, 10s, false};
        case Kind::dns_question: return {20, 1s, 30s, 5s, false};
        case Kind::sign_in_record: return {20, 1min, 1h, 10min, false};
        case Kind::network_48: return {200, 1s, 15min, 6s, false};
        case Kind::network_mail_48: return {600, 1s, 5min, 6s, false};
        case Kind::challenge_48: return {600, 1s, 5min, 1s, false};
    }
    return {0, 1h, 1h, 1h, false};
}

struct Count {
    std::int64_t failures = 0;
    WallTime counted_at;  // from here the next failure to forget is timed
    WallTime next_at;     // no try before
};

Result<Count> load_count(db::Connection& connection, const GuardKey& key, WallTime now)
{
    auto row = connection.prepare("select failures, counted_at, next_at from people_guard where kind = ?1 and name = ?2");
    row.bind(1, static_cast<int>(key.kind)).bind(2, key.name);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return Count{0, now, now};
    Count count{row.column_int(0), row.column_time(1), row.column_time(2)};
    const auto forget_after = plan_of(key.kind).forget_one_after;
    const auto forgotten = std::clamp<std::int64_t>((now - count.counted_at) / forget_after, 0, count.failures);
    count.failures -= forgotten;
    count.counted_at = count.failures == 0 ? now : count.counted_at + forgotten * forget_after;
    return count;
}

Result<> save_count(db::Connection& connection, const GuardKey& key, const Count& count)
{
    return connection
        .prepare(
            "insert into people_guard (kind, name, failures, counted_at, next_at) values (?1, ?2, ?3, ?4, ?5)"
            " on conflict (kind, name) do update set failures = excluded.failures,"
            " counted_at = excluded.counted_at, next_at = excluded.next_at")
        .bind(1, static_cast<int>(key.kind))
        .bind(2, key.name)
        .bind(3, count.failures)
        .bind(4, count.counted_at)
        .bind(5, count.next_at)
        .run();
}

milliseconds pause_after(std::int64_t failures, const Plan& plan)
{
    if (failures < plan.free_tries) return 0ms;
    const auto doublings = std::min<std::int64_t>(failures - plan.free_tries, 20);
    return std::min(plan.first_pause * (std::int64_t{1} << doublings), plan.longest_pause);
}

void count_failure(Count& count, const Plan& plan, WallTime now)
{
    ++count.failures;
    if (count.failures >= plan.free_tries) count.next_at = now + pause_after(count.failures, plan);
}

// Codes need none: each has five tries, and mail_anywhere bounds how many there are.
std::optional<Kind> find_anywhere(Kind kind)
{
    switch (kind) {
        case Kind::password: return Kind::password_anywhere;
        case Kind::administrator: return Kind::administrator_anywhere;
        case Kind::mail:
        case Kind::mail_anywhere: return Kind::mail_anywhere;
        case Kind::second_factor: return Kind::second_factor_anywhere;
        default: return std::nullopt;
    }
}

// Whoever has an IPv6 /48 has 65,536 networks.
std::optional<Kind> find_wider(Kind kind)
{
    switch (kind) {
        case Kind::network: return Kind::network_48;
        case Kind::network_mail: return Kind::network_mail_48;
        case Kind::challenge: return Kind::challenge_48;
        default: return std::nullopt;
    }
}

// How many codes there may be of an address does not grow with a customer's networks; guesses are bounded from anywhere.
std::string network_of_count(const GuardKey& key)
{
    if (key.kind != Kind::mail) return key.network;
    const auto wider = wider_network_of(key.network);
    return wider.empty() ? key.network : wider;
}

// Administrators' names are no addresses.
bool is_of_administrator(const GuardKey& key) { return key.kind == Kind::administrator; }

Result<> remember_network(db::Connection& connection, const GuardKey& key, WallTime now)
{
    return connection
        .prepare(
            "insert into people_known_network (of_administrator, name, network, seen_at) values (?1, ?2, ?3, ?4)"
            " on conflict (of_administrator, name, network) do update set seen_at = excluded.seen_at")
        .bind(1, is_of_administrator(key) ? 1 : 0)
        .bind(2, key.name)
        .bind(3, key.network)
        .bind(4, now)
        .run();
}

// The counts that a try touches, in the form in which they are kept.
Result<std::vector<GuardKey>> spread(db::Connection& connection, const std::vector<GuardKey>& keys, WallTime now)
{
    std::vector<GuardKey> counts;
    for (const auto& key : keys) {
        if (key.network.empty()) {
            counts.push_back(key);
            const auto wider = find_wider(key.kind);
            const auto network = wider ? wider_network_of(key.name) : std::string();
            if (!network.empty()) counts.push_back({*wider, network});
            continue;
        }
        if (key.kind != Kind::mail_anywhere) counts.push_back({key.kind, network_of_count(key) + ' ' + key.name});
        const auto anywhere = find_anywhere(key.kind);
        if (!anywhere) continue;
        SEALPOST_TRY(const bool is_known, is_known_network(connection, key, now));
        if (is_known) continue;
        if (key.envelope.empty()) {
            counts.push_back({*anywhere, key.name});
        } else {
            counts.push_back({Kind::mail_envelope, key.envelope + ' ' + key.name});
            counts.push_back({Kind::mail_envelopes, key.name});
        }
    }
    return counts;
}

Result<GuardVerdict> admit_all(db::Connection& connection, const std::vector<GuardKey>& keys, WallTime now)
{
    std::vector<Count> counts;
    milliseconds wait{0};
    for (const auto& key : keys) {
        SEALPOST_TRY(auto count, load_count(connection, key, now));
        wait = std::max(wait, count.next_at - now);
        counts.push_back(count);
    }
    if (wait > 0ms) return GuardVerdict{false, std::chrono::ceil<std::chrono::seconds>(wait), now};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        count_failure(counts[i], plan_of(keys[i].kind), now);
        SEALPOST_CHECK(save_count(connection, keys[i], counts[i]));
    }
    return GuardVerdict{true, std::chrono::seconds(0), now};
}

// Failures that were forgotten since make the pause look as if it had begun later: it stays then.
bool began_pause(const Count& count, const Plan& plan, std::optional<WallTime> admitted_at)
{
    return admitted_at && count.next_at - pause_after(count.failures, plan) <= *admitted_at;
}

struct Forgiven {
    std::optional<WallTime> admitted_at;
    WallTime now;
    bool was_right;  // else only the try itself goes
};

Result<> forgive(db::Connection& connection, const GuardKey& key, const Forgiven& what)
{
    const Plan plan = plan_of(key.kind);
    SEALPOST_TRY(auto count, load_count(connection, key, what.now));
    const bool is_own_pause = began_pause(count, plan, what.admitted_at);
    const bool forgets_all = what.was_right && plan.success_forgets_all;
    count.failures = forgets_all ? 0 : std::max<std::int64_t>(0, count.failures - 1);
    if (is_own_pause || count.failures < plan.free_tries) count.next_at = what.now;
    return save_count(connection, key, count);
}

}  // namespace

Result<bool> is_known_network(db::Connection& connection, const GuardKey& key, WallTime now)
{
    auto row = connection.prepare(
        "select 1 from people_known_network where of_administrator = ?1 and name = ?2 and network = ?3 and seen_at > ?4");
    row.bind(1, is_of_administrator(key) ? 1 : 0).bind(2, key.name).bind(3, key.network).bind(4, now - Guard::known_for);
    return row.step();
}

Result<GuardVerdict> admit_within(db::Connection& connection, const std::vector<GuardKey>& keys, WallTime now)
{
    SEALPOST_TRY(const auto counts, spread(connection, keys, now));
    return admit_all(connection, counts, now);
}

Task<Result<GuardVerdict>> Guard::admit(std::vector<GuardKey> keys)
{
    auto work = [keys = std::move(keys), now = store_.clock->now()](db::Connection& connection) {
        return admit_within(connection, keys, now);
    };
    return store_.database->write(std::move(work));
}

Task<Result<>> Guard::note_success(std::vector<GuardKey> keys, std::optional<WallTime> admitted_at)
{
    auto work = [keys = std::move(keys), admitted_at, now = store_.clock->now()](db::Connection& connection) -> Result<> {
        SEALPOST_TRY(const auto counts, spread(connection, keys, now));
        for (const auto& key : counts) SEALPOST_CHECK(forgive(connection, key, {admitted_at, now, true}));
        for (const auto& key : keys)
            if (!key.network.empty()) SEALPOST_CHECK(remember_network(connection, key, now));
        return {};
    };
    return store_.database->write(std::move(work));
}

Task<Result<>> Guard::take_back(std::vector<GuardKey> keys, WallTime admitted_at)
{
    auto work = [keys = std::move(keys), admitted_at, now = store_.clock->now()](db::Connection& connection) -> Result<> {
        SEALPOST_TRY(const auto counts, spread(connection, keys, now));
        for (const auto& key : counts) SEALPOST_CHECK(forgive(connection, key, {admitted_at, now, false}));
        return {};
    };
    return store_.database->write(std::move(work));
}

Task<Result<>> Guard::sweep()
{
    // A count loses one failure an hour or faster and no pause is longer: after a day without a
    // failure nothing of it matters any more.
    auto work = [now = store_.clock->now()](db::Connection& connection) -> Result<> {
        auto counts = connection.prepare("delete from people_guard where counted_at < ?1 and next_at < ?1");
        SEALPOST_CHECK(counts.bind(1, now - std::chrono::hours(48)).run());
        auto networks = connection.prepare("delete from people_known_network where seen_at <= ?1");
        return networks.bind(1, now - known_for).run();
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people
