#include "core/policy/host_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace sealpost::policy {
namespace {

using Random = std::mt19937;

std::uint32_t below(Random& random, std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); }

// Addresses and names from a small world, so that entries and questions meet often.
std::string random_octet(Random& random) { return std::to_string(below(random, 4) == 0 ? below(random, 256) : below(random, 6)); }
std::string random_v4(Random& random)
{
    return "10." + random_octet(random) + '.' + random_octet(random) + '.' + random_octet(random);
}
std::string random_v6(Random& random)
{
    return "2001:db8:" + std::to_string(below(random, 4)) + "::" + std::to_string(below(random, 40));
}
std::string random_name(Random& random)
{
    std::string name = "test";
    for (auto labels = 1 + below(random, 3); labels > 0; --labels)
        name = std::string(1, static_cast<char>('a' + below(random, 4))) + '.' + name;
    return name;
}

std::string random_zone(Random& random) { return std::string(1, static_cast<char>('a' + below(random, 5))) + ".lists.test"; }
std::string random_country(Random& random)
{
    constexpr std::array<const char*, 5> codes = {"FR", "DE", "CH", "IT", "GB"};
    return codes[below(random, codes.size())];
}
int random_score(Random& random) { return static_cast<int>(below(random, 41)) * 50 - 1000; }

// What others say about a host; the strings live here.
struct RandomFacts {
    explicit RandomFacts(Random& random)
    {
        for (auto left = below(random, 3); left > 0; --left) zones.push_back(random_zone(random));
        if (below(random, 2) == 0) country = random_country(random);
        if (below(random, 3) != 0) facts.reputation = random_score(random);
        facts.dns_lists = zones;
        facts.country = country;
    }
    RandomFacts(const RandomFacts&) = delete;
    RandomFacts& operator=(const RandomFacts&) = delete;
    std::vector<std::string> zones;
    std::string country;
    HostFacts facts;
};

std::string random_condition(Random& random)
{
    if (below(random, 3) == 0) return "dnslist[" + random_zone(random) + ']';
    if (below(random, 2) == 0) return "country[" + random_country(random) + ']';
    if (below(random, 4) == 0) return "SBRS[none]";
    const int low = random_score(random);
    const int high = std::min(highest_score, low + static_cast<int>(below(random, 5)) * 50);
    return "SBRS[" + format_score(low) + ':' + format_score(high) + ']';
}

std::string random_sender(Random& random)
{
    if (below(random, 8) == 0) return random_condition(random);
    switch (below(random, 9)) {
        case 0: return random_v4(random);
        case 1: return random_v4(random) + '/' + std::to_string(8 + below(random, 25));
        case 2: return "10." + random_octet(random) + '.';
        case 3: return "10." + random_octet(random) + ".0-" + random_octet(random);
        case 4: return random_v6(random);
        case 5: return random_v6(random) + '/' + std::to_string(30 + below(random, 99));
        case 6:
            return "2001:db8:1::1-2001:db8:" + std::to_string(1 + below(random, 3)) +
                   "::" + std::to_string(1 + below(random, 30));
        case 7: return '.' + random_name(random);
        default: return random_name(random);
    }
}

HostTable make_table(const std::vector<SenderPattern>& patterns)
{
    HostTable::Builder builder;
    for (const auto& pattern : patterns) builder.add(pattern);
    return builder.build();
}

HostTable make_table(std::initializer_list<const char*> senders)
{
    std::vector<SenderPattern> patterns;
    for (const char* sender : senders) patterns.push_back(parse_sender(sender).value());
    return make_table(patterns);
}

