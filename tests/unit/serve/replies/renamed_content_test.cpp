#include "serve/replies/renamed_content.hpp"

#include "serve/replies/replies_world.hpp"

namespace sealpost::replies {
namespace {

using testing::HasSubstr;

class RenamedContent : public RepliesWorld {
protected:
    queue::DueMessage queue_text(const std::string& text)
    {
        accept(queue::make_message({"alice@acme.test"}, "noreply@keys.test"), text);
        return claim().at(0);
    }

    const identity::SenderNames names_of_service_ = {"noreply@keys.test", "\"bob via keys.test\" <noreply@keys.test>",
                                                     "bob@partner.test"};
};

TEST_F(RenamedContent, KeepsEverythingButTheNamesAndKnowsItsSize)
{
    const std::string rest = "Subject: =?utf-8?q?x?=\r\n y\r\nX-Odd:  two  spaces \r\n";
    std::string body = "first\r\n";
    for (int i = 0; i < 20'000; ++i) body += "line of a body\r\n";
    const auto message = queue_text("From: bob@partner.test\r\n" + rest + "\r\n" + body);
    const auto content = test::value_of(rename_content(queue_, message, names_of_service_));
    const std::string expected = "From: " + names_of_service_.from + "\r\n" + rest + "Reply-To: bob@partner.test\r\n\r\n" + body;
    for (int reading = 0; reading < 2; ++reading) {  // once to be signed, once to be sent
        const auto text = test::value_of(queue::read_all(content.read()));
        EXPECT_TRUE(text == expected) << text.substr(0, 300);
    }
    EXPECT_EQ(content.size, expected.size());
}

TEST_F(RenamedContent, LeavesOneFromAndOneReplyToOnly)
{
    const auto message =
        queue_text("From: bob@partner.test\r\nReply-To: eve@evil.test\r\nfrom: eve@evil.test\r\nReply-To: x@evil.test\r\n\r\n");
    const auto content = test::value_of(rename_content(queue_, message, names_of_service_));
    const auto text = test::value_of(queue::read_all(content.read()));
    EXPECT_THAT(text, testing::Not(HasSubstr("evil.test")));
    EXPECT_THAT(text, HasSubstr("Reply-To: bob@partner.test\r\n"));
}

TEST_F(RenamedContent, CanTakeReplyToAway)
{
    const auto message = queue_text("From: x@y.test\r\nReply-To: eve@evil.test\r\n\r\nbody");
    const auto content = test::value_of(rename_content(queue_, message, identity::SenderNames{"a@b.test", "a@b.test", ""}));
    EXPECT_EQ(test::value_of(queue::read_all(content.read())), "From: a@b.test\r\n\r\nbody");
}

TEST_F(RenamedContent, RefusesAHeadThatDoesNotEnd)
{
    const auto renamed = wait_for(rename_content(queue_, queue_text("From: bob@partner.test\r\n"), names_of_service_));
    EXPECT_TRUE(renamed.has_error());
}

}  // namespace
}  // namespace sealpost::replies
