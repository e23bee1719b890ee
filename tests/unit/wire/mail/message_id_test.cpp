#include "wire/mail/message_id.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

TEST(MessageId, IsKnownWithoutItsAngleBracketsAndWhatStandsAroundThem)
{
    for (const char* value :
         {"<7.x@acme.test>", "7.x@acme.test", "  <7.x@acme.test>  (first)", "< 7.x@acme.test >", "old <7.x@acme.test"})
        EXPECT_EQ(clean_message_id(value), "7.x@acme.test") << value;
    for (const char* value : {"", "<>", " ", ">"}) EXPECT_EQ(clean_message_id(value), "") << value;
}

TEST(MessageId, NeedsNoEscapeAndHasAnEnd)
{
    EXPECT_EQ(clean_message_id("<\"a\\b\"@acme.test>"), "?a?b?@acme.test");
    EXPECT_EQ(clean_message_id(std::string_view("<a\x1b[1m\0\xff@acme.test>", 20)), "a [1m \xEF\xBF\xBD@acme.test");
    EXPECT_EQ(clean_message_id("<a<b@acme.test\x01>"), "a?b@acme.test");
    EXPECT_EQ(clean_message_id("<" + std::string(1000, 'x') + ">"), std::string(250, 'x'));
    EXPECT_EQ(clean_message_id("<" + std::string(1000, '\xff') + ">").size(), 249U) << "no part of a character";
    const std::string long_id = "<" + std::string(249, 'x') + "\xC3\xA9" + "@acme.test>";
    EXPECT_EQ(clean_message_id(long_id), std::string(249, 'x'));
    EXPECT_EQ(clean_message_id(clean_message_id(long_id)), clean_message_id(long_id)) << "what is told can be asked for";
}

}  // namespace
}  // namespace sealpost::mail
