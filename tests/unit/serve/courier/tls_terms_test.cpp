#include "serve/courier/tls_terms.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using TlsaStatus = route::TlsaSet::Status;
using StsStatus = route::StsFinding::Status;
using Mode = route::StsPolicy::Mode;

HostFacts facts_for(TlsDemand demand)
{
    HostFacts facts;
    facts.demand = demand;
    facts.host = "mx.acme.test";
    facts.mx_of = "acme.test";
    facts.mx_secure = true;
    return facts;
}

HostFacts with_tlsa(HostFacts facts, TlsaStatus status)
{
    facts.tlsa.emplace();
    facts.tlsa->status = status;
    facts.tlsa->problem = status == TlsaStatus::failed ? "SERVFAIL" : "";
    facts.tlsa->records_failed = status == TlsaStatus::failed;
    if (status != TlsaStatus::usable) return facts;
    facts.tlsa->base = "mx.acme.test";
    facts.tlsa->records = {*route::parse_tlsa("3 1 1 " + std::string(64, 'a'))};
    return facts;
}

HostFacts with_sts(HostFacts facts, Mode mode, const std::string& mx)
{
    facts.sts.emplace();
    facts.sts->status = StsStatus::found;
    facts.sts->policy.mode = mode;
    facts.sts->policy.mx = {mx};
    return facts;
}

HostFacts with_sts(HostFacts facts, StsStatus status)
{
    facts.sts.emplace();
    facts.sts->status = status;
    return facts;
}

TEST(TlsTerms, AreThoseOfThePlainLevels)
{
    struct Case {
        TlsDemand demand;
        bool use_tls, required, pkix;
    };
    for (const Case& given : {Case{TlsDemand::none, false, false, false}, Case{TlsDemand::preferred, true, false, false},
                              Case{TlsDemand::required, true, true, false}, Case{TlsDemand::preferred_verify, true, false, true},
                              Case{TlsDemand::required_verify, true, true, true}}) {
        EXPECT_FALSE(asks_tlsa(given.demand, false));
        const HostRuling ruling = rule_host(facts_for(given.demand));
        EXPECT_EQ(ruling.terms.use_tls, given.use_tls) << format_tls_demand(given.demand);
        EXPECT_EQ(ruling.terms.required, given.required) << format_tls_demand(given.demand);
        EXPECT_EQ(ruling.terms.pkix, given.pkix) << format_tls_demand(given.demand);
        EXPECT_TRUE(ruling.forbidden.empty());
    }
}

TEST(TlsTerms, MakeTlsaRecordsMandatoryWhereTheyArePublished)
{
    for (const TlsDemand demand : {TlsDemand::dane, TlsDemand::dane_required, TlsDemand::mta_sts, TlsDemand::proven}) {
        const HostRuling usable = rule_host(with_tlsa(facts_for(demand), TlsaStatus::usable));
        EXPECT_TRUE(usable.terms.required);
        EXPECT_FALSE(usable.terms.pkix);
        EXPECT_EQ(usable.terms.tlsa.size(), 1U);
        EXPECT_EQ(usable.terms.names, (std::vector<std::string>{"mx.acme.test", "acme.test"}));
        EXPECT_EQ(usable.policy_type, TlsPolicyType::tlsa);
        const HostRuling failed = rule_host(with_tlsa(facts_for(demand), TlsaStatus::failed));
        EXPECT_FALSE(failed.forbidden.empty());
        EXPECT_TRUE(failed.undecided);
        EXPECT_EQ(failed.result, TlsResult::dnssec_invalid);
        EXPECT_TRUE(rule_host(with_tlsa(facts_for(demand), TlsaStatus::unusable)).terms.required);
    }
}

TEST(TlsTerms, WithoutTlsaRecordsAreThoseOfTheLevelBelow)
{
    for (const TlsaStatus status : {TlsaStatus::none, TlsaStatus::insecure}) {
        const HostRuling dane = rule_host(with_tlsa(facts_for(TlsDemand::dane), status));
        EXPECT_TRUE(dane.forbidden.empty());
        EXPECT_FALSE(dane.terms.required);
        const HostRuling required = rule_host(with_tlsa(facts_for(TlsDemand::dane_required), status));
        EXPECT_EQ(required.result, TlsResult::dane_required);
        EXPECT_FALSE(required.forbidden.empty());
        EXPECT_FALSE(required.undecided);
        EXPECT_TRUE(rule_host(with_tlsa(facts_for(TlsDemand::proven), status)).terms.pkix);
    }
    EXPECT_EQ(rule_host(with_tlsa(facts_for(TlsDemand::dane_required), TlsaStatus::unusable)).result, TlsResult::tlsa_invalid);
}

