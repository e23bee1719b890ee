#include "serve/acme/renewal_plan.hpp"

#include "serve/acme/issuance.hpp"

#include <algorithm>

namespace sealpost::acme {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds between_asked_tries{10};
constexpr minutes after_cut_off{5};
constexpr seconds longest_retry_after = hours(24 * 7);

// first, doubled with each further one, up to most.
seconds grow(seconds first, unsigned count, seconds most)
{
    const unsigned doublings = std::min(count == 0 ? 0U : count - 1, 20U);
    return std::min(first * (1 << doublings), most);
}

seconds wait_after_failures(unsigned count) { return grow(hours(1), count, hours(24)); }
seconds wait_for_authority(unsigned count) { return grow(seconds(15), count, hours(1)); }

milliseconds life_of(const crypto::Certificate& leaf) { return leaf.not_after() - leaf.not_before(); }

// Between tries that succeed: a certificate that is due again as soon as it is issued, for a clock far ahead or a life that
// was nearly over, is not asked for without end.
milliseconds between_successes(const std::optional<crypto::Certificate>& installed)
{
    const milliseconds most = hours(1);
    return installed ? std::min(most, life_of(*installed) / 8) : most;
}

bool has_failed(const RenewalState& state) { return state.failures > 0 || state.unreachable > 0; }

// What was noted under a clock that was ahead, and has been put right since, says nothing of when to ask: the next try
// would wait until that time has come.
bool is_noted_ahead(const RenewalState& state, WallTime now)
{
    if (state.last_try && *state.last_try > now) return true;
    return has_failed(state) && state.next && *state.next > now + longest_retry_after;
}

Plan plan_without_failures(const Situation& situation, const RenewalState& state)
{
    const auto& installed = situation.installed;
    if (!installed || installed->sha256_fingerprint() != state.issued_sha256) return {Why::nothing_installed, situation.now};
    if (!are_same_names(installed->dns_names(), situation.names)) return {Why::names_changed, situation.now};
    return {Why::renewal, renewal_time(*installed)};
}

}  // namespace

std::string_view format_why(Why why)
{
    switch (why) {
        case Why::nothing_installed: return "nothing_installed";
        case Why::names_changed: return "names_changed";
        case Why::renewal: return "renewal";
        case Why::asked: break;
    }
    return "asked";
}

WallTime renewal_time(const crypto::Certificate& leaf)
{
    const milliseconds life = life_of(leaf);
    const crypto::Digest256 digest = crypto::sha256(leaf.to_der());
    const auto chance = static_cast<unsigned>(digest[0]) << 8U | digest[1];
    return leaf.not_after() - life / 3 - life / 20 * chance / 0xffff;
}

bool is_urgent(const std::optional<crypto::Certificate>& installed, WallTime now)
{
    return !installed || installed->is_self_signed() || installed->not_after() - now < life_of(*installed) / 9;
}

Plan plan_next(const Situation& situation, const RenewalState& state)
{
    const bool was_tried = state.last_try && !is_noted_ahead(state, situation.now);
    if (situation.is_asked) {
        const WallTime earliest = was_tried ? *state.last_try + between_asked_tries : situation.now;
        return {Why::asked, std::max(earliest, situation.now)};
    }
    Plan plan = plan_without_failures(situation, state);
    if (!was_tried || !are_same_names(state.names, situation.names)) return plan;
    const WallTime allowed =
        has_failed(state) ? state.next.value_or(situation.now) : *state.last_try + between_successes(situation.installed);
    plan.at = std::max(plan.at, allowed);
    return plan;
}

RenewalState begin_try(RenewalState state, const std::vector<std::string>& names, WallTime now)
{
    if (!are_same_names(state.names, names)) state.failures = state.unreachable = 0;
    state.names = names;
    state.failures += 1;
    state.last_try = now;
    state.next = now + (state.failures == 1 ? seconds(after_cut_off) : wait_after_failures(state.failures));
    state.last_problem = "the last try was cut off";
    return state;
}

RenewalState note_failure(RenewalState state, const Failure& failure, WallTime now)
{
    seconds wait{};
    if (failure.kind == Failure::Kind::unreachable) {
        state.failures -= std::min(state.failures, 1U);  // which begin_try() counted
        state.unreachable += 1;
        wait = std::max(wait_for_authority(state.unreachable), failure.retry_after.value_or(seconds(0)));
    } else {
        state.unreachable = 0;
        wait = std::max(wait_after_failures(state.failures), failure.retry_after.value_or(seconds(0)));
    }
    state.next = now + std::min(wait, longest_retry_after);
    state.last_problem = failure.text;
    return state;
}

RenewalState note_success(RenewalState state, const crypto::Certificate& leaf, WallTime now)
{
    state.failures = state.unreachable = 0;
    state.last_problem.clear();
    state.issued = now;
    state.issued_sha256 = leaf.sha256_fingerprint();
    state.next = std::max(renewal_time(leaf), state.last_try.value_or(now) + between_successes(leaf));
    return state;
}

}  // namespace sealpost::acme
