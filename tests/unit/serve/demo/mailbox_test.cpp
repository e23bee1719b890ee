#include "serve/demo/mailbox.hpp"

#include "serve/task_answers.hpp"
#include "temporary_folder.hpp"

namespace sealpost::demo {
namespace {

using queue::wait_for;

class MailboxTest : public testing::Test {
protected:
    MailboxTest()
    {
        EXPECT_TRUE(boxes_.add("alice@acme.test").has_value());
        EXPECT_TRUE(boxes_.add("bob@partner.test").has_value());
    }

    static smtp::Reply rcpt(MailboxServer& server, const std::string& address)
    {
        smtp::RcptTo to;
        to.recipient = mail::parse_mailbox(address).value();
        return wait_for(server.rcpt(std::move(to)));
    }
    static smtp::Reply begin(MailboxServer& server) { return wait_for(server.mail({})); }

    test::TemporaryFolder temporary_;
    const std::string folder_ = temporary_.path().string();
    ManualClock clock_{parse_rfc3339("2026-11-22T08:00:00Z").value()};
    Mailboxes boxes_{folder_, clock_};
    async::BlockingPool pool_{1};
};

const std::string letter = "Subject: Hello\r\n\r\nThe body.\r\n";

TEST_F(MailboxTest, KeepsMailForThoseItKnows)
{
    MailboxServer server(boxes_, pool_);
    smtpd::TlsFacts facts;
    facts.protocol = "TLSv1.3";
    test::run(server.tls_started(facts));
    EXPECT_EQ(begin(server).code, 250);
    EXPECT_EQ(rcpt(server, "nobody@acme.test").code, 550);
    EXPECT_EQ(rcpt(server, "alice@acme.test").code, 250);
    EXPECT_EQ(rcpt(server, "bob@partner.test").code, 250);
    test::run(server.data(letter.substr(0, 10)));
    test::run(server.data(letter.substr(10)));
    EXPECT_EQ(wait_for(server.data_end()).code, 250);
    for (const char* address : {"alice@acme.test", "bob@partner.test"}) {
        const auto mails = boxes_.list(address);
        ASSERT_EQ(mails.size(), 1U);
        EXPECT_EQ(mails[0].number, 1);
        EXPECT_EQ(mails[0].at, clock_.now());
        EXPECT_EQ(mails[0].bytes, letter.size());
        EXPECT_EQ(mails[0].head, "Subject: Hello\r\n\r\n");
        EXPECT_EQ(mails[0].tls_protocol, "TLSv1.3");
        EXPECT_FALSE(mails[0].has_page);
        EXPECT_EQ(boxes_.read(mails[0]).value(), letter);
    }
}

TEST_F(MailboxTest, ForgetsWhatIsReset)
{
    MailboxServer server(boxes_, pool_);
    begin(server);
    rcpt(server, "alice@acme.test");
    test::run(server.data("Subject: first\r\n\r\n"));
    server.reset();
    begin(server);
    rcpt(server, "bob@partner.test");
    test::run(server.data(letter));
    EXPECT_EQ(wait_for(server.data_end()).code, 250);
    EXPECT_TRUE(boxes_.list("alice@acme.test").empty());
    EXPECT_EQ(boxes_.read(boxes_.find("bob@partner.test", 1).value()).value(), letter);
}

TEST_F(MailboxTest, CountsItsMailFromOne)
{
    ASSERT_TRUE(boxes_.keep("alice@acme.test", letter, "").has_value());
    ASSERT_TRUE(boxes_.keep("alice@acme.test", "Subject: second\r\n\r\n", "").has_value());
    EXPECT_TRUE(boxes_.wait_for("alice@acme.test", 2, std::chrono::seconds(0)));
    EXPECT_FALSE(boxes_.wait_for("alice@acme.test", 3, std::chrono::seconds(0)));
    EXPECT_FALSE(boxes_.wait_for("bob@partner.test", 1, std::chrono::seconds(0)));
    EXPECT_EQ(boxes_.find("alice@acme.test", 2).value().number, 2);
    EXPECT_FALSE(boxes_.find("alice@acme.test", 0).has_value());
    EXPECT_FALSE(boxes_.find("alice@acme.test", 3).has_value());
    EXPECT_FALSE(boxes_.find("nobody@acme.test", 1).has_value());
}

TEST_F(MailboxTest, SaysTryAgainWhenItCannotWrite)
{
    std::filesystem::remove_all(folder_);
    MailboxServer server(boxes_, pool_);
    begin(server);
    rcpt(server, "alice@acme.test");
    test::run(server.data(letter));
    EXPECT_EQ(wait_for(server.data_end()).code, 451);
    EXPECT_TRUE(boxes_.list("alice@acme.test").empty());
}

}  // namespace
}  // namespace sealpost::demo
