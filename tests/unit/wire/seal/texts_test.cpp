// What mails of the service and the attachment's page say to people.
#include "wire/seal/texts.hpp"
#include "wire/seal/notification.hpp"
#include "wire/seal/sample_facts.hpp"

#include <gtest/gtest.h>

namespace sealpost::seal {
namespace {

TEST(Texts, OfTheCodeShowWhatThePageShows)
{
    const MailText english = code_text({"keys.test", "12345678", "AMBER-RIVER", Language::en});
    EXPECT_NE(english.text.find("1234 5678"), std::string::npos);
    EXPECT_NE(english.text.find("AMBER-RIVER"), std::string::npos);
    EXPECT_NE(english.text.find("10 minutes"), std::string::npos);
    EXPECT_EQ(english.subject, "Your code for keys.test (AMBER-RIVER)");
    EXPECT_EQ(english.subject.find("1234"), std::string::npos);
    const MailText french = code_text({"keys.test", "12345678", "AMBER-RIVER", Language::fr});
    EXPECT_NE(french.text.find("valable 10 minutes"), std::string::npos);
    const std::string mail =
        build_service_mail({.from = "keys@keys.test", .to = "bob@partner.test", .message_domain = "keys.test", .at = {}}, french);
    EXPECT_NE(mail.find("Auto-Submitted: auto-generated\r\n"), std::string::npos);
}

TEST(Texts, OfADomainsCodeSayWhatItIsFor)
{
    const MailText english = domain_code_text({"keys.test", "acme.test", "12345678", "AMBER-RIVER", Language::en});
    EXPECT_EQ(english.subject, "Your code for acme.test at keys.test (AMBER-RIVER)");
    for (const char* part : {"1234 5678", "acme.test", "AMBER-RIVER", "opens no messages"})
        EXPECT_NE(english.html.find(part), std::string::npos) << part;
    const MailText french = domain_code_text({"keys.test", "acme.test", "12345678", "AMBER-RIVER", Language::fr});
    EXPECT_NE(french.text.find("TLS vérifié"), std::string::npos);
}

TEST(Texts, OfAChangedSignInSayWhatToDo)
{
    FactorFacts facts{"keys.test", "https://keys.test/security", FactorChange::passkey_added,
                      parse_rfc3339("2026-11-22T08:15:00Z").value(), Language::en};
    const MailText english = factor_text(facts);
    EXPECT_EQ(english.subject, "Your sign-in at keys.test has changed");
    for (const char* part : {"A passkey was added", "22 November 2026, 08:15 UTC", "https://keys.test/security"})
        EXPECT_NE(english.text.find(part), std::string::npos) << part;
    facts.language = Language::fr;
    facts.change = FactorChange::recovery_code_used;
    EXPECT_NE(factor_text(facts).text.find("code de secours"), std::string::npos);
    facts.change = FactorChange::address_added;
    EXPECT_NE(factor_text(facts).text.find("Une adresse a été ajoutée"), std::string::npos);
    facts.language = Language::en;
    EXPECT_NE(factor_text(facts).text.find("A mail address was added"), std::string::npos);
    facts.change = FactorChange::address_removed;
    EXPECT_NE(factor_text(facts).text.find("A mail address was removed"), std::string::npos);
    facts.language = Language::fr;
    EXPECT_NE(factor_text(facts).text.find("Une adresse a été retirée"), std::string::npos);
}

TEST(Texts, EscapeWhatComesFromOutside)
{
    ReceiptFacts facts;
    facts.recipient = "bob@partner.test";
    facts.subject = "<b>{recipient}</b>\r\nBcc: x";
    const MailText text = receipt_text(facts);
    EXPECT_NE(text.html.find("&lt;b&gt;{recipient}&lt;/b&gt;"), std::string::npos);
    EXPECT_EQ(text.subject.find_first_of("\r\n"), std::string::npos);
}

TEST(Texts, OfAReceiptClaimNoProofThatNobodyGave)
{
    ReceiptFacts facts;
    facts.recipient = "bob@partner.test";
    facts.subject = "Contract";
    facts.proof = Proof::link;
    const std::string alone = receipt_text(facts).text;
    EXPECT_EQ(alone.find("bob@partner.test"), std::string::npos);
    EXPECT_EQ(alone.find("proved"), std::string::npos);
    facts.proof = Proof::second_factor;
    EXPECT_NE(receipt_text(facts).text.find("bob@partner.test"), std::string::npos);
    EXPECT_NE(receipt_text(facts).html.find("second factor"), std::string::npos);
    facts.language = Language::fr;
    EXPECT_NE(receipt_text(facts).html.find("second facteur"), std::string::npos);
}

TEST(Texts, OfWhatWasGivenUpNameEachRecipientAndTheWayBack)
{
    UndeliveredFacts facts;
    facts.sent_at = parse_rfc3339("2026-11-22T08:15:00Z").value();
    facts.recipients = {{"alice@acme.test", "550 5.1.1 <nobody>"}, {"carol@acme.test", "5.7.1"}};
    facts.open_url = "https://keys.test/open/abc";
    const MailText english = undelivered_text(facts);
    EXPECT_EQ(english.subject, "Your protected message could not be delivered");
    for (const char* part : {"22 November 2026, 08:15 UTC", "alice@acme.test: 550 5.1.1 <nobody>\n", "carol@acme.test: 5.7.1\n",
                             "https://keys.test/open/abc", "less protected"})
        EXPECT_NE(english.text.find(part), std::string::npos) << part;
    EXPECT_NE(english.html.find("550 5.1.1 &lt;nobody&gt;"), std::string::npos);
    facts.open_url = "";
    facts.compose_url = "https://keys.test/compose";
    facts.language = Language::fr;
    const MailText french = undelivered_text(facts);
    EXPECT_EQ(french.subject, "Votre message protégé n’a pas pu être remis");
    EXPECT_NE(french.text.find("https://keys.test/compose"), std::string::npos);
    EXPECT_EQ(french.text.find("/open"), std::string::npos);
}

TEST(Texts, OfWhatWasGivenUpOfferAnotherWayOnlyBesideAFirstOne)
{
    UndeliveredFacts facts;
    facts.recipients = {{"alice@acme.test", "5.1.1"}};
    EXPECT_NE(undelivered_text(facts).text.find("\nPlease check the address"), std::string::npos);
    EXPECT_EQ(undelivered_text(facts).text.find("Or check"), std::string::npos);
    facts.language = Language::fr;
    EXPECT_NE(undelivered_text(facts).text.find("\nVeuillez vérifier l’adresse"), std::string::npos);
    EXPECT_EQ(undelivered_text(facts).text.find("Ou vérifiez"), std::string::npos);
    facts.compose_url = "https://keys.test/compose";
    EXPECT_NE(undelivered_text(facts).text.find("\nOu vérifiez l’adresse"), std::string::npos);
    facts.compose_url = "";
    facts.open_url = "https://keys.test/open";
    facts.language = Language::en;
    EXPECT_NE(undelivered_text(facts).text.find("\nOr check the address"), std::string::npos);
}

TEST(Texts, LeadNobodyToACopyThatTheServiceDoesNotHave)
{
    PageFacts facts = sample_facts();
    facts.hosted = false;
    for (const auto language : {Language::en, Language::fr}) {
        facts.language = language;
        for (const std::string& text : {notification_text(facts, true, "message.html", "").text, page_tail(facts)}) {
            EXPECT_EQ(text.find("/open/"), std::string::npos) << text;
            EXPECT_NE(text.find("https://keys.test:8443/open"), std::string::npos) << text;
        }
    }
    facts.language = Language::en;
    EXPECT_EQ(notification_text(facts, true, "message.html", "").text.find("phone"), std::string::npos);
}

TEST(Texts, PromiseNoProofWhereTheLinkAloneOpens)
{
    PageFacts facts = sample_facts();
    const auto promises = [&] { return notification_text(facts, true, "message.html", "").html + page_head(facts).value(); };
    for (const char* promise : {"for its recipients only", "prove that", "code by mail"}) {
        facts.proof = Proof::mailbox;
        EXPECT_NE(promises().find(promise), std::string::npos) << promise;
        facts.proof = Proof::link;
        EXPECT_EQ(promises().find(promise), std::string::npos) << promise;
    }
}

TEST(Texts, SayHowToBeginWhereAPasswordIsAskedFor)
{
    PageFacts facts = sample_facts();
    const auto says = [&](const char* part) { return page_head(facts).value().find(part) != std::string::npos; };
    EXPECT_FALSE(says("choose a password"));
    facts.proof = Proof::password;
    EXPECT_TRUE(says("choose a password"));
    EXPECT_FALSE(says("second factor"));
    facts.proof = Proof::second_factor;
    EXPECT_TRUE(says("set up a second factor"));
    EXPECT_NE(notification_text(facts, true, "message.html", "").text.find("give your password"), std::string::npos);
    facts.language = Language::fr;
    EXPECT_TRUE(says("configurez un second facteur"));
}

TEST(Texts, SpeakOfNoAttachmentWhereThereIsNone)
{
    PageFacts facts = sample_facts();
    for (const auto proof : {Proof::link, Proof::mailbox, Proof::password}) {
        facts.proof = proof;
        EXPECT_NE(notification_text(facts, true, "message.html", "").text.find("attachment"), std::string::npos);
        const std::string alone = notification_text(facts, false, "", "").text;
        EXPECT_EQ(alone.find("attachment"), std::string::npos) << alone;
        EXPECT_NE(alone.find("never asks you for a password"), std::string::npos) << alone;
    }
}

TEST(Texts, OfMailsBreakNamesWithoutSpaces)
{
    EXPECT_NE(notification_text(sample_facts(), true, "message.html", "").html.find("overflow-wrap:anywhere"), std::string::npos);
}

TEST(Texts, AskForNoAnswerThatIsNotAllowed)
{
    PageFacts facts = sample_facts();
    const auto asks = [&] { return notification_text(facts, true, "message.html", "").text + page_head(facts).value(); };
    EXPECT_NE(asks().find("answer"), std::string::npos);
    facts.may_reply = false;
    EXPECT_EQ(asks().find("answer"), std::string::npos) << asks();
}

TEST(Texts, OfFrenchSetSignsApartByASpaceThatDoesNotBreak)
{
    PageFacts facts = sample_facts();
    facts.language = Language::fr;
    std::string all = page_head(facts).value() + page_tail(facts);
    for (const bool hosted : {true, false}) {
        facts.hosted = hosted;
        all += notification_text(facts, true, "message.html", "").text + notification_text(facts, false, "", "").text;
    }
    all += code_text({"keys.test", "12345678", "AMBER-RIVER", Language::fr}).text;
    all += domain_code_text({"keys.test", "acme.test", "12345678", "AMBER-RIVER", Language::fr}).text;
    for (int change = 0; change < 9; ++change)
        all += factor_text({"keys.test", "https://keys.test/security", static_cast<FactorChange>(change), {}, Language::fr}).text;
    for (const char* subject : {"", "Contrat"})
        for (const auto proof : {Proof::link, Proof::mailbox})
            all += receipt_text({"bob@partner.test", subject, proof, {}, {}, Language::fr, "https://keys.test/sent"}).text;
    all += undelivered_text(
               {{}, {{"alice@acme.test", "5.1.1"}}, "https://keys.test/open", "https://keys.test/compose", Language::fr})
               .text;
    for (const char* sign : {" :", " ;", " ?", " !", " »", "« "})
        EXPECT_EQ(all.find(sign), std::string::npos) << all.substr(all.find(sign) - 40, 60);
}

TEST(Texts, TellTheFirstOfAMonthAsPeopleDo)
{
    const WallTime first = parse_rfc3339("2027-01-01T08:15:00Z").value();
    EXPECT_EQ(format_time_for_people(first, Language::fr), "1er janvier 2027, 08:15 UTC");
    EXPECT_EQ(format_time_for_people(first, Language::en), "1 January 2027, 08:15 UTC");
}

}  // namespace
}  // namespace sealpost::seal
