#include "core/revisions/edit.hpp"
#include "core/policy/document_keys.hpp"
#include "core/revisions/changes.hpp"
#include "core/revisions/toml_text.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <random>

namespace sealpost::revisions {
namespace {

using test::read_all;
namespace fs = std::filesystem;

std::shared_ptr<const PolicyText> parse(const std::string& text)
{
    std::vector<Problem> problems;
    auto parsed = PolicyText::parse(text, "test", problems);
    if (!parsed) throw std::runtime_error(config::format_problems(problems) + "\n" + text);
    return parsed;
}

Edited edit(const std::string& text, const std::string& changes)
{
    return apply_edits(*parse(text), parse_edits(boost::json::parse(changes)).value());
}

// A vector: "--- before", the document; "--- changes", JSON; then "--- after", the document, or "--- problem" with
// its section, row and field.
std::string part_of(const std::string& text, const std::string& name)
{
    const auto at = text.find("--- " + name + '\n');
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 5;
    return text.substr(begin, std::min(text.find("--- ", begin), text.size()) - begin);
}

class EditVectors : public testing::TestWithParam<fs::path> {};

TEST_P(EditVectors, EndInTheirTextOrProblem)
{
    const auto vector = read_all(GetParam());
    const auto edited = edit(part_of(vector, "before"), part_of(vector, "changes"));
    if (vector.find("--- problem\n") == std::string::npos) {
        ASSERT_TRUE(edited.text) << edited.problems.front().problem.what;
        EXPECT_EQ(*edited.text, part_of(vector, "after"));
        return;
    }
    ASSERT_FALSE(edited.problems.empty());
    const auto& problem = edited.problems.front();
    EXPECT_EQ(problem.section + ' ' + problem.row + ' ' + (problem.field.empty() ? "-" : problem.field) + '\n',
              part_of(vector, "problem"));
    EXPECT_FALSE(edited.text);
}

INSTANTIATE_TEST_SUITE_P(Edit, EditVectors, testing::ValuesIn(test::list_vectors("policy/edits")), test::name_vector);

TEST(Edit, SaysWhereTheChangesAreWrong)
{
    for (const char* bad :
         {"{}", "[1]", R"([{"do":"put"}])", R"([{"do":"erase","section":"route","row":"1"}])",
          R"([{"do":"remove","section":"route"}])", R"([{"do":"put","section":"route","values":{"hosts":[["x"]]}}])",
          R"([{"do":"put","section":"route","values":{"hosts":1.5}}])", R"([{"do":"move","section":"route","row":"1"}])",
          R"([{"do":"remove_senders","row":"a/b"}])"}) {
        const auto edits = parse_edits(boost::json::parse(bad));
        ASSERT_TRUE(edits.has_error()) << bad;
        EXPECT_EQ(edits.error().fault, Fault::config);
    }
}

TEST(Edit, TakesABoundedNumberOfSendersOut)
{
    const auto remove = [](std::size_t count) {
        boost::json::array senders(count, boost::json::value("192.0.2.1"));
        const boost::json::object change{{"do", "remove_senders"}, {"row", "a/b"}, {"senders", std::move(senders)}};
        return parse_edits(boost::json::array{change});
    };
    EXPECT_EQ(remove(max_removed_senders)->front().senders.size(), max_removed_senders);
    ASSERT_TRUE(remove(max_removed_senders + 1).has_error());
    EXPECT_EQ(remove(max_removed_senders + 1).error().fault, Fault::config);
}

TEST(Edit, RefusesPlacesThatNoGroupCanHave)
{
    const std::string text = "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\n";
    for (const char* order : {"0", "-1", "1000001", "9223372036854775807"}) {
        const auto put = edit(text, R"([{"do":"put","section":"sender_group","values":{"name":"N","listener":"public","order":)" +
                                        std::string(order) + "}}]");
        ASSERT_EQ(put.problems.size(), 1U) << order;
        EXPECT_EQ(put.problems[0].field, "order");
        const auto move =
            edit(text, R"([{"do":"move","section":"sender_group","row":"public/G","to":)" + std::string(order) + "}]");
        EXPECT_EQ(move.problems.size(), 1U) << order;
    }
    EXPECT_TRUE(edit("[[sender_group]]\nname = \"G\"\n", R"([{"do":"move","section":"sender_group","row":"/G","to":2}])").text);
}

TEST(Edit, KeepsLinesThatEndInCarriageReturns)
{
    const std::string text =
        "# a\r\n\r\n[[route]]\r\ndomain = \"a.test\"\r\nhosts = [\r\n \"USEDNS\",\r\n]\r\n\r\n[[route]]\r\ndomain = "
        "\"b.test\"\r\n";
    const auto edited =
        edit(text, R"([{"do":"put","section":"route","row":"1","values":{"domain":"c.test","hosts":["USEDNS","mx.c.test"]}}])");
    EXPECT_EQ(edited.text,
              "# a\r\n\r\n[[route]]\r\ndomain = \"c.test\"\r\nhosts = [\r\n \"USEDNS\",\r\n "
              "\"mx.c.test\",\n]\r\n\r\n[[route]]\r\ndomain = \"b.test\"\r\n");
}

TEST(Edit, TellsEveryPastedLine)
{
    const auto group = parse("[[sender_group]]\nname = \"G\"\nlistener = \"public\"\nsenders = [\"192.0.2.1 (x)\"]\n");
    const auto verdicts =
        check_senders("# list\n192.0.2.1/32\nmx.acme.test (theirs)\n\n*.bad\r\nMX.ACME.TEST\n10/8 # inside (all)\n",
                      &group->rows("sender_group").front());
    using Kind = SenderVerdict::Kind;
    ASSERT_EQ(verdicts.size(), 5U);
    EXPECT_EQ(verdicts[0].kind, Kind::duplicate);
    EXPECT_EQ(verdicts[1].kind, Kind::ok);
    EXPECT_EQ(verdicts[1].comment, "theirs");
    EXPECT_EQ(verdicts[2].kind, Kind::refused);
    EXPECT_EQ(verdicts[2].line, 5);
    EXPECT_EQ(verdicts[3].kind, Kind::duplicate);
    EXPECT_EQ(verdicts[4].sender, "10.0.0.0/8");
    EXPECT_EQ(verdicts[4].comment, "inside [all]");
}

// Pages in other languages word it by the code; the English stays beside it.
TEST(Edit, TellsAProblemByItsCodeAndFacts)
{
    const auto problems = edit("", R"([{"do":"move","section":"route","row":"9","to":1}])").problems;
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(to_json(problems[0]), (boost::json::object{{"line", 0},
                                                         {"key", "route"},
                                                         {"what", "there is no row \"9\""},
                                                         {"hint", ""},
                                                         {"what_code", "no_row"},
                                                         {"what_facts", {{"row", "\"9\""}}},
                                                         {"section", "route"},
                                                         {"row", "9"}}));
    const auto verdict = to_json(check_senders("10.0.0.0/33", nullptr).at(0));
    EXPECT_EQ(verdict.at("note_code"), "sender_prefix");
    EXPECT_EQ(verdict.at("note_facts"), (boost::json::object{{"sender", "\"10.0.0.0/33\""}}));
}

TEST(Edit, WritesEverySectionOfTheKeyTable)
{
    for (const auto& section : policy::document_sections()) {
        Edit put;
        put.section = section.name;
        std::string keys;
        for (const auto& key : section.keys) keys += std::string(key.name) + " = " + std::string(key.example) + '\n';
        const auto example = parse("[[" + put.section + "]]\n" + keys);
        for (const auto& member : example->rows(section.name).front().table->members)
            put.values.emplace(member.key, member.value);
        const auto edited = apply_edits(*parse("# top\n"), {put});
        ASSERT_TRUE(edited.text) << section.name;
        const auto read = parse(*edited.text);
        ASSERT_EQ(read->rows(section.name).size(), 1U) << section.name;
        EXPECT_EQ(describe_changes(*example, *read).count, 0U) << *edited.text;
        Edit remove;
        remove.kind = Edit::Kind::remove;
        remove.section = section.name;
        remove.row = read->rows(section.name).front().id;
        EXPECT_EQ(apply_edits(*read, {remove}).text.value_or("none"), "# top\n\n") << section.name;
    }
}

TEST(Edit, TouchesOneLineOfAGroupWithAHundredThousandSenders)
{
    std::string head = "[[sender_group]]\nname = \"BIG\"\nlistener = \"public\"\ncomment = \"old\"\nsenders = [\n";
    std::string list;
    for (int i = 0; i < 100'000; ++i) list += "    \"mx" + std::to_string(i) + ".partner.test\",  # " + std::to_string(i) + '\n';
    const auto put = edit(head + list + "]\n", R"([{"do":"put","section":"sender_group","row":"public/BIG",
        "values":{"name":"BIG","listener":"public","comment":"new"}},
        {"do":"add_senders","row":"public/BIG","text":"mx7.partner.test\nmx.acme.test"}])");
    ASSERT_TRUE(put.text);
    head.replace(head.find("old"), 3, "new");
    EXPECT_TRUE(*put.text == head + list + "    \"mx.acme.test\",\n]\n");
    EXPECT_EQ(put.senders.at(0).kind, SenderVerdict::Kind::duplicate);
}

// A plain model of the rows of two sections beside the text.
class Model {
public:
    using Rows = std::vector<std::map<std::string, config::Value>>;
    explicit Model(unsigned seed) : random_(seed) {}

