#include "core/revisions/policy_editor.hpp"
#include "core/policy/document_keys.hpp"
#include "core/revisions/changes.hpp"
#include "core/revisions/text_diff.hpp"
#include "core/revisions/value_json.hpp"
#include "sys/async/wait.hpp"
#include "sys/async/workers.hpp"
#include "sys/db/database.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <unistd.h>
#include <filesystem>

namespace sealpost::revisions {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using policy::ListenerInfo;
using policy::ListenerKind;
using Kind = Outcome::Kind;

const std::vector<ListenerInfo> listeners = {{"public", ListenerKind::public_mail}, {"inside", ListenerKind::private_mail}};

// Runs one call of the editor to its end.
template <class Call>
auto wait_for(Call call)
{
    return async::wait_here(call()).value();
}

class PolicyEditorTest : public testing::Test {
protected:
    void SetUp() override
    {
        folder_ = fs::path(testing::TempDir()) / ("policy-editor-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        database_ = test::open_store((folder_ / "test.db").string()).value();
        store_ = PolicyStore::open(database_, clock_, listeners).value();
        editor_ = std::make_shared<PolicyEditor>(store_);
    }
    void TearDown() override
    {
        editor_.reset();
        store_.reset();
        database_.reset();
        fs::remove_all(folder_);
    }

    Outcome edit(Edition seen, const std::string& changes, const std::string& author = "ann")
    {
        const auto edits = parse_edits(json::parse(changes)).value();
        return wait_for([&] { return editor_->edit(seen, edits, author); });
    }
    Outcome commit(Edition seen)
    {
        return wait_for([&] { return editor_->commit(seen, "ann", "why"); });
    }
    Outcome discard(Edition seen)
    {
        return wait_for([&] { return editor_->discard(seen); });
    }
    Outcome rollback(Edition seen, std::int64_t version)
    {
        return wait_for([&] { return editor_->rollback(seen, version, "ben"); });
    }
    template <class Ask>
    json::object ask(Ask what)
    {
        PolicyEditor::Question question = what;
        return wait_for([&] { return editor_->ask(question); });
    }
    json::object rows(const std::string& section, const std::string& listener = "", bool staged = true)
    {
        return ask([=](const PolicyView& view) { return list_rows(view, section, listener, staged); });
    }

    fs::path folder_;
    ManualClock clock_{parse_rfc3339("2026-11-26T08:00:00Z").value()};
    std::shared_ptr<db::Database> database_;
    std::shared_ptr<PolicyStore> store_;
    std::shared_ptr<PolicyEditor> editor_;
};

constexpr const char* put_p = R"([{"do":"put","section":"mail_flow_policy","values":{"name":"P","tls":"required"}}])";
constexpr const char* put_q = R"([{"do":"put","section":"mail_flow_policy","values":{"name":"Q"}}])";

TEST(Edition, IsReadAsItIsWritten)
{
    EXPECT_EQ(format_edition({7, 1793}), "7.1793");
    EXPECT_EQ(parse_edition("7.0"), (Edition{7, 0}));
    for (const char* bad : {"", "7", "7.", ".0", "07.0", "7.0 ", "-7.0", "7.0.0", "99999999999999999999.0"})
        EXPECT_FALSE(parse_edition(bad)) << bad;
}

TEST_F(PolicyEditorTest, WarnsOfAPredefinedPolicyThatHasAnotherNameNow)
{
    const auto count = [](const std::vector<PlacedProblem>& warnings) {
        return std::ranges::count_if(warnings, [](const PlacedProblem& each) {
            return each.problem.said.code == "unwritten_policy" && each.row == "OURS" && each.field == "name";
        });
    };
    const auto staged = edit({1, 0}, R"([{"do":"put","section":"mail_flow_policy","row":"ACCEPTED","values":{"name":"OURS"}}])");
    ASSERT_EQ(staged.kind, Kind::staged);
    EXPECT_EQ(count(staged.warnings), 1);
    const auto other = std::make_shared<PolicyEditor>(store_);  // which did not stage it
    EXPECT_EQ(count(wait_for([&] { return other->load_compiled(true); }).warnings), 1);
    EXPECT_EQ(count(wait_for([&] { return other->load_compiled(false); }).warnings), 0);
    commit(staged.edition);
    EXPECT_EQ(count(wait_for([&] { return other->load_compiled(true); }).warnings), 0);
}

TEST_F(PolicyEditorTest, StagesCommitsAndRollsBack)
{
    const auto staged = edit({1, 0}, put_p);
    ASSERT_EQ(staged.kind, Kind::staged);
    EXPECT_EQ(staged.edition.version, 1);
    EXPECT_NE(staged.edition.revision, 0);
    EXPECT_NE(staged.difference.find("+name = \"P\""), std::string::npos);
    EXPECT_EQ(store_->current()->version(), 1);
    EXPECT_TRUE(store_->has_pending().value());
    const auto committed = commit(staged.edition);
    ASSERT_EQ(committed.kind, Kind::committed);
    EXPECT_EQ(committed.edition, (Edition{2, 0}));
    EXPECT_EQ(store_->current()->version(), 2);
    EXPECT_EQ(store_->current()->document().policies.back().name, "P");
    EXPECT_EQ(commit({2, 0}).kind, Kind::nothing_staged);
    EXPECT_EQ(rollback({2, 0}, 9).kind, Kind::not_found);
    EXPECT_EQ(rollback({2, 0}, 2).kind, Kind::nothing_to_do);
    EXPECT_EQ(rollback({2, 0}, 1).edition, (Edition{3, 0}));
    EXPECT_EQ(store_->current()->version(), 3);
    EXPECT_EQ(store_->export_text(false).value(), policy::default_document(listeners));
}

TEST_F(PolicyEditorTest, RefusesTheSecondOfTwoWhoSawTheSame)
{
    ASSERT_EQ(edit({1, 0}, put_p, "ann").kind, Kind::staged);
    const auto late = edit({1, 0}, put_q, "ben");
    ASSERT_EQ(late.kind, Kind::outdated);
    EXPECT_NE(late.difference.find("+name = \"P\""), std::string::npos);
    // Who has seen it may go on from it, whoever staged it.
    const auto joined = edit(late.edition, put_q, "ben");
    ASSERT_EQ(joined.kind, Kind::staged);
    EXPECT_NE(joined.edition, late.edition);
    const auto text = store_->export_text(true).value();
    EXPECT_NE(text.find("name = \"P\""), std::string::npos);
    EXPECT_NE(text.find("name = \"Q\""), std::string::npos);
    // The first one's edition is gone by now: what he hears of is what the other added.
    const auto again = edit(late.edition, R"([{"do":"remove","section":"mail_flow_policy","row":"P"}])", "ann");
    ASSERT_EQ(again.kind, Kind::outdated);
    EXPECT_NE(again.difference.find("+name = \"Q\""), std::string::npos);
    EXPECT_EQ(again.difference.find("+name = \"P\""), std::string::npos);
    EXPECT_EQ(commit(late.edition).kind, Kind::outdated);
    EXPECT_EQ(discard(late.edition).kind, Kind::outdated);
    EXPECT_EQ(rollback(late.edition, 1).kind, Kind::outdated);
    EXPECT_EQ(rollback(joined.edition, 1).kind, Kind::something_staged);
    EXPECT_EQ(commit(joined.edition).kind, Kind::committed);
    EXPECT_EQ(edit(joined.edition, put_q).kind, Kind::outdated);
}

TEST_F(PolicyEditorTest, MakesAnEditOfTheTextThatItIsAppliedTo)
{
    ASSERT_EQ(edit({1, 0}, put_p).kind, Kind::staged);
    const auto seen = store_->standing().value().edition;
    std::size_t asked = 0;
    const MakeEdit make = [&](const PolicyText& text) -> Result<Edit> {
        ++asked;
        if (text.find_row("mail_flow_policy", "P") == nullptr) return Error{Fault::denied, "no such row"};
        Edit removal;
        removal.kind = Edit::Kind::remove;
        removal.section = "mail_flow_policy";
        removal.row = "P";
        return removal;
    };
    const auto change = [&](Edition edition) { return async::wait_here(editor_->edit(edition, make, "ben")); };
    const auto late = change({1, 0}).value();
    EXPECT_EQ(late.kind, Kind::outdated);
    EXPECT_EQ(late.staged_by, "ann");
    EXPECT_EQ(asked, 0U) << "there is nothing to make an edit of";
    EXPECT_EQ(change(seen).value().kind, Kind::unchanged) << "it leads back to what is live";
    EXPECT_EQ(change({1, 0}).error().fault, Fault::denied);
    EXPECT_FALSE(store_->has_pending().value());
}

TEST_F(PolicyEditorTest, TellsWhoStagedWhatStandsInTheWayButForACommit)
{
    const auto staged = edit({1, 0}, put_p, "ann");
    EXPECT_EQ(staged.staged_by, "") << "nothing stands in its way";
    EXPECT_EQ(edit({1, 0}, put_q, "ben").staged_by, "ann");
    ASSERT_EQ(commit(staged.edition).kind, Kind::committed);
    const auto next = edit({2, 0}, put_q, "ben");
    ASSERT_EQ(next.kind, Kind::staged);
    EXPECT_EQ(edit(staged.edition, put_q, "ann").staged_by, "") << "ben has staged upon another version";
    ASSERT_EQ(discard(next.edition).kind, Kind::discarded);
    const auto gone = edit(next.edition, put_q, "ann");
    EXPECT_EQ(gone.kind, Kind::outdated);
    EXPECT_EQ(gone.staged_by, "");
}

TEST_F(PolicyEditorTest, NeverGivesAnEditionTwice)
{
    const auto first = edit({1, 0}, put_p);
    ASSERT_EQ(discard(first.edition).kind, Kind::discarded);
    EXPECT_EQ(discard({1, 0}).kind, Kind::nothing_staged);
    const auto second = edit({1, 0}, put_q);  // in the same millisecond
    EXPECT_NE(second.edition, first.edition);
    EXPECT_EQ(commit(first.edition).kind, Kind::outdated);
}

TEST_F(PolicyEditorTest, TellsTheFieldOfAProblem)
{
    const auto refused = edit({1, 0}, R"([{"do":"put","section":"mail_flow_policy","values":{"name":"P","tls":"maybe"}},
        {"do":"put","section":"sender_group","values":{"name":"G","listener":"public","policy":"NONE"}}])");
    ASSERT_EQ(refused.kind, Kind::refused);
    ASSERT_EQ(refused.problems.size(), 1U);
    EXPECT_EQ(refused.problems[0].section, "mail_flow_policy");
    EXPECT_EQ(refused.problems[0].row, "P");
    EXPECT_EQ(refused.problems[0].field, "tls");
    EXPECT_FALSE(store_->has_pending().value());
    const auto group =
        edit({1, 0}, R"([{"do":"put","section":"sender_group","values":{"name":"G","listener":"public","policy":"NONE"}}])");
    ASSERT_EQ(group.problems.size(), 1U);
    EXPECT_EQ(json::serialize(to_json(group.problems[0])).find("\"row\":\"public/G\"") == std::string::npos, false);
    EXPECT_EQ(group.problems[0].field, "policy");
}

TEST_F(PolicyEditorTest, RefusesALoginThatTheNodeDoesNotHave)
{
    policy::NodeFacts node;
    node.logins = {"relay"};
    store_ = PolicyStore::open(database_, clock_, listeners, node).value();
    editor_ = std::make_shared<PolicyEditor>(store_);
    const auto route = [&](const std::string& login) {
        return edit({1, 0}, R"([{"do":"put","section":"route","values":{"domain":"a.test","hosts":["mx.a.test"],"login":")" +
                                login + R"("}}])");
    };
    const auto refused = route("rely");
    ASSERT_EQ(refused.kind, Kind::refused);
    ASSERT_EQ(refused.problems.size(), 1U);
    EXPECT_EQ(refused.problems[0].section, "route");
    EXPECT_EQ(refused.problems[0].field, "login");
    EXPECT_FALSE(store_->has_pending().value());
    EXPECT_EQ(route("relay").kind, Kind::staged);
}

