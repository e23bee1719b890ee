#include "serve/hostfacts/prefix_table.hpp"
#include "vectors.hpp"

#include "base/text.hpp"
#include "core/policy/sender.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

namespace sealpost::hostfacts {
namespace {

using test::read_all;
namespace fs = std::filesystem;

// A vector's first line is a comment of the format: "# country ok", or "# reputation LINE" for a refusal. Lines "#? ADDRESS
// VALUE" say what an address has; without a value it has none.
TEST(PrefixVectors, AreTakenOrRefusedWithTheirLine)
{
    int count = 0;
    for (const auto& file : test::list_vectors("host-facts")) {
        const auto text = read_all(file);
        const auto head = split(split(text, '\n').front(), ' ');
        ASSERT_EQ(head.size(), 3U) << file;
        const auto table = PrefixTable::parse(text, head[1] == "country" ? Subject::country : Subject::reputation);
        ASSERT_EQ(table.has_value(), head[2] == "ok") << file << (table ? "" : table.error().text);
        ++count;
        if (!table) {
            EXPECT_TRUE(table.error().text.starts_with("line " + std::string(head[2]) + ":")) << file << table.error().text;
            EXPECT_EQ(table.error().fault, Fault::config);
            continue;
        }
        for (const auto line : split(text, '\n')) {
            if (!line.starts_with("#? ")) continue;
            const auto words = split(line, ' ');
            EXPECT_EQ(table->find(*parse_ip(words[1])), words.size() > 2 ? words[2] : "") << file << ' ' << words[1];
        }
    }
    EXPECT_GE(count, 20);
}

struct PlainPrefix {
    policy::SenderPattern range;
    int bits;
    std::string value;
};

std::string_view find_plainly(const std::vector<PlainPrefix>& prefixes, const IpAddress& ip)
{
    const PlainPrefix* best = nullptr;
    for (const auto& prefix : prefixes)
        if (policy::matches(prefix.range, ip, "") && (best == nullptr || prefix.bits > best->bits)) best = &prefix;
    return best == nullptr ? std::string_view() : best->value;
}

TEST(PrefixTable, AgreesWithPlainComparison)
{
    std::mt19937 random(7);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    const auto address = [&] {
        if (below(3) == 0) return "2001:db8:" + std::to_string(below(4)) + "::" + std::to_string(below(9));
        return "10." + std::to_string(below(3)) + '.' + std::to_string(below(3)) + '.' + std::to_string(below(256));
    };
    for (int t = 0; t < 200; ++t) {
        std::vector<PlainPrefix> prefixes;
        std::string text;
        for (auto left = below(30); left > 0; --left) {
            const auto ip = *parse_ip(address());
            const int bits = static_cast<int>(ip.is_v4() ? 8 + below(25) : 30 + below(99));
            const auto range = policy::parse_sender(format_ip(ip) + '/' + std::to_string(bits)).value();
            const std::string value = below(2) == 0 ? "FR" : "DE";
            const auto is_same = [&](const auto& each) { return each.range.low == range.low && each.bits == bits; };
            if (std::any_of(prefixes.begin(), prefixes.end(), is_same)) continue;
            prefixes.push_back({range, bits, value});
            text += format_ip(range.low) + '/' + std::to_string(bits) + ',' + value + '\n';
        }
        const auto table = PrefixTable::parse(text, Subject::country);
        ASSERT_TRUE(table) << table.error().text;
        EXPECT_EQ(table->size(), prefixes.size());
        for (int q = 0; q < 500; ++q) {
            const auto ip = *parse_ip(address());
            ASSERT_EQ(table->find(ip), find_plainly(prefixes, ip)) << format_ip(ip) << '\n' << text;
        }
    }
}

TEST(PrefixTable, IsEmptyWithoutLines)
{
    EXPECT_EQ(PrefixTable().find(*parse_ip("192.0.2.1")), "");
    EXPECT_EQ(PrefixTable::parse("", Subject::country)->find(*parse_ip("::1")), "");
}

}  // namespace
}  // namespace sealpost::hostfacts
