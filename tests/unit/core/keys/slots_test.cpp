#include "core/keys/fixture.hpp"
#include "core/keys/forget.hpp"

#include "deaf_database.hpp"
#include "sys/async/task_group.hpp"

#include <gmock/gmock.h>

namespace sealpost::keys {
namespace {

using namespace std::chrono_literals;
using test::answer_of;
using test::must;
using test::value_of;

using Source = OpenView::Source;

class SlotsTest : public test::KeyStoreTest {
protected:
    SlotsTest()
    {
        for (std::size_t i = 0; i < 700'000; ++i) text_.push_back(static_cast<char>(i * 7 + i / 256));
    }

    ContentVerdict host(const std::string& text) { return host(id_, text); }
    ContentVerdict host(const EnvelopeId& id, const std::string& text)
    {
        auto writer = value_of(store_->begin_hosted(id, account_));
        const auto written = answer_of(writer->write(text));
        EXPECT_EQ(written.has_error(), writer->is_too_large());
        return value_of(store_->finish_hosted(std::move(writer)));
    }
    std::string hand_in(const std::string& text, std::optional<EnvelopeId> hint = {}, const std::string& network = "192.0.2.0/24")
    {
        auto writer = value_of(store_->begin_ticket(network));
        for (std::size_t at = 0; at < text.size(); at += 100'000) must(writer->write(text.substr(at, 100'000)));
        return value_of(store_->finish_ticket(std::move(writer), std::move(hint)));
    }
    std::string read_all(const OpenView& view)
    {
        auto source = store_->read(view);
        std::string all;
        while (true) {
            auto piece = answer_of(source->next()).value();
            if (piece.empty()) return all;
            EXPECT_LE(piece.size(), async::ByteSource::max_piece_bytes);
            all += piece;
        }
    }
    std::optional<OpenView> resolve(const std::string& ref) { return value_of(store_->resolve_ref(ref)); }
    std::int64_t pieces() { return count("select count(*) from key_piece"); }

