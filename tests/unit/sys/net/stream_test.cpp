#include "sys/net/stream.hpp"
#include "sys/async/give_way.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <array>

namespace sealpost::net {
namespace {

constexpr std::chrono::seconds generous{20};

Task<void> echo_once(Listener& listener)
{
    auto accepted = co_await listener.accept();
    std::array<char, 64> buffer{};
    auto count = co_await accepted.value()->read_some(buffer, Deadline::after(generous));
    auto written = co_await accepted.value()->write({buffer.data(), count.value()}, Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
}

Task<void> talk()
{
    Executor executor = co_await async::this_executor();
    auto listener = Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(echo_once(**listener));
    auto stream = co_await connect((*listener)->local(), IpAddress::v4({127, 0, 0, 9}), Deadline::after(generous));
    EXPECT_EQ(format_ip((*stream)->local().address), "127.0.0.9");
    auto sent = co_await (*stream)->write("hello", Deadline::after(generous));
    EXPECT_TRUE(sent.has_value());
    std::array<char, 64> buffer{};
    auto count = co_await (*stream)->read_some(buffer, Deadline::after(generous));
    EXPECT_EQ(std::string_view(buffer.data(), count.value()), "hello");
    auto closed = co_await (*stream)->read_some(buffer, Deadline::after(generous));
    EXPECT_EQ(closed.value(), 0U);
    co_await group.join();
}

TEST(TcpStream, CarriesBytesFromAChosenAddress) { async::run_here(talk); }

Task<void> wait_in_vain()
{
    Executor executor = co_await async::this_executor();
    auto listener = Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    auto stream = co_await connect((*listener)->local(), std::nullopt, Deadline::after(generous));
    std::array<char, 8> buffer{};
    auto silent = co_await (*stream)->read_some(buffer, Deadline::after(std::chrono::milliseconds(5)));
    EXPECT_EQ(silent.error().fault, Fault::retry_later);
    EXPECT_EQ(silent.error().text, "timed out");
}

Task<void> close_at_once(Listener& listener)
{
    auto accepted = co_await listener.accept();
    accepted.value()->close();
}

// Writes until the kernel refuses, after which it has no more news for a reader.
Task<void> go_on_after_the_end()
{
    Executor executor = co_await async::this_executor();
    auto listener = Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(close_at_once(**listener));
    auto stream = co_await connect((*listener)->local(), std::nullopt, Deadline::after(generous));
    std::array<char, 64> buffer{};
    for (int round = 0; round < 3; ++round) {
        auto count = co_await (*stream)->read_some(buffer, Deadline::after(generous));
        EXPECT_TRUE(count.has_value() && *count == 0) << round;
        auto written = co_await (*stream)->write("anybody there?", Deadline::after(generous));
        EXPECT_EQ(written.has_value(), round == 0) << round;
    }
    co_await group.join();
}

// Whether another task had a turn while so many pieces went out, all of which the kernel had room for.
Task<bool> gets_a_turn_beside(int pieces, std::size_t octets)
{
    Executor executor = co_await async::this_executor();
    auto listener = Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    auto stream = co_await connect((*listener)->local(), std::nullopt, Deadline::after(generous));
    const int size = 8 << 20;  // or what the machine allows, which is more than is sent
    ::setsockopt((*stream)->descriptor(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    bool had_turn = false;
    boost::asio::post(executor, [&] { had_turn = true; });
    const std::string piece(octets, 'x');
    for (int i = 0; i < pieces; ++i) {
        auto written = co_await (*stream)->write(piece, Deadline::after(generous));
        EXPECT_TRUE(written.has_value());
    }
    const bool answer = had_turn;
    co_await async::give_way();  // what was posted knows `had_turn`
    co_return answer;
}

TEST(TcpStream, SendsAReplyAtOnceAndMuchInTurns)
{
    async::run_here([]() -> Task<void> {
        const bool beside_one = co_await gets_a_turn_beside(1, 16 << 10);
        EXPECT_FALSE(beside_one);
        const bool beside_much = co_await gets_a_turn_beside(20, 16 << 10);
        EXPECT_TRUE(beside_much);
        const bool beside_a_few = co_await gets_a_turn_beside(30, 10);
        EXPECT_FALSE(beside_a_few);
        const bool beside_many = co_await gets_a_turn_beside(40, 10);
        EXPECT_TRUE(beside_many);
    });
}

// Answers what it read when the peer has ended.
Task<void> answer_behind_the_end(Listener& listener)
{
    auto accepted = co_await listener.accept();
    std::string heard;
    std::array<char, 64> buffer{};
    for (;;) {
        auto count = co_await accepted.value()->read_some(buffer, Deadline::after(generous));
        if (!count || *count == 0) break;
        heard.append(buffer.data(), *count);
    }
    auto written = co_await accepted.value()->write(heard, Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
}

Task<void> end_and_listen()
{
    Executor executor = co_await async::this_executor();
    auto listener = Listener::bind(executor, {IpAddress::loopback_v4(), 0}, false);
    async::TaskGroup group(executor);
    group.spawn(answer_behind_the_end(**listener));
    auto stream = co_await connect((*listener)->local(), std::nullopt, Deadline::after(generous));
    auto written = co_await (*stream)->write("last words", Deadline::after(generous));
    EXPECT_TRUE(written.has_value());
    (*stream)->end_writing();
    std::array<char, 64> buffer{};
    auto count = co_await (*stream)->read_some(buffer, Deadline::after(generous));
    EXPECT_EQ(std::string_view(buffer.data(), count.value()), "last words");
    written = co_await (*stream)->write("more", Deadline::after(generous));
    EXPECT_TRUE(written.has_error());
    co_await group.join();
}

TEST(TcpStream, ReadsOnWhenItWritesNoMore) { async::run_here(end_and_listen); }

TEST(TcpStream, TellsTheEndAsOftenAsItIsAsked) { async::run_here(go_on_after_the_end); }

TEST(TcpStream, GivesUpAtTheDeadline) { async::run_here(wait_in_vain); }

}  // namespace
}  // namespace sealpost::net
