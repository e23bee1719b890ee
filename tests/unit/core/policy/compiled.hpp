// A policy compiled for a node with one listener of each kind, and hosts that connect to it.
#pragma once

#include "core/policy/snapshot.hpp"

#include <gtest/gtest.h>

namespace sealpost::policy {

inline const std::vector<ListenerInfo> listeners = {
    {"public", ListenerKind::public_mail}, {"private", ListenerKind::private_mail}, {"submission", ListenerKind::submission}};

inline std::shared_ptr<const Snapshot> compile(std::string_view text, const std::vector<ListenerInfo>& on = listeners)
{
    auto parsed = parse_document(text, "test");
    EXPECT_TRUE(parsed.document) << config::format_problems(parsed.problems);
    if (!parsed.document) return nullptr;
    auto compiled = Snapshot::compile(std::move(*parsed.document), on);
    EXPECT_TRUE(compiled.snapshot) << config::format_problems(compiled.problems);
    return compiled.snapshot;
}

inline ConnectionVerdict connect(const Snapshot& snapshot, const std::string& ip, HostState state = HostState::none,
                                 const std::string& host = "", const std::string& listener = "public")
{
    return snapshot.decide_connection({listener, *parse_ip(ip), state, host});
}

}  // namespace sealpost::policy