    void step()
    {
        const std::string section = pick(2) == 0 ? "recipient" : "encryption_rule";
        auto& rows = rows_[section];
        Edit edit;
        edit.section = section;
        const auto at = rows.empty() ? 0 : pick(rows.size());
        edit.row = id_of(section, at);
        switch (rows.empty() ? 0 : pick(4)) {
            case 0: {
                edit.row.clear();
                edit.values = make_values(section);
                if (!rows.empty() && pick(2) == 0) edit.before = id_of(section, at);
                rows.insert(edit.before.empty() ? rows.end() : rows.begin() + static_cast<std::ptrdiff_t>(at), edit.values);
                break;
            }
            case 1:
                edit.values = make_values(section);
                rows[at] = edit.values;
                break;
            case 2:
                edit.kind = Edit::Kind::remove;
                rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            default:
                edit.kind = Edit::Kind::move;
                const auto to = pick(rows.size());
                edit.to = static_cast<std::int64_t>(to) + 1;
                auto row = rows[at];
                rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
                rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(to), std::move(row));
        }
        auto edited = apply_edits(*parse(text_), {edit});
        ASSERT_TRUE(edited.text) << edited.problems.front().problem.what << "\n" << text_;
        check_bytes(edit, *edited.text);
        text_ = std::move(*edited.text);
    }

