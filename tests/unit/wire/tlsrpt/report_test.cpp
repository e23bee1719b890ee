#include "wire/tlsrpt/report.hpp"

#include "wire/archive/archive.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"
#include "wire/tlsrpt/report_mail.hpp"

#include <gmock/gmock.h>

namespace sealpost::tlsrpt {
namespace {

using testing::HasSubstr;

constexpr std::chrono::seconds midnight{1'795'478'400};

Report make_report()
{
    Report report;
    report.organisation = "Acme & \"Partners\"";
    report.contact = "postmaster@acme.test";
    report.id = "20261124.7@mx1.acme.test";
    report.begin = WallTime(midnight);
    report.end = WallTime(midnight + std::chrono::seconds(86399));
    PolicyResult sts;
    sts.policy = {PolicyType::sts, {"version: STSv1", "mode: enforce", "mx: *.partner.test"}, "partner.test", {"*.partner.test"}};
    sts.succeeded = 5326;
    sts.failed = 303;
    sts.failures = {{"certificate-expired", 100, "192.0.2.1", "mx1.partner.test", "mx1", "2001:db8::5", "", "it ended yesterday"},
                    {"starttls-not-supported", 203, "", "mx2.partner.test", "", "", "https://acme.test/why", ""}};
    PolicyResult none;
    none.policy.domain = "partner.test";
    none.succeeded = 1;
    report.policies = {sts, none};
    return report;
}

void expect_equal(const Report& read, const Report& written)
{
    EXPECT_EQ(read.organisation, written.organisation);
    EXPECT_EQ(read.contact, written.contact);
    EXPECT_EQ(read.id, written.id);
    EXPECT_EQ(read.begin, written.begin);
    EXPECT_EQ(read.end, written.end);
    EXPECT_EQ(read.policies, written.policies);
}

TEST(TlsReport, ReadsWhatItWrites) { expect_equal(parse_json(format_json(make_report())).value(), make_report()); }

TEST(TlsReport, HasTheMembersOfTheRfc)
{
    const std::string text = format_json(make_report());
    for (
        const char* part :
        {R"("start-datetime":"2026-11-24T00:00:00Z","end-datetime":"2026-11-24T23:59:59Z")", R"("policy-type":"sts")",
         R"("policy-string":["version: STSv1","mode: enforce","mx: *.partner.test"])", R"("mx-host":["*.partner.test"])",
         R"("total-successful-session-count":5326,"total-failure-session-count":303)", R"("result-type":"certificate-expired")",
         R"("sending-mta-ip":"192.0.2.1","receiving-mx-hostname":"mx1.partner.test","receiving-mx-helo":"mx1","receiving-ip":"2001:db8::5")",
         R"("failed-session-count":100,"failure-reason-code":"it ended yesterday")",
         R"("policy":{"policy-type":"no-policy-found","policy-domain":"partner.test"})"})
        EXPECT_THAT(text, HasSubstr(part));
}

// As RFC 8460 appendix B has it, with mx-host as one text.
constexpr std::string_view of_others = R"({
  "organization-name": "Example Org",
  "date-range": {"start-datetime": "2026-11-24T00:00:00Z", "end-datetime": "2026-11-24T23:59:59+00:00"},
  "contact-info": "sts@example.org",
  "report-id": "5065427c-23d3",
  "more": {"than": ["we", "know"]},
  "policies": [{
    "policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing"], "policy-domain": "Acme.test",
               "mx-host": "*.mail.acme.test"},
    "summary": {"total-successful-session-count": 5326, "total-failure-session-count": 303},
    "failure-details": [{"result-type": "something-new", "failed-session-count": 303, "receiving-ip": null}]
  }]
})";