    std::string text_;
};

TEST_F(SlotsTest, AnUploadEndsWhenTheDiskHasNoRoomForItsNextPieceAndLeavesNothing)
{
    std::uint64_t room = 300'000;
    const auto take = [&room](SlotKind kind, std::uint64_t bytes) {
        if (kind == SlotKind::hosted) return true;
        if (bytes > room) return false;
        room -= bytes;
        return true;
    };
    KeyStore::Parts parts{database_, &clock_, kek_, log::Log::silent(), limits_};
    parts.has_room = take;
    store_ = KeyStore::open(std::move(parts)).value();
    store(make_envelope(text_));
    EXPECT_EQ(host(text_), ContentVerdict::stored) << "a gateway's is asked for by itself";
    const auto kept = pieces();
    {
        auto writer = value_of(store_->begin_ticket("192.0.2.0/24"));
        const auto written = answer_of(writer->write(text_));
        ASSERT_TRUE(written.has_error());
        EXPECT_EQ(written.error().fault, Fault::retry_later);
        EXPECT_FALSE(writer->is_too_large());
    }
    let_posted_work_end();
    EXPECT_EQ(pieces(), kept);
    EXPECT_EQ(count("select count(*) from key_ticket_sum"), 0);
}

TEST_F(SlotsTest, TicketsAndWhatIsUnderWayAreDroppedFromACopy)
{
    store(make_envelope(text_));
    ASSERT_EQ(host(text_), ContentVerdict::stored);
    const auto kept = pieces();
    const auto drop = [](db::Connection& connection) { return KeyStore::drop_tickets(connection); };
    EXPECT_FALSE(database_->write_now(drop).value());
    const auto ticket = hand_in(text_);
    auto under_way = value_of(store_->begin_ticket("192.0.2.0/24"));
    must(under_way->write(text_));
    EXPECT_TRUE(database_->write_now(drop).value());
    EXPECT_EQ(pieces(), kept);
    EXPECT_EQ(count("select count(*) from key_ticket_sum"), 0);
    EXPECT_FALSE(resolve(ticket).has_value());
    EXPECT_EQ(read_all(*resolve(id_.value())), text_);
}

TEST_F(SlotsTest, AHostedCopyComesBackOctetForOctet)
{
    store(make_envelope(text_));
    EXPECT_EQ(resolve(id_.value())->source, Source::none);
    EXPECT_EQ(store_->read(*resolve(id_.value())), nullptr);
    EXPECT_EQ(host(text_), ContentVerdict::stored);
    const auto view = resolve(id_.value());
    EXPECT_EQ(view->source, Source::hosted);
    EXPECT_EQ(view->size, text_.size());
    EXPECT_FALSE(view->damaged);
    EXPECT_EQ(read_all(*view), text_);
    EXPECT_TRUE(facts().has_hosted_copy);
}

TEST_F(SlotsTest, ADamagedHostedCopyLeavesNothing)
{
    store(make_envelope(text_));
    std::string flipped = text_;
    flipped[123'456] ^= 1;
    for (const auto& damaged : {flipped, text_.substr(1), text_ + "x", std::string()}) {
        EXPECT_EQ(host(damaged), ContentVerdict::damaged);
        let_posted_work_end();
        EXPECT_EQ(pieces(), 0);
        EXPECT_EQ(count("select count(*) from key_slot"), 0);
    }
    EXPECT_FALSE(facts().has_hosted_copy);
}

TEST_F(SlotsTest, UploadingAgainReplacesTheHostedCopy)
{
    store(make_envelope(text_));
    host(text_);
    const auto before = pieces();
    EXPECT_EQ(host(text_), ContentVerdict::stored);
    EXPECT_EQ(pieces(), before);
    EXPECT_EQ(read_all(*resolve(id_.value())), text_);
}

TEST_F(SlotsTest, OnlyTheAccountMayHostItsEnvelope)
{
    store(make_envelope(text_));
    EXPECT_TRUE(answer_of(store_->begin_hosted(id_, AccountId(2))).has_error());
    EXPECT_TRUE(answer_of(store_->begin_hosted(make_envelope_id(), account_)).has_error());
}

TEST_F(SlotsTest, ADroppedWriterLeavesNothing)
{
    store(make_envelope(text_));
    {
        auto writer = value_of(store_->begin_ticket("192.0.2.0/24"));
        must(writer->write(text_));
        EXPECT_GT(pieces(), 0);
    }
    let_posted_work_end();
    EXPECT_EQ(pieces(), 0);
    EXPECT_EQ(count("select count(*) from key_slot"), 0);
}

TEST_F(SlotsTest, TheHostedCopyGoesWithTheKey)
{
    store(make_envelope(text_));
    host(text_);
    clock_.advance(24h);
    EXPECT_EQ(resolve(id_.value())->source, Source::none);
    value_of(store_->sweep());
    EXPECT_EQ(pieces(), 0);
}

TEST_F(SlotsTest, ATicketIsKnownByItsSha256)
{
    store(make_envelope(text_));
    const auto ticket = hand_in(text_);
    EXPECT_EQ(ticket.size(), 43U);
    const auto view = resolve(ticket);
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->facts.policy.id, id_);
    EXPECT_EQ(view->source, Source::ticket);
    EXPECT_FALSE(view->damaged);
    EXPECT_EQ(read_all(*view), text_);
    EXPECT_EQ(all_octets().find(ticket), std::string::npos);
}

TEST_F(SlotsTest, ADamagedTicketIsNamedByThePagesIdAndHealsFromTheHostedCopy)
{
    store(make_envelope(text_));
    const auto ticket = hand_in(text_ + "damage", id_);
    auto view = resolve(ticket);
    ASSERT_TRUE(view.has_value());
    EXPECT_TRUE(view->damaged);
    EXPECT_FALSE(view->healed);
    EXPECT_EQ(view->source, Source::none);
    host(text_);
    view = resolve(ticket);
    EXPECT_TRUE(view->damaged);
    EXPECT_TRUE(view->healed);
    EXPECT_EQ(view->source, Source::hosted);
    EXPECT_EQ(read_all(*view), text_);
}

TEST_F(SlotsTest, AWholeFileUnderAFalseIdOpensItsOwnRecord)
{
    store(make_envelope(text_));
    auto other = make_envelope("something else");
    other.policy.id = make_envelope_id();
    const auto other_id = other.policy.id;
    store(std::move(other));
    EXPECT_EQ(resolve(hand_in(text_, other_id))->facts.policy.id, id_);
}

TEST_F(SlotsTest, StoringSomebodyElsesFileAgainDoesNotTakeItOver)
{
    store(make_envelope(text_));
    clock_.advance(1s);
    auto thief = make_envelope(text_);
    thief.policy.id = make_envelope_id();
    thief.policy.account = AccountId(2);
    store(std::move(thief));
    EXPECT_EQ(resolve(hand_in(text_))->facts.policy.id, id_);
}

TEST_F(SlotsTest, AFileOfAForgottenEnvelopeOpensNobodyElsesInItsPlace)
{
    store(make_envelope(text_));
    auto thief = make_envelope(text_);
    thief.policy.id = make_envelope_id();
    thief.policy.account = AccountId(2);
    const auto thiefs_id = thief.policy.id;
    store(std::move(thief));
    ASSERT_EQ(value_of(store_->recall(id_, account_, "operator")), ChangeVerdict::done);
    clock_.advance(24h * 32);
    ASSERT_EQ(value_of(forget_ended({database_, &clock_}, 24h * 30, clock_.now())), 1);
    EXPECT_FALSE(resolve(hand_in(text_, id_)).has_value());
    EXPECT_EQ(resolve(hand_in(text_))->facts.policy.id, thiefs_id) << "a file that names nobody is known by its octets alone";
}

TEST_F(SlotsTest, AnUnknownFileOrRefOpensNothing)
{
    EXPECT_FALSE(resolve(hand_in("some age file")).has_value());
    EXPECT_FALSE(resolve(hand_in("some age file", id_)).has_value());
    EXPECT_FALSE(resolve(id_.value()).has_value());
    EXPECT_FALSE(resolve(std::string(43, 'A')).has_value());
    EXPECT_FALSE(resolve("").has_value());
}

TEST_F(SlotsTest, AnUploadThatGoesOnKeepsItsPlace)
{
    store(make_envelope(text_));
    auto ticket = value_of(store_->begin_ticket("192.0.2.0/24"));
    auto hosted = value_of(store_->begin_hosted(id_, account_));
    for (int i = 0; i < 7; ++i) {
        must(ticket->write(std::string(300'000, 'x')));
        must(hosted->write(text_.substr(100'000 * static_cast<std::size_t>(i), i == 6 ? std::string::npos : 100'000)));
        if (i % 3 != 2) continue;
        clock_.advance(29min);
        EXPECT_EQ(value_of(store_->sweep()).slots_removed, 0);
    }
    EXPECT_EQ(value_of(store_->finish_hosted(std::move(hosted))), ContentVerdict::stored);
    EXPECT_TRUE(answer_of(store_->finish_ticket(std::move(ticket), {})).has_value());
    auto forgotten = value_of(store_->begin_hosted(id_, account_));
    must(forgotten->write(text_.substr(0, 300'000)));
    clock_.advance(30min);
    EXPECT_EQ(value_of(store_->sweep()).slots_removed, 2) << "and the ticket";
}

TEST_F(SlotsTest, ATicketLivesThirtyMinutes)
{
    store(make_envelope(text_));
    const auto ticket = hand_in(text_);
    clock_.advance(30min - 1ms);
    EXPECT_TRUE(resolve(ticket).has_value());
    clock_.advance(1ms);
    EXPECT_FALSE(resolve(ticket).has_value());
    EXPECT_EQ(value_of(store_->sweep()).slots_removed, 1);
    EXPECT_EQ(pieces(), 0);
}

Task<void> sweep_and_say(std::shared_ptr<KeyStore> store, bool& is_swept)
{
    const auto report = co_await store->sweep();
    EXPECT_TRUE(report.has_value());
    is_swept = true;
}

// Writes of somebody else, who waits for each.
Task<void> look_beside(std::shared_ptr<db::Database> database, const bool& is_swept, std::vector<std::int64_t>& seen)
{
    while (!is_swept) {
        auto look = [](db::Connection& connection) -> Result<std::int64_t> {
            auto row = connection.prepare("select count(*) from key_slot");
            SEALPOST_CHECK(row.step());
            return row.column_int(0);
        };
        const auto count = co_await database->write(std::move(look));
        seen.push_back(count.value());
    }
}

Task<void> sweep_and_look(std::shared_ptr<KeyStore> store, std::shared_ptr<db::Database> database,
                          std::vector<std::int64_t>& seen)
{
    auto executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    bool is_swept = false;
    group.spawn(sweep_and_say(store, is_swept));
    group.spawn(look_beside(database, is_swept, seen));
    co_await group.join();
}

// The writer is everybody's: who writes meanwhile waits for some MiB to go, not for all that has expired.
TEST_F(SlotsTest, AreSweptAFewMegabytesAtATime)
{
    const std::string large(3 * 1024 * 1024, 'x');
    for (int i = 0; i < 4; ++i) hand_in(large);
    clock_.advance(30min);
    std::vector<std::int64_t> seen;
    async::run_here([&] { return sweep_and_look(store_, database_, seen); });
    EXPECT_THAT(seen, testing::IsSupersetOf({3, 2, 1}));
    EXPECT_EQ(pieces(), 0);
}

TEST_F(SlotsTest, OfExpiredEnvelopesGoAFewMegabytesAtATime)
{
    const std::string large(3 * 1024 * 1024, 'x');
    for (int i = 0; i < 4; ++i) {
        auto envelope = make_envelope(large);
        envelope.policy.id = make_envelope_id();
        const auto id = envelope.policy.id;
        store(std::move(envelope));
        EXPECT_EQ(host(id, large), ContentVerdict::stored);
    }
    clock_.advance(24h);
    std::vector<std::int64_t> seen;
    async::run_here([&] { return sweep_and_look(store_, database_, seen); });
    EXPECT_THAT(seen, testing::IsSupersetOf({3, 2, 1}));
    EXPECT_EQ(pieces(), 0);
}

// Whoever is slow keeps a piece in memory: of an upload one that counts already, of a download no larger one.
TEST_F(SlotsTest, APieceIsNoLargerThanWhatATicketCountsFromItsBeginning)
{
    auto writer = value_of(store_->begin_ticket("192.0.2.0/24"));
    must(writer->write(std::string(limits_.least_charge_bytes, 'x')));
    EXPECT_EQ(pieces(), 1);
    must(writer->write(text_));
    EXPECT_LE(count("select max(length(octets)) from key_piece"), static_cast<std::int64_t>(limits_.least_charge_bytes));
}

class SmallSlotsTest : public SlotsTest {
protected:
    SmallSlotsTest()
    {
        limits_.max_ticket_bytes = 1000;
        limits_.max_network_bytes = 1500;
        limits_.max_wider_network_bytes = 2000;
        limits_.max_total_bytes = 2500;
        limits_.least_charge_bytes = 100;
        store_ = open().value();
    }
    Fault fault_of(const std::string& network, std::size_t size)
    {
        auto writer = answer_of(store_->begin_ticket(network));
        if (!writer) return writer.error().fault;
        const auto written = answer_of((*writer)->write(std::string(size, 'x')));
        if (!written) return written.error().fault;
        const auto ticket = answer_of(store_->finish_ticket(std::move(*writer), {}));
        return ticket ? Fault::cancelled : ticket.error().fault;
    }
};

TEST_F(SmallSlotsTest, OneTicketHasALimit)
{
    auto writer = value_of(store_->begin_ticket("192.0.2.0/24"));
    must(writer->write(std::string(1000, 'x')));
    EXPECT_FALSE(writer->is_too_large());
    EXPECT_EQ(answer_of(writer->write("x")).error().fault, Fault::denied);
    EXPECT_TRUE(writer->is_too_large());
}

// Rows cost the house something even when they are empty: their number has a limit of its own.
TEST_F(SmallSlotsTest, TicketsOfFewOctetsHaveALimitToo)
{
    for (int i = 0; i < 15; ++i) EXPECT_NE(fault_of("192.0.2.0/24", 1), Fault::denied) << i;
    EXPECT_EQ(fault_of("192.0.2.0/24", 1), Fault::denied);
    EXPECT_NE(fault_of("198.51.100.0/24", 1), Fault::denied);
}

TEST_F(SmallSlotsTest, ANetworkAndTheHouseHaveLimitsThatTimeLifts)
{
    hand_in(std::string(1000, 'x'), {}, "192.0.2.0/24");
    EXPECT_EQ(fault_of("192.0.2.0/24", 1000), Fault::denied);
    hand_in(std::string(1000, 'x'), {}, "198.51.100.0/24");
    EXPECT_EQ(fault_of("203.0.113.0/24", 1000), Fault::denied);
    clock_.advance(30min);
    value_of(store_->sweep());
    hand_in(std::string(1000, 'x'), {}, "192.0.2.0/24");
}

// Who has a /48 has 65,536 networks of the kind that counts.
TEST_F(SmallSlotsTest, ManyNetworksOfOneSiteHaveALimitTogether)
{
    hand_in(std::string(1000, 'x'), {}, "2001:db8:1:1::/64");
    hand_in(std::string(900, 'x'), {}, "2001:db8:1:2::/64");
    EXPECT_EQ(fault_of("2001:db8:1:3::/64", 200), Fault::denied);
    EXPECT_NE(fault_of("2001:db8:2:1::/64", 200), Fault::denied) << "another site";
}

// The sums are what the slots that are there take, whichever way one goes.
TEST_F(SmallSlotsTest, WhatGoesIsFreeAgain)
{
    const auto sums = [&] { return count("select coalesce(sum(bytes), 0) from key_ticket_sum where name = ''"); };
    const auto ticket = hand_in(std::string(600, 'x'));
    EXPECT_EQ(sums(), 600);
    {
        auto dropped = value_of(store_->begin_ticket("2001:db8:1:1::/64"));
    }
    let_posted_work_end();
    EXPECT_EQ(sums(), 600);
    EXPECT_EQ(fault_of("192.0.2.0/24", 1000), Fault::denied);
    let_posted_work_end();
    EXPECT_EQ(sums(), 600);
    store(make_envelope(text_.substr(0, 500)));
    EXPECT_EQ(host(text_.substr(0, 500)), ContentVerdict::stored);
    EXPECT_EQ(sums(), 600) << "a hosted copy is the account's affair";
    clock_.advance(30min);
    value_of(store_->sweep());
    EXPECT_EQ(count("select count(*) from key_ticket_sum"), 0);
}

TEST_F(SlotsTest, AHostedCopyStaysWhoseAnswerWasLost)
{
    store(make_envelope(text_));
    const auto deaf = std::make_shared<test::DeafDatabase>(database_);
    store_ = KeyStore::open({deaf, &clock_, kek_, log::Log::silent(), limits_}).value();
    auto writer = value_of(store_->begin_hosted(id_, account_));
    must(writer->write(text_));
    deaf->loses_after = 1;  // behind the rest of the text
    EXPECT_TRUE(answer_of(store_->finish_hosted(std::move(writer))).has_error());
    EXPECT_TRUE(facts().has_hosted_copy);
    EXPECT_EQ(read_all(*resolve(id_.value())), text_);
}

}  // namespace
}  // namespace sealpost::keys
