#include "serve/identity/judgement.hpp"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

namespace sealpost::identity {
namespace {

const IpAddress first = IpAddress::v4({192, 0, 2, 10});
const IpAddress second = IpAddress::v4({192, 0, 2, 11});

dmarc::Discovery publish(std::string_view record)
{
    dmarc::Discovery discovery;
    discovery.state = dmarc::Discovery::State::found;
    discovery.record = dmarc::parse_record(record).value();
    discovery.domain = "partner.test";
    discovery.text = record;
    return discovery;
}

Evidence give(spf::Verdict one, spf::Verdict other = spf::Verdict::pass)
{
    Evidence evidence;
    evidence.domain = "partner.test";
    evidence.spf = {{first, one, "", ""}, {second, other, "", ""}};
    return evidence;
}

TEST(SendingIdentity, IsThePersonsWhenSpfPassesAndThereIsNoDmarcRecord)
{
    const auto judgement = decide(give(spf::Verdict::pass));
    EXPECT_EQ(judgement.sent_as, SentAs::person);
    EXPECT_EQ(judgement.reason, Reason::authorised);
    EXPECT_EQ(judgement.dmarc.outcome, dmarc::Outcome::none);
}

TEST(SendingIdentity, IsThePersonsWhenAStrictRejectPolicyIsSatisfied)
{
    auto evidence = give(spf::Verdict::pass);
    evidence.dmarc = publish("v=DMARC1; p=reject; aspf=s; adkim=s");
    const auto judgement = decide(std::move(evidence));
    EXPECT_EQ(judgement.sent_as, SentAs::person);
    EXPECT_EQ(judgement.dmarc.outcome, dmarc::Outcome::pass);
    EXPECT_TRUE(judgement.dmarc.spf_aligned);
    EXPECT_FALSE(judgement.dmarc.dkim_aligned);
}

TEST(SendingIdentity, AlignsTheKeyForThePersonsDomainToo)
{
    auto evidence = give(spf::Verdict::pass);
    evidence.dmarc = publish("v=DMARC1; p=reject; adkim=s");
    evidence.signing_domain = "partner.test";
    EXPECT_TRUE(decide(std::move(evidence)).dmarc.dkim_aligned);
}

struct Objection {
    spf::Verdict verdict;
    Reason reason;
};
class EachSpfVerdict : public testing::TestWithParam<Objection> {};

TEST_P(EachSpfVerdict, ButPassMeansTheServicesName)
{
    const auto [verdict, reason] = GetParam();
    for (const auto& evidence : {give(verdict), give(spf::Verdict::pass, verdict)}) {
        const auto judgement = decide(evidence);
        EXPECT_EQ(judgement.sent_as, SentAs::service) << spf::format_verdict(verdict);
        EXPECT_EQ(judgement.reason, reason) << spf::format_verdict(verdict);
    }
}

INSTANTIATE_TEST_SUITE_P(Spf, EachSpfVerdict,
                         testing::Values(Objection{spf::Verdict::none, Reason::spf_missing},
                                         Objection{spf::Verdict::neutral, Reason::spf_not_pass},
                                         Objection{spf::Verdict::softfail, Reason::spf_not_pass},
                                         Objection{spf::Verdict::fail, Reason::spf_not_pass},
                                         Objection{spf::Verdict::permerror, Reason::spf_broken},
                                         Objection{spf::Verdict::temperror, Reason::spf_unknown}));

TEST(SendingIdentity, IsTheServicesThoughAKeyOfOursWouldSatisfyDmarcAlone)
{
    auto evidence = give(spf::Verdict::fail);
    evidence.dmarc = publish("v=DMARC1; p=reject");
    evidence.signing_domain = "partner.test";
    const auto judgement = decide(std::move(evidence));
    EXPECT_EQ(judgement.sent_as, SentAs::service);
    EXPECT_EQ(judgement.dmarc.outcome, dmarc::Outcome::pass);
}

TEST(SendingIdentity, IsTheServicesWhileTheDmarcRecordCannotBeAskedFor)
{
    auto evidence = give(spf::Verdict::pass);
    evidence.dmarc.state = dmarc::Discovery::State::temporary;
    const auto judgement = decide(std::move(evidence));
    EXPECT_EQ(judgement.sent_as, SentAs::service);
    EXPECT_EQ(judgement.reason, Reason::dmarc_unknown);
}

TEST(SendingIdentity, IsTheServicesWithoutSendingAddressesOrADomain)
{
    Evidence evidence;
    evidence.domain = "partner.test";
    EXPECT_EQ(decide(evidence).reason, Reason::no_send_addresses);
    EXPECT_EQ(decide(evidence).sent_as, SentAs::service);
    EXPECT_EQ(decide({}).reason, Reason::no_domain);
    EXPECT_EQ(decide({}).sent_as, SentAs::service);
}

TEST(SendingIdentity, KeepsFewOfTheWordsOfStrangersAndThoseAgainstUsFirst)
{
    Evidence evidence;
    evidence.domain = "partner.test";
    for (std::uint8_t i = 0; i < 200; ++i) evidence.spf.push_back({IpAddress::v4({192, 0, 2, i}), spf::Verdict::pass, "", ""});
    evidence.spf.back().verdict = spf::Verdict::softfail;
    std::string long_text(2, 'x');
    for (int i = 0; i < 1000; ++i) long_text += "é";
    evidence.spf.back().problem = long_text;
    evidence.dmarc = publish("v=DMARC1; p=reject");
    evidence.dmarc.text = long_text + long_text;
    const auto object = to_json(decide(std::move(evidence)));
    const auto& spf = object.at("spf").as_array();
    EXPECT_EQ(spf.size(), 16U);
    EXPECT_EQ(spf[0].at("result").as_string(), "softfail");
    EXPECT_EQ(spf[0].at("address").as_string(), "192.0.2.199");
    EXPECT_LT(boost::json::serialize(object).size(), 4000U);
    EXPECT_EQ(object.at("sent_as").as_string(), "service");
    EXPECT_EQ(object.at("reason").as_string(), "spf_not_pass");
    EXPECT_EQ(object.at("dmarc").at("policy").as_string(), "reject");
}

}  // namespace
}  // namespace sealpost::identity