TEST_F(PolicyEditorTest, RefusesAPolicyBehindAllThatContinues)
{
    const auto refused =
        edit({1, 0},
             R"([{"do":"put","section":"mail_flow_policy","row":"BLOCKED","values":{"name":"BLOCKED","behavior":"continue"}}])");
    EXPECT_EQ(refused.kind, Kind::refused);
    ASSERT_EQ(refused.problems.size(), 1U);
    EXPECT_EQ(refused.problems.front().row, "BLOCKED");
    EXPECT_EQ(refused.problems.front().field, "behavior");
}

TEST_F(PolicyEditorTest, DropsWhatLeadsBackToWhatIsLive)
{
    const auto staged = edit({1, 0}, put_p);
    const auto back = edit(staged.edition, R"([{"do":"remove","section":"mail_flow_policy","row":"P"}])");
    EXPECT_EQ(back.kind, Kind::unchanged);
    EXPECT_EQ(back.edition, (Edition{1, 0}));
    EXPECT_FALSE(store_->has_pending().value());
}

TEST_F(PolicyEditorTest, StagesWholeTextsTablesAndPresets)
{
    const auto bad = wait_for([&] { return editor_->submit_text({1, 0}, "[[route", "ann"); });
    EXPECT_EQ(bad.kind, Kind::refused);
    EXPECT_EQ(wait_for([&] { return editor_->submit_text({1, 0}, "\n", "ann"); }).kind, Kind::refused) << "nothing in it";
    const auto preset = wait_for([&] { return editor_->submit_preset({1, 0}, "cisco-res", "", "ann"); });
    ASSERT_EQ(preset.kind, Kind::staged);
    EXPECT_EQ(preset.warnings.size(), 3U);
    EXPECT_EQ(preset.warnings[0].row, "public/CRES");
    EXPECT_EQ(wait_for([&] { return editor_->submit_preset(preset.edition, "cisco-res", "", "ann"); }).kind, Kind::refused);
    const auto hat =
        wait_for([&] { return editor_->submit_hat(preset.edition, "A: 192.0.2.1 SBRS[-1:-3] $P\n$P ACCEPT {}\n", "", "ben"); });
    ASSERT_EQ(hat.kind, Kind::staged);
    EXPECT_TRUE(std::ranges::any_of(hat.warnings, [](const auto& each) { return each.problem.what.starts_with("CRES "); }));
    const auto compiled = wait_for([&] { return editor_->load_compiled(true); });
    EXPECT_TRUE(compiled.pending);
    EXPECT_EQ(compiled.edition, hat.edition);
    EXPECT_EQ(compiled.snapshot->decide_connection({"public", *parse_ip("192.0.2.1"), policy::HostState::none, ""}).sender_group,
              "A");
    EXPECT_EQ(wait_for([&] { return editor_->load_compiled(false); }).snapshot->version(), 1);
}

