#include "serve/demo/name_server.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/unbound_resolver.hpp"

#include <gtest/gtest.h>

namespace sealpost::demo {
namespace {

constexpr std::uint16_t type_a = 1, type_ptr = 12, type_mx = 15, type_txt = 16, type_aaaa = 28;

std::string wire_name(const std::vector<std::string>& labels)
{
    std::string out;
    for (const auto& label : labels) out += static_cast<char>(label.size()) + label;
    return out + '\0';
}

// RFC 1035 §4.1: a standard query with one question and recursion desired.
std::string query(const std::vector<std::string>& labels, std::uint16_t type)
{
    std::string out("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
    return out + wire_name(labels) + '\0' + static_cast<char>(type) + std::string("\0\1", 2);
}

struct Answer {
    unsigned flags, code, records;
    std::string data;  // behind the question
};

Answer read(const std::string& query, const std::string& answer)
{
    EXPECT_GE(answer.size(), query.size());
    EXPECT_EQ(answer.substr(0, 2), query.substr(0, 2)) << "the id";
    EXPECT_EQ(answer.substr(12, query.size() - 12), query.substr(12)) << "the question as it was asked";
    const auto octet = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(answer[at])); };
    return {octet(2), octet(3) & 0x0f, octet(6) << 8 | octet(7), answer.substr(query.size())};
}

ZoneData make_zone()
{
    ZoneData zone;
    zone.add_mail_host("acme.test", 10, "mx1.acme.test");
    zone.add_address("mx1.acme.test", IpAddress::v4({127, 0, 0, 2}));
    zone.add_address("mx1.acme.test", *parse_ip("2001:db8::1"));
    zone.add_text("keys.test", "v=spf1 -all");
    return zone;
}

Answer ask(const ZoneData& zone, const std::vector<std::string>& labels, std::uint16_t type)
{
    const auto question = query(labels, type);
    return read(question, zone.answer(question));
}

// One record: the question's name, type, class IN, one second, and its data.
std::string record(std::uint16_t type, const std::string& data)
{
    std::string out("\xc0\x0c\0", 3);
    out += static_cast<char>(type);
    out += std::string("\0\1\0\0\0\1\0", 7);
    out += static_cast<char>(data.size());
    return out + data;
}

TEST(ZoneData, AnswersWithAddresses)
{
    const auto v4 = ask(make_zone(), {"mx1", "acme", "test"}, type_a);
    EXPECT_EQ(v4.flags, 0x84U) << "an authoritative answer";
    EXPECT_EQ(v4.code, 0U);
    EXPECT_EQ(v4.records, 1U);
    EXPECT_EQ(v4.data, record(type_a, std::string("\x7f\0\0\2", 4)));
    const auto v6 = ask(make_zone(), {"mx1", "acme", "test"}, type_aaaa);
    EXPECT_EQ(v6.records, 1U);
    EXPECT_EQ(v6.data.size(), 28U);
}

TEST(ZoneData, AnswersWithMailHosts)
{
    const auto answer = ask(make_zone(), {"acme", "test"}, type_mx);
    EXPECT_EQ(answer.data, record(type_mx, std::string("\0\x0a", 2) + wire_name({"mx1", "acme", "test"})));
}

TEST(ZoneData, AnswersWithTextInPiecesOf255)
{
    EXPECT_EQ(ask(make_zone(), {"keys", "test"}, type_txt).data, record(type_txt, "\x0bv=spf1 -all"));
    ZoneData zone;
    zone.add_text("long.test", std::string(300, 'a'));
    const auto answer = ask(zone, {"long", "test"}, type_txt);
    EXPECT_EQ(answer.data.size(), 12U + 302);
    std::string pieces = "\xff";
    pieces.append(255, 'a').append("\x2d").append(45, 'a');
    EXPECT_EQ(answer.data.substr(12), pieces);
}

TEST(ZoneData, LeadsAnAddressBackToItsName)
{
    const auto answer = ask(make_zone(), {"2", "0", "0", "127", "in-addr", "arpa"}, type_ptr);
    EXPECT_EQ(answer.data, record(type_ptr, wire_name({"mx1", "acme", "test"})));
}

TEST(ZoneData, ListsAnAddressWithoutAWayBack)
{
    ZoneData zone = make_zone();
    zone.add_listed("127.0.0.5.spf.keys.test");
    EXPECT_EQ(ask(zone, {"127", "0", "0", "5", "spf", "keys", "test"}, type_a).records, 1U);
    EXPECT_EQ(ask(zone, {"127", "0", "0", "6", "spf", "keys", "test"}, type_a).records, 0U);
    EXPECT_EQ(ask(zone, {"2", "0", "0", "127", "in-addr", "arpa"}, type_ptr).records, 1U) << "the gateway's own";
}

TEST(ZoneData, KnowsNamesInAnyCase) { EXPECT_EQ(ask(make_zone(), {"MX1", "Acme", "TEST"}, type_a).records, 1U); }

TEST(ZoneData, TellsANameWithoutSuchDataFromNoName)
{
    const auto no_data = ask(make_zone(), {"acme", "test"}, type_a);
    EXPECT_EQ(no_data.code, 0U);
    EXPECT_EQ(no_data.records, 0U);
    EXPECT_EQ(ask(make_zone(), {"test"}, type_a).code, 0U) << "RFC 8020: a name above one that exists";
    EXPECT_EQ(ask(make_zone(), {"nowhere", "test"}, type_a).code, 3U);
    EXPECT_EQ(ask(make_zone(), {"1", "acme", "test"}, type_a).code, 3U) << "an end of a label is no name above";
}

TEST(ZoneData, SaysNothingToBytesThatAreNoQuery)
{
    const ZoneData zone = make_zone();
    const std::string good = query({"acme", "test"}, type_mx);
    ASSERT_FALSE(zone.answer(good).empty());
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_TRUE(zone.answer(good.substr(0, length)).empty()) << "cut to " << length;
    std::string response = good;
    response[2] = '\x81';
    EXPECT_TRUE(zone.answer(response).empty()) << "answers are not answered";
    std::string two = good;
    two[5] = 2;
    EXPECT_TRUE(zone.answer(two).empty());
    std::string pointer = good;
    pointer[12] = '\xc0';
    EXPECT_TRUE(zone.answer(pointer).empty());
}

Task<void> ask_over_the_wire(NameServer& server, dns::Answer& found, dns::Answer& missing)
{
    const Executor executor = co_await async::this_executor();
    auto garbage = net::DatagramSocket::bind(executor, {IpAddress::loopback_v4(), 0});
    [[maybe_unused]] auto sent = co_await garbage.value()->send(server.local(), "no query");
    dns::UnboundOptions options;
    options.forwarder = server.local();
    auto resolver = dns::UnboundResolver::make(std::move(options));
    const Deadline deadline = Deadline::after(std::chrono::seconds(10));
    found = co_await resolver.value()->query("acme.test", dns::Type::mx, deadline);
    missing = co_await resolver.value()->query("nowhere.test", dns::Type::a, deadline);
}

TEST(NameServer, IsUnderstoodByARealResolver)
{
    async::Workers workers(1);
    auto server = NameServer::bind(workers.executor(0), {IpAddress::loopback_v4(), 0}, make_zone()).value();
    workers.spawn(0, server->run());
    dns::Answer found, missing;
    async::run_here([&] { return ask_over_the_wire(*server, found, missing); });
    EXPECT_EQ(found.status, dns::Status::found) << found.problem;
    EXPECT_EQ(found.records, std::vector<std::string>{"10 mx1.acme.test"});
    EXPECT_EQ(missing.status, dns::Status::no_such_name) << missing.problem;
    workers.stop();
}

}  // namespace
}  // namespace sealpost::demo
