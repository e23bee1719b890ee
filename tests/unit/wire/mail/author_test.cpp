#include "wire/mail/author.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

Author author_of(std::string_view head) { return find_author_domain(HeaderBlock::parse(head).value()); }

TEST(AuthorDomain, IsTheOneOfTheAddressInFrom)
{
    const auto author = author_of("Subject: x\r\nfrom: \"a@evil.test\" <Alice@Mail.ACME.test>\r\n");
    EXPECT_EQ(author.state, Author::State::one);
    EXPECT_EQ(author.domains, std::vector<std::string>{"mail.acme.test"});
    EXPECT_EQ(author_of("From: a@acme.test, b@ACME.TEST\r\n").state, Author::State::one);
    EXPECT_EQ(author_of("From: friends: a@acme.test;\r\n").domains, std::vector<std::string>{"acme.test"});
    EXPECT_EQ(author_of("From: a@bücher.test\r\n").domains, std::vector<std::string>{"xn--bcher-kva.test"});
}

TEST(AuthorDomain, MayBeMissing)
{
    EXPECT_EQ(author_of("Subject: x\r\n").state, Author::State::none);
    EXPECT_EQ(author_of("From: undisclosed:;\r\n").state, Author::State::none);
    EXPECT_EQ(author_of("From: \r\n").state, Author::State::none);
    EXPECT_EQ(author_of("From: Alice\r\n").state, Author::State::unusable);
    EXPECT_EQ(author_of("From: a@[192.0.2.1]\r\n").state, Author::State::none);
}

TEST(AuthorDomain, CountsEveryAddress)
{
    const auto author = author_of("From: a@acme.test, b@example.org, c@acme.test\r\n");
    EXPECT_EQ(author.state, Author::State::several);
    EXPECT_EQ(author.domains, (std::vector<std::string>{"acme.test", "example.org"}));
    std::string many = "From: x@d0.test";
    for (int i = 1; i < 5; ++i) many += ", x@d" + std::to_string(i) + ".test";
    EXPECT_EQ(author_of(many + "\r\n").domains.size(), max_author_domains);
    EXPECT_EQ(author_of(many + ", x@d5.test\r\n").state, Author::State::unusable);
}

TEST(AuthorDomain, IsOfOneFromFieldOnly)
{
    const auto author = author_of("From: a@acme.test\r\nfrom : a@acme.test\r\n");
    EXPECT_EQ(author.state, Author::State::repeated);
    EXPECT_TRUE(author.domains.empty());
}

TEST(AuthorDomain, IsNobodysWhereAMemberCannotBeRead)
{
    for (const std::string& from :
         {std::string("ceo..x@bank.test, x@evil.test"), std::string("ceo.@bank.test, x@evil.test"),
          std::string(70, 'a') + "@bank.test, x@evil.test", std::string("<ceo x@bank.test>, x@evil.test"),
          std::string("<\"ceo\"x@bank.test>, x@evil.test"), std::string("x: y: z: q: w: v: ceo@bank.test;;;;;;, x@evil.test"),
          std::string("x@evil.test, \"CEO\" ceo@bank.test"), std::string("x@evil.test \"ceo@bank.test")})
        EXPECT_EQ(author_of("From: " + from + "\r\n").state, Author::State::unusable) << from;
}

}  // namespace
}  // namespace sealpost::mail
