#include "wire/mail/line_ends.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

TEST(LineEnds, AreThoseOfTheWire)
{
    EXPECT_EQ(to_crlf("a\nb\r\n\n\r\nc"), "a\r\nb\r\n\r\n\r\nc");
    EXPECT_EQ(to_crlf("\n"), "\r\n");
    EXPECT_EQ(to_crlf("a\rb"), "a\rb");
    EXPECT_EQ(to_crlf(""), "");
}

}  // namespace
}  // namespace sealpost::mail
