#include "vectors.hpp"
#include "base/text.hpp"
#include "core/policy/host_table.hpp"
#include "core/policy/last_policy.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace sealpost::policy {
namespace {

using test::read_all;
namespace fs = std::filesystem;

fs::path source() { return SEALPOST_SOURCE_DIR; }

const std::vector<ListenerInfo> two_listeners = {{"public", ListenerKind::public_mail}, {"private", ListenerKind::private_mail}};

// What a vector asks about: an address, a host name, or "listed ZONE", "country CC", "reputation N|none".
struct Subject {
    explicit Subject(const std::string& text)
    {
        const auto word = text.substr(0, text.find(' '));
        const auto rest = text.substr(std::min(text.size(), word.size() + 1));
        if (const auto ip = parse_ip(text)) {
            address = *ip;
        } else if (word == "listed") {
            zones.push_back(rest);
        } else if (word == "country") {
            facts.country = country = rest;
        } else if (word == "reputation") {
            if (rest != "none") facts.reputation = parse_score(rest).value();
        } else {
            host = text;
        }
        facts.dns_lists = zones;
    }
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;

    IpAddress address = *parse_ip("203.0.113.1");
    std::string host;
    std::vector<std::string> zones;
    std::string country;
    HostFacts facts;
};

bool matches_either_way(const SenderPattern& pattern, const std::string& text)
{
    const Subject subject(text);
    HostTable::Builder builder;
    builder.add(pattern);
    const HostTable table = builder.build();
    const bool plain = matches(pattern, subject.address, subject.host, subject.facts);
    EXPECT_EQ(table.find(subject.address, subject.host, subject.facts) != HostTable::none, plain) << text;
    return plain;
}

TEST(SenderVectors, EachFormMatchesWhatItSays)
{
    int count = 0;
    for (const auto& file : test::list_vectors("policy/senders")) {
        const auto text = read_all(file);
        const auto lines = split(text, '\n');
        ASSERT_TRUE(lines.front().starts_with("sender: ")) << file;
        const auto annotated = split_annotation(lines.front().substr(8));
        const auto pattern = annotated ? parse_sender(annotated->text) : config::Checked<SenderPattern>(annotated.error());
        for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
            const auto word = lines[i].substr(0, lines[i].find(' '));
            const std::string subject(lines[i].substr(std::min(lines[i].size(), word.size() + 1)));
            ASSERT_EQ(pattern.has_value(), word != "refused") << file << (pattern ? "" : pattern.error().text);
            ++count;
            if (!pattern) continue;
            const bool is_question = word != "comment";
            EXPECT_EQ(is_question ? "" : annotated->comment, is_question ? "" : subject) << file;
            EXPECT_EQ(is_question && matches_either_way(*pattern, subject), word == "yes") << file << ' ' << subject;
            EXPECT_EQ(format_sender(parse_sender(format_sender(*pattern)).value()), format_sender(*pattern));
        }
    }
    EXPECT_GE(count, 150);
}

// A vector is a document; its first lines say what becomes of it: "# ok", "# LINE KEY" for every
// problem, "# note LINE KEY" and "# warn LINE KEY" for what is said although it is taken.
std::string judge(const std::string& text)
{
    std::string told;
    const auto tell = [&](const char* word, const std::vector<Problem>& problems) {
        for (const auto& problem : problems)
            told += "# " + std::string(word) + std::to_string(problem.line) + ' ' + problem.key + '\n';
    };
    auto parsed = parse_document(text, "vector");
    tell("", parsed.problems);
    if (parsed.document) {
        const auto compiled = compile_new(std::move(*parsed.document), two_listeners);
        tell("", compiled.problems);
        tell("note ", parsed.notes);
        tell("warn ", compiled.warnings);
    }
    return told.empty() ? "# ok\n" : told;
}

TEST(DocumentVectors, GiveEveryProblemWithItsLineAndKey)
{
    int count = 0;
    for (const auto& file : test::list_vectors("policy/documents")) {
        const auto text = read_all(file);
        const auto told = judge(text);
        EXPECT_EQ(text.substr(0, told.size()), told) << file;
        EXPECT_NE(text.substr(told.size(), 2), "# ") << file << ": expects more";
        ++count;
    }
    EXPECT_GE(count, 60);
}

TEST(DefaultDocument, EqualsTheCheckedInFileAndCompilesWithoutWarnings)
{
    EXPECT_EQ(default_document(two_listeners), read_all(source() / "tests/vectors/policy/default-document.toml"));
    for (const auto& listeners :
         {two_listeners, std::vector<ListenerInfo>{{"mx", ListenerKind::public_mail}}, std::vector<ListenerInfo>{}}) {
        auto parsed = parse_document(default_document(listeners), "default");
        ASSERT_TRUE(parsed.document) << config::format_problems(parsed.problems);
        const auto compiled = Snapshot::compile(std::move(*parsed.document), listeners);
        EXPECT_TRUE(compiled.snapshot) << config::format_problems(compiled.problems);
        EXPECT_TRUE(compiled.warnings.empty()) << config::format_problems(compiled.warnings);
    }
}

