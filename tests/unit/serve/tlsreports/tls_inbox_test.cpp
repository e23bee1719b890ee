#include "core/queue/queue_fixture.hpp"
#include "core/tlsreports/tls_reports_fixture.hpp"
#include "serve/side_by_side.hpp"
#include "serve/tlsreports/inbox.hpp"
#include "sys/crypto/x509.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/archive/archive.hpp"
#include "wire/dkim/signer.hpp"
#include "wire/mail/header_block.hpp"

namespace sealpost::tlsreports {
namespace {

using Kind = queue::RecipientOutcome::Kind;

const dkim::SigningKey& key_of(const std::string& domain)
{
    static std::map<std::string, dkim::SigningKey> keys;
    const auto found = keys.find(domain);
    if (found != keys.end()) return found->second;
    const auto key = crypto::PrivateKey::make_rsa(1024).value();
    return keys.emplace(domain, dkim::SigningKey::make(domain, "s1", key.to_pem()).value()).first->second;
}

std::string signed_by(const std::string& domain, std::string_view text, const char* selector = "s1")
{
    std::vector<dkim::SigningKey> keys;
    keys.push_back(dkim::SigningKey::make(domain, selector, key_of(domain).key().to_pem()).value());
    auto signer = dkim::Signer::begin(std::move(keys), {});
    const auto end = *mail::find_end_of_head(text);
    const auto head = mail::HeaderBlock::parse(text.substr(0, end)).value();
    for (const auto& field : head.fields()) EXPECT_TRUE(signer.append_field(field.raw).has_value());
    EXPECT_TRUE(signer.end_head().has_value());
    signer.append_body(text.substr(end));
    return signer.finish().value() + std::string(text);
}

std::string make_zone()
{
    std::string zone = "slow._domainkey.example.org TXT TEMPORARY\n";
    for (const char* domain : {"example.org", "mail.example.org", "evil.test"})
        zone += "s1._domainkey." + std::string(domain) + " TXT " + dkim::format_record(key_of(domain).key()) + "\n";
    for (const char* service : {"tlsrpt", "other"})
        zone += std::string(service) + "._domainkey.example.org TXT " + dkim::format_record(key_of("example.org").key()) +
                "; s=" + service + "\n";
    return zone;
}

class TlsInboxTest : public queue::QueueFixture {
protected:
    TlsInboxTest()
    {
        reports_ = Reports::open(database_, clock_, log::Log::silent()).value();
        Inbox::Parts parts;
        parts.reports = reports_;
        parts.queue = queue_;
        parts.resolver = std::make_shared<dns::CannedResolver>(make_zone());
        parts.pool = &pool_;
        parts.clock = &clock_;
        parts.next_lane = "relay";
        parts.limits.max_message_bytes = 100'000;
        parts.max_held_bytes = 10'000;
        inbox_ = std::make_unique<Inbox>(std::move(parts));
    }
    ~TlsInboxTest() override
    {
        inbox_.reset();
        reports_.reset();
    }

    queue::Report deliver(std::string_view text)
    {
        queue::NewMessage message = queue::make_message({"tlsrpt@acme.test"}, "noreply@example.org");
        message.lane = queue::tls_report_lane;
        message.require_tls = true;
        accept(std::move(message), text);
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        last_ = due.at(0).id;
        return queue::wait_for(inbox_->deliver(due.at(0)));
    }
    static std::string unsigned_mail_of(const tlsrpt::Report& report, std::string from = "noreply@example.org")
    {
        tlsrpt::ReportMail mail;
        mail.from = std::move(from);
        mail.to = {"tlsrpt@acme.test"};
        return tlsrpt::format_report_mail(mail, archive::pack(tlsrpt::format_json(report)));
    }
    static std::string mail_of(const tlsrpt::Report& report) { return signed_by("example.org", unsigned_mail_of(report)); }

    async::BlockingPool pool_{1};
    std::shared_ptr<Reports> reports_;
    std::unique_ptr<Inbox> inbox_;
    queue::MessageId last_;
};

TEST_F(TlsInboxTest, ReadsAReportIntoTheStoreOnce)
{
    for (int i = 0; i < 2; ++i) {
        const auto report = deliver(mail_of(make_report()));
        ASSERT_EQ(report.outcomes.size(), 1U);
        EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
        EXPECT_TRUE(report.replacements.empty());
    }
    const auto list = value_of(reports_->list_received({}));
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].origin.sender, "noreply@example.org");
    EXPECT_EQ(list[0].origin.author, "example.org");
    EXPECT_EQ(list[0].failed, 3);
}

// RFC 8460 §3: "the DKIM TXT record SHOULD contain the appropriate service type declaration, "s=tlsrpt"".
TEST_F(TlsInboxTest, TakesASignatureWhoseKeyIsForReportsAlone)
{
    const std::string mail = unsigned_mail_of(make_report());
    EXPECT_EQ(deliver(signed_by("example.org", mail, "other")).outcomes.at(0).kind, Kind::relayed_elsewhere);
    EXPECT_EQ(deliver(signed_by("example.org", mail, "tlsrpt")).outcomes.at(0).kind, Kind::delivered);
    EXPECT_EQ(value_of(reports_->list_received({})).size(), 1U);
}

