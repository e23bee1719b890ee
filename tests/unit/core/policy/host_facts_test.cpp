#include "core/policy/compiled.hpp"
#include "core/policy/sender.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sealpost::policy {
namespace {

std::string group(const std::string& name, const std::string& policy, const std::string& senders)
{
    return "[[sender_group]]\nname = \"" + name + "\"\nlistener = \"public\"\nsenders = [" + senders + "]\n" +
           (policy.empty() ? "" : "policy = \"" + policy + "\"\n");
}

ConnectionFacts facts_of(const std::string& ip)
{
    ConnectionFacts facts;
    facts.listener = "public";
    facts.ip = *parse_ip(ip);
    return facts;
}

TEST(Score, IsReadAndWrittenInHundredths)
{
    EXPECT_EQ(parse_score("-10.0"), -1000);
    EXPECT_EQ(parse_score("0.5"), 50);
    EXPECT_EQ(parse_score("0.05"), 5);
    EXPECT_EQ(parse_score("-0.05"), -5);
    EXPECT_EQ(parse_score("10"), 1000);
    for (const char* text :
         {"", "-", ".", "1.", ".5", "10.01", "-10.01", "1.234", "+1", "1e1", "0x1", " 1", "99999999999999999999"})
        EXPECT_EQ(parse_score(text), std::nullopt) << text;
    for (int score = lowest_score; score <= highest_score; ++score) {
        EXPECT_EQ(parse_score(format_score(score)), score);
        EXPECT_EQ(round_score(score / 100.0), score);
    }
    EXPECT_EQ(format_score(-1000), "-10.0");
    EXPECT_EQ(round_score(99), highest_score);
}

TEST(Country, IsTwoLettersThatSomebodyHas)
{
    int count = 0;
    for (char a = 'A'; a <= 'Z'; ++a)
        for (char b = 'A'; b <= 'Z'; ++b) count += is_country(std::string{a, b}) ? 1 : 0;
    EXPECT_EQ(count, 249 + 42);  // of countries, and for users
    EXPECT_FALSE(is_country("UK"));
    EXPECT_FALSE(is_country(" A"));
    EXPECT_FALSE(is_country("E "));
    EXPECT_EQ(parse_country("fr"), "FR");
    EXPECT_EQ(parse_country("f"), std::nullopt);
    EXPECT_EQ(parse_country("f1"), std::nullopt);
}

TEST(Verdict, SaysWhichConditionMatched)
{
    const auto snapshot =
        compile(group("LISTED", "BLOCKED", "\"dnslist[BL.example.org]\"") + group("FRENCH", "TRUSTED", "\"country[fr]\"") +
                group("BAD", "THROTTLED", "\"SBRS[-10:-3]\"") + group("NEW", "ACCEPTED", "\"SBRS[none]\""));
    auto facts = facts_of("192.0.2.1");
    EXPECT_EQ(snapshot->decide_connection(facts).sender_group, "NEW");
    EXPECT_EQ(snapshot->decide_connection(facts).matched, "SBRS[none]");
    facts.reputation = -3.0;
    EXPECT_EQ(snapshot->decide_connection(facts).sender_group, "BAD");
    EXPECT_EQ(snapshot->decide_connection(facts).matched_by, "reputation");
    facts.country = "FR";
    EXPECT_EQ(snapshot->decide_connection(facts).sender_group, "FRENCH");
    EXPECT_EQ(snapshot->decide_connection(facts).matched_by, "country");
    facts.dns_lists = {"other.example.org", "bl.example.org"};
    const auto verdict = snapshot->decide_connection(facts);
    EXPECT_EQ(verdict.sender_group, "LISTED");
    EXPECT_EQ(verdict.matched, "dnslist[BL.example.org]");
    EXPECT_EQ(verdict.matched_by, "dns_list");
    const auto json = to_json(verdict);
    EXPECT_EQ(json.at("matched_by").as_string(), "dns_list");
    facts = facts_of("192.0.2.1");
    facts.reputation = 1;
    EXPECT_EQ(snapshot->decide_connection(facts).matched_by, "all");
}

TEST(Verdict, MarksByConditionsOfGroupsThatContinue)
{
    const auto snapshot = compile(group("FRENCH", "", "\"country[FR]\"") + group("NAMED", "", "\"mx.acme.test\"") +
                                  group("G", "BLOCKED", "\"192.0.2.0/24\"") + group("LATE", "", "\"dnslist[bl.example.org]\""));
    auto facts = facts_of("192.0.2.1");
    facts.country = "FR";
    facts.dns_lists = {"bl.example.org"};
    facts.host_state = HostState::temporary;
    const auto verdict = snapshot->decide_connection(facts);
    EXPECT_EQ(verdict.sender_group, "G");
    EXPECT_EQ(verdict.passed_groups, std::vector<std::string>{"FRENCH"});
    // A mark that is missing weakens no policy: a name in such a group leaves nothing open.
    EXPECT_FALSE(verdict.undecided);
}

TEST(WantedFacts, AreThoseThatSomeSenderAsksFor)
{
    const auto snapshot =
        compile(group("INSIDE", "TRUSTED", "\"10.\"") + group("L", "BLOCKED", "\"dnslist[b.lists.test]\"") +
                group("MARK", "", "\"dnslist[a.lists.test]\", \"SBRS[none]\"") +
                group("M", "BLOCKED", "\"192.0.2.0/24\", \"dnslist[B.lists.test]\"") + group("C", "BLOCKED", "\"country[FR]\""));
    const auto all = snapshot->find_wanted_facts("public");
    EXPECT_EQ(all.dns_lists, (std::vector<std::string>{"b.lists.test", "a.lists.test"}));
    EXPECT_TRUE(all.country && all.reputation);
    EXPECT_TRUE(snapshot->find_wanted_facts("public", *parse_ip("10.1.2.3")).empty());
    const auto some = snapshot->find_wanted_facts("public", *parse_ip("192.0.2.1"));
    EXPECT_EQ(some.dns_lists, (std::vector<std::string>{"b.lists.test", "a.lists.test"}));
    EXPECT_TRUE(some.reputation);
    EXPECT_FALSE(some.country);
    EXPECT_TRUE(snapshot->find_wanted_facts("elsewhere").empty());
    EXPECT_TRUE(compile("")->find_wanted_facts("public").empty());
}

// --- random documents, against plain reading from the top

using Random = std::mt19937;
std::uint32_t below(Random& random, std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); }

