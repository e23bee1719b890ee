#include "serve/policyadmin/policy_world.hpp"

namespace sealpost::test {
namespace {

using PolicyQuestions = PolicyWorld;

TEST_F(PolicyQuestions, SaysWhichGroupAndPolicyAHostMeets)
{
    Client mia = signed_in("mia");
    ASSERT_EQ(edit(mia, "1.0", {add_senders("public/BLOCKED_LIST", ".partner.test\n")}).status, 200);
    json::object question{{"listener", "public"}, {"ip", "192.0.2.7"}, {"host", "mx.partner.test"}, {"staged", true}};
    const Answer staged = post(mia, "hat-check", question);
    ASSERT_EQ(staged.status, 200) << staged.body;
    EXPECT_EQ(staged.text("sender_group"), "BLOCKED_LIST");
    question["staged"] = false;
    EXPECT_EQ(post(mia, "hat-check", question).text("sender_group"), "ALL");
    question.erase("host");
    question["staged"] = true;
    EXPECT_EQ(post(mia, "hat-check", question).text("sender_group"), "ALL") << "without a name";
    question["host_state"] = "temporary";
    EXPECT_EQ(post(mia, "hat-check", question).object().at("undecided"), true);
}

TEST_F(PolicyQuestions, DoesNotGuessWhatIsAsked)
{
    Client mia = signed_in("mia");
    const auto field_of = [&](const json::object& question) { return post(mia, "hat-check", question).text("field"); };
    EXPECT_EQ(field_of({{"ip", "192.0.2.7"}}), "listener");
    EXPECT_EQ(field_of({{"listener", "nothing"}, {"ip", "192.0.2.7"}}), "listener");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "mx"}}), "ip");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"host_state", "sure"}}), "host_state");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"host_state", "verified"}}), "host");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"country", "France"}}), "country");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"reputation", 10.5}}), "reputation");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"reputation", "good"}}), "reputation");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"listed", "dnsbl.test"}}), "listed");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"listed", json::array{"no zone"}}}), "listed");
    EXPECT_EQ(field_of({{"listener", "public"}, {"ip", "192.0.2.7"}, {"listed", json::array{""}}}), "listed");
    const json::object known{{"listener", "public"},
                             {"ip", "192.0.2.7"},
                             {"country", "fr"},
                             {"reputation", -3},
                             {"listed", json::array{"dnsbl.test"}}};
    EXPECT_EQ(post(mia, "hat-check", known).status, 200);
    const json::object unknown{{"listener", "public"}, {"ip", "192.0.2.7"}, {"country", "none"}, {"reputation", "none"}};
    EXPECT_EQ(post(mia, "hat-check", unknown).status, 200);
}

TEST_F(PolicyQuestions, WarnsOfWhatIsStagedOrLive)
{
    Client mia = signed_in("mia");
    const auto live = get(mia, "warnings").object();
    EXPECT_EQ(live.at("pending"), false);
    EXPECT_TRUE(live.at("warnings").is_array());
    ASSERT_EQ(edit(mia, "1.0", {new_policy("PARTNERS")}).status, 200);
    EXPECT_EQ(get(mia, "warnings").object().at("pending"), true);
}

TEST_F(PolicyQuestions, HasNoCallForWhatTheGatewayDoesNotKnow)
{
    Client mia = signed_in("mia");
    EXPECT_EQ(post(mia, "trace", {{"listener", "public"}}).problem(), "not-found");
    EXPECT_EQ(get(mia, "preview").problem(), "not-found");
}

Task<http::Checked<json::object>> echo(revisions::CompiledPolicy policy, json::object question)
{
    question["edition"] = revisions::format_edition(policy.edition);
    co_return question;
}

Task<http::Checked<json::object>> count(revisions::CompiledPolicy live, revisions::CompiledPolicy staged,
                                        std::vector<std::string> changed_keys, std::size_t last)
{
    json::object answer;
    answer["changed"] = json::array(changed_keys.begin(), changed_keys.end());
    answer["live"] = live.pending;
    answer["staged"] = staged.pending;
    answer["last"] = last;
    co_return answer;
}

