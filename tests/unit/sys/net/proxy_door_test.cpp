#include "sys/net/proxy_door.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sealpost::net {
namespace {

constexpr std::chrono::seconds generous{20};
const std::string line = "PROXY TCP6 2001:db8::7 2001:db8::25 40000 25\r\n";

// What the balancer says, piece by piece: the next one follows when the one before was heard, or after a while.
struct Talk {
    std::vector<std::string> pieces = {};
    bool ends = false;  // and then closes its side
    std::chrono::milliseconds patience{20'000};
    unsigned most_waiting = 10;
};
struct Outcome {
    Result<ProxyHeader> heard = Error{Fault::give_up, "nothing came of it"};
    Endpoint peer = {};
    std::string rest = {};  // what the session finds, `wanted` octets of it
};

Task<void> say(TcpStream& stream, const std::vector<std::string>& pieces)
{
    for (const std::string& piece : pieces) {
        auto written = co_await stream.write(piece, Deadline::after(generous));
        if (!written) co_return;
        auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(1)));
        EXPECT_TRUE(slept.has_value());
    }
}

Task<void> meet(const Talk& talk, std::size_t wanted, Outcome& outcome)
{
    Executor executor = co_await async::this_executor();
    auto listener = Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    auto balancer = co_await connect((*listener)->local(), std::nullopt, Deadline::after(generous));
    auto accepted = co_await (*listener)->accept();
    ProxyDoor door(std::vector<Network>{{IpAddress::loopback_v4(), 32}}, talk.most_waiting);
    EXPECT_TRUE(door.is_for((*accepted)->peer().address));
    async::TaskGroup group(executor);
    if (talk.ends) {
        co_await say(**balancer, talk.pieces);
        (*balancer)->end_writing();
    } else {
        group.spawn(say(**balancer, talk.pieces));
    }
    auto heard = co_await door.hear(**accepted, Deadline::after(talk.patience));
    outcome.heard = std::move(heard);
    outcome.peer = (*accepted)->peer();
    std::array<char, 256> buffer{};
    while (outcome.heard.has_value() && outcome.rest.size() < wanted) {
        auto count = co_await (*accepted)->read_some(buffer, Deadline::after(generous));
        if (!count || *count == 0) break;
        outcome.rest.append(buffer.data(), *count);
    }
    co_await group.join();
}

Outcome meet_with(const Talk& talk, std::size_t wanted = 0)
{
    Outcome outcome;
    async::run_here([&] { return meet(talk, wanted, outcome); });
    return outcome;
}

std::vector<std::string> octet_by_octet(const std::string& text)
{
    std::vector<std::string> pieces;
    for (const char octet : text) pieces.emplace_back(1, octet);
    return pieces;
}

TEST(ProxyDoor, IsForItsOwnNetworksOnly)
{
    const ProxyDoor door({parse_network("10.0.0.0/24").value(), parse_network("2001:db8::/64").value()}, 1);
    EXPECT_TRUE(door.is_for(parse_ip("10.0.0.255").value()));
    EXPECT_TRUE(door.is_for(parse_ip("::ffff:10.0.0.1").value()));
    EXPECT_TRUE(door.is_for(parse_ip("2001:db8::9").value()));
    EXPECT_FALSE(door.is_for(parse_ip("10.0.1.1").value()));
    EXPECT_FALSE(door.is_for(parse_ip("2001:db8:0:1::9").value()));
    EXPECT_FALSE(ProxyDoor({}, 1).is_for(IpAddress::loopback_v4()));
}

TEST(ProxyDoor, LeavesToTheSessionWhatStandsBehindTheHeader)
{
    const std::string rest = "EHLO client.test\r\n";
    for (const auto& pieces : {std::vector{line + rest}, std::vector{line, rest}, octet_by_octet(line + rest),
                               std::vector{line.substr(0, 7), line.substr(7) + rest}}) {
        const auto outcome = meet_with({.pieces = pieces}, rest.size());
        ASSERT_TRUE(outcome.heard.has_value()) << outcome.heard.error().text;
        EXPECT_EQ(format_endpoint(outcome.peer), "[2001:db8::7]:40000");
        EXPECT_EQ(outcome.rest, rest);
        EXPECT_EQ(format_hearing(outcome.heard), "told");
    }
}

TEST(ProxyDoor, KeepsThePeerThatSpeaksForItself)
{
    const std::string local("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16);
    for (const std::string& header : {local, std::string("PROXY UNKNOWN\r\n")}) {
        const auto outcome = meet_with({.pieces = {header + "QUIT"}}, 4);
        EXPECT_EQ(format_hearing(outcome.heard), "own");
        EXPECT_EQ(outcome.peer.address, IpAddress::loopback_v4());
        EXPECT_EQ(outcome.rest, "QUIT");
    }
}

TEST(ProxyDoor, HearsNobodyWhoSaysSomethingElseAtOnce)
{
    const auto outcome = meet_with({.pieces = {"EHLO client.test\r\n"}});
    EXPECT_EQ(outcome.heard.error().fault, Fault::peer_broke_it);
    EXPECT_EQ(format_hearing(outcome.heard), "broken");
    EXPECT_EQ(outcome.peer.address, IpAddress::loopback_v4());
}

TEST(ProxyDoor, WaitsNoLongerThanItsDeadlineHoweverTheHeaderDrips)
{
    for (const auto& pieces : {std::vector<std::string>{}, std::vector<std::string>{"PROXY TCP4 "}}) {
        const auto outcome = meet_with({.pieces = pieces, .patience = std::chrono::milliseconds(30)});
        EXPECT_EQ(outcome.heard.error().fault, Fault::retry_later);
        EXPECT_EQ(format_hearing(outcome.heard), "late");
    }
}

TEST(ProxyDoor, TellsACloseFromSilence)
{
    for (const auto& pieces : {std::vector<std::string>{}, std::vector{line.substr(0, 20)}}) {
        const auto outcome = meet_with({.pieces = pieces, .ends = true});
        EXPECT_EQ(outcome.heard.error().fault, Fault::cancelled);
        EXPECT_EQ(format_hearing(outcome.heard), "closed");
    }
}

TEST(ProxyDoor, LetsSoManyWaitAndNoMore)
{
    const auto outcome = meet_with({.pieces = {line}, .most_waiting = 0});
    EXPECT_EQ(outcome.heard.error().fault, Fault::denied);
    EXPECT_EQ(format_hearing(outcome.heard), "crowded");
}

}  // namespace
}  // namespace sealpost::net
