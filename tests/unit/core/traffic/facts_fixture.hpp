#pragma once

#include "core/traffic/preview.hpp"

#include "core/policy/compiled.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sealpost::traffic {

using policy::compile;

inline const std::string rat = "[[recipient]]\naddress = \"acme.test\"\n";

// A policy P for everybody on the public listener.
inline std::string with_policy(const std::string& keys)
{
    return rat + "[[mail_flow_policy]]\nname = \"P\"\n" + keys +
           "\n[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = \"P\"\nsenders = [\"ALL\"]\n";
}

inline constexpr WallTime noon{std::chrono::milliseconds(1'795'521'600'000)};

inline policy::ConnectionFacts make_host(const std::string& ip = "192.0.2.1", const std::string& listener = "public")
{
    policy::ConnectionFacts facts;
    facts.listener = listener;
    facts.ip = *parse_ip(ip);
    return facts;
}

inline ConnectionRecord make_connection(const std::string& ip = "192.0.2.1")
{
    return {noon, make_host(ip), {policy::Stage::connect, 250, true}};
}

inline MessageRecord make_message(const std::string& ip = "192.0.2.1", const std::string& recipient = "alice@acme.test")
{
    MessageRecord record;
    record.at = noon;
    record.facts = make_host(ip);
    record.helo = "client.test";
    record.sender = "carol@partner.test";
    RecipientRecord to;
    to.address = recipient;
    to.outcome = {policy::Stage::rcpt, 250, true};
    record.recipients.push_back(std::move(to));
    record.size = 1000;
    return record;
}

inline Facts facts_of(MessageRecord record)
{
    Facts facts;
    facts.messages.push_back(std::move(record));
    return facts;
}

// The verdict of the only recipient under `after`, when everything is accepted before; "same" when it does not differ.
inline std::string verdict_under(const std::string& after, MessageRecord record)
{
    const auto preview = make_preview(*compile(with_policy("")), *compile(with_policy(after)), facts_of(std::move(record)));
    if (preview.verdicts.empty()) return "same";
    EXPECT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().before, "accepted");
    return preview.verdicts.front().after;
}

}  // namespace sealpost::traffic
