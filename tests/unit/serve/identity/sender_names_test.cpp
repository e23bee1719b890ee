#include "serve/identity/sender_names.hpp"

#include "wire/mail/header_block.hpp"

#include <gtest/gtest.h>

namespace sealpost::identity {
namespace {

mail::Mailbox mailbox(std::string_view text) { return mail::parse_mailbox(text).value(); }

SenderNames via(std::string_view person) { return use_service(mailbox("noreply@keys.test"), "keys.test", mailbox(person)); }

TEST(SenderNames, OfAPersonAreTheAddressTwiceAndNoReplyTo)
{
    EXPECT_EQ(use_person(mailbox("bob@partner.test")), (SenderNames{"bob@partner.test", "bob@partner.test", ""}));
}

TEST(SenderNames, OfTheServiceNameThePersonAndLeadTheAnswerBack)
{
    EXPECT_EQ(via("bob@partner.test"),
              (SenderNames{"noreply@keys.test", "\"bob via keys.test\" <noreply@keys.test>", "bob@partner.test"}));
}

TEST(SenderNames, NeverShowAnAddressOfSomebodyElse)
{
    for (const char* person :
         {"\"ceo@acme.test\"@evil.test", "\"ceo<ceo\"@evil.test", "\"a b\"@evil.test", "ceo\uFF20acme@evil.test",
          "ceo\u00ADx@evil.test", "a=b@evil.test", "\u3164@evil.test", "a\u180Bb@evil.test", "a\u034Fb@evil.test"}) {
        const auto names = via(person);
        EXPECT_EQ(names.from, "\"someone at evil.test via keys.test\" <noreply@keys.test>") << person;
        EXPECT_EQ(names.reply_to, mail::format_mailbox(mailbox(person)));
    }
}

TEST(SenderNames, TellALocalPartThatLooksLikeADomainFromADomain)
{
    EXPECT_NE(via("evil.test@partner.test").from, via("\"e v\"@evil.test").from);
}

TEST(SenderNames, TakeNamesOfOtherScripts)
{
    EXPECT_EQ(mail::decode_words(via("jörg@bücher.test").from), "jörg via keys.test <noreply@keys.test>");
    EXPECT_EQ(mail::decode_words(via("鈴木@partner.test").from), "鈴木 via keys.test <noreply@keys.test>");
}

TEST(SenderNames, ShowAnInternationalisedDomainAsPeopleReadIt)
{
    EXPECT_EQ(mail::decode_words(via("\"a b\"@bücher.test").from), "someone at bücher.test via keys.test <noreply@keys.test>");
}

}  // namespace
}  // namespace sealpost::identity
