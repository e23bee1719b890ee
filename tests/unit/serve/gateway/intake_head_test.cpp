// What the intake reads in the head of a message, and what it makes of it.
#include "serve/gateway/intake_world.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace sealpost::gateway {
namespace {

using queue::wait_for;
using smtp::Reply;
using test::run;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(IntakeTest, AddsATraceFieldAndLeavesTheRestAlone)
{
    auto intake = let_in("192.0.2.50");
    start_tls(*intake);
    const std::string text = "Bcc: dave@acme.test\r\n" + letter;
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    const Reply reply = send(*intake, text);
    EXPECT_EQ(reply.code, 250);
    EXPECT_EQ(reply.enhanced, "2.0.0");
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    const std::string stored = read(due[0].content);
    EXPECT_THAT(stored, StartsWith("Received: from client.test"));
    EXPECT_THAT(stored, HasSubstr("192.0.2.50"));
    EXPECT_THAT(stored, HasSubstr("TLSv1.3"));
    ASSERT_GE(stored.size(), text.size());
    EXPECT_EQ(stored.substr(stored.size() - text.size()), text) << "incoming mail keeps every octet";
}

// An inner system that redirects the message hands it in again with its head as it is.
TEST_F(IntakeTest, TakesOutOfMailFromOutsideWhatWouldSteerItsSealingWhenItIsRedirected)
{
    auto intake = let_in("192.0.2.50");
    start_tls(*intake);
    const std::string steering =
        "X-Sealpost-Seal: no\r\nx-sealpost-profile: open\r\nX-Sealpost-Expires: +1h\r\nX-Sealpost-Reply: no\r\n"
        "X-Sealpost-Reply-All: no\r\nX-Sealpost-Forward: yes\r\nX-Sealpost-Receipt: no\r\n"
        "X-PostX-Reply-Enabled: no\r\nX-PostX-Reply-All-Enabled: no\r\nX-PostX-Forward-Enabled: yes\r\n"
        "X-PostX-ExpirationDate: +01:00:00\r\nX-PostX-Send-Return-Receipt: no\r\n";
    const std::string others = "X-Sealpost-Envelope: abcdefghijklmnopqrstuvwxya\r\nX-PostX-Use-Script: no\r\n";
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(send(*intake, steering + others + letter).code, 250);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, relay_lane) << "what comes from outside cannot ask for an envelope";
    const std::string stored = read(due[0].content);
    const auto head = sealpost::mail::HeaderBlock::parse(stored.substr(0, stored.find("\r\n\r\n") + 4)).value();
    for (const auto& field : head.fields()) EXPECT_FALSE(policy::is_steering_header(field.name)) << field.name;
    EXPECT_TRUE(stored.ends_with(others + letter)) << "what says nothing to us stays";
}

TEST_F(IntakeTest, TakesControlHeadersOutOfOutgoingMail)
{
    const auto due = relay({"bob@elsewhere.test"},
                           "From: alice@acme.test\r\nx-sealpost-seal: no\r\nX-PostX-Reply-Enabled: no\r\n"
                           "Subject: Hello\r\n\r\nThe body.\r\n");
    ASSERT_EQ(due.size(), 1U);
    const std::string stored = read(due[0].content);
    EXPECT_THAT(stored, Not(HasSubstr("sealpost-seal")));
    EXPECT_THAT(stored, Not(HasSubstr("X-PostX")));
    EXPECT_THAT(stored, HasSubstr("Subject: Hello\r\n"));
}

TEST_F(IntakeTest, TellsNobodyWhomOutgoingMailNamesInBcc)
{
    for (const auto& [recipient, lane] :
         {std::pair("bob@elsewhere.test", relay_lane), std::pair("bob@partner.test", seal_lane)}) {
        const auto due = relay({recipient},
                               "From: alice@acme.test\r\nbcc: secret@elsewhere.test,\r\n other@elsewhere.test\r\n"
                               "To: bob@partner.test\r\nResent-Bcc: third@elsewhere.test\r\nBcc:\r\n\r\nBcc: is text here.\r\n");
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(due[0].lane, lane);
        const std::string stored = read(due[0].content);
        EXPECT_THAT(stored, HasSubstr("From: alice@acme.test\r\nTo: bob@partner.test\r\n"));
        EXPECT_THAT(stored, testing::EndsWith("\r\n\r\nBcc: is text here.\r\n"));
        for (const char* hidden : {"secret@", "other@", "third@", "Resent-Bcc", "Bcc:\r\n"})
            EXPECT_THAT(stored, Not(HasSubstr(hidden))) << lane;
    }
}