TEST(TlsReport, ReadsWhatOthersWrite)
{
    const auto report = parse_json(of_others).value();
    EXPECT_EQ(report.end, WallTime(midnight + std::chrono::seconds(86399)));
    ASSERT_EQ(report.policies.size(), 1U);
    EXPECT_EQ(report.policies[0].policy.domain, "acme.test");
    EXPECT_EQ(report.policies[0].policy.mx_patterns, std::vector<std::string>{"*.mail.acme.test"});
    EXPECT_EQ(report.policies[0].failures.at(0).result, "something-new");
    EXPECT_EQ(parse_json("\xef\xbb\xbf" + std::string(of_others)).value().id, "5065427c-23d3");
}

std::string with(std::string_view what, std::string_view instead)
{
    std::string text(of_others);
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), instead);
}

TEST(TlsReport, RefusesWhatIsMissingOrSenseless)
{
    const std::vector<std::pair<std::string_view, std::string_view>> changes = {{"\"organization-name\"", "\"organisation\""},
                                                                                {"\"report-id\"", "\"id\""},
                                                                                {"date-range", "range"},
                                                                                {"2026-11-24T00:00:00Z", "yesterday"},
                                                                                {"2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"},
                                                                                {"\"sts\"", "\"later\""},
                                                                                {"\"policy-domain\"", "\"domain\""},
                                                                                {"5326", "-1"},
                                                                                {"5326", "1.5"},
                                                                                {"5326", "18446744073709551615"},
                                                                                {"5326", "\"many\""},
                                                                                {"\"summary\"", "\"sum\""},
                                                                                {"\"result-type\"", "\"result\""},
                                                                                {"\"failed-session-count\"", "\"n\""},
                                                                                {"\"Example Org\"", "7"},
                                                                                {"\"something-new\"", "[]"},
                                                                                {"\"mode: testing\"", "12"}};
    for (const auto& [what, instead] : changes)
        EXPECT_EQ(parse_json(with(what, instead)).error().fault, Fault::peer_broke_it) << what << " -> " << instead;
    for (const char* text : {"", "[]", "{}", "null", "{\"policies\":[]}", "{\"a\":"})
        EXPECT_TRUE(parse_json(text).has_error()) << text;
}

