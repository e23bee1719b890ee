#include "core/traffic/summary.hpp"
#include "core/traffic/facts_fixture.hpp"

#include <gmock/gmock.h>

namespace sealpost::traffic {
namespace {

using policy::AuthResult;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Outcome refused_at_connect{policy::Stage::connect, 554, true};
constexpr Outcome refused_at_rcpt{policy::Stage::rcpt, 550, true};

ConnectionRecord named_connection(const std::string& host, const std::string& ip = "192.0.2.1")
{
    auto record = make_connection(ip);
    record.facts.host_state = policy::HostState::verified;
    record.facts.host = host;
    return record;
}

MessageRecord named_message(const std::string& host, TlsKind tls = TlsKind::none)
{
    auto record = make_message();
    record.facts.host_state = policy::HostState::verified;
    record.facts.host = host;
    record.tls = tls;
    return record;
}

MessageRecord message_from(const std::string& sender)
{
    auto record = make_message();
    record.sender = sender;
    return record;
}

policy::DmarcFacts dmarc_of(const std::string& author, AuthResult result)
{
    policy::DmarcFacts facts;
    facts.author_domain = author;
    facts.result = result;
    return facts;
}

Summary summarize(const Facts& facts, const Question& question = {}, const policy::Snapshot* policy = nullptr)
{
    SummaryTally tally(question, policy);
    for (const auto& record : facts.connections) tally.add(record);
    for (const auto& record : facts.messages) tally.add(record);
    return tally.sum();
}

Question by(Subject subject)
{
    Question question;
    question.by = subject;
    return question;
}

std::vector<std::string> names_of(const Summary& summary)
{
    std::vector<std::string> names;
    for (const auto& row : summary.rows) names.push_back(row.name);
    return names;
}

TEST(Summary, OfNothingHasNoRowsAndSaysSo)
{
    const auto summary = summarize({});
    EXPECT_THAT(summary.rows, IsEmpty());
    EXPECT_EQ(summary.all, Figures{});
    EXPECT_EQ(summary.connections.count + summary.messages.count, 0U);
    EXPECT_EQ(format_summary(summary, 10'000), "no connection and no message is known yet\n");
    EXPECT_THAT(format_summary(summary, 0), HasSubstr("keep is 0"));
    EXPECT_TRUE(to_json(summary, 10'000).at("known").at("messages").at("oldest_at").is_null());
}

TEST(Summary, CountsWhatEachHostSentAndHowItEnded)
{
    Facts facts;
    facts.connections = {named_connection("mx.partner.test"), named_connection("MX.partner.test"), make_connection("192.0.2.9")};
    facts.connections.back().outcome = refused_at_connect;
    facts.messages = {named_message("mx.partner.test", TlsKind::starttls), named_message("mx.partner.test", TlsKind::implicit),
                      named_message("mx.partner.test")};
    facts.messages.back().outcome = refused_at_rcpt;
    facts.messages.front().found.spf.emplace().mail_from = AuthResult::softfail;
    facts.messages.front().found.dkim = AuthResult::permerror;
    facts.messages.front().found.dmarc = dmarc_of("partner.test", AuthResult::fail);
    facts.messages.back().found.spf.emplace().mail_from = AuthResult::temperror;
    facts.messages.back().found.dkim = AuthResult::none;
    facts.messages.back().found.dmarc = dmarc_of("partner.test", AuthResult::pass);
    const auto summary = summarize(facts);
    ASSERT_THAT(names_of(summary), ElementsAre("mx.partner.test", "192.0.2.9"));
    const Figures partner{.connections = 2,
                          .messages = 3,
                          .messages_refused = 1,
                          .with_tls = 2,
                          .spf_failed = 1,
                          .dkim_failed = 1,
                          .dmarc_failed = 1};
    EXPECT_EQ(summary.rows.front().figures, partner);
    const Figures unnamed{.connections = 1, .connections_refused = 1};
    EXPECT_EQ(summary.rows.back().figures, unnamed);
    EXPECT_EQ(summary.all.connections, 3U);
    EXPECT_EQ(summary.all.messages, 3U);
}

TEST(Summary, CountsAResetAsARefusalAndAClientThatWentAsNone)
{
    Facts facts;
    facts.connections = {make_connection()};
    facts.connections.front().outcome = {policy::Stage::connect, 0, true};
    facts.messages = {make_message()};
    facts.messages.front().outcome = {policy::Stage::data, 0, true};
    const auto summary = summarize(facts);
    EXPECT_EQ(summary.all.connections_refused, 1U);
    EXPECT_EQ(summary.all.messages_refused, 0U);
}

TEST(Summary, PutsTheMostMessagesFirstThenConnectionsThenNames)
{
    Facts facts;
    for (const char* host : {"b.test", "a.test", "c.test", "c.test", "d.test"})
        facts.connections.push_back(named_connection(host));
    facts.messages = {named_message("d.test")};
    EXPECT_THAT(names_of(summarize(facts)), ElementsAre("d.test", "c.test", "a.test", "b.test"));
}

TEST(Summary, CountsWhatIsBeyondTheLimitAsOthers)
{
    Facts facts;
    for (const char* host : {"a.test", "a.test", "b.test", "c.test"})
        facts.messages.push_back(named_message(host, TlsKind::starttls));
    Question question;
    question.limit = 1;
    const auto summary = summarize(facts, question);
    EXPECT_THAT(names_of(summary), ElementsAre("a.test"));
    EXPECT_EQ(summary.other_rows, 2U);
    EXPECT_EQ(summary.others.messages, 2U);
    EXPECT_EQ(summary.others.with_tls, 2U);
    EXPECT_EQ(summary.all.messages, 4U);
    EXPECT_THAT(format_summary(summary, 10'000), HasSubstr("(2 more)"));
    question.limit = 3;
    EXPECT_EQ(summarize(facts, question).other_rows, 0U);
    EXPECT_THAT(format_summary(summarize(facts, question), 10'000), Not(HasSubstr("more)")));
}

TEST(Summary, ShowsOnlyRowsWithWhatIsAskedForTheMostOfItFirst)
{
    Facts facts;
    for (int i = 0; i < 5; ++i) facts.messages.push_back(named_message("large.test", TlsKind::starttls));
    facts.messages.push_back(named_message("large.test"));
    facts.messages.push_back(named_message("plain.test"));
    facts.messages.push_back(named_message("plain.test"));
    facts.messages.push_back(named_message("well.test", TlsKind::implicit));
    facts.connections = {named_connection("barred.test")};
    facts.connections.front().outcome = refused_at_connect;
    Question question;
    question.only = Concern::no_tls;
    const auto plain = summarize(facts, question);
    EXPECT_THAT(names_of(plain), ElementsAre("plain.test", "large.test"));
    EXPECT_EQ(plain.rows.back().figures.messages, 6U);  // the row is whole
    EXPECT_EQ(plain.all.messages, 9U);
    EXPECT_EQ(plain.other_rows, 0U);
    question.only = Concern::refused;
    EXPECT_THAT(names_of(summarize(facts, question)), ElementsAre("barred.test"));
    question.only = Concern::spf_failed;
    EXPECT_THAT(names_of(summarize(facts, question)), IsEmpty());
}

TEST(Summary, CountsFromATimeOnAndSaysHowFarItKnows)
{
    Facts facts;
    facts.messages = {named_message("new.test"), named_message("old.test")};
    facts.messages.back().at = noon - std::chrono::hours(2);
    facts.connections = {named_connection("old.test")};
    facts.connections.front().at = noon - std::chrono::hours(3);
    Question question;
    question.since = noon;
    const auto summary = summarize(facts, question);
    EXPECT_THAT(names_of(summary), ElementsAre("new.test"));
    EXPECT_EQ(summary.all.messages, 1U);
    EXPECT_EQ(summary.messages.count, 2U);
    EXPECT_EQ(summary.messages.oldest, noon - std::chrono::hours(2));
    EXPECT_EQ(summary.connections.oldest, noon - std::chrono::hours(3));
    EXPECT_THAT(format_summary(summary, 2), Not(HasSubstr("forgotten")));
    question.since = noon - std::chrono::hours(5);
    EXPECT_THAT(format_summary(summarize(facts, question), 2), HasSubstr("forgotten"));
    EXPECT_THAT(format_summary(summarize(facts, question), 3), Not(HasSubstr("forgotten")));  // there was no more to know
}

TEST(Summary, CountsOneListenerAndTellsOneThatNoFactIsOf)
{
    Facts facts;
    facts.messages = {named_message("inside.test"), named_message("outside.test")};
    facts.messages.front().facts.listener = "private";
    Question question;
    question.listener = "private";
    EXPECT_THAT(names_of(summarize(facts, question)), ElementsAre("inside.test"));
    question.since = noon + std::chrono::hours(1);
    EXPECT_TRUE(summarize(facts, question).knows_listener);
    question.listener = "pubic";
    EXPECT_FALSE(summarize(facts, question).knows_listener);
}

TEST(Summary, PutsAddressesIntoTheirNetworks)
{
    Facts facts;
    for (const char* ip :
         {"192.0.2.1", "192.0.2.250", "198.51.100.7", "2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"})
        facts.connections.push_back(make_connection(ip));
    EXPECT_THAT(names_of(summarize(facts, by(Subject::network))),
                ElementsAre("192.0.2.0/24", "2001:db8:0:1::/64", "198.51.100.0/24", "2001:db8:0:2::/64"));
}

TEST(Summary, NamesTheGroupThatAHostFallsIntoNow)
{
    const auto policy =
        compile(rat +
                "[[mail_flow_policy]]\nname = \"P\"\n[[sender_group]]\nname = \"PARTNERS\"\nlistener = \"public\"\n"
                "order = 1\npolicy = \"P\"\nsenders = [\".partner.test\"]\n");
    Facts facts;
    facts.connections = {named_connection("mx.partner.test"), named_connection("mx2.partner.test"),
                         named_connection("mx.stranger.test")};
    facts.messages = {named_message("mx.partner.test")};
    const auto summary = summarize(facts, by(Subject::group), policy.get());
    EXPECT_THAT(names_of(summary), ElementsAre("public/PARTNERS", "public/ALL"));
    EXPECT_EQ(summary.rows.front().figures.connections, 2U);
    EXPECT_THROW(SummaryTally{by(Subject::group)}, std::invalid_argument);
}

TEST(Summary, NamesDomainsOfSendersAndSaysWhereThereIsNone)
{
    Facts facts;
    facts.connections = {make_connection()};
    for (const char* sender : {"a@Partner.test", "b@partner.test", "", "anna"}) facts.messages.push_back(message_from(sender));
    auto summary = summarize(facts, by(Subject::sender_domain));
    EXPECT_THAT(names_of(summary), ElementsAre("partner.test", "(no domain)", "<>"));
    EXPECT_EQ(summary.all.connections, 0U);  // they have no sender
    facts.messages[0].found.dmarc = dmarc_of("Brand.test", AuthResult::fail);
    facts.messages[1].found.dmarc = dmarc_of("", AuthResult::permerror);
    summary = summarize(facts, by(Subject::author_domain));
    EXPECT_THAT(names_of(summary), ElementsAre("(unchecked)", "(no domain)", "brand.test"));
    EXPECT_EQ(summary.rows.back().figures.dmarc_failed, 1U);
}

TEST(Summary, CallsTlsAndResultsByTheirWords)
{
    Facts facts;
    facts.messages = {named_message("a.test", TlsKind::implicit), named_message("b.test", TlsKind::starttls), make_message()};
    facts.messages[0].found.spf.emplace().mail_from = AuthResult::pass;
    facts.messages[1].found.dkim = AuthResult::temperror;
    facts.messages[2].found.dmarc = dmarc_of("brand.test", AuthResult::fail);
    EXPECT_THAT(names_of(summarize(facts, by(Subject::tls))), ElementsAre("implicit", "none", "starttls"));
    EXPECT_THAT(names_of(summarize(facts, by(Subject::spf))), ElementsAre("(unchecked)", "pass"));
    EXPECT_THAT(names_of(summarize(facts, by(Subject::dkim))), ElementsAre("(unchecked)", "temperror"));
    EXPECT_THAT(names_of(summarize(facts, by(Subject::dmarc))), ElementsAre("(unchecked)", "fail"));
}

TEST(Summary, ReadsItsOwnWordsBack)
{
    for (const auto& word : list_subjects()) EXPECT_EQ(format_subject(parse_subject(word).value()), word);
    for (const auto& word : list_concerns()) EXPECT_EQ(format_concern(parse_concern(word).value()), word);
    EXPECT_FALSE(parse_subject("colour"));
    EXPECT_FALSE(parse_concern(""));
}

TEST(Summary, IsATableThatNoStrangersNameSteers)
{
    Facts facts;
    facts.connections = {named_connection("x\x1b[2j.test")};
    for (int i = 0; i < 200; ++i) facts.messages.push_back(named_message("mx.partner.test", TlsKind::starttls));
    facts.messages.push_back(named_message("mx.partner.test"));
    const auto text = format_summary(summarize(facts), 10'000);
    EXPECT_THAT(text, HasSubstr("known: 1 connection since 2026-11-24T"));
    EXPECT_THAT(text, HasSubstr("201 messages since 2026-11-24T"));
    EXPECT_THAT(text, HasSubstr("at most 10000 are kept"));
    EXPECT_THAT(text, HasSubstr("connections  refused  messages  refused  with TLS  failed SPF    DKIM   DMARC  host\n"));
    EXPECT_THAT(text,
                HasSubstr("          0        0       201        0       99%           0       0       0  mx.partner.test\n"));
    EXPECT_THAT(text,
                HasSubstr("          1        0         0        0         -           0       0       0  x\\x1b[2j.test\n"));
    EXPECT_THAT(format_summary(summarize(facts, by(Subject::tls)), 10'000), Not(HasSubstr("connections  ")));
}

TEST(Summary, TellsProgramsWhatWasAskedAndWhatIsKnown)
{
    Facts facts;
    facts.connections = {named_connection("mx.partner.test")};
    facts.messages = {named_message("mx.partner.test")};
    Question question;
    question.only = Concern::no_tls;
    question.since = noon;
    const auto object = to_json(summarize(facts, question), 500);
    EXPECT_EQ(object.at("by"), "host");
    EXPECT_EQ(object.at("only"), "no-tls");
    EXPECT_EQ(object.at("since"), format_rfc3339(noon).c_str());
    EXPECT_TRUE(object.at("listener").is_null());
    EXPECT_EQ(object.at("known").at("keep"), 500);
    EXPECT_EQ(object.at("known").at("connections").at("count"), 1);
    EXPECT_EQ(object.at("rows").at(0).at("name"), "mx.partner.test");
    EXPECT_EQ(object.at("rows").at(0).at("connections"), 1);
    EXPECT_EQ(object.at("rows").at(0).at("with_tls"), 0);
    EXPECT_EQ(object.at("others").at("rows"), 0);
    const auto by_tls = to_json(summarize(facts, by(Subject::tls)), 500);
    EXPECT_FALSE(by_tls.at("all").as_object().contains("connections"));
}

}  // namespace
}  // namespace sealpost::traffic