TEST_F(PolicyEditorTest, SeesWhatAnotherProcessStaged)
{
    const auto other = PolicyStore::open(database_, clock_, listeners).value();
    EXPECT_EQ(ask(describe_state).at("edition"), "1.0");
    ASSERT_EQ(other->submit("# nothing\n", "x", "cli")->kind, SubmitResult::Kind::staged);
    const auto state = ask(describe_state);
    EXPECT_NE(state.at("edition"), "1.0");
    EXPECT_EQ(state.at("pending").at("author"), "cli");
    EXPECT_EQ(edit({1, 0}, put_p).kind, Kind::outdated);
    ASSERT_TRUE(other->commit("cli", "all gone"));
    EXPECT_EQ(ask(describe_state).at("edition"), "2.0");
}

TEST_F(PolicyEditorTest, PagesThroughHistory)
{
    auto at = edit({1, 0}, put_p).edition;
    at = commit(at).edition;
    at = commit(edit(at, put_q).edition).edition;
    const auto newest = wait_for([&] { return editor_->load_history({}, 2); });
    ASSERT_EQ(newest.commits.size(), 2U);
    EXPECT_EQ(newest.commits[0].version, 3);
    EXPECT_EQ(newest.next, 2);
    const auto oldest = wait_for([&] { return editor_->load_history(newest.next, 2); });
    ASSERT_EQ(oldest.commits.size(), 1U);
    EXPECT_FALSE(oldest.next);
    const auto changes = wait_for([&] { return editor_->compare(2, 3); });
    EXPECT_EQ(changes.at("count"), 1);
    EXPECT_EQ(changes.at("changes").at(0).at("row"), "Q");
    EXPECT_EQ(wait_for([&] { return editor_->compare({}, {}); }).at("count"), 0);
    EXPECT_EQ(wait_for([&] { return editor_->compare({}, 3); }).at("changes").at(0).at("row"), "Q");
    const auto first = wait_for([&] { return editor_->compare({}, 1); });
    EXPECT_GT(first.at("count").to_number<int>(), 0);
    for (const auto& change : first.at("changes").as_array()) EXPECT_EQ(change.at("kind"), "added") << json::serialize(change);
    std::optional<Result<json::object>> none;
    async::run_here([&]() -> Task<void> {
        auto got = co_await editor_->compare(2, 9);
        none.emplace(std::move(got));
    });
    EXPECT_EQ(none->error().fault, Fault::denied);
}