TEST_F(IntakeTest, TellsTheLogAndTheQueueTheMessageId)
{
    const std::string file = directory_ + "/log";
    parts_->log = log::Log::to_file(file, log::Format::json, log::Level::info);
    const auto due = relay({"bob@elsewhere.test"}, "Message-ID:\r\n <7\"\x1b@acme.test>\r\nSubject: Hello\r\n\r\nThe body.\r\n");
    ASSERT_EQ(due.size(), 1U);
    EXPECT_THAT(due[0].facts, HasSubstr(R"("message_id":"7? @acme.test")"));
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(send(*intake, letter).code, 250);
    EXPECT_THAT(claim().at(0).facts, Not(HasSubstr("message_id"))) << "it has none";
    parts_->log.warning("test.ends", {});  // writes at once what was before
    std::ifstream in(file);
    const std::string told((std::istreambuf_iterator<char>(in)), {});
    EXPECT_THAT(told, HasSubstr(R"("gateway.accepted","transaction":"c1.1","message_id":"7? @acme.test",)"));
    EXPECT_THAT(told, HasSubstr(R"("gateway.accepted","transaction":"c1.1","message_id":"",)"));
    EXPECT_THAT(told, Not(HasSubstr("Hello"))) << "a subject is content";
}

TEST_F(IntakeTest, CompletesWhatASubmissionLacks)
{
    const auto due = relay({"bob@elsewhere.test"}, "Subject: Hello\r\n\r\nThe body.\r\n");
    ASSERT_EQ(due.size(), 1U);
    const auto text = read(due[0].content);
    const auto head = mail::HeaderBlock::parse(std::string_view(text).substr(0, *mail::find_end_of_head(text))).value();
    EXPECT_EQ(head.find("Date"), format_rfc5322_date(clock_.now()));
    EXPECT_THAT(head.find("Message-ID").value_or(""), testing::EndsWith("@mx1.acme.test>"));
    EXPECT_EQ(head.find("From"), "alice@acme.test");
}

TEST_F(IntakeTest, TakesTextWithoutAHeadOrAnEmptyLineFromInside)
{
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"Disk full on db1\r\n\r\nHelp!\r\n", "\r\n\r\nDisk full on db1\r\n\r\nHelp!\r\n"},
        {"Subject: Disk full\r\nOn db1.\r\n", "\r\n\r\nOn db1.\r\n"},
        {"Subject: Disk full\r\n", "\r\n\r\n"},
        {"", "\r\n\r\n"}};
    for (const auto& [text, end] : cases) {
        const auto due = relay({"bob@elsewhere.test"}, text);
        ASSERT_EQ(due.size(), 1U) << text;
        const auto stored = read(due[0].content);
        EXPECT_THAT(stored, testing::EndsWith(end));
        const auto head = mail::HeaderBlock::parse(std::string_view(stored).substr(0, *mail::find_end_of_head(stored))).value();
        EXPECT_EQ(head.find("From"), "alice@acme.test");
        EXPECT_TRUE(head.find("Date") && head.find("Message-ID") && head.find("Received"));
        EXPECT_EQ(head.find("Subject").has_value(), text.starts_with("Subject"));
    }
}