const std::vector<std::string> senders = {
    "10.0.0.0/24", "10.0.0.1-3",  "10.0.0.4",    "a.test",     ".b.test",    "dnslist[x.lists.test]",
    "country[FR]", "country[DE]", "SBRS[-10:0]", "SBRS[0:10]", "SBRS[none]", "dnslist[y.lists.test]",
    "c.b.test"};

struct PlainGroup {
    std::string name;
    bool decides = false;
    std::vector<SenderPattern> patterns;
    std::vector<HostState> checks;
};

struct RandomDocument {
    std::string text;
    std::vector<PlainGroup> groups;
};

RandomDocument make_document(Random& random)
{
    RandomDocument out;
    for (auto left = 1 + below(random, 6); left > 0; --left) {
        PlainGroup plain{"G" + std::to_string(left), below(random, 3) != 0, {}, {}};
        std::string list;
        for (auto count = below(random, 4); count > 0; --count) {
            const auto& sender = senders[below(random, static_cast<std::uint32_t>(senders.size()))];
            plain.patterns.push_back(parse_sender(sender).value());
            list += '"' + sender + "\", ";
        }
        out.text += group(plain.name, plain.decides ? "TRUSTED" : "", list);
        if (below(random, 6) == 0) {
            out.text += "host_checks = [\"no_ptr\", \"ptr_mismatch\"]\n";
            plain.checks = {HostState::none, HostState::mismatch};
        }
        out.groups.push_back(std::move(plain));
    }
    return out;
}