    void check() const
    {
        const auto read = parse(text_);
        for (const auto& [section, rows] : rows_) {
            const auto& found = read->rows(section);
            ASSERT_EQ(found.size(), rows.size()) << text_;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                ASSERT_EQ(found[i].table->members.size(), rows[i].size()) << text_;
                for (const auto& [key, value] : rows[i]) {
                    ASSERT_NE(found[i].table->find(key), nullptr) << key << "\n" << text_;
                    EXPECT_TRUE(is_same(*found[i].table->find(key), value)) << key << "\n" << text_;
                }
            }
        }
    }

private:
    std::size_t pick(std::size_t below) { return random_() % below; }

    std::string id_of(const std::string& section, std::size_t at)
    {
        if (rows_[section].empty()) return {};
        return section == "recipient" ? std::to_string(at + 1) : rows_[section][at].at("name").text;
    }

    config::Value make_list()
    {
        config::Value list;
        list.kind = config::Value::Kind::list;
        for (auto count = pick(9); count-- > 0;) list.items.push_back(config::Value::of_text(make_text()));
        return list;
    }

    std::string make_text()
    {
        static const std::vector<std::string> pieces = {"a", "\"", "'",  "\\",   "#", "[",     "]",     ",",
                                                        " ", "=",  "\n", "\x7f", "é", "[[x]]", "\"\"\""};
        std::string out;
        for (auto count = pick(12); count-- > 0;) out += pieces[pick(pieces.size())];
        return out;
    }

    std::map<std::string, config::Value> make_values(const std::string& section)
    {
        std::map<std::string, config::Value> values;
        if (section == "encryption_rule") values["name"] = config::Value::of_text("rule" + std::to_string(++last_));
        for (const char* key : {"address", "listener", "sender", "subject_contains"}) {
            const auto& known = find_section(section)->keys;
            if (pick(2) == 0 && std::any_of(known.begin(), known.end(), [&](const auto& each) { return each.name == key; }))
                values[key] = pick(3) == 0 ? config::Value::of_text(make_text()) : make_list();
        }
        if (section == "recipient" && pick(2) == 0)
            values["code"] = config::Value::of_number(400 + static_cast<std::int64_t>(pick(200)));
        if (section == "recipient" && pick(2) == 0) values["bypass_limits"] = config::Value::of_flag(pick(2) == 0);
        return values;
    }

    // Each comment line that is not in a row stands there once more, and the other sections as they were.
    void check_bytes(const Edit& edit, const std::string& after) const
    {
        EXPECT_NE(after.find("# about routes\n\n[[route]]  # one\ndomain = 'acme.test'\nhosts = [  # in turn\n  \"USEDNS\" ]\n"),
                  std::string::npos)
            << edit.section << "\n"
            << after;
        EXPECT_EQ(after.find("# the policy of acme.test\n"), 0U);
    }

    std::mt19937 random_;
    std::map<std::string, Rows> rows_ = {{"recipient", {}}, {"encryption_rule", {}}};
    std::string text_ =
        "# the policy of acme.test\n\n# about routes\n\n[[route]]  # one\ndomain = 'acme.test'\nhosts = [  # in turn\n  "
        "\"USEDNS\" ]\n";
    int last_ = 0;
};

