#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/dns/rdata.hpp"
#include "sys/dns/verify_host.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sealpost::dns {
namespace {

using namespace std::string_literals;

const Deadline soon = Deadline::after(std::chrono::seconds(20));

VerifiedHost verify(std::string_view zone, std::string_view address)
{
    CannedResolver resolver(zone);
    return async::wait_here(verify_host(resolver, *parse_ip(address), soon));
}

TEST(VerifyHost, TakesANameThatLeadsBack)
{
    const auto host = verify("208.90.57.32 PTR mxnat1.res.test\nmxnat1.res.test A 208.90.57.32\n", "208.90.57.32");
    EXPECT_EQ(host.state, VerifiedHost::State::verified);
    EXPECT_EQ(host.name, "mxnat1.res.test");
    EXPECT_EQ(verify("2001:db8::1 PTR six.test\nsix.test AAAA 2001:db8::1\n", "2001:db8::1").state,
              VerifiedHost::State::verified);
}

TEST(VerifyHost, DoesNotBelieveAForgedPtr)
{
    const auto host = verify("192.0.2.66 PTR mxnat1.res.test\nmxnat1.res.test A 208.90.57.32\n", "192.0.2.66");
    EXPECT_EQ(host.state, VerifiedHost::State::mismatch);
    EXPECT_EQ(verify("192.0.2.66 PTR gone.test\n", "192.0.2.66").state, VerifiedHost::State::mismatch);
}

TEST(VerifyHost, WithoutPtrHasNone)
{
    EXPECT_EQ(verify("acme.test A 192.0.2.1\n", "192.0.2.2").state, VerifiedHost::State::none);
}

TEST(VerifyHost, FollowsAliasesInBothDirections)
{
    const auto host = verify(
        "192.0.2.1 CNAME 1.classless.test\n1.classless.test PTR alias.test\n"
        "alias.test CNAME real.test\nreal.test A 192.0.2.9\nreal.test A 192.0.2.1\n",
        "192.0.2.1");
    EXPECT_EQ(host.state, VerifiedHost::State::verified);
    EXPECT_EQ(host.name, "alias.test");
    EXPECT_EQ(verify("192.0.2.1 CNAME 1.classless.test\n1.classless.test TEMPORARY\n", "192.0.2.1").state,
              VerifiedHost::State::temporary);
}

TEST(VerifyHost, AsksForAddressesOfTheSameFamily)
{
    EXPECT_EQ(verify("192.0.2.1 PTR six.test\nsix.test AAAA 2001:db8::1\n", "192.0.2.1").state, VerifiedHost::State::mismatch);
}

TEST(VerifyHost, LeavesATemporaryFailureOpen)
{
    EXPECT_EQ(verify("192.0.2.1 TEMPORARY\n", "192.0.2.1").state, VerifiedHost::State::temporary);
    EXPECT_EQ(verify("192.0.2.1 PTR a.test\na.test TEMPORARY\n", "192.0.2.1").state, VerifiedHost::State::temporary);
    // One name does not lead back, the other could.
    constexpr auto two = "192.0.2.1 PTR a.test\n192.0.2.1 PTR b.test\na.test TEMPORARY\nb.test A 192.0.2.9\n";
    EXPECT_EQ(verify(two, "192.0.2.1").state, VerifiedHost::State::temporary);
}

TEST(VerifyHost, HandsOnEveryNameThatLeadsBackAndEveryOneThatIsOpen)
{
    const auto host = verify(
        "192.0.2.1 PTR a.test\n192.0.2.1 PTR b.test\n192.0.2.1 PTR c.test\n192.0.2.1 PTR d.test\n"
        "a.test TEMPORARY\nb.test A 192.0.2.1\nc.test A 192.0.2.9\nd.test A 192.0.2.1\n",
        "192.0.2.1");
    EXPECT_EQ(host.state, VerifiedHost::State::verified);
    EXPECT_EQ(host.name, "b.test");
    EXPECT_EQ(host.other_names, std::vector{"d.test"s});
    EXPECT_EQ(host.open_names, std::vector{"a.test"s});
    EXPECT_FALSE(host.problem.empty());
}

TEST(VerifyHost, KnowsTheOpenNamesUnlessThePtrItselfFails)
{
    EXPECT_EQ(verify("192.0.2.1 PTR a.test\na.test TEMPORARY\n", "192.0.2.1").open_names, std::vector{"a.test"s});
    EXPECT_TRUE(verify("192.0.2.1 TEMPORARY\n", "192.0.2.1").open_names.empty());
}

TEST(VerifyHost, LooksAtTenNamesOnly)
{
    std::string zone;
    for (int i = 0; i < 11; ++i) zone += "192.0.2.1 PTR n" + std::to_string(i) + ".test\n";
    zone += "n10.test A 192.0.2.1\n";
    EXPECT_EQ(verify(zone, "192.0.2.1").state, VerifiedHost::State::mismatch);
    zone += "n9.test A 192.0.2.1\n";
    EXPECT_EQ(verify(zone, "192.0.2.1").state, VerifiedHost::State::verified);
}

TEST(CannedResolver, KnowsNamesFromNoNames)
{
    const CannedResolver resolver("a.b.acme.test A 192.0.2.1\nwww.acme.test CNAME a.b.acme.test\nbad.test MX TEMPORARY\n");
    EXPECT_EQ(resolver.answer("a.b.acme.test.", Type::a).records, std::vector{"192.0.2.1"s});
    EXPECT_EQ(resolver.answer("b.acme.test", Type::a).status, Status::no_data);
    EXPECT_EQ(resolver.answer("c.acme.test", Type::a).status, Status::no_such_name);
    EXPECT_EQ(resolver.answer("WWW.acme.test", Type::a).canonical_name, "a.b.acme.test");
    EXPECT_EQ(resolver.answer("bad.test", Type::mx).status, Status::temporary);
    EXPECT_EQ(resolver.answer("bad.test", Type::a).status, Status::no_data);
    EXPECT_TRUE(CannedResolver("a.test UNVALIDATED\n").answer("a.test", Type::mx).unvalidated);
    EXPECT_THROW(CannedResolver("acme.test NONSENSE x"), std::invalid_argument);
}

TEST(Resolver, AnswersLocalhostItself)
{
    EXPECT_EQ(answer_localhost("mail.localhost", Type::a)->records, std::vector{"127.0.0.1"s});
    EXPECT_EQ(answer_localhost("localhost", Type::aaaa)->records, std::vector{"::1"s});
    EXPECT_EQ(answer_localhost("localhost", Type::mx)->status, Status::no_data);
    EXPECT_FALSE(answer_localhost("notlocalhost", Type::a));
}

TEST(FindAddresses, SaysWhenAFamilyIsMissing)
{
    CannedResolver resolver(
        "a.test A 192.0.2.1\na.test AAAA TEMPORARY\nb.test TEMPORARY\nc.test A 192.0.2.3\nc.test AAAA 2001:db8::3\n");
    const auto ask = [&](std::string name) { return async::wait_here(find_addresses(resolver, name, soon)); };
    EXPECT_EQ(ask("a.test").status, Status::found);
    EXPECT_FALSE(ask("a.test").complete);
    EXPECT_EQ(ask("b.test").status, Status::temporary);
    EXPECT_EQ(ask("c.test").addresses.size(), 2U);
    EXPECT_TRUE(ask("c.test").complete);
    EXPECT_EQ(ask("d.test").status, Status::no_such_name);
}

TEST(FindMx, SortsByPreference)
{
    CannedResolver resolver("acme.test MX 20 b.acme.test\nacme.test MX 5 c.acme.test\nacme.test MX 20 a.acme.test\n");
    const auto answer = async::wait_here(find_mx(resolver, "acme.test", soon));
    EXPECT_EQ(answer.records, (std::vector<Mx>{{5, "c.acme.test"}, {20, "a.acme.test"}, {20, "b.acme.test"}}));
}

TEST(NormaliseName, KeepsTheLimits)
{
    EXPECT_EQ(normalise_name("Acme.TEST."), "acme.test");
    EXPECT_FALSE(normalise_name(""));
    EXPECT_FALSE(normalise_name("a..test"));
    EXPECT_EQ(normalise_name("A b.test"), "a b.test");
    EXPECT_FALSE(normalise_name("a\tb.test"));
    EXPECT_FALSE(normalise_name("a\\b.test"));
    EXPECT_FALSE(normalise_name(std::string(64, 'a') + ".test"));
    EXPECT_TRUE(normalise_name(std::string(63, 'a') + ".test"));
    EXPECT_FALSE(normalise_name("\xc3\xa9.test"));
}

TEST(FormatRdata, ReadsEachType)
{
    EXPECT_EQ(format_rdata(Type::a, "\xc0\x00\x02\x01"s), "192.0.2.1");
    EXPECT_EQ(format_rdata(Type::mx, "\x00\x0a\x02mx\x04test\x00"s), "10 mx.test");
    EXPECT_EQ(format_rdata(Type::mx, "\x00\x00\x00"s), "0 .");
    EXPECT_EQ(format_rdata(Type::txt, "\x03v=s\x03pf1"s), "v=spf1");
    EXPECT_EQ(format_rdata(Type::ptr,
                           "\x03"
                           "a.b"
                           "\x04test\x00"s),
              "a\\.b.test");
    EXPECT_EQ(format_rdata(Type::tlsa, "\x03\x01\x01\xab\xcd"s), "3 1 1 abcd");
}

TEST(FormatRdata, RefusesWhatDoesNotFit)
{
    EXPECT_FALSE(format_rdata(Type::a, "\xc0\x00\x02"s));
    EXPECT_FALSE(format_rdata(Type::mx, "\x00\x0a"s));
    EXPECT_FALSE(format_rdata(Type::mx, "\x00\x0a\x05mx\x00"s));
    EXPECT_FALSE(format_rdata(Type::ptr, "\x02mx\x04test"s));
    EXPECT_FALSE(format_rdata(Type::ptr, "\x02mx\x00x"s));
    EXPECT_FALSE(format_rdata(Type::ptr, ""s));
    EXPECT_FALSE(format_rdata(Type::txt, "\x09v=s"s));
    EXPECT_FALSE(format_rdata(Type::tlsa, "\x03\x01\x01"s));
}

}  // namespace
}  // namespace sealpost::dns