TEST_F(PolicyEditorTest, ListsRowsWithTheirState)
{
    const auto staged = edit({1, 0}, R"([{"do":"put","section":"mail_flow_policy","values":{"name":"P","max_message_size":"10M"}},
        {"do":"remove","section":"mail_flow_policy","row":"TRUSTED"},{"do":"remove","section":"sender_group","row":"public/ALLOWED_LIST"},
        {"do":"put","section":"mail_flow_policy","row":"BLOCKED","values":{"name":"BLOCKED","behavior":"refuse"}},
        {"do":"put","section":"sender_group","values":{"name":"G","listener":"public","order":1,"senders":["192.0.2.1","a.test","b.test","c.test","d.test","e.test"]}}])");
    ASSERT_EQ(staged.kind, Kind::staged) << (staged.problems.empty() ? "" : staged.problems[0].problem.what);
    std::map<std::string, std::string> states;
    const auto policies = rows("mail_flow_policy");
    for (const auto& row : policies.at("rows").as_array())
        states[std::string(row.at("id").as_string())] =
            std::string(row.at("state").as_string()) + (row.at("predefined").as_bool() ? " predefined" : "");
    EXPECT_EQ(states["P"], "added");
    EXPECT_EQ(states["BLOCKED"], "changed");
    EXPECT_EQ(states["ACCEPTED"], "same");
    EXPECT_EQ(states["TRUSTED"], "same predefined");
    const auto groups = rows("sender_group", "public");
    const auto& first = groups.at("rows").at(0);
    EXPECT_EQ(first.at("id"), "public/G");
    EXPECT_EQ(first.at("sender_count"), 6);
    EXPECT_EQ(first.at("first_senders").as_array().size(), 5U);
    EXPECT_FALSE(first.at("values").as_object().contains("senders"));
    EXPECT_EQ(groups.at("rows").at(1).at("state"), "same") << "it only made room";
    EXPECT_EQ(groups.at("rows").as_array().back().at("values").at("policy"), "ACCEPTED");
    EXPECT_EQ(rows("sender_group", "inside").at("rows").as_array().back().at("values").at("policy"), "BLOCKED");
    EXPECT_EQ(rows("mail_flow_policy", "", false).at("rows").as_array().size(), 6U);
    const auto keys = policies.at("keys").as_array();
    const auto tls = std::find_if(keys.begin(), keys.end(), [](const auto& key) { return key.at("name") == "tls"; });
    ASSERT_NE(tls, keys.end());
    EXPECT_EQ(json::serialize(tls->at("words")), R"(["off","preferred","required"])");
    for (const auto& parameter : policy::parameter_keys()) {
        const auto key = std::find_if(keys.begin(), keys.end(),
                                      [&](const auto& each) { return each.at("name").as_string() == parameter.name; });
        ASSERT_NE(key, keys.end()) << parameter.name;
        EXPECT_EQ(key->at("inherits"), true) << parameter.name;
        EXPECT_EQ(key->at("fallback"), to_json(policy::parameter_defaults().at(std::string(parameter.name)))) << parameter.name;
    }
    EXPECT_FALSE(tls->at("fallback").is_null());
}