TEST(Edit, AgreesWithAPlainModelOfRows)
{
    for (unsigned seed = 0; seed < 60; ++seed) {
        Model model(seed);
        for (int i = 0; i < 40 && !testing::Test::HasFatalFailure(); ++i) {
            model.step();
            model.check();
        }
        if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
    }
}

// Groups moved at random stand where they were moved to, and the others keep their sequence.
TEST(Edit, KeepsTheSequenceOfTheOtherGroups)
{
    std::mt19937 random(7);
    std::vector<std::string> names = {"A", "B", "C", "D", "E", "F"};
    std::string text;
    for (const auto& name : names)
        text += "[[sender_group]]\nname = \"" + name + "\"\nlistener = \"public\"\n" +
                (random() % 2 == 0 ? "" : "comment = \"x\"\n") + '\n';
    for (int i = 0; i < 200; ++i) {
        const auto from = random() % names.size();
        const auto to = random() % names.size();
        Edit move;
        move.kind = Edit::Kind::move;
        move.section = "sender_group";
        move.row = "public/" + names[from];
        move.to = static_cast<std::int64_t>(to) + 1;
        text = apply_edits(*parse(text), {move}).text.value();
        const auto name = names[from];
        names.erase(names.begin() + static_cast<std::ptrdiff_t>(from));
        names.insert(names.begin() + static_cast<std::ptrdiff_t>(to), name);
        std::map<int, std::string> found;
        const auto read = policy::parse_document(text, "test");
        ASSERT_TRUE(read.document) << text;
        for (const auto& group : read.document->groups) found[group.order] = group.name;
        std::vector<std::string> sequence;
        for (const auto& [order, group] : found) sequence.push_back(group);
        ASSERT_EQ(sequence, names);
        ASSERT_EQ(found.begin()->first, 1);
    }
}

}  // namespace
}  // namespace sealpost::revisions
