// What the shell offers at the tabulator key.
#include "cli/completion.hpp"

#include "cli/application.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class Completion : public testing::Test {
protected:
    Completion() { add_everything(app_, context_); }
    std::vector<std::string> at(std::vector<std::string_view> words) const { return complete(app_, words); }

    Context context_;
    CLI::App app_;
};

TEST_F(Completion, NamesCommandsAndWhatStandsBelowThem)
{
    EXPECT_THAT(at({"po"}), ElementsAre("policy"));
    EXPECT_THAT(at({"policy", "co"}), ElementsAre("commit"));
    EXPECT_THAT(at({"--config", "other.toml", "queue", "re"}), ElementsAre("release", "remove"));
    EXPECT_THAT(at({""}), Contains("serve"));
}

TEST_F(Completion, NamesOptionsOfTheCommandAndOfTheProgramOnce)
{
    const auto all = at({"trace", "--listener", "public", "--"});
    EXPECT_THAT(all, Contains("--mail-from"));
    EXPECT_THAT(all, Contains("--rcpt-to"));
    EXPECT_THAT(all, Contains("--config"));
    EXPECT_THAT(all, Not(Contains("--listener")));
    EXPECT_THAT(at({"trace", "--rcpt-to", "bob@acme.test", "--rcpt"}), ElementsAre("--rcpt-to"));  // may be given again
}

TEST_F(Completion, NamesTheValuesOfAChoice)
{
    EXPECT_THAT(at({"--format", ""}), ElementsAre("json", "text"));
    EXPECT_THAT(at({"--format", "=", "j"}), ElementsAre("json"));
    EXPECT_THAT(at({"--format", "="}), ElementsAre("json", "text"));
    EXPECT_THAT(at({"trace", "--host-failure", "t"}), ElementsAre("temporary"));
    EXPECT_THAT(at({"traffic", "summary", "--by", "s"}), ElementsAre("sender-domain", "spf"));
    EXPECT_THAT(at({"traffic", "summary", "--only", "n"}), ElementsAre("no-tls"));
}

TEST_F(Completion, NamesTablesOfThePolicyThenKeysAndTheirWords)
{
    EXPECT_THAT(at({"policy", "add", "enc"}), ElementsAre("encryption_profile", "encryption_rule"));
    EXPECT_THAT(at({"policy", "add", "mail_flow_policy", "tls"}),
                ElementsAre("tls=", "tls_mandatory_senders=", "tls_verify_client="));
    EXPECT_THAT(at({"policy", "change", "recipient", "acme.test", "by"}), ElementsAre("bypass_limits="));
    EXPECT_THAT(at({"policy", "change", "recipient", "acme.test", "action", "=", "accept", "bypass_limits", "="}),
                ElementsAre("false", "true"));  // as bash cuts it
    EXPECT_THAT(at({"policy", "add", "mail_flow_policy", "name", "=", "P", "tls", "=", "re"}), ElementsAre("required"));
    EXPECT_THAT(at({"policy", "add", "mail_flow_policy", "tls=o"}), ElementsAre("tls=off"));
    EXPECT_THAT(at({"policy", "add", "mail_flow_policy", "name=x"}), IsEmpty());
    EXPECT_THAT(at({"policy", "change", "recipient", "a"}), IsEmpty());  // which row: only the policy knows
    EXPECT_THAT(at({"policy", "remove", "recipient", "acme.test", ""}), IsEmpty());
    EXPECT_THAT(at({"policy", "add", "no_such_table", "n"}), IsEmpty());
}

TEST_F(Completion, LeavesFilesAndNamesToTheShell)
{
    EXPECT_THAT(at({"--config", ""}), IsEmpty());
    EXPECT_THAT(at({"trace", "--listener", "p"}), IsEmpty());  // not the command "policy"
    EXPECT_THAT(at({"no-such-command", "--no-such-option", "x"}), IsEmpty());
    EXPECT_THAT(at({}), Contains("serve"));
}

}  // namespace
}  // namespace sealpost::cli