TEST_F(IntakeTest, MakesNoTextOfFieldsBehindALineThatIsNone)
{
    const std::string broken = "From alice Sun Nov 22\r\nX-Sealpost-Seal: yes\r\n\r\nThe secret body.\r\n";
    const std::string inside = "192.0.2.10";
    const std::string indented =
        "    Subject: Report\r\n    X-Sealpost-Seal: yes\r\n    Bcc: dave@acme.test\r\n\r\nThe secret body.\r\n";
    const std::string marked = "\xef\xbb\xbfX-Sealpost-Seal: yes\r\n\r\nThe secret body.\r\n";
    const std::pair<std::string, std::string> cases[] = {
        {inside, broken}, {inside, indented}, {inside, marked}, {"192.0.2.50", broken}, {"192.0.2.50", "Hello\r\n\r\nBob\r\n"}};
    for (const auto& [host, text] : cases) {
        auto intake = let_in(host);
        ASSERT_EQ(mail(*intake, host == inside ? "alice@acme.test" : "carol@partner.test").code, 250);
        ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
        const Reply reply = send(*intake, text);
        EXPECT_EQ(reply.code, 554) << host;
        EXPECT_EQ(reply.enhanced, "5.6.0");
    }
    EXPECT_TRUE(claim().empty());
}

TEST_F(IntakeTest, ChangesNothingThatASubmissionHas)
{
    const std::string complete =
        "Date: Sun, 22 Nov 2026 08:15:30 +0000\r\nMessage-ID: <1@acme.test>\r\nFrom: a@acme.test\r\n\r\nThe body.\r\n";
    const auto due = relay({"bob@elsewhere.test"}, complete);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_THAT(read(due[0].content), testing::EndsWith("\r\n" + complete));
}

TEST_F(IntakeTest, RefusesAMessageThatGoesInACircle)
{
    std::string text;
    for (int i = 0; i < 100; ++i) text += "Received: by a.test; Sun, 22 Nov 2026 08:15:30 +0000\r\n";
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    const Reply reply = send(*intake, text + letter);
    EXPECT_EQ(reply.code, 554);
    EXPECT_EQ(reply.enhanced, "5.4.6");
    EXPECT_TRUE(claim().empty());
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    EXPECT_EQ(send(*intake, text.substr(text.find('\n') + 1) + letter).code, 250) << "99 hops are none";
}

TEST_F(IntakeTest, RefusesABrokenHead)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    const Reply reply = send(*intake, "Subject: x\r\nno colon here\r\n\r\nbody\r\n");
    EXPECT_EQ(reply.code, 554);
    EXPECT_EQ(reply.enhanced, "5.6.0");
    EXPECT_TRUE(claim().empty());
}

TEST_F(IntakeTest, RefusesAHeadThatIsTooLargeWhereverItEnds)
{
    std::string fields;
    while (fields.size() <= policy::intake_limits.max_bytes) fields += "X-A: " + std::string(900, 'a') + "\r\n";
    for (const std::string& text : {fields + "\r\nbody\r\n", fields + fields}) {
        auto intake = let_in("192.0.2.10");
        ASSERT_EQ(mail(*intake, "alice@acme.test").code, 250);
        ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
        const Reply reply = send(*intake, text);
        EXPECT_EQ(reply.code, 552);
        EXPECT_EQ(reply.enhanced, "5.3.4");
    }
    EXPECT_TRUE(claim().empty());
}

// How it is cut when it comes decides nothing: half a field at the limit is no text.
TEST_F(IntakeTest, TakesTextFromInsideThatIsLargerThanAHeadAndHasNoEmptyLine)
{
    std::string lines, fields;
    while (lines.size() <= policy::intake_limits.max_bytes) lines += "Backup log line without colon\r\n";
    while (fields.size() <= policy::intake_limits.max_bytes) fields += "X-Sealpost-Something: yes\r\n";
    for (const std::string& head : {std::string(), std::string("Subject: Backup\r\n")}) {
        const auto due = relay({"bob@elsewhere.test"}, head + lines);
        ASSERT_EQ(due.size(), 1U) << head;
        EXPECT_TRUE(read(due[0].content).ends_with("\r\n\r\n" + lines));
    }
    const std::pair<std::string, std::string> cases[] = {{"192.0.2.10", "Backup\r\n" + fields},
                                                         {"192.0.2.10", fields + lines},
                                                         {"192.0.2.10", std::string(lines.size(), 'a') + "\r\n"},
                                                         {"192.0.2.50", lines}};
    for (const auto& [host, text] : cases) {
        auto intake = let_in(host);
        ASSERT_EQ(mail(*intake, host == "192.0.2.10" ? "alice@acme.test" : "carol@partner.test").code, 250);
        ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
        EXPECT_EQ(send(*intake, text).code, 552);
    }
    EXPECT_TRUE(claim().empty());
}

