#include "serve/hostfacts/asker.hpp"

#include "core/policy/compiled.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sealpost::hostfacts {
namespace {

using policy::compile;
using policy::ConnectionFacts;
using policy::HostState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view zone = R"(
192.0.2.1              PTR mx.partner.test
mx.partner.test        A   192.0.2.1
1.2.0.192.bl.test      A   127.0.0.2
1.2.0.192.wl.test      A   127.0.0.10
1.2.0.192.country.test TXT fr
1.2.0.192.score.test   TXT -3.5
2.2.0.192.bl.test      A   203.0.113.5
2.2.0.192.country.test TXT FRANCE
2.2.0.192.score.test   TXT 11
3.2.0.192.bl.test      A   127.255.255.254
3.2.0.192.country.test TXT FR
3.2.0.192.country.test TXT DE
4.2.0.192.bl.test      TEMPORARY
4.2.0.192.country.test TEMPORARY
4.2.0.192.score.test   TEMPORARY
5.2.0.192.bl.test      A   203.0.113.5
5.2.0.192.bl.test      A   127.0.0.4
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test A 127.0.0.2
192.0.2.6              PTR TEMPORARY
)";

constexpr std::string_view groups = R"(
[[sender_group]]
name = "INSIDE"
listener = "public"
policy = "RELAYED"
senders = ["10."]
[[sender_group]]
name = "LISTED"
listener = "public"
policy = "BLOCKED"
senders = ["dnslist[bl.test]", "dnslist[wl.test]"]
[[sender_group]]
name = "OTHERS"
listener = "public"
policy = "ACCEPTED"
senders = ["country[FR]", "SBRS[-10:-3]"]
)";

class AskerTest : public testing::Test {
protected:
    AskerTest()
    {
        options_.country = FactSource{{}, "country.test"};
        options_.reputation = FactSource{{}, "score.test"};
        options_.log = log::Log::silent().with(metrics_);
    }

    Asker make() { return {resolver_, options_}; }
    ConnectionFacts ask(const Asker& asker, const std::string& ip, std::string_view text = groups)
    {
        return async::wait_here(asker.ask(compile(text), "public", *parse_ip(ip)));
    }
    ConnectionFacts ask(const std::string& ip, std::string_view text = groups)
    {
        const Asker asker = make();
        return ask(asker, ip, text);
    }
    FactSource write(const std::string& name, std::string_view text) const
    {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return {folder_ / name, ""};
    }
    [[nodiscard]] std::string counted() const { return metrics_.format_text(); }

    log::Metrics metrics_ = log::Metrics::make();
    std::shared_ptr<dns::CannedResolver> resolver_ = std::make_shared<dns::CannedResolver>(zone);
    Options options_;
    test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
};

TEST_F(AskerTest, FindsNameListsCountryAndScore)
{
    const auto facts = ask("192.0.2.1");
    EXPECT_EQ(facts.host_state, HostState::verified);
    EXPECT_EQ(facts.host, "mx.partner.test");
    EXPECT_THAT(facts.dns_lists, ElementsAre("bl.test", "wl.test"));
    EXPECT_EQ(facts.country, "FR");
    EXPECT_EQ(facts.reputation, -3.5);
    EXPECT_THAT(counted(), HasSubstr(R"(sealpost_host_questions_total{question="dnslist",result="found"} 2)"));
    EXPECT_THAT(counted(), HasSubstr(R"(sealpost_host_questions_total{question="name",result="verified"} 1)"));
}

TEST_F(AskerTest, AsksNobodyWhoseAnswerCouldNotDecide)
{
    ask("10.0.0.1");
    EXPECT_THAT(resolver_->asked(), ElementsAre("1.0.0.10.in-addr.arpa PTR"));
    ask("10.0.0.2", "");
    EXPECT_EQ(resolver_->asked().size(), 2U);
}

TEST_F(AskerTest, AsksOnlyTheSourcesThatAreNamed)
{
    options_.country.reset();
    options_.reputation.reset();
    const auto facts = ask("192.0.2.1");
    EXPECT_EQ(facts.country, "");
    EXPECT_EQ(facts.reputation, std::nullopt);
    EXPECT_THAT(resolver_->asked(), UnorderedElementsAre("1.2.0.192.bl.test A", "1.2.0.192.wl.test A",
                                                         "1.2.0.192.in-addr.arpa PTR", "mx.partner.test A"));
}

TEST_F(AskerTest, TakesSenselessAnswersForNone)
{
    for (const char* ip : {"192.0.2.2", "192.0.2.3"}) {
        const auto facts = ask(ip);
        EXPECT_THAT(facts.dns_lists, IsEmpty());
        EXPECT_EQ(facts.country, "");
        EXPECT_EQ(facts.reputation, std::nullopt);
    }
    EXPECT_THAT(counted(), HasSubstr(R"({question="dnslist",result="senseless"} 2)"));
    EXPECT_THAT(counted(), HasSubstr(R"({question="country",result="senseless"} 2)"));
    EXPECT_THAT(counted(), HasSubstr(R"({question="reputation",result="senseless"} 1)"));
    EXPECT_THAT(ask("192.0.2.5").dns_lists, ElementsAre("bl.test"));  // one record that makes sense is enough
}

