#include "wire/spf/record.hpp"
#include "wire/spf/record_cache.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sealpost::spf {
namespace {

std::vector<std::size_t> error_columns(std::string_view text)
{
    std::vector<std::size_t> columns;
    const auto record = Record::parse(std::string(text));
    for (const SyntaxError& error : record->errors()) columns.push_back(error.column);
    return columns;
}

using Columns = std::vector<std::size_t>;

TEST(SpfRecord, KeepsTermsInOrderAsTheyWereWritten)
{
    const auto record =
        Record::parse("v=spf1  a:Mail.Example.com/24//64 ?include:_spf.%{d2} IP6:2001:db8::/32  -all exp=Why.%{d}");
    ASSERT_TRUE(record->errors().empty());
    ASSERT_EQ(record->terms().size(), 4U);
    const Term& a = record->terms()[0];
    EXPECT_EQ(a.mechanism, Mechanism::a);
    EXPECT_EQ(a.text, "a:Mail.Example.com/24//64");
    EXPECT_EQ(a.target.text, "Mail.Example.com");
    EXPECT_EQ(a.target.name, "mail.example.com");
    EXPECT_EQ(a.prefix_v4, 24);
    EXPECT_EQ(a.prefix_v6, 64);
    const Term& include = record->terms()[1];
    EXPECT_EQ(include.qualifier, Qualifier::neutral);
    EXPECT_TRUE(include.target.has_macros);
    EXPECT_EQ(record->terms()[2].network, *parse_ip("2001:db8::"));
    EXPECT_EQ(record->terms()[2].prefix_v6, 32);
    EXPECT_EQ(record->terms()[3].qualifier, Qualifier::fail);
    EXPECT_EQ(record->exp()->text, "exp=Why.%{d}");
    EXPECT_TRUE(record->has_all());
}

TEST(SpfRecord, SaysWhereAnErrorIs)
{
    EXPECT_EQ(error_columns("v=spf1 moo -all"), Columns{8});
    EXPECT_EQ(error_columns("v=spf1 ip4:192.0.2.1 ip4:192.0.2.300 -all"), Columns{26});
    EXPECT_EQ(error_columns("v=spf1 a:example.com/33 -all"), Columns{22});
    EXPECT_EQ(error_columns("v=spf1 exists:%{z}.example.com"), Columns{17});
    EXPECT_EQ(error_columns("v=spf1 a:ex\xc3\xa9.com"), Columns{12});
    EXPECT_EQ(error_columns("v=spf1 moo ip4:x -all:y"), (Columns{8, 16, 22}));
    EXPECT_EQ(error_columns("v=spf1 redirect=a.example redirect=b.example"), Columns{27});
}

TEST(SpfRecord, TellsNoMoreErrorsThanAnybodyReads)
{
    std::string text = "v=spf1";
    for (int i = 0; i < 5000; ++i) text += " moo";
    EXPECT_EQ(Record::parse(text)->errors().size(), Record::max_errors);
}

TEST(SpfRecord, ReadsARecordAsLongAsDnsCanCarry)
{
    std::string text = "v=spf1";
    while (text.size() < 65000) text += " ip4:192.0.2.1";
    const auto record = Record::parse(text);
    EXPECT_TRUE(record->errors().empty());
    EXPECT_EQ(record->terms().size(), (text.size() - 6) / 14);
}

TEST(SpfRecord, BeginsWithTheVersionAndNothingElse)
{
    EXPECT_TRUE(is_spf_record("v=spf1"));
    EXPECT_TRUE(is_spf_record("V=SPF1 -all"));
    for (const std::string_view other : {"", "v=spf", "v=spf10", "v=spf1\t-all", " v=spf1", "v=spf1-all"})
        EXPECT_FALSE(is_spf_record(other)) << other;
}

TEST(SpfRecordCache, GivesTheSameRecordForTheSameText)
{
    RecordCache cache(100);
    const auto first = cache.find_or_parse("v=spf1 -all");
    EXPECT_EQ(cache.find_or_parse("v=spf1 -all"), first);
    EXPECT_NE(cache.find_or_parse("v=spf1 ~all"), first);
    EXPECT_EQ(cache.size(), 2U);
}

TEST(SpfRecordCache, StaysWithinItsBoundAndKeepsWhatIsAskedFor)
{
    RecordCache cache(1000);
    const auto kept = cache.find_or_parse("v=spf1 +all");
    for (int i = 0; i < 20'000; ++i) {
        static_cast<void>(cache.find_or_parse("v=spf1 ip4:192.0.2.1 x=" + std::to_string(i)));
        EXPECT_EQ(cache.find_or_parse("v=spf1 +all"), kept);
    }
    EXPECT_LE(cache.size(), 1100U);
    EXPECT_GE(cache.size(), 400U);
}

TEST(SpfRecordCache, KeepsNothingWhenItMayNotOrWhenARecordIsLong)
{
    RecordCache none(0);
    static_cast<void>(none.find_or_parse("v=spf1 -all"));
    EXPECT_EQ(none.size(), 0U);
    RecordCache cache(100);
    static_cast<void>(cache.find_or_parse("v=spf1 x=" + std::string(RecordCache::max_cached_bytes, 'x')));
    EXPECT_EQ(cache.size(), 0U);
}

TEST(SpfRecordCache, IsSharedByThreads)
{
    RecordCache cache(64);
    const auto ask_for_many = [&cache] {
        for (int i = 0; i < 5000; ++i) {
            const std::string text = "v=spf1 ip4:192.0.2." + std::to_string(i % 200) + " -all";
            if (cache.find_or_parse(text)->text() != text) std::abort();
        }
    };
    std::thread other(ask_for_many);
    ask_for_many();
    other.join();
    EXPECT_LE(cache.size(), 80U);
}

}  // namespace
}  // namespace sealpost::spf