TEST(TlsTerms, FollowAnMtaStsPolicy)
{
    const HostRuling enforced = rule_host(with_sts(facts_for(TlsDemand::mta_sts), Mode::enforce, "*.acme.test"));
    EXPECT_TRUE(enforced.terms.required && enforced.terms.pkix && enforced.terms.is_listed);
    EXPECT_EQ(enforced.policy_type, TlsPolicyType::sts);
    const HostRuling outside = rule_host(with_sts(facts_for(TlsDemand::mta_sts), Mode::enforce, "mx.partner.test"));
    EXPECT_FALSE(outside.forbidden.empty());
    EXPECT_FALSE(outside.undecided);
    const HostRuling testing = rule_host(with_sts(facts_for(TlsDemand::mta_sts), Mode::testing, "mx.partner.test"));
    EXPECT_TRUE(testing.forbidden.empty() && testing.is_tested);
    EXPECT_FALSE(testing.terms.required);
    EXPECT_EQ(testing.policy_type, TlsPolicyType::sts);
}

// RFC 8461 §5: "as though it does not have any active policy".
TEST(TlsTerms, OfAPolicyOfModeNoneAreThoseWithoutAPolicy)
{
    HostFacts facts = with_sts(facts_for(TlsDemand::mta_sts), Mode::none, "mx.acme.test");
    const HostRuling ruling = rule_host(facts);
    EXPECT_FALSE(ruling.terms.is_listed || ruling.terms.required || ruling.is_tested);
    EXPECT_EQ(ruling.policy_type, TlsPolicyType::no_policy_found);
    EXPECT_TRUE(ruling.policy.empty());
    EXPECT_TRUE(ruling.mx_patterns.empty());
    facts.mx_secure = false;
    facts.require_tls = true;
    EXPECT_FALSE(rule_host(facts).forbidden.empty()) << "it vouches for nothing";
}

// A report tells a domain what is its own.
TEST(TlsTerms, GiveTheReportNoResultOfWhatIsNotTheDomains)
{
    HostFacts addresses = with_tlsa(facts_for(TlsDemand::dane), TlsaStatus::failed);
    EXPECT_EQ(rule_host(addresses).result, TlsResult::dnssec_invalid);
    addresses.tlsa->records_failed = false;
    EXPECT_TRUE(rule_host(addresses).undecided);
    EXPECT_FALSE(rule_host(addresses).result.has_value()) << "it may publish no TLSA records at all";
    const HostRuling unknown = rule_host(with_sts(facts_for(TlsDemand::mta_sts), StsStatus::unknown));
    EXPECT_TRUE(unknown.undecided);
    EXPECT_FALSE(unknown.result.has_value()) << "our DNS, our store, our limits";
    HostFacts of_the_sender = facts_for(TlsDemand::preferred);
    of_the_sender.require_tls = true;
    of_the_sender.mx_secure = false;
    EXPECT_FALSE(rule_host(of_the_sender).forbidden.empty());
    EXPECT_FALSE(rule_host(of_the_sender).result.has_value());
    HostFacts unvalidated = with_tlsa(facts_for(TlsDemand::dane_required), TlsaStatus::insecure);
    EXPECT_EQ(rule_host(unvalidated).result, TlsResult::dane_required);
    unvalidated.tlsa->unvalidated = true;
    EXPECT_FALSE(rule_host(unvalidated).result.has_value());
}