TEST(HostTable, AgreesWithPlainComparisonOverAMillionQuestions)
{
    constexpr int tables = 100;
    constexpr int questions = 10'000;
    Random random(20261122);
    int hits = 0;
    int conditions = 0;
    for (int t = 0; t < tables; ++t) {
        std::vector<SenderPattern> patterns;
        for (auto left = 1 + below(random, 60); left > 0; --left)
            if (const auto pattern = parse_sender(random_sender(random)); pattern) patterns.push_back(*pattern);
        const auto table = make_table(patterns);
        for (int q = 0; q < questions; ++q) {
            const auto ip = *parse_ip(below(random, 3) == 0 ? random_v6(random) : random_v4(random));
            const auto host = below(random, 2) == 0 ? std::string() : random_name(random);
            const RandomFacts others(random);
            const auto first = std::find_if(patterns.begin(), patterns.end(),
                                            [&](const auto& pattern) { return matches(pattern, ip, host, others.facts); });
            const auto expected =
                first == patterns.end() ? HostTable::none : static_cast<std::uint32_t>(first - patterns.begin());
            ASSERT_EQ(table.find(ip, host, others.facts), expected) << format_ip(ip) << ' ' << host;
            conditions += first != patterns.end() && first->is_condition() ? 1 : 0;
            hits += first != patterns.end() ? 1 : 0;
        }
    }
    EXPECT_GT(hits, tables * questions / 5);
    EXPECT_LT(hits, tables * questions);
    EXPECT_GT(conditions, tables * questions / 50);
}

TEST(HostTable, FindsTheFirstOfManyEntriesForOnePrefix)
{
    const auto table = make_table({"192.0.2.128/25", "192.0.2.0/24", "192.0.2.200", "0/0"});
    EXPECT_EQ(table.find(*parse_ip("192.0.2.200"), ""), 0U);
    EXPECT_EQ(table.find(*parse_ip("192.0.2.1"), ""), 1U);
    EXPECT_EQ(table.find(*parse_ip("198.51.100.1"), ""), 3U);
    EXPECT_EQ(table.find(*parse_ip("2001:db8::1"), ""), HostTable::none);
}

TEST(HostTable, KnowsWhatCoversAnEntry)
{
    const auto table = make_table({"192.0.2.0/24", ".acme.test", "mx.partner.test"});
    EXPECT_EQ(table.find_cover(*parse_sender("192.0.2.64/26")), 0U);
    EXPECT_EQ(table.find_cover(*parse_sender("192.0.2.10-20")), 0U);
    EXPECT_EQ(table.find_cover(*parse_sender("192.0.0.0/16")), HostTable::none);
    EXPECT_EQ(table.find_cover(*parse_sender(".mail.acme.test")), 1U);
    EXPECT_EQ(table.find_cover(*parse_sender("acme.test")), HostTable::none);
    EXPECT_EQ(table.find_cover(*parse_sender("ALL")), HostTable::none);
    EXPECT_EQ(table.first_name(), 1U);
}

TEST(HostTable, TakesSeveralEntriesTogetherForACover)
{
    const auto table = make_table({"192.0.2.128/25", "198.51.100.1", "192.0.2.0/25", "2001:db8::/33", "2001:db8:8000::/33"});
    EXPECT_EQ(table.find_cover(*parse_sender("192.0.2.0/24")), 2U);
    EXPECT_EQ(table.find_cover(*parse_sender("192.0.2.200")), 0U);
    EXPECT_EQ(table.find_cover(*parse_sender("192.0.2.0-192.0.3.0")), HostTable::none);
    EXPECT_EQ(table.find_cover(*parse_sender("2001:db8::/32")), 4U);
}

// A cover is the latest of the entries that the hosts of a condition meet: each score is such a host.
TEST(HostTable, KnowsWhatCoversACondition)
{
    Random random(20261126);
    int covered = 0;
    for (int t = 0; t < 3000; ++t) {
        std::vector<SenderPattern> patterns;
        for (auto left = 1 + below(random, 12); left > 0; --left)
            patterns.push_back(parse_sender(random_condition(random)).value());
        const auto table = make_table(patterns);
        const auto asked = parse_sender(random_condition(random)).value();
        if (asked.kind != SenderPattern::Kind::reputation) continue;
        std::uint32_t latest = 0;
        for (int score = lowest_score; score <= highest_score; ++score) {
            HostFacts facts;
            if (asked.scores) facts.reputation = score;
            if (!matches(asked, {}, "", facts)) continue;
            latest = std::max(latest, table.find({}, "", facts));
        }
        ASSERT_EQ(table.find_cover(asked), latest) << format_sender(asked);
        covered += latest != HostTable::none ? 1 : 0;
    }
    EXPECT_GT(covered, 100);
}