Task<std::vector<config::Problem>> warn_of_a_row(revisions::CompiledPolicy policy)
{
    std::vector<config::Problem> found(1);
    found[0].line = policy.snapshot->document().policies.front().line;
    found[0].key = "mail_flow_policy.tls";
    found[0].what = "DNS says so";
    co_return found;
}

TEST_F(PolicyQuestions, PassesOnWhatTheGatewayKnows)
{
    open({echo, count, warn_of_a_row});
    Client mia = signed_in("mia");
    const auto warnings = get(mia, "warnings").object().at("warnings").as_array();
    ASSERT_FALSE(warnings.empty());
    EXPECT_EQ(warnings.back().at("what"), "DNS says so");
    EXPECT_EQ(warnings.back().at("section"), "mail_flow_policy");
    EXPECT_EQ(post(mia, "trace", {{"listener", "public"}}).text("edition"), "1.0");
    EXPECT_EQ(get(mia, "preview").object().at("last"), 10000);
    ASSERT_EQ(edit(mia, "1.0", {new_policy("PARTNERS")}).status, 200);
    const auto answer = get(mia, "preview?last=7").object();
    EXPECT_EQ(answer,
              (json::object{{"live", false},
                            {"staged", true},
                            {"last", 7},
                            {"changed", {"mail_flow_policy.name", "mail_flow_policy.behavior", "mail_flow_policy.tls"}}}));
    EXPECT_EQ(get(mia, "preview?last=10001").text("field"), "last");
    Client ada = signed_in("ada", {account_});
    EXPECT_EQ(get(ada, "preview").problem(), "not-allowed");
    EXPECT_EQ(post(ada, "trace", {{"listener", "public"}}).problem(), "not-allowed");
}

TEST_F(PolicyQuestions, RefusesToAskWhatFitsTheNodeNoMore)
{
    open({echo, count, warn_of_a_row});
    // Staged while the node had a listener more.
    const std::vector<policy::ListenerInfo> before{{"public", policy::ListenerKind::public_mail},
                                                   {"gone", policy::ListenerKind::public_mail}};
    const auto text = "[[sender_group]]\nname = \"G\"\nlistener = \"gone\"\npolicy = \"ACCEPTED\"\n";
    const auto other = revisions::PolicyStore::open(database_, clock_, before).value();
    ASSERT_EQ(other->submit(text, "x", "cli")->kind, revisions::SubmitResult::Kind::staged);
    Client mia = signed_in("mia");
    const json::object host{{"listener", "public"}, {"ip", "192.0.2.7"}};
    for (const auto& answer : {get(mia, "warnings"), get(mia, "preview"), post(mia, "hat-check", host),
                               post(mia, "trace", {{"listener", "public"}, {"ask_dns", false}})}) {
        EXPECT_EQ(answer.status, 422) << answer.body;
        EXPECT_EQ(answer.problem(), "refused");
        EXPECT_EQ(answer.object().at("problem_count"), 1);
        EXPECT_EQ(answer.object().at("problems").at(0).at("row"), "gone/G");
    }
    json::object live = host;
    live["staged"] = false;
    EXPECT_EQ(post(mia, "hat-check", live).status, 200);
}

TEST_F(PolicyQuestions, LimitsTheQuestionsThatAskDns)
{
    open({echo, count, warn_of_a_row});
    Client mia = signed_in("mia");
    const json::object dns{{"listener", "public"}, {"ask_dns", true}};
    std::string last;
    for (int i = 0; i < 30 && last != "too-many-requests"; ++i) last = post(mia, "trace", dns).problem();
    EXPECT_EQ(last, "too-many-requests");
    EXPECT_EQ(post(mia, "trace", {{"listener", "public"}, {"ask_dns", false}}).status, 200) << "what asks nobody is not counted";
}

}  // namespace
}  // namespace sealpost::test
