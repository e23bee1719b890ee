// Predefined names that a staged document no longer writes.
#include "core/revisions/unwritten.hpp"

#include "core/revisions/edit.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace sealpost::revisions {
namespace {

using policy::ListenerInfo;
using policy::ListenerKind;

const std::vector<ListenerInfo> listeners = {{"public", ListenerKind::public_mail}, {"inside", ListenerKind::private_mail}};
const std::string live = policy::default_document(listeners);
const std::string profile = "[[encryption_profile]]\nname = \"default\"\nassurance = \"strong\"\n";
const std::string rules = "[[encryption_rule]]\nname = \"all\"\n\n[[encryption_rule]]\nname = \"no\"\naction = \"clear\"\n";

std::string edit(const std::string& text, const std::string& changes)
{
    std::vector<Problem> problems;
    const auto parsed = PolicyText::parse(text, "test", problems);
    return apply_edits(*parsed, parse_edits(boost::json::parse(changes)).value()).text.value();
}

std::vector<std::string> tell(const std::string& before, const std::string& after)
{
    std::vector<std::string> told;
    for (const auto& problem : find_unwritten(before, after, listeners)) {
        auto sentence = std::string(problem.said.code);
        for (const auto& [name, value] : problem.said.facts) sentence += ' ' + value;
        told.push_back(std::move(sentence));
    }
    return told;
}

TEST(Unwritten, TellsWhoMeetsThePredefinedPolicyBehindARenamedOne)
{
    const auto renamed =
        edit(live, R"([{"do":"put","section":"mail_flow_policy","row":"ACCEPTED","values":{"name":"OURS","tls":"required"}}])");
    EXPECT_EQ(tell(live, renamed), std::vector<std::string>{"unwritten_policy ACCEPTED public/ALL"});
    const auto problem = find_unwritten(live, renamed, listeners).front();
    EXPECT_EQ(problem.key, "mail_flow_policy.name");
    EXPECT_NE(problem.line, 0) << "that of the row by its new name";
    EXPECT_EQ(find_unwritten(renamed, renamed, listeners).size(), 0U);
}

TEST(Unwritten, LeavesOutAListenerWhoseGroupsDecideAboutEveryHost)
{
    const auto rename = [](const std::string& policy, const std::string& senders) {
        const auto text = live + "\n[[sender_group]]\nname = \"ALL_OTHERS\"\nlistener = \"public\"\n" + policy + senders;
        const auto renamed = edit(
            text, R"([{"do":"put","section":"mail_flow_policy","row":"ACCEPTED","values":{"name":"OURS","tls":"required"}}])");
        return tell(text, renamed);
    };
    const std::string accepted = "policy = \"ACCEPTED\"\n";
    for (const char* senders : {R"(senders = ["ALL"])", R"(senders = "all")", "senders = [\"192.0.2.1\", \"ALL (the rest)\"]"})
        EXPECT_EQ(rename(accepted, senders), std::vector<std::string>()) << senders;
    const std::vector<std::string> told = {"unwritten_policy ACCEPTED public/ALL"};
    EXPECT_EQ(rename(accepted, R"(senders = [".acme.test", "192.0.2.1"])"), told) << "not every host";
    EXPECT_EQ(rename(accepted, ""), told);
    EXPECT_EQ(rename("policy = \"CONTINUE\"\n", R"(senders = ["ALL"])"), told) << "hosts go on to ALL";
    EXPECT_EQ(rename("", R"(senders = ["ALL"])"), told) << "CONTINUE without the word";
    const std::string passing = "\n[[mail_flow_policy]]\nname = \"PASSING\"\nbehavior = \"continue\"\n";
    EXPECT_EQ(rename("policy = \"PASSING\"\n", R"(senders = ["ALL"])" + passing), told) << "a policy that goes on";
}

TEST(Unwritten, CountsGroupsThatGoOnNamingIt)
{
    auto renamed = live;  // by hand: in one place
    renamed.replace(renamed.find("\"BLOCKED\""), 9, "\"REFUSED\"");
    EXPECT_EQ(tell(live, renamed), std::vector<std::string>{"unwritten_policy BLOCKED public/BLOCKED_LIST, inside/ALL"});
}

TEST(Unwritten, SaysNothingWhereNothingChangesForAnybody)
{
    const auto remove = [](const std::string& row) {
        return R"({"do":"remove","section":"mail_flow_policy","row":")" + row + "\"}";
    };
    EXPECT_EQ(tell(live, edit(live, '[' + remove("ACCEPTED") + ']')), std::vector<std::string>()) << "it said what is predefined";
    const auto throttled = edit(
        live, R"([{"do":"put","section":"mail_flow_policy","row":"THROTTLED","values":{"name":"SLOW","behavior":"accept"}}])");
    EXPECT_EQ(tell(live, throttled), std::vector<std::string>()) << "its groups follow, and ALL never met it";
    EXPECT_EQ(tell(live, "[[mail_flow_policy]]\nname = \"P\"\n"), std::vector<std::string>()) << "another document";
    EXPECT_EQ(tell("", live), std::vector<std::string>());
    EXPECT_EQ(tell(live, "no = TOML ="), std::vector<std::string>());
}

TEST(Unwritten, TakesANewRowInThePlaceOfOneThatWentForNoRenaming)
{
    const auto replace = [](const std::string& values) {
        return edit(live, R"([{"do":"remove","section":"mail_flow_policy","row":"ACCEPTED"},)"
                          R"({"do":"put","section":"mail_flow_policy","before":"TRUSTED","values":)" +
                              values + "}]");
    };
    EXPECT_EQ(tell(live, replace(R"({"name":"NEW","tls":"required"})")), std::vector<std::string>()) << "groups still name it";
    auto renamed = live;  // by hand: in one place, with another key
    renamed.replace(renamed.find("\"ACCEPTED\""), 10, "\"OURS\"\ntls = \"required\"");
    EXPECT_EQ(tell(live, renamed), std::vector<std::string>{"unwritten_policy ACCEPTED public/UNKNOWNLIST, public/ALL"});
}

TEST(Unwritten, TellsOfAPolicyThatWasAnotherThanThePredefinedOne)
{
    const auto strict = edit(
        live, R"([{"do":"put","section":"mail_flow_policy","row":"ACCEPTED","values":{"name":"ACCEPTED","tls":"required"}}])");
    const auto gone = edit(strict, R"([{"do":"remove","section":"mail_flow_policy","row":"ACCEPTED"}])");
    EXPECT_EQ(tell(strict, gone), std::vector<std::string>{"unwritten_policy ACCEPTED public/UNKNOWNLIST, public/ALL"});
}

TEST(Unwritten, TellsOfRulesAndBouncesWithoutTheirProfile)
{
    const auto renamed =
        edit(profile + rules,
             R"([{"do":"put","section":"encryption_profile","row":"default","values":{"name":"strict","assurance":"strong"}}])");
    EXPECT_EQ(tell(profile + rules, renamed), std::vector<std::string>{"unwritten_profile default all"});
    EXPECT_EQ(tell(profile, "[[encryption_profile]]\nname = \"strict\"\n"), std::vector<std::string>()) << "no rule seals";
    EXPECT_EQ(tell("[[bounce_profile]]\nname = \"default\"\nmax_attempts = 3\n", ""),
              std::vector<std::string>{"unwritten_bounce_profile default"});
}

}  // namespace
}  // namespace sealpost::revisions
