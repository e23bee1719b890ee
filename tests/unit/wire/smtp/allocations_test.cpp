// What content costs does not depend on how many lines it has, and it is handed out where it was received. A command costs
// little.
#include "counted_allocations.hpp"
#include "wire/smtp/transcript.hpp"

#include <gtest/gtest.h>

namespace sealpost::smtp {
namespace {

std::string make_lines(std::size_t octets, std::size_t line)
{
    std::string text = "Subject: x\r\n\r\n";
    while (text.size() < octets) text += std::string(line - 2, 'x') + "\r\n";
    text += "..a dot of its own\r\n";
    return text;
}

// Of a message of 600 kB, from its first octet to the reply, in the pieces that a connection reads.
std::size_t count_for(bool by_chunks, std::size_t line)
{
    const std::string text = make_lines(600'000, line);
    Transcript dialogue;
    dialogue.keeps_content = false;
    dialogue.feed("EHLO a.test\r\n");
    dialogue.feed("MAIL FROM:<a@partner.test>\r\nRCPT TO:<b@acme.test>\r\n");
    dialogue.feed(by_chunks ? "BDAT " + std::to_string(text.size()) + " LAST\r\n" : std::string("DATA\r\n"));
    const std::size_t before = test::allocations;
    dialogue.feed(text, 16 * 1024);
    if (!by_chunks) dialogue.feed(".\r\n");
    EXPECT_EQ(dialogue.last(), "250 2.6.0 Stored");
    EXPECT_EQ(dialogue.octets_copied(), 0U);
    return test::allocations - before;
}

TEST(Content, IsTakenWithoutAnAllocationForEachLine)
{
    for (const bool by_chunks : {false, true}) {
        const std::size_t long_lines = count_for(by_chunks, 1000);
        const std::size_t short_lines = count_for(by_chunks, 10);  // a hundred times as many
        EXPECT_LE(short_lines, long_lines + 4) << (by_chunks ? "BDAT" : "DATA");
        EXPECT_LE(long_lines, 100U);  // for 37 pieces
    }
}

std::size_t count_for_hundred(Transcript& dialogue, std::string_view commands)
{
    const std::size_t before = test::allocations;
    for (int i = 0; i < 100; ++i) dialogue.feed(commands);
    return test::allocations - before;
}

TEST(Commands, CostNoMoreThanAFewAllocationsHoweverManyThereWere)
{
    constexpr std::size_t most_for_one = 16;  // with what the owner of the session says and writes down
    ServerProfile profile = Transcript::usual();
    profile.limits.max_idle_commands = 1000;
    profile.limits.max_messages = 1000;
    const std::pair<std::string_view, std::size_t> all[] = {
        {"NOOP\r\n", 1}, {"RSET\r\n", 1}, {"MAIL FROM:<a@partner.test>\r\nRSET\r\n", 2}};
    for (const auto& [commands, number] : all) {
        Transcript dialogue(profile);
        dialogue.feed("EHLO a.test\r\n");
        const std::size_t first = count_for_hundred(dialogue, commands);
        const std::size_t later = count_for_hundred(dialogue, commands);
        EXPECT_FALSE(dialogue.over());
        EXPECT_EQ(dialogue.last(), "250 2.0.0 OK");
        EXPECT_LE(first, 100 * number * most_for_one) << commands;
        EXPECT_LE(later, first + 4) << commands;
    }
}

}  // namespace
}  // namespace sealpost::smtp
