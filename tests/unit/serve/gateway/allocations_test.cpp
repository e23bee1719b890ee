// What an intake costs does not depend on how many lines a message has: the head, the hashes of its body for DKIM, the
// content on its way into the store, whichever thread does it.
#include "counted_allocations.hpp"
#include "serve/gateway/authentication_world.hpp"

namespace sealpost::gateway {
namespace {

constexpr std::size_t body_bytes = 600'000;
constexpr std::size_t piece_bytes = 16 * 1024;  // as a connection reads them

// Bodies of the same size whatever the length of their lines. Beside the signature that passes stands one in the other form,
// whose hash is of something else.
std::string make_letter(std::size_t line)
{
    std::string text =
        "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=strict.test; s=s1; h=From;\r\n"
        " bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA\r\n"
        "From: carol@strict.test\r\nTo: alice@acme.test\r\nSubject: Hello\r\n\r\n";
    std::string body;
    body.reserve(body_bytes);
    while (body.size() < body_bytes) body.append(line - 4, 'x').append(" x\r\n");
    return text + body;
}

class AllocationsTest : public AuthenticationTest {
protected:
    // Of the intake, from the first octet to the 250.
    std::size_t count_for(const std::string& text)
    {
        auto intake = let_in("192.0.2.50");
        EXPECT_EQ(mail(*intake, "x@else.test").code, 250);
        EXPECT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
        EXPECT_EQ(wait_for(intake->data_begin()).code, 354);
        const std::size_t before = test::allocations;
        for (std::size_t at = 0; at < text.size(); at += piece_bytes) run(intake->data(text.substr(at, piece_bytes)));
        EXPECT_EQ(wait_for(intake->data_end()).code, 250);
        return test::allocations - before;
    }
};

TEST_F(AllocationsTest, AreNotMadeForEachLineOfAMessageThatIsTaken)
{
    constexpr std::size_t tolerance = 100;  // tables that grow now and then, and threads that meet or miss each other
    const std::string long_lines = sign(make_letter(1000), "strict.test");
    const std::string short_lines = sign(make_letter(10), "strict.test");  // a hundred times as many
    ASSERT_EQ(long_lines.size(), short_lines.size());
    count_for(long_lines);  // what is made once is there
    const std::size_t for_long = count_for(long_lines);
    const std::size_t for_short = count_for(short_lines);
    EXPECT_LE(for_short, for_long + tolerance);
    EXPECT_LE(for_long, for_short + tolerance);
    const auto due = claim();
    ASSERT_EQ(due.size(), 3U);
    for (const auto& message : due) {
        const std::string stored = read(message.content);
        EXPECT_GT(stored.size(), long_lines.size());
        const auto head = mail::HeaderBlock::parse(std::string_view(stored).substr(0, *mail::find_end_of_head(stored))).value();
        std::vector<std::string> found;
        for (const auto& each : results(head).methods)
            if (each.method == "dkim") found.push_back(each.result);
        EXPECT_THAT(found, testing::UnorderedElementsAre("pass", "fail")) << "both forms were hashed";
    }
}

}  // namespace
}  // namespace sealpost::gateway
