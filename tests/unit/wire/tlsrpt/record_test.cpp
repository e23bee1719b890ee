#include "wire/tlsrpt/record.hpp"

#include "sys/dns/canned_resolver.hpp"
#include "wire/dmarc/vector_files.hpp"

namespace sealpost::tlsrpt {
namespace {

using Kind = Address::Kind;
using State = Discovery::State;

TEST(TlsReportRecord, NamesAddressesOfMailAndOfTheWeb)
{
    const auto record = parse_record("v=TLSRPTv1;rua=mailto:tls%2Breports@partner.test,https://tls.partner.test/v1?x=1").value();
    const std::vector<Address> expected = {{Kind::mail, "tls+reports@partner.test"},
                                           {Kind::https, "https://tls.partner.test/v1?x=1"}};
    EXPECT_EQ(record.addresses, expected);
    EXPECT_TRUE(record.problems.empty());
}

TEST(TlsReportRecord, MayHaveSpacesAndExtensions)
{
    const auto record = parse_record("v=TLSRPTv1 ; x=later ;\trua=mailto:a@partner.test , mailto:b@partner.test; ").value();
    ASSERT_EQ(record.addresses.size(), 2U);
    EXPECT_EQ(record.addresses[1].where, "b@partner.test");
}

TEST(TlsReportRecord, LeavesOutAddressesThatCannotBeUsed)
{
    const auto record =
        parse_record("v=TLSRPTv1; rua=http://partner.test/,ftp://x,mailto:nobody,mailto:%zz@x.test,https://,mailto:a@b.test")
            .value();
    ASSERT_EQ(record.addresses.size(), 1U);
    EXPECT_EQ(record.addresses[0].where, "a@b.test");
    EXPECT_EQ(record.problems.size(), 5U);
}

TEST(TlsReportRecord, BoundsItsAddressesAndNamesEachOnce)
{
    std::string text = "v=TLSRPTv1; rua=mailto:a@b.test,mailto:a@b.test";
    EXPECT_EQ(parse_record(text).value().addresses.size(), 1U);
    for (int i = 0; i < 50; ++i) text += ",mailto:a" + std::to_string(i) + "@b.test";
    EXPECT_EQ(parse_record(text).value().addresses.size(), max_addresses);
    EXPECT_TRUE(parse_record(text + std::string(max_record_bytes, ' ')).has_error());
}

TEST(TlsReportRecord, IsNoneWithoutItsVersionOrAddresses)
{
    for (const char* text : {"", "v=TLSRPTv2; rua=mailto:a@b.test", "V=TLSRPTv1; rua=mailto:a@b.test", "v=TLSRPTv1",
                             "v=TLSRPTv11; rua=mailto:a@b.test", "rua=mailto:a@b.test; v=TLSRPTv1",
                             "v=TLSRPTv1; RUA=mailto:a@b.test", "v=TLSRPTv1; rua=mailto:a@b.test; rua=mailto:c@b.test"})
        EXPECT_EQ(parse_record(text).error().fault, Fault::peer_broke_it) << text;
}

Discovery find(std::string_view zone, const std::string& domain)
{
    dns::CannedResolver resolver(zone);
    return test::answer_of(find_record(resolver, domain, Deadline::never()));
}

TEST(TlsReportRecord, IsFoundBesideOtherTexts)
{
    constexpr std::string_view zone = R"(
_smtp._tls.partner.test TXT v=TLSRPTv1; rua=mailto:tls@partner.test
_smtp._tls.partner.test TXT something else
_smtp._tls.two.test TXT v=TLSRPTv1; rua=mailto:a@two.test
_smtp._tls.two.test TXT v=TLSRPTv1; rua=mailto:b@two.test
_smtp._tls.later.test TXT TEMPORARY
)";
    const auto found = find(zone, "partner.test");
    EXPECT_EQ(found.state, State::found);
    EXPECT_EQ(found.record.addresses.at(0).where, "tls@partner.test");
    EXPECT_EQ(find(zone, "two.test").state, State::broken);
    EXPECT_EQ(find(zone, "later.test").state, State::temporary);
    EXPECT_EQ(find(zone, "nothing.test").state, State::none);
    EXPECT_EQ(find(zone, std::string(250, 'x')).state, State::none);
}

}  // namespace
}  // namespace sealpost::tlsrpt