TEST(ServiceWarning, IsSaidOfAPublicListenerWhereNothingRequiresTlsOfTheService)
{
    const std::vector<ListenerInfo> three = {
        {"mx1", ListenerKind::public_mail}, {"mx2", ListenerKind::public_mail}, {"private", ListenerKind::private_mail}};
    const auto warned = [&](const std::string& text) {
        auto parsed = parse_document(text, "policy");
        EXPECT_TRUE(parsed.document) << config::format_problems(parsed.problems);
        std::vector<int> lines;
        for (const auto& warning : Snapshot::compile(std::move(*parsed.document), three).warnings)
            if (warning.key == "sender_group.listener") lines.push_back(warning.line);
        return lines;
    };
    const std::string secure = "[[mail_flow_policy]]\nname = \"SECURE\"\ntls = \"required\"\n";
    const auto group = [](const std::string& listener, const std::string& policy) {
        return "[[sender_group]]\nname = \"CRES\"\nlistener = \"" + listener + "\"\npolicy = \"" + policy +
               "\"\nsenders = [\".cres.iphmx.com\"]\n";
    };
    EXPECT_EQ(warned(secure + group("mx1", "SECURE")), std::vector<int>{4});
    EXPECT_TRUE(warned(secure + group("mx1", "SECURE") + group("mx2", "SECURE")).empty());
    EXPECT_TRUE(warned(secure + group("mx1", "ACCEPTED") + group("mx2", "SECURE")).empty()) << "that is another warning";
    EXPECT_TRUE(warned(secure + group("mx1", "ACCEPTED")).empty());
    EXPECT_TRUE(
        warned(secure + "[[listener_defaults]]\nlistener = \"mx2\"\ntls = \"required\"\n" + group("mx1", "SECURE")).empty());
}

// Said at submit and by `policy warnings` only.
TEST(RecipientWarning, IsSaidWhereNoPublicListenerTakesAnybody)
{
    const auto count = [](const std::string& text, const std::vector<ListenerInfo>& listeners) {
        auto parsed = parse_document(text, "policy");
        EXPECT_TRUE(parsed.document) << config::format_problems(parsed.problems);
        return find_recipient_warnings(*parsed.document, listeners).size();
    };
    const std::vector<ListenerInfo> inner = {{"private", ListenerKind::private_mail}};
    const std::string row = "[[recipient]]\naddress = \"acme.test\"\n";
    EXPECT_EQ(count("", two_listeners), 1U);
    EXPECT_EQ(count(default_document(two_listeners), two_listeners), 1U);
    EXPECT_EQ(count(row + "action = \"reject\"\n", two_listeners), 1U);
    EXPECT_EQ(count(row + "listener = \"elsewhere\"\n", two_listeners), 1U);
    EXPECT_EQ(count(row, two_listeners), 0U);
    EXPECT_EQ(count(row + "listener = \"public\"\n", two_listeners), 0U);
    EXPECT_EQ(count("", inner), 0U);
}

TEST(NodeWarnings, AreThoseOfRecipientsAndOfSources)
{
    config::NodeConfig node;
    node.listeners.emplace_back().name = "public";
    node.country.emplace();
    const auto codes = [&](const std::string& text) {
        auto parsed = parse_document(text, "policy");
        EXPECT_TRUE(parsed.document) << config::format_problems(parsed.problems);
        std::vector<std::string> said;
        for (const auto& warning : find_node_warnings(*parsed.document, node)) said.emplace_back(warning.said.code);
        return said;
    };
    const std::string group =
        "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = \"ACCEPTED\"\nsenders = [\"country[FR]\", "
        "\"SBRS[-10:-3]\"]\n";
    const std::string row = "[[recipient]]\naddress = \"acme.test\"\n";
    EXPECT_EQ(codes(group), (std::vector<std::string>{"no_recipient", "no_reputation_source"}));
    EXPECT_EQ(codes(group + row), std::vector<std::string>{"no_reputation_source"});
    EXPECT_EQ(codes(row), std::vector<std::string>());
}

TEST(PolicySpecification, ListsEveryKeyAsTheProgramExplainsIt)
{
    EXPECT_NE(read_all(source() / "doc/spec/policy.md").find(explain_document()), std::string::npos);
}

}  // namespace
}  // namespace sealpost::policy
