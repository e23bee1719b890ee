#pragma once

#include "core/load/load.hpp"
#include "serve/alerts/alerts.hpp"
#include "serve/courier/order.hpp"

#include <string>

namespace sealpost::node {

// What TroubleWatch tells, in both languages; whom it is about and its stage are the watch's to set.
inline constexpr const char* short_kind = "node_short";
inline constexpr const char* tls_kind = "tls_unmet";
inline constexpr const char* owner_kind = "owner_twice";

[[nodiscard]] alerts::Alert make_short_alert(const std::string& hostname, load::Resource resource, const load::Load& load,
                                             WallTime since);
// The store is damaged; of the kind of the shortages, since the node takes nothing in.
[[nodiscard]] alerts::Alert make_damage_alert(const std::string& hostname);
[[nodiscard]] alerts::Alert make_tls_alert(const courier::TlsFailure& failure);
// More destinations of one day than are told one by one.
[[nodiscard]] alerts::Alert make_others_alert(std::size_t most);
[[nodiscard]] alerts::Alert make_owner_alert(const std::string& hostname);

}  // namespace sealpost::node