TEST_F(AskerTest, LetsAFailureStandForNotListed)
{
    const auto facts = ask("192.0.2.4");
    EXPECT_THAT(facts.dns_lists, IsEmpty());
    EXPECT_EQ(facts.country, "");
    EXPECT_EQ(facts.reputation, std::nullopt);
    for (const char* question : {"dnslist", "country", "reputation"})
        EXPECT_THAT(counted(), HasSubstr("{question=\"" + std::string(question) + "\",result=\"failed\"} 1"));
    EXPECT_EQ(ask("192.0.2.6").host_state, HostState::temporary);
}

TEST_F(AskerTest, AsksAboutIpv6ByItsNibbles) { EXPECT_THAT(ask("2001:db8::1").dns_lists, ElementsAre("bl.test")); }

// A list that never answers takes no longer than all questions together may.
class SilentList final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string name, dns::Type, Deadline deadline) override
    {
        if (name.ends_with(".bl.test")) waited.push_back(deadline);
        dns::Answer answer;
        if (name.ends_with(".arpa")) answer.status = dns::Status::no_such_name;
        [[maybe_unused]] const auto slept =
            co_await async::sleep_until(name.ends_with(".arpa") ? Deadline::after(std::chrono::milliseconds(0)) : deadline);
        co_return answer;
    }
    std::vector<Deadline> waited;
};

TEST_F(AskerTest, WaitsForAllListsTogetherNoLongerThanItMay)
{
    const auto silent = std::make_shared<SilentList>();
    options_.list_timeout = std::chrono::milliseconds(50);
    const Asker asker(silent, options_);
    const auto begun = Deadline::Clock::now();
    const auto facts = ask(asker, "192.0.2.1");
    EXPECT_EQ(facts.host_state, HostState::none);
    EXPECT_THAT(facts.dns_lists, IsEmpty());
    ASSERT_EQ(silent->waited.size(), 1U);
    EXPECT_LT(silent->waited.front().at() - begun, std::chrono::seconds(5));
    EXPECT_THAT(counted(), HasSubstr(R"({question="dnslist",result="failed"} 2)"));
}

TEST_F(AskerTest, ReadsFilesAndKeepsThemWhenANewOneIsBad)
{
    options_.country = write("countries.csv", "192.0.2.0/24,DE\n192.0.2.128/25,CH\n2001:db8::/32,FR\n");
    options_.reputation = write("scores.csv", "# ours\n0.0.0.0/0, -1\r\n192.0.2.1,9.5");
    Asker asker = make();
    EXPECT_EQ(ask(asker, "192.0.2.99").country, "");
    ASSERT_TRUE(asker.load().has_value());
    EXPECT_EQ(ask(asker, "192.0.2.99").country, "DE");
    EXPECT_EQ(ask(asker, "192.0.2.200").country, "CH");
    EXPECT_EQ(ask(asker, "2001:db8::7").country, "FR");
    EXPECT_EQ(ask(asker, "192.0.2.1").reputation, 9.5);
    EXPECT_EQ(ask(asker, "192.0.2.2").reputation, -1.0);
    EXPECT_EQ(ask(asker, "2001:db8::7").reputation, std::nullopt);
    write("countries.csv", "192.0.2.0/24,IT\n");
    write("scores.csv", "192.0.2.1,1\n192.0.2.1/33,1\n");
    const auto refused = asker.load();
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().fault, Fault::config);
    EXPECT_THAT(refused.error().text, HasSubstr("scores.csv: line 2"));
    EXPECT_EQ(ask(asker, "192.0.2.99").country, "DE");
    write("scores.csv", "");
    ASSERT_TRUE(asker.load().has_value());
    EXPECT_EQ(ask(asker, "192.0.2.99").country, "IT");
    EXPECT_EQ(ask(asker, "192.0.2.1").reputation, std::nullopt);
    std::filesystem::remove(folder_ / "countries.csv");
    EXPECT_EQ(asker.load().error().fault, Fault::config);
    EXPECT_EQ(ask(asker, "192.0.2.99").country, "IT");
}

class AskerTellsTest : public AskerTest {
protected:
    Findings find_out(const Asker& asker, ConnectionFacts host, Spared spared = {})
    {
        return async::wait_here(asker.find_out(compile(groups), std::move(host), std::move(spared)));
    }
    static ConnectionFacts host(const std::string& ip)
    {
        ConnectionFacts facts;
        facts.listener = "public";
        facts.ip = *parse_ip(ip);
        return facts;
    }
    static std::vector<Told> told(const Findings& findings)
    {
        std::vector<Told> each;
        for (const auto& question : findings.questions) each.push_back(question.told);
        return each;
    }
};

