#include "serve/policyadmin/policy_world.hpp"

namespace sealpost::test {
namespace {

using testing::HasSubstr;
using testing::Not;

using PolicyChanges = PolicyWorld;

TEST_F(PolicyChanges, StagesThenCommitsAndGoesBack)
{
    Client mia = signed_in("mia");
    EXPECT_EQ(edition(mia), "1.0");
    const Answer staged = edit(mia, "1.0", {new_policy("PARTNERS")});
    ASSERT_EQ(staged.status, 200) << staged.body;
    EXPECT_EQ(staged.text("result"), "staged");
    EXPECT_THAT(staged.text("edition"), testing::StartsWith("1."));
    EXPECT_NE(staged.text("edition"), "1.0");
    EXPECT_EQ(store_->current()->version(), 1) << "nothing is live before commit";

    const Answer committed = post(mia, "commit", {{"edition", staged.text("edition")}, {"comment", "for partner.test"}});
    ASSERT_EQ(committed.status, 200) << committed.body;
    EXPECT_EQ(committed.object().at("version"), 2);
    EXPECT_EQ(committed.text("edition"), "2.0");
    EXPECT_EQ(store_->current()->version(), 2) << "live at once";

    const Answer back = post(mia, "rollback", {{"edition", "2.0"}, {"version", 1}});
    ASSERT_EQ(back.status, 200) << back.body;
    EXPECT_EQ(back.object().at("version"), 3);
    EXPECT_EQ(back.text("edition"), "3.0");
    const auto commits = store_->history().value();
    ASSERT_EQ(commits.size(), 3U);
    EXPECT_EQ(commits[1].author, "mia");
    EXPECT_EQ(commits[1].comment, "for partner.test");
}

TEST_F(PolicyChanges, RefusesWithThePlaceOfEachProblemAndChangesNothing)
{
    Client mia = signed_in("mia");
    auto change = new_policy("PARTNERS");
    change["values"].as_object()["tls"] = "reqired";
    const Answer refused = edit(mia, "1.0", {new_policy("OTHERS"), change});
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.problem(), "refused");
    const auto problems = refused.object().at("problems").as_array();
    ASSERT_EQ(problems.size(), 1U) << refused.body;
    EXPECT_EQ(problems[0].at("section"), "mail_flow_policy");
    EXPECT_EQ(problems[0].at("row"), "PARTNERS");
    EXPECT_EQ(problems[0].at("field"), "tls");
    EXPECT_EQ(refused.object().at("problem_count"), 1);
    EXPECT_EQ(edition(mia), "1.0");
}

TEST_F(PolicyChanges, TellsTheSecondOfTwoEditorsWhatTheFirstDid)
{
    Client mia = signed_in("mia");
    Client max = signed_in("max", {account_, true});
    const std::string seen = edition(max);
    ASSERT_EQ(edit(mia, seen, {new_policy("PARTNERS")}).status, 200);
    const Answer outdated = edit(max, seen, {new_policy("BRANCHES")});
    EXPECT_EQ(outdated.status, 409);
    EXPECT_EQ(outdated.problem(), "outdated");
    EXPECT_THAT(outdated.text("difference"), HasSubstr("+name = \"PARTNERS\""));
    EXPECT_EQ(outdated.text("edition"), edition(mia));

    const Answer again = edit(max, outdated.text("edition"), {new_policy("BRANCHES")});
    ASSERT_EQ(again.status, 200) << again.body;
    const std::string text = store_->export_text(true).value();
    EXPECT_THAT(text, HasSubstr("PARTNERS")) << "nothing of the first is lost";
    EXPECT_THAT(text, HasSubstr("BRANCHES"));
    const json::object commit{{"edition", outdated.text("edition")}, {"comment", "mine"}};
    EXPECT_EQ(post(mia, "commit", commit).problem(), "outdated") << "nobody commits what they have not seen";
    EXPECT_EQ(post(mia, "discard", {{"edition", seen}}).problem(), "outdated");
}

TEST_F(PolicyChanges, SaysWhenThereIsNothingToDo)
{
    Client mia = signed_in("mia");
    EXPECT_EQ(post(mia, "commit", {{"edition", "1.0"}, {"comment", "why"}}).problem(), "nothing-staged");
    EXPECT_EQ(post(mia, "rollback", {{"edition", "1.0"}, {"version", 1}}).problem(), "nothing-to-do");
    EXPECT_EQ(post(mia, "rollback", {{"edition", "1.0"}, {"version", 7}}).problem(), "not-found");
    const std::string staged = edit(mia, "1.0", {new_policy("PARTNERS")}).text("edition");
    EXPECT_EQ(post(mia, "rollback", {{"edition", staged}, {"version", 1}}).problem(), "something-staged");
    const Answer discarded = post(mia, "discard", {{"edition", staged}});
    EXPECT_EQ(discarded.status, 200);
    EXPECT_EQ(discarded.text("edition"), "1.0");
    EXPECT_FALSE(store_->has_pending().value());
}

TEST_F(PolicyChanges, DoesNotUnderstandWhatIsNoChange)
{
    Client mia = signed_in("mia");
    EXPECT_EQ(edit(mia, "seven", {new_policy("PARTNERS")}).text("field"), "edition");
    EXPECT_EQ(post(mia, "edit", {{"edition", "1.0"}}).text("field"), "changes");
    EXPECT_EQ(post(mia, "edit", {{"edition", "1.0"}, {"changes", 7}}).text("field"), "changes");
    EXPECT_EQ(edit(mia, "1.0", {json::object{{"do", "explode"}}}).text("field"), "changes");
    EXPECT_EQ(post(mia, "import", {{"edition", "1.0"}, {"format", "xml"}, {"text", "x"}}).text("field"), "format");
    EXPECT_EQ(post(mia, "commit", {{"edition", "1.0"}}).text("field"), "comment");
    for (const char* bad : {"fine\x1b[2J", "fine\n2  forged", "fine\xE2\x80\xAE"})
        EXPECT_EQ(post(mia, "commit", {{"edition", "1.0"}, {"comment", bad}}).text("field"), "comment") << bad;
    EXPECT_EQ(edition(mia), "1.0");
}

TEST_F(PolicyChanges, TakesPastedSendersAllOrNone)
{
    Client mia = signed_in("mia");
    const std::string group = "public/UNKNOWNLIST";
    const Answer refused = edit(mia, "1.0", {add_senders(group, "192.0.2.7\nnot a sender at all\n")});
    EXPECT_EQ(refused.problem(), "refused");
    EXPECT_EQ(refused.object().at("sender_counts").at("refused"), 1);
    const Answer checked =
        post(mia, "check-senders", {{"row", group}, {"text", "192.0.2.7 (ours)\n192.0.2.7\nnot a sender at all\n"}});
    ASSERT_EQ(checked.status, 200) << checked.body;
    EXPECT_EQ(checked.object().at("sender_counts"), (json::object{{"ok", 1}, {"duplicate", 1}, {"refused", 1}}));
    EXPECT_EQ(checked.object().at("senders").at(0).at("comment"), "ours");
    EXPECT_EQ(post(mia, "check-senders", {{"row", "public/NOBODY"}, {"text", "192.0.2.7"}}).problem(), "not-found");
    EXPECT_EQ(edition(mia), "1.0");
    const Answer staged = edit(mia, "1.0", {add_senders(group, "192.0.2.7 (ours)\n.partner.test\n")});
    ASSERT_EQ(staged.status, 200) << staged.body;
    EXPECT_EQ(staged.object().at("sender_counts").at("ok"), 2);
    EXPECT_EQ(get(mia, "sender-groups/public/UNKNOWNLIST/senders").object().at("total"), 2);
}

TEST_F(PolicyChanges, BoundsTheVerdictsAndShowsTheRefusedOnesFirst)
{
    Client mia = signed_in("mia");
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1\n";
    text += "not a sender at all\n";
    const auto answer = post(mia, "check-senders", {{"text", text}}).object();
    EXPECT_EQ(answer.at("senders").as_array().size(), 1000U);
    EXPECT_EQ(answer.at("senders").at(0).at("result"), "refused");
    EXPECT_EQ(answer.at("sender_counts").at("ok"), 3000);
}

TEST_F(PolicyChanges, ReadsALargeBodyAsItReadsASmallOne)
{
    Client mia = signed_in("mia");
    std::string text;
    for (int i = 0; i < 40000; ++i) text += "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1\n";
    EXPECT_EQ(post(mia, "check-senders", {{"text", text}}).object().at("sender_counts").at("ok"), 40000);
    const std::string path = "/api/v1/policy/check-senders";
    EXPECT_EQ(ask(mia, {http::Method::post, path, "{\"text\":\"" + std::string(400 * 1024, 'a')}).problem(), "bad-request");
    EXPECT_EQ(ask(mia, {http::Method::post, path, "[\"" + std::string(400 * 1024, 'a') + "\"]"}).problem(), "bad-request");
}

TEST_F(PolicyChanges, CutsTheDifferenceAtALine)
{
    Client mia = signed_in("mia");
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1\n";
    ASSERT_EQ(edit(mia, "1.0", {add_senders("public/UNKNOWNLIST", text)}).status, 200);
    const std::string difference = edit(mia, "1.0", {new_policy("LATE")}).text("difference");
    EXPECT_LE(difference.size(), 256 * 1024U + 4);
    EXPECT_GT(difference.size(), 200 * 1024U);
    EXPECT_THAT(difference, testing::EndsWith("\n…\n"));
}

TEST_F(PolicyChanges, StagesAPresetOnce)
{
    Client mia = signed_in("mia");
    const Answer staged = post(mia, "preset", {{"edition", "1.0"}, {"name", "cisco-res"}});
    ASSERT_EQ(staged.status, 200) << staged.body;
    const Answer again = post(mia, "preset", {{"edition", staged.text("edition")}, {"name", "cisco-res"}});
    EXPECT_EQ(again.problem(), "refused");
    EXPECT_EQ(post(mia, "preset", {{"edition", staged.text("edition")}, {"name", "nothing"}}).problem(), "refused");
}

TEST_F(PolicyChanges, TakesAWholeDocumentInEitherFormat)
{
    Client mia = signed_in("mia");
    const std::string live = store_->export_text(false).value();
    const Answer same = post(mia, "import", {{"edition", "1.0"}, {"format", "toml"}, {"text", live}});
    EXPECT_EQ(same.text("result"), "unchanged");
    EXPECT_EQ(post(mia, "import", {{"edition", "1.0"}, {"format", "toml"}, {"text", "[[nothing]]\n"}}).problem(), "refused");
    const std::string hat = "$ACCEPTED\n    ACCEPT {}\n\nPARTNERS:\n    192.0.2.0/24 $ACCEPTED\nALL $ACCEPTED\n";
    const Answer staged = post(mia, "import", {{"edition", "1.0"}, {"format", "hat"}, {"text", hat}, {"listener", "public"}});
    ASSERT_EQ(staged.status, 200) << staged.body;
    EXPECT_THAT(store_->export_text(true).value(), HasSubstr("PARTNERS"));
}

TEST_F(PolicyChanges, TellsTheLogAndTheAuditTrailWhoAndWhichVersionButNotWhat)
{
    Client mia = signed_in("mia");
    const std::string staged = edit(mia, "1.0", {new_policy("SECRETPARTNER")}).text("edition");
    ASSERT_EQ(post(mia, "commit", {{"edition", staged}, {"comment", "hush"}}).status, 200);
    ASSERT_EQ(post(mia, "rollback", {{"edition", "2.0"}, {"version", 1}}).status, 200);
    const std::string log = read_log();
    for (const char* event : {"policy.submitted", "policy.committed", "policy.rolled_back"}) EXPECT_THAT(log, HasSubstr(event));
    EXPECT_THAT(log, HasSubstr("\"author\":\"mia\""));
    EXPECT_THAT(log, Not(HasSubstr("SECRETPARTNER")));
    EXPECT_THAT(log, Not(HasSubstr("hush")));
    const auto records = value_of(people_->audit().list({.subject = "policy"}));
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].entry.what, "policy.rolled_back");
    EXPECT_EQ(records[1].entry.what, "policy.committed");
    EXPECT_EQ(records[1].entry.details, R"({"version":2})");
    EXPECT_THAT(records[1].entry.who, testing::StartsWith("administrator:"));
}

}  // namespace
}  // namespace sealpost::test