TEST(TlsReport, KeepsItsLimits)
{
    ReportLimits limits;
    limits.max_json_bytes = of_others.size();
    EXPECT_TRUE(parse_json(of_others, limits).has_value());
    --limits.max_json_bytes;
    EXPECT_TRUE(parse_json(of_others, limits).has_error());
    EXPECT_TRUE(parse_json(with("[\"we\"", std::string(40, '[') + std::string(40, ']') + ",[\"we\"")).has_error()) << "too deep";
    EXPECT_TRUE(parse_json(with(
                               "\"we\"", "0" +
                                             [] {
                                                 std::string zeros;
                                                 for (int i = 0; i < 500'000; ++i) zeros += ",0";
                                                 return zeros;
                                             }()))
                    .has_error());
    EXPECT_TRUE(parse_json(with("Example Org", std::string(3000, 'x'))).has_error());
    Report many = make_report();
    many.policies.assign(1001, many.policies[1]);
    EXPECT_TRUE(parse_json(format_json(many)).has_error());
    many.policies.assign(1, make_report().policies[0]);
    many.policies[0].failures.assign(20'001, many.policies[0].failures[0]);
    EXPECT_TRUE(parse_json(format_json(many)).has_error());
}

ReportMail make_mail()
{
    ReportMail mail;
    mail.from = "tls-reports@acme.test";
    mail.to = {"a@partner.test", "b@partner.test"};
    mail.submitter = "mx1.acme.test";
    mail.organisation = "Acme";
    mail.policy_domain = "partner.test";
    mail.report_id = "20261124.7@mx1.acme.test";
    mail.unique = "7";
    mail.begin = WallTime(midnight);
    mail.end = WallTime(midnight + std::chrono::seconds(86399));
    mail.at = WallTime(midnight + std::chrono::seconds(90000));
    return mail;
}

TEST(TlsReportMail, HasTheNamesThatTheRfcWants)
{
    const auto message = format_report_mail(make_mail(), archive::pack(format_json(make_report())));
    const auto head = mail::HeaderBlock::parse(message.substr(0, *mail::find_end_of_head(message))).value();
    EXPECT_EQ(head.find("Subject"), "Report Domain: partner.test Submitter: mx1.acme.test Report-ID: <20261124.7@mx1.acme.test>");
    EXPECT_EQ(head.find("TLS-Report-Domain"), "partner.test");
    EXPECT_EQ(head.find("TLS-Report-Submitter"), "mx1.acme.test");
    EXPECT_EQ(head.find("TLS-Required"), "No");
    EXPECT_THAT(head.find("Content-Type").value_or(""), HasSubstr("multipart/report; report-type=\"tlsrpt\""));
    std::vector<std::string> names;
    ASSERT_TRUE(mail::visit_parts(message, [&](mail::Part&& part) {
                    names.push_back(part.type + " " + part.name);
                    return true;
                }).has_value());
    EXPECT_EQ(names, (std::vector<std::string>{
                         "text/plain ", "application/tlsrpt+gzip mx1.acme.test!partner.test!1795478400!1795564799!7.json.gz"}));
    const auto read = read_report_mail(message);
    ASSERT_EQ(read.state, ReceivedReport::State::report) << read.problem;
    expect_equal(read.report, make_report());
}

std::string mail_with(std::string_view name, std::string_view type, std::string_view content)
{
    mail::MimeWriter writer;
    std::string message = writer.begin_mixed({{"From", "a@example.org"}, {"Subject", "x"}});
    message += writer.add_text("see attached");
    message += writer.begin_attachment(name, type);
    message += writer.append(content);
    message += writer.end_attachment();
    message += writer.end();
    return message;
}

TEST(TlsReportMail, IsReadWhateverItsPartIsCalled)
{
    const std::string text(of_others);
    const auto state_of = [](const std::string& message) { return read_report_mail(message).state; };
    EXPECT_EQ(state_of(mail_with("r", "application/tlsrpt+json", text)), ReceivedReport::State::report);
    EXPECT_EQ(state_of(mail_with("r.json", "application/octet-stream", text)), ReceivedReport::State::report);
    EXPECT_EQ(state_of(mail_with("r", "application/tlsrpt+gzip", archive::pack(text))), ReceivedReport::State::report);
    EXPECT_EQ(state_of(mail_with("r", "application/octet-stream", archive::pack(text))), ReceivedReport::State::report);
}

TEST(TlsReportMail, TellsABrokenReportFromAMailWithoutOne)
{
    const auto state_of = [](const std::string& message) { return read_report_mail(message).state; };
    EXPECT_EQ(state_of("From: a@example.org\r\n\r\nYour reports do not arrive.\r\n"), ReceivedReport::State::none);
    EXPECT_EQ(state_of(mail_with("photo.jpg", "image/jpeg", "\xff\xd8\xff")), ReceivedReport::State::none);
    EXPECT_EQ(state_of(mail_with("r.json.gz", "application/gzip", "\x1f\x8bnonsense")), ReceivedReport::State::broken);
    EXPECT_EQ(state_of(mail_with("r.json", "application/json", "{}")), ReceivedReport::State::broken);
}

TEST(TlsReportMail, IsNotSearchedForLongAmongBrokenReports)
{
    const auto with_broken = [](int broken) {
        std::string mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
        for (int i = 0; i < broken; ++i) mail += "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n{}\r\n";
        return mail + "--b\r\nContent-Type: application/tlsrpt+json\r\n\r\n" + std::string(of_others) + "\r\n--b--\r\n";
    };
    EXPECT_EQ(read_report_mail(with_broken(2)).state, ReceivedReport::State::report);
    EXPECT_EQ(read_report_mail(with_broken(3)).state, ReceivedReport::State::broken);
}

}  // namespace
}  // namespace sealpost::tlsrpt