// Whoever reads a head behind us goes by HeaderLimits; what we add must not make it too large for them.
TEST_F(IntakeTest, TakesNoHeadThatOurOwnFieldsWouldMakeTooLarge)
{
    std::string fields, many;
    while (fields.size() + 900 < policy::intake_limits.max_bytes) fields += "X-A: " + std::string(800, 'a') + "\r\n";
    for (std::size_t i = 0; i < policy::intake_limits.max_fields; ++i) many += "X-A: a\r\n";
    for (const std::string& text : {fields, many}) {
        const auto due = relay({"bob@elsewhere.test"}, text + "\r\nbody\r\n");
        ASSERT_EQ(due.size(), 1U);
        const auto stored = read(due[0].content);
        const auto head = stored.substr(0, *mail::find_end_of_head(stored));
        ASSERT_TRUE(mail::HeaderBlock::parse(head).has_value());
        EXPECT_LT(head.size() + 60 * 1024, mail::HeaderLimits().max_bytes);
        EXPECT_LT(mail::HeaderBlock::parse(head)->fields().size() + 90, mail::HeaderLimits().max_fields);
    }
    auto intake = let_in("192.0.2.10");
    ASSERT_EQ(mail(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    EXPECT_EQ(send(*intake, many + "X-A: a\r\n\r\nbody\r\n").code, 554);
}

TEST_F(IntakeTest, TakesAMessageWithoutABody)
{
    const auto due = relay({"bob@elsewhere.test"}, "Subject: only a head\r\n");
    ASSERT_EQ(due.size(), 1U);
    const auto stored = read(due[0].content);
    EXPECT_THAT(stored, HasSubstr("Subject: only a head\r\n"));
    EXPECT_THAT(stored, testing::EndsWith("\r\n\r\n"));
}

TEST_F(IntakeTest, TakesAnEmptyMessage) { EXPECT_EQ(relay({"bob@elsewhere.test"}, "").size(), 1U); }

TEST_F(IntakeTest, FindsTheEndOfAHeadThatComesInSmallPieces)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(wait_for(intake->data_begin()).code, 354);
    for (const char c : letter) run(intake->data(std::string(1, c)));
    ASSERT_EQ(wait_for(intake->data_end()).code, 250);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_THAT(read(due[0].content), testing::EndsWith(letter));
}

// --- what is said of TLS

TEST_F(IntakeTest, KeepsRequireTlsWithTheMessageAndThenPassesOverItsOppositeInTheHead)
{
    for (const bool is_required : {false, true}) {
        auto intake = let_in("192.0.2.10");
        start_tls(*intake);
        smtp::MailFrom from;
        from.sender = sealpost::mail::parse_mailbox("alice@acme.test").value();
        from.require_tls = is_required;
        EXPECT_EQ(wait_for(intake->mail(std::move(from))).code, 250);
        EXPECT_EQ(rcpt(*intake, "carol@partner.test").code, 250);
        EXPECT_EQ(send(*intake, "From: alice@acme.test\r\nTLS-Required: No\r\n\r\nHello\r\n").code, 250);
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(due[0].require_tls, is_required);
        EXPECT_EQ(read_facts(due[0].facts).tls_not_required, !is_required);
    }
}

TEST_F(IntakeTest, TakesTlsRequiredForNoOnlyWhereItSaysJustThat)
{
    const std::vector<std::pair<std::string, bool>> cases = {
        {"TLS-Required: No\r\n", true}, {"tls-required:  NO \r\n", true},  {"TLS-Required: Yes\r\n", false},
        {"TLS-Required: \r\n", false},  {"X-TLS-Required: No\r\n", false}, {"TLS-Required: No\r\nTLS-Required: No\r\n", false},
    };
    for (const auto& [field, expected] : cases) {
        const auto due = relay({"carol@partner.test"}, "From: alice@acme.test\r\n" + field + "\r\nHello\r\n");
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(read_facts(due[0].facts).tls_not_required, expected) << field;
    }
}

}  // namespace
}  // namespace sealpost::gateway
