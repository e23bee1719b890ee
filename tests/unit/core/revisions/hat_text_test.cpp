#include "core/revisions/hat_text.hpp"
#include "vectors.hpp"

#include "base/text.hpp"
#include "core/policy/snapshot.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace sealpost::revisions {

using namespace policy;

namespace {

using test::read_all;
namespace fs = std::filesystem;

const std::vector<ListenerInfo> one_listener = {{"public", ListenerKind::public_mail}};

// A vector's first lines say what becomes of it: "# ok" or "# LINE" of each problem, then "# note LINE".
std::string judge(const std::string& text)
{
    const auto parsed = parse_hat_text(text, "vector");
    std::string told = parsed.hat ? "# ok\n" : "";
    for (const auto& problem : parsed.problems) told += "# " + std::to_string(problem.line) + '\n';
    for (const auto& note : parsed.notes) told += "# note " + std::to_string(note.line) + '\n';
    return told;
}

class HatVectors : public testing::TestWithParam<fs::path> {};

TEST_P(HatVectors, AreTakenOrRefusedWithTheirLine)
{
    const auto text = read_all(GetParam());
    const auto told = judge(text);
    EXPECT_EQ(text.substr(0, told.size()), told);
}

INSTANTIATE_TEST_SUITE_P(Hat, HatVectors, testing::ValuesIn(test::list_vectors("policy/hat")), test::name_vector);

struct Imported {
    std::string text;
    std::shared_ptr<const Snapshot> snapshot;
};

Imported import_into(std::string_view document, const std::string& hat)
{
    const auto parsed = parse_hat_text(hat, "hat");
    auto text = replace_hat(document, parsed.hat.value(), "public").value();
    auto read = parse_document(text, "made");
    if (!read.document) throw std::runtime_error(config::format_problems(read.problems));
    auto compiled = Snapshot::compile(std::move(*read.document), one_listener);
    if (!compiled.snapshot) throw std::runtime_error(config::format_problems(compiled.problems));
    return {std::move(text), std::move(compiled.snapshot)};
}

ConnectionVerdict meet(const Imported& imported, const char* ip, const char* host = "")
{
    ConnectionFacts facts{"public", parse_ip(ip).value(), HostState::none, host};
    if (*host != 0) facts.host_state = HostState::verified;
    return imported.snapshot->decide_connection(facts);
}

TEST(HatText, DecidesAsTheReferenceDid)
{
    const auto hat = read_all(fs::path(SEALPOST_SOURCE_DIR) / "tests/vectors/policy/hat/whole-table.hat");
    const auto imported = import_into(default_document(one_listener), hat);
    const auto trusted = meet(imported, "192.0.2.7");
    EXPECT_EQ(trusted.sender_group, "WHITELIST");
    EXPECT_EQ(trusted.order, 1);
    EXPECT_EQ(trusted.parameters->max_connections_per_host, 600U);
    EXPECT_EQ(trusted.parameters->max_recipients_per_hour, 0U);
    EXPECT_EQ(trusted.parameters->tls, TlsMode::off);
    EXPECT_EQ(meet(imported, "10.9.9.9", "mx1.partner.test").sender_group, "WHITELIST");
    EXPECT_EQ(meet(imported, "203.0.113.15").behavior, Behavior::reject);
    EXPECT_EQ(meet(imported, "10.1.2.3").passed_groups, std::vector<std::string>{"MARKED"});
    EXPECT_EQ(meet(imported, "10.2.3.4").behavior, Behavior::refuse);
    const auto relayed = meet(imported, "2001:db8::1");
    EXPECT_EQ(relayed.behavior, Behavior::relay);
    EXPECT_EQ(relayed.parameters->max_connections_per_host, 5U);
    const auto other = meet(imported, "198.18.0.1");
    EXPECT_EQ(other.policy, "THROTTLED");
    EXPECT_EQ(other.parameters->max_message_bytes, 1048576U);
}

TEST(HatText, TakesThePlaceOfTheListenersGroupsAndLeavesTheRest)
{
    const std::string document =
        "[[sender_group]]\nname = \"OLD\"\nlistener = \"public\"\npolicy = \"BLOCKED\"\nsenders = [\n"
        "    \"192.0.2.1\",\n]\n\n# whom we know\n[[recipient]]\naddress = [\"acme.test\"]\naction = \"accept\"\n";
    const auto imported = import_into(document, "NEW: 192.0.2.2 $TRUSTED\n$TRUSTED ACCEPT {}\n");
    EXPECT_EQ(meet(imported, "192.0.2.1").sender_group, "ALL");
    EXPECT_EQ(meet(imported, "192.0.2.2").sender_group, "NEW");
    EXPECT_TRUE(imported.snapshot->is_own_domain("acme.test"));
    EXPECT_EQ(imported.text.find("OLD"), std::string::npos);
    EXPECT_NE(imported.text.find("# whom we know\n[[recipient]]"), std::string::npos);
}

TEST(HatText, TellsOfEachGroupThatItDisplaces)
{
    const std::string document =
        "[[sender_group]]\nname = \"OLD\"\nlistener = \"public\"\npolicy = \"BLOCKED\"\nsenders = [\"192.0.2.1\"]\n\n"
        "[[sender_group]]\nname = \"SAME\"\nlistener = \"public\"\npolicy = \"BLOCKED\"\nsenders = [\"192.0.2.3\"]\n\n"
        "[[sender_group]]\nname = \"STAFF\"\nlistener = \"submission\"\npolicy = \"BLOCKED\"\nsenders = [\"ALL\"]\n";
    const auto parsed = parse_hat_text("SAME: 192.0.2.2 $TRUSTED\n$TRUSTED ACCEPT {}\n", "hat");
    const auto told = find_displaced_groups(document, parsed.hat.value(), "public");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].what.starts_with("OLD ")) << told[0].what;
}

TEST(HatText, ImportedTwiceIsTheSameAsOnce)
{
    const auto hat = read_all(fs::path(SEALPOST_SOURCE_DIR) / "tests/vectors/policy/hat/whole-table.hat");
    const auto once = import_into(default_document(one_listener), hat);
    EXPECT_EQ(import_into(once.text, hat).text, once.text);
}

TEST(HatText, KeepsCommentsOfGroupsAndSenders)
{
    const auto imported = import_into("", "A: 192.0.2.7 (our \"best\" partner) $ACCEPTED (known)\n");
    const auto& group = imported.snapshot->document().groups.at(0);
    EXPECT_EQ(group.comment, "known");
    EXPECT_EQ(group.senders.at(0).comment, "our \"best\" partner");
}

}  // namespace
}  // namespace sealpost::revisions