TEST_F(TlsInboxTest, TakesNobodysReportForAnothers)
{
    deliver(signed_by("evil.test", unsigned_mail_of(make_report(), "x@evil.test")));
    deliver(mail_of(make_report()));
    const auto list = value_of(reports_->list_received({}));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].origin.author, "example.org");
    EXPECT_EQ(list[1].origin.author, "evil.test");
}

TEST_F(TlsInboxTest, HoldsSoManyOctetsOfMailsAtATime)
{
    const std::string large = "From: a@example.org\r\n\r\n" + std::string(8000, 'x') + "\r\n";
    for (int i = 0; i < 3; ++i) {
        queue::NewMessage message = queue::make_message({"reports@acme.test"}, "noreply@example.org");
        message.lane = queue::tls_report_lane;
        accept(std::move(message), large);
    }
    const auto kinds = queue::deliver_side_by_side(*inbox_, claim());
    EXPECT_EQ(std::ranges::count(kinds, Kind::relayed_elsewhere), 1) << "it is read, and passed on";
    EXPECT_EQ(std::ranges::count(kinds, Kind::retry), 2);
    EXPECT_EQ(deliver(large + std::string(20'000, 'y')).outcomes.at(0).kind, Kind::relayed_elsewhere)
        << "one alone may be larger";
}

TEST_F(TlsInboxTest, PassesOnMailThatIsNoReportAsItCame)
{
    const std::string letter = "From: a@example.org\r\nSubject: your reports\r\n\r\nThey do not arrive.\r\n";
    auto report = deliver(letter);
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::relayed_elsewhere);
    ASSERT_TRUE(queue::wait_for(queue_->settle(last_, std::move(report))).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, "relay");
    EXPECT_TRUE(due[0].require_tls);
    EXPECT_EQ(due[0].recipients.at(0).address, "tlsrpt@acme.test");
    EXPECT_EQ(read(due[0].content), letter);
}

// RFC 8460 §3: "Reports lacking such a signature MUST be ignored by the recipient."
TEST_F(TlsInboxTest, PassesOnAReportThatItsSenderDidNotSign)
{
    const std::string mail = unsigned_mail_of(make_report());
    for (const auto& text :
         {mail, signed_by("evil.test", mail), signed_by("mail.example.org", mail), mail_of(make_report()) + "x\r\n"})
        EXPECT_EQ(deliver(text).outcomes.at(0).kind, Kind::relayed_elsewhere);
    EXPECT_TRUE(value_of(reports_->list_received({})).empty());
    EXPECT_EQ(deliver(signed_by("example.org", mail, "slow")).outcomes.at(0).kind, Kind::retry);
}

TEST_F(TlsInboxTest, TakesNoReportForProvenWhoseFromCouldNameAnother)
{
    const auto mail_from = [](const std::string& from) {
        std::string text = unsigned_mail_of(make_report());
        const std::string plain = "From: noreply@example.org\r\n";
        text.replace(text.find(plain), plain.size(), "From: " + from + "\r\n");
        return signed_by("example.org", text);
    };
    for (const char* from : {"noreply@example.org, ceo..x@bank.test", "noreply@example.org, \"CEO\" ceo@bank.test",
                             "noreply@example.org, x@evil.test"})
        EXPECT_EQ(deliver(mail_from(from)).outcomes.at(0).kind, Kind::relayed_elsewhere) << from;
    EXPECT_TRUE(value_of(reports_->list_received({})).empty());
    EXPECT_EQ(deliver(mail_from("Reports <noreply@EXAMPLE.org>, tls@example.org")).outcomes.at(0).kind, Kind::delivered);
}

TEST_F(TlsInboxTest, PassesOnWhatCannotBeReadAndWhatIsTooLarge)
{
    auto broken = mail_of(make_report());
    broken.replace(broken.find("H4sI"), 8, "AAAAAAAA");  // the head of the gzip stream
    EXPECT_EQ(deliver(broken).outcomes.at(0).kind, Kind::relayed_elsewhere);
    EXPECT_EQ(deliver("Subject: x\r\n\r\n" + std::string(100'000, 'x')).outcomes.at(0).kind, Kind::relayed_elsewhere);
    EXPECT_TRUE(value_of(reports_->list_received({})).empty());
}

TEST_F(TlsInboxTest, TriesAgainWhenTheStoreIsNotAtHand)
{
    const auto rename = [&](const char* sql) {
        ASSERT_TRUE(database_->write_now([&](db::Connection& connection) { return connection.execute(sql); }).has_value());
    };
    rename("alter table tlsreports_received_policy rename to away");
    EXPECT_EQ(deliver(mail_of(make_report())).outcomes.at(0).kind, Kind::retry);
    rename("alter table away rename to tlsreports_received_policy");
    EXPECT_EQ(deliver(mail_of(make_report())).outcomes.at(0).kind, Kind::delivered);
}

}  // namespace
}  // namespace sealpost::tlsreports
