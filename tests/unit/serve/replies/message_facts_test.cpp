#include "serve/replies/message_facts.hpp"

#include <gtest/gtest.h>

namespace sealpost::replies {
namespace {

TEST(MessageFacts, ComeBackAsTheyWere)
{
    const MessageFacts facts{"abcdefghijklmnopqrstuvwxya", "bob@partner.test", "reply_all", "Re: \"Été\" \\ {}",
                             "<r1@keys.test>"};
    const auto read = parse_message_facts(format_message_facts(facts)).value();
    EXPECT_EQ(read.envelope_id, facts.envelope_id);
    EXPECT_EQ(read.person, facts.person);
    EXPECT_EQ(read.mode, facts.mode);
    EXPECT_EQ(read.subject, facts.subject);
    EXPECT_EQ(read.message_id, facts.message_id);
}

TEST(MessageFacts, NameTheAccountOfAMessageThatAnswersNone)
{
    const MessageFacts facts{"", "bob@partner.test", "compose", "x", "<m1@keys.test>", identity::SentAs::service, "", 3};
    const std::string text = format_message_facts(facts);
    EXPECT_EQ(text.find("envelope"), std::string::npos);
    const auto read = parse_message_facts(text).value();
    EXPECT_EQ(read.account, 3);
    EXPECT_EQ(read.envelope_id, "");
    EXPECT_EQ(read.mode, "compose");
}

TEST(MessageFacts, RememberUnderWhichNameTheReplyWasWritten)
{
    MessageFacts facts{"abcdefghijklmnopqrstuvwxya", "bob@partner.test", "reply", "Re: x", "<r1@keys.test>"};
    EXPECT_EQ(parse_message_facts(format_message_facts(facts)).value().sent_as, identity::SentAs::service)
        << "as those that were queued before there was a choice";
    facts.judgement = R"({"sent_as":"person","reason":"authorised"})";
    const auto read = parse_message_facts(format_message_facts(facts)).value();
    EXPECT_EQ(read.sent_as, identity::SentAs::person);
    EXPECT_EQ(read.judgement, facts.judgement);
}

TEST(MessageFacts, AreRefusedWhenBroken)
{
    for (const char* text : {"", "{", "[]", "{}", R"({"envelope":1,"person":"","mode":"","subject":"","message_id":""})",
                             R"({"person":"","mode":"","subject":"","message_id":""})",
                             R"({"account":"3","person":"","mode":"","subject":"","message_id":""})",
                             R"({"envelope":"a","person":"","mode":"","subject":"","message_id":"","identity":{}})",
                             R"({"envelope":"a","person":"","mode":"","subject":"","message_id":"","identity":1})"})
        EXPECT_EQ(parse_message_facts(text).error().fault, Fault::give_up) << text;
}

}  // namespace
}  // namespace sealpost::replies