TEST_F(PolicyEditorTest, TellsTheOrderThatAGroupHas)
{
    const std::string group = "[[sender_group]]\nlistener = \"public\"\npolicy = \"ACCEPTED\"\n";
    const auto text = group + "name = \"A\"\norder = 7\n" + group + "name = \"B\"\n" + group + "name = \"C\"\norder = 2\n" +
                      group + "name = \"D\"\n";
    ASSERT_EQ(wait_for([&] { return editor_->submit_text({1, 0}, text, "ann"); }).kind, Kind::staged);
    std::map<std::string, std::int64_t> told;
    const auto answer = rows("sender_group", "public");
    for (const auto& row : answer.at("rows").as_array())
        if (!row.at("predefined").as_bool()) told[std::string(row.at("id").as_string())] = row.at("order").as_int64();
    const auto compiled = wait_for([&] { return editor_->load_compiled(true); });
    std::map<std::string, std::int64_t> counted;
    for (const auto& each : compiled.snapshot->document().groups) counted["public/" + each.name] = each.order;
    EXPECT_EQ(told, counted);
    EXPECT_EQ(told["public/B"], 8);
    EXPECT_EQ(told["public/D"], 3);
    EXPECT_FALSE(answer.at("rows").as_array().back().as_object().contains("order")) << "ALL stands behind them all";
}