TEST(HostTable, IsWholeWhereEveryScoreAndNoneIsTaken)
{
    const auto table = make_table({"SBRS[-10:0]", "SBRS[none]", "SBRS[0:10]", "country[FR]"});
    EXPECT_EQ(table.find_cover(*parse_sender("ALL")), 2U);
    EXPECT_EQ(table.find_cover(*parse_sender("192.0.2.1")), 2U);
    EXPECT_EQ(table.find_cover(*parse_sender("dnslist[bl.example.org]")), 2U);
    const auto with_gap = make_table({"SBRS[-10:0]", "SBRS[none]", "SBRS[0.01:10]", "SBRS[-1:0]"});
    EXPECT_EQ(with_gap.find_cover(*parse_sender("ALL")), 2U);
    EXPECT_EQ(make_table({"SBRS[-10:0]", "SBRS[none]", "SBRS[0.02:10]"}).find_cover(*parse_sender("ALL")), HostTable::none);
    EXPECT_EQ(make_table({"SBRS[-10:10]"}).find_cover(*parse_sender("ALL")), HostTable::none);
}

TEST(HostTable, KnowsTheFirstAndTheLastAddressOfEachFamily)
{
    const auto table = make_table({"0.0.0.0", "255.255.255.255", "::/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"});
    EXPECT_EQ(table.find(*parse_ip("0.0.0.0"), ""), 0U);
    EXPECT_EQ(table.find(*parse_ip("0.0.0.1"), ""), HostTable::none);
    EXPECT_EQ(table.find(*parse_ip("255.255.255.254"), ""), HostTable::none);
    EXPECT_EQ(table.find(*parse_ip("255.255.255.255"), ""), 1U);
    EXPECT_EQ(table.find(*parse_ip("::"), ""), 2U);
    EXPECT_EQ(table.find(*parse_ip("::1"), ""), HostTable::none);
    EXPECT_EQ(table.find(*parse_ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ""), 3U);
}

// Enough entries for several levels of the index.
TEST(HostTable, FindsEachOfManyEntries)
{
    constexpr std::uint32_t count = 100'000;
    HostTable::Builder builder;
    const auto address = [](std::uint32_t i) {
        return IpAddress::v4(
            {10, static_cast<std::uint8_t>(i >> 15), static_cast<std::uint8_t>(i >> 7), static_cast<std::uint8_t>(i << 1)});
    };
    for (std::uint32_t i = 0; i < count; ++i) {
        builder.add(*parse_sender(format_ip(address(i))));
        builder.add(*parse_sender((i % 2 == 0 ? ".h" : "h") + std::to_string(i) + ".acme.test"));
    }
    const auto table = builder.build();
    for (std::uint32_t i = 0; i < count; ++i) {
        ASSERT_EQ(table.find(address(i), ""), 2 * i);
        const std::string name = "h" + std::to_string(i) + ".acme.test";
        ASSERT_EQ(table.find(*parse_ip("::1"), name), i % 2 == 0 ? HostTable::none : 2 * i + 1);
        ASSERT_EQ(table.find(*parse_ip("::1"), "mx." + name), i % 2 == 0 ? 2 * i + 1 : HostTable::none);
    }
}

TEST(HostTable, HoldsNamesThatAreNotNamedAndNamesThatAreTooLong)
{
    const auto table = make_table({"a.test", ".b.test"});
    EXPECT_EQ(table.find(*parse_ip("::1"), std::string(300, 'a')), HostTable::none);
    EXPECT_EQ(table.find(*parse_ip("::1"), "b.test"), HostTable::none);
    EXPECT_EQ(table.find(*parse_ip("::1"), "x.a.test"), HostTable::none);
    EXPECT_EQ(table.find(*parse_ip("::1"), "x.y.b.test"), 1U);
}

}  // namespace
}  // namespace sealpost::policy