TEST_F(AskerTellsTest, WhatCameToEachQuestionInTheirOrder)
{
    const auto found = find_out(make(), host("192.0.2.1"));
    EXPECT_THAT(told(found), ElementsAre(Told::found, Told::found, Told::found, Told::found));
    EXPECT_EQ(found.questions.at(0).source, "bl.test");
    EXPECT_EQ(found.questions.at(0).asked, "1.2.0.192.bl.test A");
    EXPECT_EQ(found.questions.at(0).answer, "127.0.0.2");
    EXPECT_EQ(found.questions.at(1).source, "wl.test");
    EXPECT_EQ(found.questions.at(2).subject, Subject::country);
    EXPECT_EQ(found.questions.at(2).asked, "1.2.0.192.country.test TXT");
    EXPECT_EQ(found.questions.at(2).answer, "FR");
    EXPECT_EQ(found.questions.at(3).subject, Subject::reputation);
    EXPECT_EQ(found.facts.host, "mx.partner.test");
    EXPECT_THAT(told(find_out(make(), host("192.0.2.2"))),
                ElementsAre(Told::senseless, Told::not_found, Told::senseless, Told::senseless));
    const auto late = find_out(make(), host("192.0.2.4"));
    EXPECT_THAT(told(late), ElementsAre(Told::failed, Told::not_found, Told::failed, Told::failed));
    EXPECT_NE(late.questions.at(0).problem, "");
    EXPECT_NE(find_out(make(), host("192.0.2.6")).name_problem, "");
    EXPECT_THAT(find_out(make(), host("10.0.0.1")).questions, IsEmpty());
}

TEST_F(AskerTellsTest, SparesWhatIsGiven)
{
    auto known = host("192.0.2.1");
    known.host_state = HostState::mismatch;
    known.dns_lists = {"wl.test"};
    known.country = "DE";
    Spared spared;
    spared.name = spared.country = spared.reputation = true;
    spared.lists = {"bl.test", "wl.test"};
    const auto found = find_out(make(), known, spared);
    EXPECT_THAT(told(found), ElementsAre(Told::given, Told::given, Told::given, Told::given));
    EXPECT_THAT(resolver_->asked(), IsEmpty());
    EXPECT_EQ(found.facts.host_state, HostState::mismatch);
    EXPECT_THAT(found.facts.dns_lists, ElementsAre("wl.test"));
    EXPECT_EQ(found.facts.country, "DE");
    EXPECT_EQ(found.facts.reputation, std::nullopt);
    spared.lists = {"wl.test"};
    EXPECT_THAT(find_out(make(), known, spared).facts.dns_lists, ElementsAre("bl.test", "wl.test")) << "the other is asked";
}

TEST_F(AskerTellsTest, LeavesDnsAloneAndReadsFilesAllTheSame)
{
    options_.country = write("countries.csv", "192.0.2.0/24,DE\n");
    Spared spared;
    spared.dns = true;
    Asker asker = make();
    ASSERT_TRUE(asker.load().has_value());
    const auto found = find_out(asker, host("192.0.2.1"), spared);
    EXPECT_THAT(told(found), ElementsAre(Told::not_asked, Told::not_asked, Told::found, Told::not_asked));
    EXPECT_EQ(found.facts.country, "DE");
    EXPECT_EQ(found.questions.at(2).source, (folder_ / "countries.csv").string());
    EXPECT_EQ(found.questions.at(2).asked, "");
    EXPECT_THAT(resolver_->asked(), IsEmpty());
    options_.country.reset();
    EXPECT_EQ(find_out(make(), host("192.0.2.1"), spared).questions.at(2).told, Told::no_source);
}

TEST_F(AskerTellsTest, CountsNothingWhereItIsSilent)
{
    options_.country = write("countries.csv", "192.0.2.0/24,DE\n");
    Asker asker = make();
    ASSERT_TRUE(asker.load().has_value());
    const auto silent = asker.make_silent();
    EXPECT_EQ(find_out(*silent, host("192.0.2.1")).facts.country, "DE") << "with the tables that were read";
    EXPECT_THAT(counted(), testing::Not(HasSubstr("sealpost_host_questions_total{")));
    find_out(asker, host("192.0.2.1"));
    EXPECT_THAT(counted(), HasSubstr("sealpost_host_questions_total{"));
}

TEST(ListedName, StandsBelowTheZone)
{
    EXPECT_EQ(format_listed_name(*parse_ip("192.0.2.99"), "bl.test"), "99.2.0.192.bl.test");
    EXPECT_EQ(format_listed_name(*parse_ip("2001:db8::1"), "bl.test"),
              "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test");
}

}  // namespace
}  // namespace sealpost::hostfacts
