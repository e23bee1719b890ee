#include "serve/policyadmin/policy_world.hpp"

namespace sealpost::test {
namespace {

using testing::HasSubstr;
using testing::Not;

using PolicyReading = PolicyWorld;

TEST_F(PolicyReading, TellsTheStateAndWhoseChangeIsStaged)
{
    Client mia = signed_in("mia");
    const auto before = get(mia, "state").object();
    EXPECT_EQ(before.at("edition"), "1.0");
    EXPECT_EQ(before.at("version"), 1);
    EXPECT_EQ(before.at("listeners").at(0), (json::object{{"name", "public"}, {"kind", "public"}}));
    EXPECT_TRUE(before.at("pending").is_null());
    ASSERT_EQ(edit(mia, "1.0", {new_policy("PARTNERS")}).status, 200);
    const auto after = get(mia, "state").object();
    EXPECT_EQ(after.at("pending").at("author"), "mia");
    EXPECT_EQ(after.at("pending").at("count"), 1);
}

TEST_F(PolicyReading, ShowsASectionAsItIsStagedOrLive)
{
    Client mia = signed_in("mia");
    ASSERT_EQ(edit(mia, "1.0", {new_policy("PARTNERS")}).status, 200);
    EXPECT_THAT(get(mia, "sections/mail_flow_policy").body, HasSubstr("PARTNERS"));
    EXPECT_THAT(get(mia, "sections/mail_flow_policy?staged=false").body, Not(HasSubstr("PARTNERS")));
    EXPECT_EQ(get(mia, "sections/mail_flow_policy?staged=perhaps").text("field"), "staged");
    EXPECT_EQ(get(mia, "sections/nothing").problem(), "not-found");
    const auto groups = get(mia, "sections/sender_group?listener=private").object();
    for (const auto& row : groups.at("rows").as_array())
        EXPECT_EQ(row.at("values").at("listener"), "private") << json::serialize(row);
}

TEST_F(PolicyReading, TellsWhereAParameterComesFrom)
{
    Client mia = signed_in("mia");
    const auto answer = get(mia, "parameters?listener=public&policy=TRUSTED").object();
    EXPECT_EQ(answer.at("policy"), "TRUSTED");
    EXPECT_FALSE(answer.at("parameters").as_array().empty());
    EXPECT_EQ(get(mia, "parameters?listener=public").status, 200) << "what a new policy inherits";
    EXPECT_EQ(get(mia, "parameters").text("field"), "listener");
    EXPECT_EQ(get(mia, "parameters?listener=public&policy=NOTHING").problem(), "not-found");
}

TEST_F(PolicyReading, PagesSendersWithinBounds)
{
    Client mia = signed_in("mia");
    std::string text;
    for (int i = 1; i <= 250; ++i) text += "192.0.2." + std::to_string(i) + "\n";
    ASSERT_EQ(edit(mia, "1.0", {add_senders("public/UNKNOWNLIST", text)}).status, 200);
    const std::string senders = "sender-groups/public/UNKNOWNLIST/senders";
    const auto first = get(mia, senders).object();
    EXPECT_EQ(first.at("senders").as_array().size(), 100U);
    EXPECT_EQ(first.at("total"), 250);
    EXPECT_EQ(first.at("next"), 101);
    const auto last = get(mia, senders + "?from=201&most=500").object();
    EXPECT_EQ(last.at("senders").as_array().size(), 50U);
    EXPECT_TRUE(last.at("next").is_null());
    EXPECT_EQ(get(mia, senders + "?find=192.0.2.25").object().at("total"), 2) << ".25 and .250, as a part of the text";
    EXPECT_EQ(get(mia, senders + "?most=501").text("field"), "most");
    EXPECT_EQ(get(mia, senders + "?from=0").text("field"), "from");
    EXPECT_EQ(get(mia, senders + "?from=-1").text("field"), "from");
    EXPECT_EQ(get(mia, senders + "?find=" + std::string(501, 'a')).text("field"), "find");
    EXPECT_EQ(get(mia, "sender-groups/public/NOBODY/senders").problem(), "not-found");
}

TEST_F(PolicyReading, FindsASenderInTheGroupsOfAListener)
{
    Client mia = signed_in("mia");
    ASSERT_EQ(edit(mia, "1.0", {add_senders("public/UNKNOWNLIST", "192.0.2.0/24 (range)\n")}).status, 200);
    const auto found = get(mia, "find-senders?text=192.0.2.7&listener=public").object();
    EXPECT_EQ(found.at("total"), 1);
    EXPECT_EQ(found.at("found").at(0).at("group"), "UNKNOWNLIST");
    EXPECT_EQ(get(mia, "find-senders?text=192.0.2.7&listener=private").object().at("total"), 0);
    EXPECT_EQ(get(mia, "find-senders").text("field"), "text");
}

TEST_F(PolicyReading, TellsChangesBetweenVersionsAndOfWhatIsStaged)
{
    Client mia = signed_in("mia");
    const std::string staged = edit(mia, "1.0", {new_policy("PARTNERS")}).text("edition");
    const auto changes = get(mia, "changes").object();
    EXPECT_EQ(changes.at("count"), 1);
    EXPECT_EQ(changes.at("changes").at(0).at("kind"), "added");
    EXPECT_EQ(changes.at("changes").at(0).at("row"), "PARTNERS");
    ASSERT_EQ(post(mia, "commit", {{"edition", staged}, {"comment", "why"}}).status, 200);
    EXPECT_EQ(get(mia, "changes").object().at("count"), 0);
    EXPECT_EQ(get(mia, "changes?from=2&to=1").object().at("changes").at(0).at("kind"), "removed");
    EXPECT_EQ(get(mia, "changes?from=1&to=9").problem(), "not-found");
    EXPECT_EQ(get(mia, "changes?from=x").text("field"), "from");
}

TEST_F(PolicyReading, PagesTheHistory)
{
    Client mia = signed_in("mia");
    const std::string staged = edit(mia, "1.0", {new_policy("PARTNERS")}).text("edition");
    ASSERT_EQ(post(mia, "commit", {{"edition", staged}, {"comment", "why"}}).status, 200);
    const auto newest = get(mia, "history?most=1").object();
    EXPECT_EQ(newest.at("commits").at(0).at("version"), 2);
    EXPECT_EQ(newest.at("commits").at(0).at("comment"), "why");
    const auto next = newest.at("next").as_int64();
    const auto oldest = get(mia, "history?most=1&before=" + std::to_string(next)).object();
    EXPECT_EQ(oldest.at("commits").at(0).at("version"), 1);
    EXPECT_TRUE(oldest.at("next").is_null());
    EXPECT_EQ(get(mia, "history?most=201").text("field"), "most");
}

TEST_F(PolicyReading, ExportsTheDocumentAsText)
{
    Client mia = signed_in("mia");
    ASSERT_EQ(edit(mia, "1.0", {new_policy("PARTNERS")}).status, 200);
    const Answer staged = get(mia, "export");
    EXPECT_EQ(staged.headers.find("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(staged.body, store_->export_text(true).value());
    EXPECT_EQ(get(mia, "export?staged=false").body, store_->export_text(false).value());
}

}  // namespace
}  // namespace sealpost::test
