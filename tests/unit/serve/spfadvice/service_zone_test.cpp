#include "serve/spfadvice/service_zone.hpp"

#include "serve/spfadvice/advice_world.hpp"

#include <gmock/gmock.h>

namespace sealpost::spfadvice {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

ServiceZone make_keys_zone()
{
    ServiceZone zone;
    zone.name = "keys.test";
    zone.mail_host = "mx1.keys.test";
    zone.mail_addresses = {*parse_ip("192.0.2.9"), *parse_ip("2001:db8::9")};
    zone.senders = {*parse_ip("192.0.2.10"), *parse_ip("2001:db8::5"), *parse_ip("192.0.2.10")};
    zone.dkim.push_back({"s1._domainkey.keys.test", "v=DKIM1; k=rsa; p=" + std::string(360, 'A')});
    zone.name_servers = {{"mx1.keys.test", {}}};
    return zone;
}

std::vector<std::string> lines_of(const std::vector<ZoneRecord>& records)
{
    std::vector<std::string> lines;
    for (const auto& record : records) lines.push_back(record.name + ' ' + record.type + ' ' + record.data);
    return lines;
}

TEST(ServiceZone, NamesASenderAsTheMacroDoes)
{
    EXPECT_EQ(sender_name(*parse_ip("192.0.2.10"), "keys.test"), "192.0.2.10.spf.keys.test");
    // RFC 7208 §7.4 shows this form of %{i}.
    EXPECT_EQ(sender_name(*parse_ip("2001:db8::cb01"), "keys.test"),
              "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1.spf.keys.test");
}

TEST(ServiceZone, HoldsWhatOthersInclude)
{
    const auto lines = lines_of(make_records(make_keys_zone()));
    EXPECT_THAT(lines, Contains("keys.test. MX 10 mx1.keys.test."));
    EXPECT_THAT(lines, Contains("mx1.keys.test. A 192.0.2.9"));
    EXPECT_THAT(lines, Contains("mx1.keys.test. AAAA 2001:db8::9"));
    EXPECT_THAT(lines, Contains("keys.test. TXT \"v=spf1 mx:keys.test exists:%{i}.spf.keys.test -all\""));
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "192.0.2.10.spf.keys.test. A 127.0.0.2"), 1);
    EXPECT_THAT(lines, Contains(HasSubstr("_dmarc.keys.test. TXT \"v=DMARC1; p=reject")));
    EXPECT_THAT(lines, Contains(HasSubstr("s1._domainkey.keys.test. TXT \"v=DKIM1; k=rsa; \" \"p=AAAA")));
    for (const auto& line : lines) EXPECT_EQ(line.find(" SOA "), std::string::npos);
}

TEST(ServiceZone, LetsItsSendersSayHeloByTheNameThatTheyUse)
{
    auto zone = make_keys_zone();
    zone.helo_host = "out.keys.test";
    auto lines = lines_of(make_records(zone));
    EXPECT_EQ(std::count(lines.begin(), lines.end(), "out.keys.test. A 192.0.2.10"), 1);
    EXPECT_THAT(lines, Contains("out.keys.test. AAAA 2001:db8::5"));
    EXPECT_THAT(lines, Contains("out.keys.test. TXT \"v=spf1 exists:%{i}.spf.keys.test -all\""));
    zone.helo_host = zone.mail_host;  // where mail is received stays where it is
    lines = lines_of(make_records(zone));
    EXPECT_THAT(lines, Not(Contains("mx1.keys.test. A 192.0.2.10")));
    EXPECT_THAT(lines, Contains("mx1.keys.test. TXT \"v=spf1 exists:%{i}.spf.keys.test -all\""));
    for (const char* elsewhere : {"out.example.org", "keys.test", ""}) {
        zone.helo_host = elsewhere;
        EXPECT_EQ(make_records(zone).size(), lines.size() - 1) << elsewhere;
    }
}

TEST(ServiceZone, LeavesAddressesOfOtherZonesToThem)
{
    auto zone = make_keys_zone();
    zone.mail_host = "mx1.example.org";
    for (const auto& line : lines_of(make_records(zone))) EXPECT_EQ(line.find("mx1.example.org. A"), std::string::npos);
    zone.mail_host = "mx1.otherkeys.test";  // ends like the zone, and stands elsewhere
    for (const auto& line : lines_of(make_records(zone))) EXPECT_EQ(line.find("mx1.otherkeys.test. A"), std::string::npos);
}

TEST(ServiceZone, AsksForTheAddressOfANameServerInside)
{
    auto zone = make_keys_zone();
    EXPECT_TRUE(make_whole_zone(zone).has_value());
    zone.name_servers = {{"ns1.keys.test", {}}};
    EXPECT_EQ(make_whole_zone(zone).error().fault, Fault::config);
    zone.name_servers.front().addresses.push_back(*parse_ip("192.0.2.53"));
    const auto lines = lines_of(make_whole_zone(zone).value());
    EXPECT_THAT(lines.front(), HasSubstr("keys.test. SOA ns1.keys.test. hostmaster.keys.test. 1 "));
    EXPECT_THAT(lines, Contains("ns1.keys.test. A 192.0.2.53"));
    zone.name_servers.clear();
    EXPECT_EQ(make_whole_zone(zone).error().fault, Fault::config);
}

// The zone as a resolver would see it.
std::string canned_zone(const ServiceZone& zone)
{
    std::string text;
    for (const auto& record : make_records(zone)) {
        std::string data = record.data;
        for (std::size_t at = 0; (at = data.find("\" \"", at)) != std::string::npos;) data.erase(at, 3);
        text += record.name + ' ' + record.type + ' ' + data + '\n';
    }
    return text;
}

TEST(ServiceZone, LetsEachSendingAddressPassAndNoOther)
{
    const auto zone = make_keys_zone();
    dns::CannedResolver resolver(canned_zone(zone) + "acme.test TXT v=spf1 -all\n");
    const auto advice = advise_here(resolver, {"acme.test", "keys.test", zone.senders});
    EXPECT_EQ(advice.conclusion, Conclusion::publish);
    std::vector<std::string> passed;
    for (const auto& change : advice.proof.changed) passed.push_back(format_ip(change.probe.ip));
    EXPECT_THAT(passed, testing::UnorderedElementsAre("192.0.2.9", "192.0.2.10", "2001:db8::5", "2001:db8::9"));
}

}  // namespace
}  // namespace sealpost::spfadvice
