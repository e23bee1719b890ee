#include "serve/gateway/bounce_profiles.hpp"

#include <algorithm>

namespace sealpost::gateway {
namespace {

queue::Original to_original(policy::BounceProfile::Original original)
{
    switch (original) {
        case policy::BounceProfile::Original::headers: return queue::Original::headers;
        case policy::BounceProfile::Original::small: return queue::Original::small;
        case policy::BounceProfile::Original::full: return queue::Original::full;
    }
    return queue::Original::headers;
}

}  // namespace

queue::BouncePlan choose_bounce_plan(const policy::Snapshot& policy, std::string_view of_connection, std::string_view domain,
                                     policy::SealAction action, const queue::RetryPlan& node_times)
{
    const std::string& of_destination = policy.find_destination(domain).bounce_profile;
    const auto* profile = policy.find_bounce_profile(of_destination.empty() ? of_connection : of_destination);
    if (!profile) profile = policy.find_bounce_profile("");
    queue::BouncePlan plan;
    plan.retry = {profile->first_retry, profile->max_interval, profile->max_age, static_cast<int>(profile->max_attempts)};
    const auto& written = policy.document().bounce_profiles;
    if (std::ranges::count(written, profile->name, &policy::BounceProfile::name) == 0) plan.retry = node_times;
    plan.send_bounces = profile->send_bounces;
    plan.delay_warning_after = profile->delay_warning_after;
    plan.max_delay_warnings = static_cast<int>(profile->max_delay_warnings);
    plan.original = to_original(profile->original);
    plan.is_confidential = action != policy::SealAction::clear;
    plan.alternate_recipient = profile->alternate_recipient;
    return plan;
}

}  // namespace sealpost::gateway