ConnectionFacts make_facts(Random& random)
{
    auto facts = facts_of("10.0.0." + std::to_string(below(random, 8)));
    if (below(random, 4) == 0) facts.ip = *parse_ip("192.0.2.1");
    facts.host_state = static_cast<HostState>(below(random, 4));
    if (facts.host_state == HostState::verified) facts.host = below(random, 2) == 0 ? "a.test" : "c.b.test";
    if (facts.host_state == HostState::verified && below(random, 3) == 0) facts.other_hosts = {"x.other.test", "c.b.test"};
    const bool may_be_open = facts.host_state == HostState::verified || facts.host_state == HostState::temporary;
    if (may_be_open && below(random, 3) == 0) facts.open_hosts = {below(random, 2) == 0 ? "a.test" : "d.b.test"};
    if (below(random, 2) == 0) facts.dns_lists.push_back(below(random, 2) == 0 ? "x.lists.test" : "y.lists.test");
    if (below(random, 2) == 0) facts.country = below(random, 2) == 0 ? "FR" : "DE";
    if (below(random, 2) == 0) facts.reputation = static_cast<double>(below(random, 21)) - 10.0;
    return facts;
}

struct Plain {
    std::string group = "ALL";
    std::vector<std::string> passed;
    std::string undecided;
};

bool has_any(const SenderPattern& pattern, const std::vector<std::string>& hosts)
{
    return std::any_of(hosts.begin(), hosts.end(), [&](const auto& host) { return matches(pattern, {}, host); });
}

Plain decide_plainly(const std::vector<PlainGroup>& groups, const ConnectionFacts& facts)
{
    HostFacts others{facts.dns_lists, facts.country, std::nullopt};
    if (facts.reputation) others.reputation = round_score(*facts.reputation);
    Plain out;
    for (const auto& group : groups) {
        const auto holds = [&](const auto& pattern) {
            return matches(pattern, facts.ip, facts.host, others) || (pattern.is_name() && has_any(pattern, facts.other_hosts));
        };
        const bool met = std::any_of(group.patterns.begin(), group.patterns.end(), holds) ||
                         std::count(group.checks.begin(), group.checks.end(), facts.host_state) > 0;
        if (met && group.decides) {
            out.group = group.name;
            return out;
        }
        if (met) out.passed.push_back(group.name);
        const bool takes_any = facts.host_state == HostState::temporary && facts.open_hosts.empty();
        const bool could_match = std::any_of(group.patterns.begin(), group.patterns.end(), [&](const auto& pattern) {
            return pattern.is_name() && (takes_any || has_any(pattern, facts.open_hosts));
        });
        if (could_match && group.decides && out.undecided.empty()) out.undecided = group.name;
    }
    return out;
}

TEST(Verdict, AgreesWithPlainReadingAndNeedsNoMoreThanTheWantedFacts)
{
    Random random(3);
    int undecided = 0;
    int spared = 0;
    for (int d = 0; d < 2000; ++d) {
        const auto document = make_document(random);
        const auto snapshot = compile(document.text);
        ASSERT_TRUE(snapshot) << document.text;
        for (int q = 0; q < 50; ++q) {
            const auto facts = make_facts(random);
            const auto plain = decide_plainly(document.groups, facts);
            const auto verdict = snapshot->decide_connection(facts);
            ASSERT_EQ(verdict.sender_group, plain.group) << document.text;
            ASSERT_EQ(verdict.passed_groups, plain.passed) << document.text;
            ASSERT_EQ(verdict.undecided_group, plain.undecided) << document.text;
            undecided += verdict.undecided ? 1 : 0;
            const auto wanted = snapshot->find_wanted_facts("public", facts.ip);
            auto known = facts;
            std::erase_if(known.dns_lists, [&](const auto& zone) {
                return std::find(wanted.dns_lists.begin(), wanted.dns_lists.end(), zone) == wanted.dns_lists.end();
            });
            if (!wanted.country) known.country.clear();
            if (!wanted.reputation) known.reputation.reset();
            spared += wanted.empty() && !snapshot->find_wanted_facts("public").empty() ? 1 : 0;
            const auto again = snapshot->decide_connection(known);
            ASSERT_EQ(again.sender_group, plain.group) << document.text;
            ASSERT_EQ(again.passed_groups, plain.passed) << document.text;
        }
    }
    EXPECT_GT(undecided, 1000);
    EXPECT_GT(spared, 1000);
}

}  // namespace
}  // namespace sealpost::policy
