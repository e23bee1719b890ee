#include "wire/mail/address_rewrite.hpp"

#include "wire/mail/address_list.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

std::optional<Mailbox> to_acme(const Mailbox& mailbox)
{
    if (mailbox.domain != "inner.test") return std::nullopt;
    return Mailbox{mailbox.local, "acme.test"};
}

std::string rewrite(std::string_view value) { return replace_addresses(value, to_acme).value_or("same"); }

TEST(ReplaceAddresses, KeepsNamesGroupsAndComments)
{
    EXPECT_EQ(rewrite("anna@inner.test"), "anna@acme.test");
    EXPECT_EQ(rewrite("\"Doe, Jane <x@inner.test>\" <jane@INNER.test> (at home)"),
              "\"Doe, Jane <x@inner.test>\" <jane@acme.test> (at home)");
    EXPECT_EQ(rewrite("Team: a@inner.test, =?utf-8?q?Andr=C3=A9?= <b@inner.test>;, c@partner.test"),
              "Team: a@acme.test, =?utf-8?q?Andr=C3=A9?= <b@acme.test>;, c@partner.test");
    EXPECT_EQ(rewrite("<@relay.test,@b.test:a@inner.test>"), "<a@acme.test>") << "a route goes";
    EXPECT_EQ(rewrite("a(the (great) one)@inner.test (b@inner.test)"), "a@acme.test (b@inner.test)");
    EXPECT_EQ(rewrite("[List] <a@inner.test>"), "[List] <a@acme.test>");
    EXPECT_EQ(rewrite("\"a b\"@inner.test"), "\"a b\"@acme.test");
    EXPECT_EQ(rewrite("Größe <größe@inner.test>"), "Größe <größe@acme.test>");
    EXPECT_EQ(rewrite("a@inner.test,b@inner.test,c@partner.test"), "a@acme.test, b@acme.test, c@partner.test");
}

TEST(ReplaceAddresses, LeavesTheRestAlone)
{
    for (const char* value : {"", "anna@partner.test", "undisclosed-recipients:;", "\"anna@inner.test\" <a@partner.test>",
                              "(anna@inner.test)", "Anna <a@partner.test> b@inner.test", "no address", "a@@inner.test",
                              "Anna <a@inner.test", "\"anna@inner.test", "a@inner.test b", "<>", ",,,", "a@b,c@d"})
        EXPECT_EQ(rewrite(value), "same") << value;
}

// Whatever a reader of addresses finds in the outcome, it is the replacement of what it found before.
TEST(ReplaceAddresses, AgreesWithTheReaderOfAddressLists)
{
    for (const char* value : {"\"A, B\" <a@inner.test>, c@inner.test", "Team: a@inner.test, <b@inner.test>; (x)",
                              "a . b @ inner.test, Anna <\"q\\\"uote\"@inner.test>"}) {
        const auto before = parse_address_list(value).value();
        const auto after = parse_address_list(rewrite(value)).value();
        ASSERT_EQ(before.size(), after.size()) << value;
        ASSERT_FALSE(before.empty()) << value;
        for (std::size_t i = 0; i < before.size(); ++i) {
            EXPECT_EQ(after[i].mailbox, to_acme(before[i].mailbox).value()) << value;
            EXPECT_EQ(after[i].name, before[i].name) << value;
        }
    }
}

}  // namespace
}  // namespace sealpost::mail
