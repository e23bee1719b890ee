#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/route/mail_hosts.hpp"
#include "wire/route/tls_finding.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sealpost::route {
namespace {

using Status = MailHosts::Status;

MailHosts find(std::string_view zone, std::string domain = "acme.test")
{
    dns::CannedResolver resolver(zone);
    std::optional<MailHosts> hosts;
    async::run_here([&]() -> Task<void> {
        auto found = co_await find_mail_hosts(resolver, domain, Deadline::after(std::chrono::seconds(20)));
        hosts = std::move(found);
    });
    return *hosts;
}

TEST(FindMailHosts, OrdersMxByPreference)
{
    const MailHosts hosts = find("acme.test MX 20 b.test\nacme.test MX 10 a.test\n");
    EXPECT_EQ(hosts.status, Status::found);
    EXPECT_EQ(hosts.hosts, (std::vector<MailHost>{{10, "a.test"}, {20, "b.test"}}));
}

TEST(FindMailHosts, FallsBackToTheDomainsOwnAddress)
{
    const MailHosts hosts = find("acme.test AAAA 2001:db8::1\n");
    EXPECT_EQ(hosts.status, Status::implicit);
    EXPECT_EQ(hosts.hosts, (std::vector<MailHost>{{0, "acme.test"}}));
}

TEST(FindMailHosts, SaysWhenTheMxAnswerCouldNotBeValidatedForTheMoment)
{
    for (const std::string zone : {"acme.test MX 10 a.test\n", "acme.test A 192.0.2.1\n"}) {
        EXPECT_FALSE(find(zone).unvalidated);
        EXPECT_TRUE(find(zone + "acme.test UNVALIDATED\n").unvalidated);
    }
}

TEST(FindMailHosts, TakesANullMxAtItsWord)
{
    EXPECT_EQ(find("acme.test MX 0 .\nacme.test A 192.0.2.1\n").status, Status::null_mx);
    EXPECT_EQ(find("acme.test MX 0 .\nacme.test MX 5 mx.test\n").hosts, (std::vector<MailHost>{{5, "mx.test"}}));
}

TEST(FindMailHosts, FindsNoneWhereThereIsNone)
{
    EXPECT_EQ(find("other.test A 192.0.2.1\n").status, Status::no_mail_host);
    EXPECT_EQ(find("acme.test TXT nothing\n").status, Status::no_mail_host);
    EXPECT_EQ(find("", "not a name").status, Status::no_mail_host);
}

TEST(FindMailHosts, DoesNotFallBackWhenDnsFails)
{
    EXPECT_EQ(find("acme.test MX TEMPORARY\nacme.test A 192.0.2.1\n").status, Status::dns_failure);
    EXPECT_EQ(find("acme.test A TEMPORARY\n").status, Status::dns_failure);
}

TEST(FindMailHosts, FollowsAnAliasOfTheDomain)
{
    EXPECT_EQ(find("acme.test CNAME real.test\nreal.test MX 10 mx.real.test\n").hosts,
              (std::vector<MailHost>{{10, "mx.real.test"}}));
}

TEST(TlsVerdict, HasTheNamesOfTheInterface)
{
    const std::vector<std::string> names{"ok",
                                         "missing_intermediate",
                                         "self_signed",
                                         "untrusted_root",
                                         "expired",
                                         "not_yet_valid",
                                         "name_mismatch",
                                         "weak_key",
                                         "weak_signature",
                                         "weak_protocol",
                                         "no_starttls",
                                         "starttls_refused",
                                         "handshake_failed",
                                         "unreachable",
                                         "refused_by_banner",
                                         "revoked",
                                         "dane_mismatch"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        EXPECT_EQ(format_verdict(static_cast<TlsVerdict>(i)), names[i]);
        EXPECT_EQ(parse_verdict(names[i]), static_cast<TlsVerdict>(i));
    }
    EXPECT_FALSE(parse_verdict("fine"));
}

TEST(TlsVerdict, TellsHowToMendEachInBothLanguages)
{
    std::set<std::string_view> fixes;
    for (int i = 1; i < 17; ++i) {
        for (const Language language : {Language::en, Language::fr}) {
            EXPECT_FALSE(explain_verdict(static_cast<TlsVerdict>(i), language).empty());
            fixes.insert(fix_for(static_cast<TlsVerdict>(i), language));
        }
    }
    EXPECT_EQ(fixes.size(), 32U);
    EXPECT_EQ(fix_for(TlsVerdict::ok, Language::en), "");
}

tls::PeerProof proof_with(crypto::ChainProblem problem)
{
    tls::PeerProof proof;
    proof.protocol = "TLSv1.3";
    proof.check.problem = problem;
    proof.chain_verified = problem == crypto::ChainProblem::none;
    proof.name_verified = true;
    return proof;
}

TEST(Classify, PutsProtocolBeforeChainBeforeName)
{
    EXPECT_EQ(classify(proof_with(crypto::ChainProblem::none)).verdict, TlsVerdict::ok);
    EXPECT_EQ(classify(proof_with(crypto::ChainProblem::missing_intermediate)).verdict, TlsVerdict::missing_intermediate);
    EXPECT_EQ(classify(proof_with(crypto::ChainProblem::revoked)).verdict, TlsVerdict::revoked);
    tls::PeerProof other_name = proof_with(crypto::ChainProblem::none);
    other_name.name_verified = false;
    EXPECT_EQ(classify(other_name).verdict, TlsVerdict::name_mismatch);
    tls::PeerProof expired = proof_with(crypto::ChainProblem::expired);
    expired.name_verified = false;
    EXPECT_EQ(classify(expired).verdict, TlsVerdict::expired);
    expired.protocol = "TLSv1.1";
    EXPECT_EQ(classify(expired).verdict, TlsVerdict::weak_protocol);
}

}  // namespace
}  // namespace sealpost::route
