#include "wire/dmarc/report.hpp"
#include "wire/archive/archive.hpp"
#include "wire/dmarc/report_mail.hpp"
#include "wire/dmarc/vector_files.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"

#include <algorithm>

namespace sealpost::dmarc {
namespace {

AggregateReport make_report(std::size_t rows = 2)
{
    AggregateReport report;
    report.organisation = "Acme & <Partners>";
    report.email = "dmarc@acme.test";
    report.contact = "https://acme.test/dmarc";
    report.id = "20261124.7@mx1.acme.test";
    report.begin = WallTime(std::chrono::seconds(1'795'478'400));
    report.end = WallTime(std::chrono::seconds(1'795'564'799));
    report.errors = {"3 more messages stand in no record"};
    report.policy = {"example.org", Alignment::strict, Alignment::relaxed, Policy::reject, Policy::quarantine, 25, "1:d"};
    for (std::size_t i = 0; i < rows; ++i) {
        ReportRow row;
        row.source = *parse_ip(i % 2 == 0 ? "192.0.2." + std::to_string(i % 250) : "2001:db8::" + std::to_string(i % 1000));
        row.count = i + 1;
        row.disposition = i % 2 == 0 ? Policy::quarantine : Policy::none;
        row.dkim_aligned = i % 2 == 1;
        row.reasons = {{"sampled_out", ""}, {"local_policy", "a \"list\" we know"}};
        row.envelope_to = "acme.test";
        row.envelope_from = "bounce.example.org";
        row.header_from = "example.org";
        row.dkim = {{"example.org", "s1", "fail", "the body was changed"}, {"list.test", "", "pass", ""}};
        row.spf = {{"bounce.example.org", "mfrom", "softfail"}};
        report.rows.push_back(std::move(row));
    }
    return report;
}

void expect_equal(const AggregateReport& read, const AggregateReport& written)
{
    EXPECT_EQ(read.organisation, written.organisation);
    EXPECT_EQ(read.email, written.email);
    EXPECT_EQ(read.contact, written.contact);
    EXPECT_EQ(read.id, written.id);
    EXPECT_EQ(read.begin, written.begin);
    EXPECT_EQ(read.end, written.end);
    EXPECT_EQ(read.errors, written.errors);
    EXPECT_EQ(read.policy, written.policy);
    ASSERT_EQ(read.rows.size(), written.rows.size());
    for (std::size_t i = 0; i < read.rows.size(); ++i) {
        const ReportRow &a = read.rows[i], &b = written.rows[i];
        EXPECT_EQ(a.source, b.source);
        EXPECT_EQ(a.count, b.count);
        EXPECT_EQ(a.disposition, b.disposition);
        EXPECT_EQ(a.dkim_aligned, b.dkim_aligned);
        EXPECT_EQ(a.spf_aligned, b.spf_aligned);
        EXPECT_EQ(a.reasons, b.reasons);
        EXPECT_EQ(a.envelope_to, b.envelope_to);
        EXPECT_EQ(a.envelope_from, b.envelope_from);
        EXPECT_EQ(a.header_from, b.header_from);
        EXPECT_EQ(a.dkim, b.dkim);
        EXPECT_EQ(a.spf, b.spf);
    }
}

TEST(DmarcReport, ReadsWhatItWrites)
{
    const auto report = make_report();
    const auto read = parse_xml(format_xml(report));
    ASSERT_TRUE(read.has_value()) << read.error().text;
    expect_equal(*read, report);
}

TEST(DmarcReport, WritesTextThatXmlCannotHoldInAnotherWay)
{
    auto report = make_report(1);
    report.rows[0].header_from = std::string("a\0b\x01]]>&<\xff", 10);
    const auto read = parse_xml(format_xml(report));
    ASSERT_TRUE(read.has_value()) << read.error().text;
    EXPECT_EQ(read->rows[0].header_from, "a b ]]>&<\xef\xbf\xbd");
}

TEST(DmarcReport, ReadsNoControlCharacters)
{
    std::string xml = format_xml(make_report(1));
    xml.replace(xml.find("dmarc@acme.test"), 15, "&#1;a&#10;b&#x7f;");
    const auto read = parse_xml(xml);
    ASSERT_TRUE(read.has_value()) << read.error().text;
    EXPECT_EQ(read->email, "a b");
}

TEST(DmarcReport, CutsAnErrorThatIsTooLongBetweenCharacters)
{
    auto report = make_report(1);
    ReportLimits limits;
    report.errors = {std::string(limits.max_text_bytes - 1, 'a') + "\xc3\xa9 and more"};
    const auto read = parse_xml(format_xml(report), limits);
    ASSERT_TRUE(read.has_value()) << read.error().text;
    EXPECT_EQ(read->errors, std::vector{std::string(limits.max_text_bytes - 1, 'a')});
}

TEST(DmarcReportVectors, OfTheWildAreRead)
{
    const auto folder = test::vectors() / "reports/good";
    const auto table = test::read_table(folder / "EXPECTED");
    for (const auto& row : table) {
        const auto report = parse_xml(test::read_whole(folder / (row[0] + ".xml")));
        ASSERT_TRUE(report.has_value()) << row[0] << ": " << report.error().text;
        std::uint64_t messages = 0, passed = 0;
        for (const auto& each : report->rows) {
            messages += each.count;
            if (each.dkim_aligned || each.spf_aligned) passed += each.count;
        }
        EXPECT_EQ(report->organisation, row[1]) << row[0];
        EXPECT_EQ(report->id, row[2]) << row[0];
        EXPECT_EQ(report->policy.domain, row[3]) << row[0];
        EXPECT_EQ(std::to_string(report->rows.size()), row[4]) << row[0];
        EXPECT_EQ(std::to_string(messages), row[5]) << row[0];
        EXPECT_EQ(std::to_string(passed), row[6]) << row[0];
        const std::string told = join(report->errors, "\n");
        EXPECT_EQ(told.empty(), row[7] == "-") << row[0] << ": " << told;
        EXPECT_TRUE(row[7] == "-" || told.starts_with(row[7])) << row[0] << ": " << told;
    }
    EXPECT_GE(table.size(), 19U);
}

TEST(DmarcReportVectors, WithOneFaultAreRefusedByItsName)
{
    const auto folder = test::vectors() / "reports/refused";
    const auto table = test::read_table(folder / "EXPECTED");
    for (const auto& row : table) {
        const auto report = parse_xml(test::read_whole(folder / (row[0] + ".xml")));
        ASSERT_TRUE(report.has_error()) << row[0];
        EXPECT_EQ(report.error().fault, Fault::peer_broke_it) << row[0];
        EXPECT_NE(report.error().text.find(row[1]), std::string::npos) << row[0] << ": " << report.error().text;
    }
    EXPECT_GE(table.size(), 40U);
}

TEST(DmarcReport, HasLimitsAtTheirEdges)
{
    const std::string xml = format_xml(make_report(3));
    ReportLimits limits;
    limits.max_rows = 3;
    limits.max_xml_bytes = xml.size();
    limits.max_tags = static_cast<std::size_t>(std::ranges::count(xml, '<'));
    EXPECT_TRUE(parse_xml(xml, limits).has_value());
    auto tighter = limits;
    --tighter.max_rows;
    EXPECT_TRUE(parse_xml(xml, tighter).has_error());
    tighter = limits;
    --tighter.max_xml_bytes;
    EXPECT_TRUE(parse_xml(xml, tighter).has_error());
    tighter = limits;
    --tighter.max_tags;
    EXPECT_TRUE(parse_xml(xml, tighter).has_error());
    std::size_t results = 0;
    for (const auto& row : make_report(3).rows) results += row.dkim.size() + row.spf.size() + row.reasons.size();
    tighter = limits;
    tighter.max_all_results = results;
    EXPECT_TRUE(parse_xml(xml, tighter).has_value());
    --tighter.max_all_results;
    EXPECT_TRUE(parse_xml(xml, tighter).has_error());
}

TEST(DmarcReport, CountsRecordsThatCannotBeRead)
{
    auto report = make_report(3);
    report.errors.clear();
    std::string xml = format_xml(report);
    const std::string word = "<disposition>quarantine</disposition>";
    xml.replace(xml.find(word), word.size(), "<disposition>delete</disposition>");
    ReportLimits limits;
    limits.max_rows = 3;
    const auto read = parse_xml(xml, limits);
    ASSERT_TRUE(read.has_value()) << read.error().text;
    EXPECT_EQ(read->rows.size(), 2U);
    ASSERT_EQ(read->errors.size(), 1U);
    EXPECT_TRUE(read->errors[0].starts_with("not read: 1 of 3 records (record 1: ")) << read->errors[0];
    --limits.max_rows;
    EXPECT_TRUE(parse_xml(xml, limits).has_error());
}

TEST(DmarcReport, TellsOfRecordsThatItLeftOutAlsoBesideManyErrors)
{
    auto report = make_report(2);
    report.errors.assign(ReportLimits().max_results, "an error");
    std::string xml = format_xml(report);
    const std::string word = "<disposition>quarantine</disposition>";
    xml.replace(xml.find(word), word.size(), "");
    const auto read = parse_xml(xml);
    ASSERT_TRUE(read.has_value()) << read.error().text;
    EXPECT_EQ(read->errors.size(), report.errors.size());
    EXPECT_TRUE(read->errors.back().starts_with("not read: 1 of 2 records")) << read->errors.back();
    EXPECT_TRUE(parse_xml(format_xml(*read)).has_value());
}

// zip files by the book: what `zip` writes is in tests/vectors.
std::string little(std::uint32_t number, int bytes)
{
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
    return out;
}

TEST(ReportArchive, IsUnpackedAsItWasPacked)
{
    const std::string xml = format_xml(make_report(500));
    const std::string packed = archive::pack(xml);
    EXPECT_LT(packed.size(), xml.size() / 10);
    EXPECT_EQ(archive::pack(xml), packed);
    EXPECT_EQ(archive::unpack(packed, xml.size()).value(), xml);
    EXPECT_TRUE(archive::unpack(packed, xml.size() - 1).has_error());
    EXPECT_EQ(archive::unpack(packed + packed, 2 * xml.size()).value(), xml + xml);  // RFC 1952: members
    EXPECT_EQ(archive::unpack(xml, xml.size()).value(), xml);
    EXPECT_TRUE(archive::unpack(xml, xml.size() - 1).has_error());
    EXPECT_EQ(archive::unpack(archive::pack(""), 0).value(), "");
}

TEST(ReportArchive, ThatIsCutOrChangedIsRefused)
{
    const std::string packed = archive::pack(format_xml(make_report(20)));
    for (std::size_t bytes = 2; bytes < packed.size(); bytes += 7)
        EXPECT_TRUE(archive::unpack(packed.substr(0, bytes), 1'000'000).has_error()) << bytes;
    std::string changed = packed;
    changed[packed.size() - 6] = static_cast<char>(changed[packed.size() - 6] ^ 1);  // in the checksum
    EXPECT_TRUE(archive::unpack(changed, 1'000'000).has_error());
    EXPECT_TRUE(archive::unpack(packed + "rest", 1'000'000).has_error());
}

TEST(ReportArchive, DoesNotGrowBeyondItsLimit)
{
    const std::string bomb = archive::pack(std::string(50'000'000, 'a'));
    EXPECT_LT(bomb.size(), 60'000U);
    EXPECT_EQ(archive::unpack(bomb, 16 * 1024 * 1024).error().fault, Fault::peer_broke_it);
    std::string members;
    for (int i = 0; i < 100; ++i) members += archive::pack("a");
    EXPECT_EQ(archive::unpack(members, 1000).value(), std::string(100, 'a'));
    EXPECT_EQ(archive::unpack(members + archive::pack("a"), 1000).error().fault, Fault::peer_broke_it);
}

TEST(ReportArchive, OfZipIsReadAndChecked)
{
    const auto folder = test::vectors() / "archives";
    const std::string xml = test::read_whole(test::vectors() / "reports/good/by-the-schema.xml");
    for (const char* name : {"deflated", "stored", "with-comment", "with-folder", "only-file-without-xml-name", "streamed"})
        EXPECT_EQ(archive::unpack(test::read_whole(folder / (std::string(name) + ".zip")), 100'000).value(), xml) << name;
    for (const char* name : {"encrypted", "bzip2", "no-xml", "many-files", "bomb"})
        EXPECT_EQ(archive::unpack(test::read_whole(folder / (std::string(name) + ".zip")), 1'000'000).error().fault,
                  Fault::peer_broke_it)
            << name;
}

TEST(ReportArchive, OfZipThatIsCutOrChangedIsRefused)
{
    const std::string zip = test::read_whole(test::vectors() / "archives/deflated.zip");
    const std::string xml = test::read_whole(test::vectors() / "reports/good/by-the-schema.xml");
    for (std::size_t bytes = 2; bytes < zip.size(); ++bytes)
        EXPECT_TRUE(archive::unpack(zip.substr(0, bytes), 100'000).has_error()) << bytes;
    for (std::size_t at = 2; at < zip.size(); ++at) {
        std::string changed = zip;
        changed[at] = static_cast<char>(changed[at] ^ 0xff);
        const auto unpacked = archive::unpack(changed, 100'000);
        if (unpacked.has_value()) {
            EXPECT_EQ(*unpacked, xml) << at;  // a date, perhaps
        }
    }
    // A directory that says its file lies beyond the end.
    std::string beyond = zip;
    const std::size_t entry = zip.find("PK\1\2");
    beyond.replace(entry + 42, 4, little(0xfffffff0U, 4));
    EXPECT_TRUE(archive::unpack(beyond, 100'000).has_error());
}

ReportMail make_mail()
{
    ReportMail mail;
    mail.from = "dmarc-reports@acme.test";
    mail.to = {"d@example.org", "e@example.net"};
    mail.submitter = "mx1.acme.test";
    mail.organisation = "Acme";
    mail.policy_domain = "example.org";
    mail.report_id = "20261124.7@mx1.acme.test";
    mail.unique = "7";
    mail.begin = WallTime(std::chrono::seconds(1'795'478'400));
    mail.end = WallTime(std::chrono::seconds(1'795'564'799));
    mail.at = WallTime(std::chrono::seconds(1'795'570'000));
    return mail;
}

TEST(ReportMail, HasTheNamesThatTheRfcWants)
{
    const auto report = make_report();
    const std::string message = format_report_mail(make_mail(), archive::pack(format_xml(report)));
    const auto head = mail::HeaderBlock::parse(message.substr(0, *mail::find_end_of_head(message))).value();
    EXPECT_EQ(head.find("Subject"), "Report Domain: example.org Submitter: mx1.acme.test Report-ID: <20261124.7@mx1.acme.test>");
    EXPECT_EQ(head.find("From"), "dmarc-reports@acme.test");
    EXPECT_EQ(head.find("To"), "d@example.org, e@example.net");
    std::vector<std::string> names;
    ASSERT_TRUE(mail::visit_parts(message, [&](mail::Part&& part) {
                    names.push_back(part.type + " " + part.name);
                    return true;
                }).has_value());
    EXPECT_EQ(names, (std::vector<std::string>{"text/plain ",
                                               "application/gzip mx1.acme.test!example.org!1795478400!1795564799!7.xml.gz"}));
    const auto read = read_report_mail(message);
    ASSERT_EQ(read.state, ReceivedReport::State::report) << read.problem;
    expect_equal(read.report, report);
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

TEST(ReportMail, IsReadWhateverItsPartIsCalled)
{
    const std::string xml = format_xml(make_report(1));
    const auto state_of = [](const std::string& message) { return read_report_mail(message).state; };
    EXPECT_EQ(state_of(mail_with("r.xml.gz", "application/octet-stream", archive::pack(xml))), ReceivedReport::State::report);
    EXPECT_EQ(state_of(mail_with("noname", "application/octet-stream", archive::pack(xml))), ReceivedReport::State::report);
    EXPECT_EQ(state_of(mail_with("r.xml", "text/xml", xml)), ReceivedReport::State::report);
    EXPECT_EQ(state_of(mail_with("r.bin", "application/gzip", archive::pack(xml))), ReceivedReport::State::report);
    const std::string only_part =
        "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: application/gzip\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n" +
        mail::encode_base64_lines(archive::pack(xml));
    EXPECT_EQ(state_of(only_part), ReceivedReport::State::report);
}

TEST(ReportMail, TellsABrokenReportFromAMailWithoutOne)
{
    EXPECT_EQ(read_report_mail("From: a@example.org\r\nSubject: your reports\r\n\r\nThey do not arrive.\r\n").state,
              ReceivedReport::State::none);
    EXPECT_EQ(read_report_mail(mail_with("photo.jpg", "image/jpeg", "\xff\xd8\xff")).state, ReceivedReport::State::none);
    EXPECT_EQ(read_report_mail(mail_with("r.xml.gz", "application/gzip", "\x1f\x8bnonsense")).state,
              ReceivedReport::State::broken);
    EXPECT_EQ(read_report_mail(mail_with("r.xml", "text/xml", "<feedback/>")).state, ReceivedReport::State::broken);
}

}  // namespace
}  // namespace sealpost::dmarc
