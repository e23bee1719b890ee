#pragma once

#include "core/policy/snapshot.hpp"

namespace sealpost::policy {

// What a policy comes to on a listener. Where no table says who is ours, mail is taken for anybody: that is relaying, and is
// judged, sealed and warned of so. Nothing stands behind ALL: a policy there that continues refuses.
[[nodiscard]] Behavior find_behavior_on(ListenerKind kind, const MailFlowPolicy& policy);

// Snapshot::compile() of what shall become live: a policy that ALL means, and that continues, is a problem here. What is live
// already may have one, and a node starts with it.
[[nodiscard]] Snapshot::Compiled compile_new(Document document, const std::vector<ListenerInfo>& listeners,
                                             std::int64_t version = 0, std::optional<NodeFacts> node = {});

// The problems that only compile_new() has.
[[nodiscard]] std::vector<Problem> check_last_policies(const Document& document, const std::vector<ListenerInfo>& listeners);

}  // namespace sealpost::policy
