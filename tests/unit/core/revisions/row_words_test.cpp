// Rows and keys as the command line words them.
#include "core/revisions/row_words.hpp"

#include <gtest/gtest.h>

namespace sealpost::revisions {
namespace {

using config::Value;

const std::string document = R"([[mail_flow_policy]]
name = "P"
tls = "required"
max_message_size = "10M"

[[sender_group]]
name = "G"
listener = "public"
order = 1
policy = "P"
comment = "ours"
senders = ["192.0.2.1"]

[[sender_group]]
name = "G"
listener = "inside"
order = 1
policy = "P"

[[sender_group]]
name = "H"
listener = "public"
order = 2
policy = "P"

[[recipient]]
address = ["acme.test", "Info@example.org"]

[[recipient]]
address = "info@example.org"
action = "reject"
)";

std::shared_ptr<const PolicyText> parse(const std::string& text = document)
{
    std::vector<Problem> problems;
    return PolicyText::parse(text, "test", problems);
}

Result<RowValues> assign(std::string_view section, const std::vector<std::string>& words)
{
    return parse_assignments(*find_section(section), words);
}

Result<std::string> find(std::string_view section, std::string_view which, Unwritten unwritten = Unwritten::left)
{
    return find_row_id(*parse(), *find_section(section), which, unwritten);
}

Result<std::string> find_behind(std::string_view section, const std::vector<std::string>& words, std::string_view which)
{
    return find_row_behind(*parse(), *find_section(section), assign(section, words).value(), which);
}

Result<Edit> change(std::string_view section, const std::string& id, const std::vector<std::string>& words,
                    const std::vector<std::string>& left_out = {})
{
    return change_row(*parse(), *find_section(section), id, assign(section, words).value(), left_out);
}

TEST(Assignments, NeedNoQuotesWhereTheKeyIsAText)
{
    const auto values = assign("sender_group", {"name=CRES", "listener=public", "order=1", "comment=secure = replies",
                                                R"(senders=[".res.cisco.com", "208.90.57.0/26"])", "policy=\"P\""})
                            .value();
    EXPECT_EQ(values.at("name").text, "CRES");
    EXPECT_EQ(values.at("order").kind, Value::Kind::number);
    EXPECT_EQ(values.at("order").number, 1);
    EXPECT_EQ(values.at("comment").text, "secure = replies");
    EXPECT_EQ(values.at("policy").text, "P");
    ASSERT_EQ(values.at("senders").items.size(), 2U);
    EXPECT_EQ(values.at("senders").items[1].text, "208.90.57.0/26");
}

TEST(Assignments, ReadEachTypeAsTheDocumentWould)
{
    const auto values = assign("mail_flow_policy", {"tls=required", "max_message_size=20M", "dkim_sign=false"}).value();
    EXPECT_EQ(values.at("tls").text, "required");
    EXPECT_EQ(values.at("max_message_size").text, "20M");
    EXPECT_EQ(values.at("dkim_sign").kind, Value::Kind::flag);
    const auto plain = assign("mail_flow_policy", {"max_message_size=4096"}).value();
    EXPECT_EQ(plain.at("max_message_size").kind, Value::Kind::number);
    EXPECT_EQ(assign("recipient", {"address=acme.test"}).value().at("address").kind, Value::Kind::text);
    EXPECT_EQ(assign("recipient", {"address=['acme.test']"}).value().at("address").kind, Value::Kind::list);
    EXPECT_EQ(assign("recipient", {"text="}).value().at("text").text, "");
}

TEST(Assignments, RefuseWhatIsNoKeyAndNoValue)
{
    const std::vector<std::vector<std::string>> bad = {
        {"order"},
        {"=1"},
        {"oder=1"},
        {"order=first"},
        {"order="},
        {"order=1.5"},
        {"order=1\nname=2"},
        {"order=1", "order=2"},
        {"senders=[[\"a\"]]"},
        {"senders=[a]"},
        {"name=\"open"},
        {"name=\"a\"\n[[sender_group]]"},
    };
    for (const auto& words : bad) {
        const auto values = assign("sender_group", words);
        ASSERT_TRUE(values.has_error()) << words.front();
        EXPECT_EQ(values.error().fault, Fault::config) << words.front();
    }
    EXPECT_NE(assign("sender_group", {"oder=1"}).error().text.find("order"), std::string::npos) << "what was probably meant";
}

TEST(FindRowId, TakesIdsAndWhatPeopleCallARow)
{
    EXPECT_EQ(find("mail_flow_policy", "P").value(), "P");
    EXPECT_EQ(find("mail_flow_policy", "ACCEPTED", Unwritten::taken).value(), "ACCEPTED") << "predefined, not written";
    EXPECT_EQ(find("sender_group", "inside/G").value(), "inside/G");
    EXPECT_EQ(find("sender_group", "H").value(), "public/H");
    EXPECT_EQ(find("recipient", "2").value(), "2");
    EXPECT_EQ(find("recipient", "ACME.test").value(), "1");
}

TEST(FindRowId, DeniesWhatIsNotThereOrMoreThanOne)
{
    const std::vector<std::pair<std::string, std::string>> bad = {{"mail_flow_policy", "Q"}, {"sender_group", "G"},
                                                                  {"sender_group", "h"},     {"sender_group", "outside/G"},
                                                                  {"recipient", "3"},        {"recipient", "info@example.org"},
                                                                  {"recipient", ""},         {"mail_flow_policy", "ACCEPTED"}};
    for (const auto& [section, which] : bad) {
        const auto id = find(section, which);
        ASSERT_TRUE(id.has_error()) << section << ' ' << which;
        EXPECT_EQ(id.error().fault, Fault::denied) << section << ' ' << which;
    }
    EXPECT_NE(find("sender_group", "G").error().text.find("public/G, inside/G"), std::string::npos);
}

TEST(FindRowId, SuggestsPredefinedRowsOnlyWhereTheyCanBeMeant)
{
    const auto says = [](const Result<std::string>& id, std::string_view what) {
        return id.error().text.find(what) != std::string::npos;
    };
    EXPECT_TRUE(says(find("mail_flow_policy", "ACEPTED", Unwritten::taken), "did you mean ACCEPTED?"));
    EXPECT_FALSE(says(find("mail_flow_policy", "ACEPTED"), "ACCEPTED"));
    EXPECT_TRUE(says(find("mail_flow_policy", "ACCEPTED"), "predefined and not written"));
}

TEST(FindRowBehind, LooksForAGroupOnTheListenerOfTheNewOne)
{
    for (const std::string listener : {"public", "inside"}) {
        const std::vector<std::string> words = {"name=N", "listener=" + listener};
        EXPECT_EQ(find_behind("sender_group", words, "G").value(), listener + "/G") << "both have one";
        EXPECT_EQ(find_behind("sender_group", words, listener + "/G").value(), listener + "/G");
    }
    EXPECT_EQ(find_behind("recipient", {"address=new.test"}, "acme.test").value(), "1");
    EXPECT_EQ(find_behind("sender_group", {"name=N"}, "H").value(), "public/H")
        << "that the listener is missing is told elsewhere";
}

TEST(FindRowBehind, DeniesWhatTheListenerDoesNotHave)
{
    for (const std::string which : {"H", "inside/H", "absent"}) {
        const auto id = find_behind("sender_group", {"name=N", "listener=inside"}, which);
        ASSERT_TRUE(id.has_error()) << which;
        EXPECT_EQ(id.error().fault, Fault::denied) << which;
    }
    EXPECT_EQ(find_behind("mail_flow_policy", {"name=N"}, "ACCEPTED").error().fault, Fault::denied) << "not written";
}

Edited put_behind(const std::vector<std::string>& words, std::string_view which)
{
    Edit edit;
    edit.section = "sender_group";
    edit.values = assign("sender_group", words).value();
    edit.before = find_behind("sender_group", words, which).value();
    return apply_edits(*parse(), {edit});
}

TEST(FindRowBehind, PutsTheNewGroupInFrontOfIt)
{
    const auto edited = put_behind({"name=N", "listener=public", "policy=P"}, "G");
    EXPECT_NE(edited.text.value().find("name = \"N\"\nlistener = \"public\"\norder = 1\n"), std::string::npos) << *edited.text;
}

TEST(FindRowBehind, LeavesToTheEditWhatCannotBeInFrontOfIt)
{
    const auto code_of = [](const Edited& edited) { return edited.text ? "none" : edited.problems.at(0).problem.said.code; };
    EXPECT_EQ(code_of(put_behind({"name=N", "listener=inside"}, "public/G")), "before_other_listener") << "inside has a G, too";
    EXPECT_EQ(code_of(put_behind({"name=N", "listener=public", "order=1"}, "H")), "order_and_before");
}

TEST(ChangeRow, KeepsWhatIsNotNamed)
{
    const auto edit = change("mail_flow_policy", "P", {"tls=off", "auth=required"}, {"max_message_size"}).value();
    EXPECT_EQ(edit.kind, Edit::Kind::put);
    EXPECT_EQ(edit.row, "P");
    std::vector<std::string> keys;
    for (const auto& [key, value] : edit.values) keys.push_back(key);
    EXPECT_EQ(keys, (std::vector<std::string>{"auth", "name", "tls"}));
    EXPECT_EQ(edit.values.at("tls").text, "off");
}

TEST(ChangeRow, ChangesNothingElseInTheText)
{
    auto expected = document;
    expected.replace(expected.find("\"ours\""), 6, "\"theirs\"");
    const auto edited = apply_edits(*parse(), {change("sender_group", "public/G", {"comment=theirs"}).value()});
    EXPECT_EQ(edited.text.value(), expected);
}

TEST(ChangeRow, WritesAPredefinedRowWithWhatItSays)
{
    const auto edit = change("mail_flow_policy", "BLOCKED", {"reject_text=no"}).value();
    EXPECT_EQ(edit.values.at("behavior").text, "reject");
    const auto edited = apply_edits(*parse(), {edit});
    EXPECT_NE(edited.text.value().find("name = \"BLOCKED\"\nbehavior = \"reject\""), std::string::npos) << *edited.text;
}

TEST(ChangeRow, GivesNoOtherNameToAPredefinedRowThatIsNotWritten)
{
    const auto try_name = [](const std::string& name) {
        const auto edit = change("encryption_profile", "default", {"name=" + name, "assurance=strong"}).value();
        return apply_edits(*parse(), {edit});
    };
    const auto refused = try_name("strict");
    ASSERT_EQ(refused.problems.size(), 1U);
    EXPECT_EQ(refused.problems[0].problem.said.code, "predefined_keeps_name");
    EXPECT_EQ(refused.problems[0].field, "name");
    EXPECT_TRUE(try_name("default").text);
    EXPECT_EQ(change("mail_flow_policy", "P", {"name=Q"}).value().values.at("name").text, "Q") << "this one is written";
}

TEST(ChangeRow, FindsTheRowAsPeopleCallIt)
{
    EXPECT_EQ(change("sender_group", "H", {"comment=x"}).value().row, "public/H");
    EXPECT_EQ(change("recipient", "acme.test", {"action=reject"}).value().row, "1");
    EXPECT_EQ(change("mail_flow_policy", "ACEPTED", {"tls=off"}).error().fault, Fault::denied);
}

TEST(ChangeRow, RefusesToLeaveOutWhatARowCannotBeWithout)
{
    for (const std::string key : {"name", "order", "senders", "nonsense", "comment"}) {
        const auto edit = change("sender_group", "public/G", {"comment=x"}, {key});
        ASSERT_TRUE(edit.has_error()) << key;
        EXPECT_EQ(edit.error().fault, Fault::config) << key;
    }
}

}  // namespace
}  // namespace sealpost::revisions