TEST_F(PolicyEditorTest, FindsSendersByTextAndAddress)
{
    std::string text;
    for (int i = 0; i < 600; ++i) text += "mx" + std::to_string(i) + ".partner.test (row " + std::to_string(i) + ")\\n";
    auto staged = edit({1, 0}, R"([{"do":"add_senders","row":"public/ALLOWED_LIST","text":")" + text + R"(192.0.2.0/24"},
        {"do":"add_senders","row":"public/BLOCKED_LIST","text":"192.0.2.7\n192.0.2.7\n.other.test\nALL"}])");
    ASSERT_EQ(staged.kind, Kind::staged);
    ASSERT_EQ(staged.senders.size(), 605U);
    const auto page = [&](const std::string& find, std::size_t from, std::size_t most) {
        return ask([=](const PolicyView& view) {
            return list_senders(view, {"public", "ALLOWED_LIST", find, from, most}, true);
        });
    };
    EXPECT_EQ(page("", 1, 500).at("total"), 601);
    EXPECT_EQ(page("", 1, 500).at("next"), 501);
    EXPECT_EQ(page("", 501, 500).at("senders").as_array().size(), 101U);
    EXPECT_TRUE(page("", 501, 500).at("next").is_null());
    EXPECT_EQ(page("192.0.2.99", 1, 10).at("senders").at(0).at("text"), "192.0.2.0/24");
    EXPECT_EQ(page("ROW 599", 1, 10).at("senders").at(0).at("text"), "mx599.partner.test");
    const auto found = ask([](const PolicyView& view) { return find_senders(view, "192.0.2.7", "", true); });
    ASSERT_EQ(found.at("total"), 3);
    EXPECT_EQ(found.at("found").at(0).at("group"), "ALLOWED_LIST");
    EXPECT_EQ(found.at("found").at(2).at("sender"), "ALL");
    const auto many = ask([](const PolicyView& view) { return find_senders(view, "partner", "public", true); });
    EXPECT_EQ(many.at("total"), 600);
    const auto host = ask([](const PolicyView& view) { return find_senders(view, "MX1.other.test", "", true); });
    ASSERT_EQ(host.at("total"), 1);
    EXPECT_EQ(host.at("found").at(0).at("sender"), ".other.test");
    EXPECT_EQ(many.at("found").as_array().size(), 200U);
}

TEST_F(PolicyEditorTest, SaysWhereAParameterComesFrom)
{
    ASSERT_EQ(edit({1, 0}, R"([{"do":"put","section":"listener_defaults","values":{"max_message_size":"20M"}},
        {"do":"put","section":"listener_defaults","values":{"listener":"public","tls":"required"}},
        {"do":"put","section":"mail_flow_policy","values":{"name":"P","max_message_size":"5M"}}])")
                  .kind,
              Kind::staged);
    const auto find = [&](const std::string& policy, const std::string& name) {
        const auto all = ask([=](const PolicyView& view) { return describe_parameters(view, "public", policy); });
        for (const auto& each : all.at("parameters").as_array())
            if (each.at("name").as_string() == std::string_view(name)) return json::serialize(each);
        return std::string();
    };
    EXPECT_EQ(find("P", "max_message_size"),
              R"({"name":"max_message_size","value":5242880,"from":"policy","inherited":20971520,"inherited_from":"listener"})");
    EXPECT_EQ(find("", "tls"),
              R"({"name":"tls","value":"required","from":"listener","inherited":"required","inherited_from":"listener"})");
    EXPECT_EQ(find("BLOCKED", "auth"),
              R"({"name":"auth","value":"off","from":"default","inherited":"off","inherited_from":"default"})");
}

