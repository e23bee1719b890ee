// What the log tells of mail that is refused.
#include "serve/post_office.hpp"

#include "sys/async/workers.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sealpost::smtpd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

// Each with what its answer holds at its end.
using Dialogue = std::vector<std::pair<std::string, std::string>>;

Task<void> hold_dialogue(Endpoint to, Dialogue dialogue)
{
    auto stream = co_await net::connect(to, std::nullopt, soon());
    for (const auto& [line, awaited] : dialogue) {
        auto written = co_await (*stream)->write(line, soon());
        EXPECT_TRUE(written.has_value());
        std::string text;
        std::array<char, 4096> buffer{};
        while (text.find(awaited) == std::string::npos) {
            auto count = co_await (*stream)->read_some(buffer, soon());
            if (!count || *count == 0) {
                ADD_FAILURE() << "no " << awaited << " in: " << text;
                co_return;
            }
            text.append(buffer.data(), *count);
        }
    }
}

struct RefusalLog : testing::Test {
    RefusalLog() { options.log = log::Log::to_file(directory + "/log", log::Format::json, log::Level::info); }

    // The lines that tell of a refusal, from the transaction on.
    std::string refusals_of(Dialogue dialogue, Manners manners = {})
    {
        PostOffice office(options, manners);
        dialogue.insert(dialogue.begin(), {"EHLO client.test\r\n", "DSN"});
        async::run_here([&] { return hold_dialogue(office.endpoint(), dialogue); });
        options.log.warning("test.ends", {});  // writes at once what was before
        std::ifstream in(directory + "/log");
        std::string told;
        for (std::string line; std::getline(in, line);)
            if (line.find("smtp.refused") != std::string::npos) told += line.substr(line.find("\"transaction\"")) + "\n";
        return told;
    }

    test::TemporaryFolder temporary;
    const std::string directory = temporary.path().string();
    MailServerOptions options = PostOffice::plain();
};

const std::string from = "MAIL FROM:<a@partner.test>\r\n";

TEST_F(RefusalLog, NamesHostSenderRecipientAndTransactionOfARefusedRecipient)
{
    const auto told = refusals_of({{from + "RCPT TO:<alice@acme.test>\r\n", "2.1.5"},
                                   {"RCPT TO:<x@example.org>\r\n", "550"},
                                   {"RSET\r\n", "250"},
                                   {"MAIL FROM:<>\r\n", "250"},
                                   {"RCPT TO:<nobody@acme.test>\r\n", "550"}});
    EXPECT_EQ(told, R"("transaction":"office.1","ip":"127.0.0.1","stage":"rcpt","reply":"550 5.7.1 Relaying denied",)"
                    R"("sender":"a@partner.test","recipient":"x@example.org"})"
                    "\n"
                    R"("transaction":"office.2","ip":"127.0.0.1","stage":"rcpt","reply":"550 5.1.1 No such person",)"
                    R"("sender":"<>","recipient":"nobody@acme.test"})"
                    "\n");
}

TEST_F(RefusalLog, NamesTheSenderOfARefusedMail)
{
    Manners manners;
    manners.to_mail = smtp::Reply(554, "5.7.1", "Not you");
    const auto told = refusals_of({{from, "554"}, {"RCPT TO:<alice@acme.test>\r\n", "503"}}, manners);
    EXPECT_THAT(told, HasSubstr(R"("transaction":"office.1","ip":"127.0.0.1","stage":"mail","reply":"554 5.7.1 Not you",)"
                                R"("sender":"a@partner.test","recipient":""})"));
    EXPECT_THAT(told, HasSubstr(R"("transaction":"","ip":"127.0.0.1","stage":"rcpt")")) << "the transaction is over";
    EXPECT_THAT(told, HasSubstr(R"("sender":"","recipient":"alice@acme.test"})"));
}

TEST_F(RefusalLog, NamesSenderAndFirstRecipientOfRefusedContent)
{
    Manners manners;
    manners.at_end = smtp::Reply(550, "5.7.1", "Not this");
    const auto told = refusals_of({{from + "RCPT TO:<x@example.org>\r\n", "550"},
                                   {"RCPT TO:<alice@acme.test>\r\nRCPT TO:<bob@acme.test>\r\nDATA\r\n", "354"},
                                   {"Subject: x\r\n\r\nx\r\n.\r\n", "550 5.7.1"},
                                   {"RCPT TO:<late@acme.test>\r\n", "503"}},
                                  manners);
    EXPECT_THAT(told, HasSubstr(R"("transaction":"office.1","ip":"127.0.0.1","stage":"content","reply":"550 5.7.1 Not this",)"
                                R"("sender":"a@partner.test","recipient":"alice@acme.test"})"));
    EXPECT_THAT(told, HasSubstr(R"("sender":"","recipient":"late@acme.test"})")) << "the transaction is over";
}

TEST_F(RefusalLog, NamesWhatTheSessionRefusesByItself)
{
    options.profile.limits.max_recipients = 1;
    options.profile.limits.max_message_bytes = 100;
    const auto told = refusals_of({{"MAIL FROM:<large@partner.test> SIZE=1000\r\n", "552"},
                                   {from + "RCPT TO:<alice@acme.test>\r\n", "2.1.5"},
                                   {"RCPT TO:<bob@acme.test>\r\n", "452"},
                                   {"DATA\r\n", "354"},
                                   {std::string(200, 'x') + "\r\n.\r\n", "552"}});
    EXPECT_THAT(told, HasSubstr(R"("transaction":"","ip":"127.0.0.1","stage":"mail","reply":"552)"));
    EXPECT_THAT(told, HasSubstr(R"("sender":"large@partner.test","recipient":""})"));
    EXPECT_THAT(told, HasSubstr(R"("sender":"a@partner.test","recipient":"bob@acme.test"})"));
    EXPECT_THAT(told, HasSubstr(R"("transaction":"office.1","ip":"127.0.0.1","stage":"content","reply":"552)"));
    EXPECT_THAT(told, HasSubstr(R"("sender":"a@partner.test","recipient":"alice@acme.test"})"));
}

TEST_F(RefusalLog, CutsAndCleansWhatIsNoAddress)
{
    const auto told = refusals_of({{"MAIL FROM:<a\x1b[31m\xff@x\"\r\n", "\r\n"},
                                   {from, "250"},
                                   {"RCPT TO:<" + std::string(400, 'b') + "@acme.test>\r\n", "\r\n"}});
    EXPECT_THAT(told, HasSubstr("\"sender\":\"FROM:<a [31m\xEF\xBF\xBD@x\\\"\",\"recipient\":\"\"}"));
    EXPECT_THAT(told, HasSubstr("\"recipient\":\"TO:<" + std::string(316, 'b') + "\"}"));
    EXPECT_THAT(told, Not(HasSubstr("\x1b")));
}

TEST_F(RefusalLog, TellsNothingOfCredentials)
{
    options.profile.may_offer_auth = options.profile.auth_without_tls = true;
    const auto told = refusals_of({{"AUTH PLAIN AGFsaWNlAGEgZ3Vlc3M=\r\n", "535"}, {"AUTH SECRET AGFsaWNl\r\n", "\r\n"}});
    EXPECT_THAT(told, HasSubstr(R"("transaction":"","ip":"127.0.0.1","stage":"auth","reply":"535)"));
    EXPECT_THAT(told, Not(HasSubstr("alice")));
    EXPECT_THAT(told, Not(HasSubstr("AGFs")));
    EXPECT_THAT(told, Not(HasSubstr("guess")));
}

}  // namespace
}  // namespace sealpost::smtpd