TEST(TlsTerms, GoOnWithoutAPolicyThatCannotBeHadButNotWithoutAnAnswer)
{
    EXPECT_FALSE(rule_host(with_sts(facts_for(TlsDemand::mta_sts), StsStatus::problem)).terms.required);
    EXPECT_FALSE(rule_host(with_sts(facts_for(TlsDemand::mta_sts), StsStatus::none)).terms.required);
    EXPECT_TRUE(rule_host(with_sts(facts_for(TlsDemand::proven), StsStatus::problem)).terms.pkix);
    const HostRuling unknown = rule_host(with_sts(facts_for(TlsDemand::mta_sts), StsStatus::unknown));
    EXPECT_TRUE(unknown.undecided);
}

TEST(TlsTerms, LetDaneTakePrecedenceOverMtaSts)
{
    const HostFacts both =
        with_sts(with_tlsa(facts_for(TlsDemand::mta_sts), TlsaStatus::usable), Mode::enforce, "mx.partner.test");
    const HostRuling ruling = rule_host(both);
    EXPECT_TRUE(ruling.forbidden.empty());
    EXPECT_FALSE(ruling.terms.pkix);
    EXPECT_EQ(ruling.terms.tlsa.size(), 1U);
}

TEST(TlsTerms, OfRequiretlsNeedAHostWhoseNameIsKnownForCertain)
{
    HostFacts facts = facts_for(TlsDemand::preferred);
    facts.require_tls = true;
    const HostRuling signed_mx = rule_host(facts);
    EXPECT_TRUE(signed_mx.terms.require_tls && signed_mx.terms.required && signed_mx.terms.pkix);
    EXPECT_TRUE(signed_mx.forbidden.empty());
    facts.mx_secure = false;
    EXPECT_FALSE(rule_host(facts).forbidden.empty());
    EXPECT_TRUE(rule_host(with_sts(facts, Mode::testing, "mx.acme.test")).forbidden.empty());
    EXPECT_FALSE(rule_host(with_sts(facts, Mode::testing, "mx.partner.test")).forbidden.empty());
    EXPECT_TRUE(rule_host(with_sts(facts, StsStatus::unknown)).undecided);
    EXPECT_FALSE(rule_host(facts).may_pass);
    facts.mx_of.clear();  // a route names it
    EXPECT_TRUE(rule_host(facts).forbidden.empty());
    facts.demand = TlsDemand::none;
    EXPECT_TRUE(rule_host(facts).terms.use_tls);
    EXPECT_FALSE(rule_host(with_tlsa(facts, TlsaStatus::usable)).terms.pkix);
}

TEST(TlsTerms, OfRequiretlsMayChangeWhileAPolicyCannotBeHad)
{
    using Fault = route::StsFinding::Fault;
    HostFacts facts = facts_for(TlsDemand::preferred);
    facts.require_tls = true;
    facts.mx_secure = false;
    for (const Fault fault : {Fault::fetch, Fault::certificate, Fault::invalid}) {
        HostFacts without = with_sts(facts, StsStatus::problem);
        HostFacts not_renewed = with_sts(facts, Mode::enforce, "mx.partner.test");
        HostFacts listed = with_sts(facts, Mode::enforce, "mx.acme.test");
        for (HostFacts* each : {&without, &not_renewed, &listed}) each->sts->fault = fault;
        for (const HostFacts& each : {without, not_renewed}) {
            EXPECT_FALSE(rule_host(each).forbidden.empty());
            EXPECT_EQ(rule_host(each).may_pass, fault != Fault::invalid) << "what was had and says nothing is a no";
        }
        EXPECT_TRUE(rule_host(listed).forbidden.empty());
        EXPECT_FALSE(rule_host(listed).may_pass);
    }
}

TEST(TlsTerms, OfRequiretlsMayChangeWhileNoAnswerCanBeValidated)
{
    HostFacts facts = with_tlsa(facts_for(TlsDemand::preferred), TlsaStatus::insecure);
    facts.require_tls = true;
    EXPECT_FALSE(rule_host(facts).may_pass);
    facts.tlsa->unvalidated = true;
    EXPECT_TRUE(rule_host(facts).forbidden.empty());
    EXPECT_TRUE(rule_host(facts).may_pass) << "a certificate that proves nothing might fit TLSA records";
    facts.mx_secure = false;
    EXPECT_FALSE(rule_host(facts).forbidden.empty());
    EXPECT_TRUE(rule_host(facts).may_pass);
}

}  // namespace
}  // namespace sealpost::courier