TEST_F(PolicyEditorTest, TellsTheBehaviorThatAPolicyHasOnTheListener)
{
    const auto behavior = [&](const char* listener, const char* policy) {
        const auto all = ask([=](const PolicyView& view) { return describe_parameters(view, listener, policy); });
        return json::serialize(all.at("behavior"));
    };
    EXPECT_EQ(behavior("public", "TRUSTED"), R"("accept")");
    EXPECT_EQ(behavior("inside", "TRUSTED"), R"("relay")") << "nobody says there who is ours";
    EXPECT_EQ(behavior("inside", "BLOCKED"), R"("reject")");
    EXPECT_EQ(behavior("public", "RELAYED"), R"("relay")");
    EXPECT_EQ(behavior("public", ""), "null");
}

TEST(Changes, TellWhatBecameOfEachRow)
{
    std::vector<Problem> problems;
    const auto before = PolicyText::parse(
        "[[recipient]]\naddress = \"a.test\"\n[[recipient]]\naddress = \"b.test\"\n[[recipient]]\naddress = \"c.test\"\n"
        "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\norder = 1\nsenders = [\"192.0.2.1\", \"192.0.2.2\"]\n",
        "before", problems);
    std::string senders;
    for (int i = 0; i < 30; ++i) senders += "\"10.0.0." + std::to_string(i) + "\", ";
    const auto after = PolicyText::parse(
        "# moved\n[[recipient]]\naddress = \"c.test\"\n[[recipient]]\naddress = \"a.test\"\naction = \"reject\"\n"
        "[[sender_group]]\nname = \"NEW\"\nlistener = \"public\"\norder = 1\n"
        "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\norder = 2\nsenders = [\"192.0.2.2\", " +
            senders + "]\n",
        "after", problems);
    const auto changes = describe_changes(*before, *after);
    std::string told;
    for (const auto& change : changes.changes)
        told += std::to_string(static_cast<int>(change.kind)) + change.section + change.row + '\n';
    EXPECT_EQ(told, "0sender_grouppublic/NEW\n2sender_grouppublic/G\n3recipient1\n2recipient2\n1recipient2\n");
    const auto& group = changes.changes[1];
    ASSERT_TRUE(group.senders);
    EXPECT_EQ(group.senders->added_count, 30U);
    EXPECT_EQ(group.senders->added.size(), max_listed_senders);
    EXPECT_EQ(group.senders->removed, std::vector<std::string>{"192.0.2.1"});
    EXPECT_TRUE(group.keys.empty());
    EXPECT_EQ(describe_changes(*after, *after).count, 0U);
    EXPECT_EQ(list_changed_keys(*before, *after),
              (std::vector<std::string>{"sender_group.name", "sender_group.listener", "sender_group.order",
                                        "sender_group.senders", "recipient.action", "recipient.address"}));
    EXPECT_TRUE(list_changed_keys(*after, *after).empty());
    EXPECT_EQ(changes.changes[0].label, "NEW");
    EXPECT_EQ(changes.changes[3].label, "a.test");
    EXPECT_EQ(to_json(changes).at(4).at("label"), "b.test");
}

TEST(Changes, CutLongLists)
{
    const auto alias = [](int count) {
        std::string text = "[[alias]]\naddress = \"all@acme.test\"\nto = [";
        for (int i = 0; i < count; ++i) text += "\"a" + std::to_string(i) + "@acme.test\", ";
        std::vector<Problem> problems;
        return PolicyText::parse(text + "]\n", "test", problems);
    };
    const auto key_of = [](const PolicyText& before, const PolicyText& after) {
        const auto changes = to_json(describe_changes(before, after));
        return changes.at(0).at("keys").at(0).as_object();
    };
    const auto cut = key_of(*alias(20), *alias(21));
    EXPECT_EQ(cut.at("name"), "to");
    EXPECT_EQ(cut.at("before").as_array().size(), 20U);
    EXPECT_FALSE(cut.contains("before_count"));
    EXPECT_EQ(cut.at("after").as_array().size(), 20U);
    EXPECT_EQ(cut.at("after").at(19), "a19@acme.test");
    EXPECT_EQ(cut.at("after_count"), 21);
    const auto other = key_of(*alias(500), *alias(1));
    EXPECT_EQ(other.at("before").as_array().size(), 20U);
    EXPECT_EQ(other.at("before_count"), 500);
    EXPECT_FALSE(other.contains("after_count"));
}

}  // namespace
}  // namespace sealpost::revisions
