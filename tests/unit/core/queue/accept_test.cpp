#include "core/queue/queue_fixture.hpp"
#include "test_store.hpp"

namespace sealpost::queue {
namespace {

using QueueAccept = QueueFixture;

std::string make_text(std::size_t size)
{
    std::string text(size, '.');
    for (std::size_t at = 0; at < size; at += 97) text[at] = static_cast<char>('a' + at % 26);
    return text;
}

TEST_F(QueueAccept, GivesBackEverythingItWasGiven)
{
    NewMessage message = make_message({"bob@partner.test", "carol@partner.test"});
    message.recipients[0].notify = "SUCCESS,FAILURE";
    message.recipients[0].orcpt = "rfc822;bob@partner.test";
    message.envid = "QQ314159";
    message.ret = "HDRS";
    message.facts = R"({"transaction":7})";
    message.smtputf8 = true;
    message.require_tls = true;
    const auto id = accept(message);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].id, id);
    EXPECT_EQ(due[0].lane, "relay");
    EXPECT_EQ(due[0].sender, "alice@acme.test");
    EXPECT_EQ(due[0].envid, "QQ314159");
    EXPECT_EQ(due[0].ret, "HDRS");
    EXPECT_EQ(due[0].facts, R"({"transaction":7})");
    EXPECT_TRUE(due[0].smtputf8);
    EXPECT_TRUE(due[0].require_tls);
    EXPECT_EQ(due[0].accepted_at, clock_.now());
    EXPECT_EQ(due[0].attempt, 1);
    EXPECT_EQ(due[0].size, static_cast<std::int64_t>(content.size()));
    ASSERT_EQ(due[0].recipients.size(), 2U);
    EXPECT_EQ(due[0].recipients[0].notify, "SUCCESS,FAILURE");
    EXPECT_EQ(due[0].recipients[0].orcpt, "rfc822;bob@partner.test");
    EXPECT_EQ(due[0].recipients[1].address, "carol@partner.test");
    EXPECT_EQ(due[0].recipients[1].index, 1);
    EXPECT_EQ(read(due[0].content), content);
}

TEST_F(QueueAccept, TakesAMessageOfOneKeyOnce)
{
    const auto hand_in = [&](const std::string& key, const std::string& note, const std::string& text) {
        return wait_for(queue_->accept_all_once({key, note}, {make_message({"bob@partner.test"})}, write(text))).value();
    };
    EXPECT_EQ(hand_in("a", "<1@keys.test>", "first"), "<1@keys.test>");
    EXPECT_EQ(hand_in("b", "<2@keys.test>", "another"), "<2@keys.test>");
    EXPECT_EQ(wait_for(queue_->find_accepted("a")).value(), "<1@keys.test>");
    EXPECT_FALSE(wait_for(queue_->find_accepted("c")).value());
    EXPECT_EQ(hand_in("a", "<3@keys.test>", make_text(3UL * 1024 * 1024)), "<1@keys.test>") << "also a large one, partly stored";
    EXPECT_EQ(wait_for(queue_->hold(MessageId(99))).value(), false);  // waits for the writer behind the erasure
    EXPECT_EQ(ask("select count(*) from queue_content"), 2);
    auto due = claim();
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(read(due[0].content), "first");
    clock_.advance(std::chrono::hours(24 * 31));
    ASSERT_TRUE(wait_for(queue_->erase_old_history()).has_value());
    EXPECT_EQ(hand_in("a", "<4@keys.test>", "much later"), "<4@keys.test>");
}

TEST_F(QueueAccept, TakesSeveralMessagesOfOneKeyOnce)
{
    const auto hand_in = [&](const std::string& note) {
        std::vector<NewMessage> messages{make_message({"bob@partner.test"}), make_message({"carol@elsewhere.test"})};
        return wait_for(queue_->accept_all_once({"a", note}, std::move(messages), write("of both"))).value();
    };
    EXPECT_EQ(hand_in("<1@keys.test>"), "<1@keys.test>");
    EXPECT_EQ(hand_in("<2@keys.test>"), "<1@keys.test>");
    const auto due = claim();
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].content, due[1].content);
    EXPECT_EQ(read(due[0].content), "of both");
}

class QueueContent : public QueueFixture, public testing::WithParamInterface<std::pair<std::size_t, std::size_t>> {};

TEST_P(QueueContent, IsTheSameByteForByteHoweverItCame)
{
    const auto [size, piece] = GetParam();
    const std::string text = make_text(size);
    auto writer = queue_->begin();
    for (std::size_t at = 0; at < size; at += piece) {
        ASSERT_TRUE(wait_for(writer->write(text.substr(at, piece))).has_value());
    }
    EXPECT_EQ(writer->size(), static_cast<std::int64_t>(size));
    ASSERT_TRUE(wait_for(queue_->accept(make_message({"bob@partner.test"}), std::move(writer))).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].size, static_cast<std::int64_t>(size));
    EXPECT_TRUE(read(due[0].content) == text);
}

constexpr std::size_t kib = 1024;
INSTANTIATE_TEST_SUITE_P(Sizes, QueueContent,
                         testing::Values(std::pair{0UL, 1UL}, std::pair{1UL, 1UL}, std::pair{256 * kib, 256 * kib},
                                         std::pair{256 * kib + 1, 4000UL}, std::pair{1024 * kib, 300 * kib},
                                         std::pair{1024 * kib + 1, 64 * kib}, std::pair{5000 * kib, 5000 * kib},
                                         std::pair{3 * 1024 * kib + 17, 100'003UL}));

TEST_P(QueueContent, IsTheSameWhenItsHeadComesLast)
{
    const auto [size, piece] = GetParam();
    for (const std::size_t head_size : {1UL, 300UL, 200 * 1024UL, 300 * 1024UL}) {
        const std::string head = make_text(head_size), body = make_text(size);
        auto writer = queue_->begin();
        writer->keep_place_for_head();
        for (std::size_t at = 0; at < size; at += piece) ASSERT_TRUE(wait_for(writer->write(body.substr(at, piece))).has_value());
        writer->put_head(head);
        EXPECT_EQ(writer->size(), static_cast<std::int64_t>(head_size + size));
        const auto id = wait_for(queue_->accept(make_message({"bob@partner.test"}), std::move(writer))).value();
        const auto kept = wait_for(queue_->show(id)).value();
        ASSERT_TRUE(kept.has_value());
        EXPECT_EQ(kept->size, static_cast<std::int64_t>(head_size + size));
        EXPECT_TRUE(read(kept->content) == head + body) << head_size << " before " << size;
    }
}

TEST_F(QueueAccept, KeepsASmallMessageInOnePieceAlthoughItsHeadCameLast)
{
    auto writer = queue_->begin();
    writer->keep_place_for_head();
    ASSERT_TRUE(wait_for(writer->write("The body.\r\n")).has_value());
    writer->put_head("Subject: hello\r\n\r\n");
    ASSERT_TRUE(wait_for(queue_->accept(make_message({"bob@partner.test"}), std::move(writer))).has_value());
    EXPECT_EQ(ask("select count(*) from queue_piece"), 1);
}

TEST_F(QueueAccept, RefusesContentWhoseHeadNeverCame)
{
    auto writer = queue_->begin();
    writer->keep_place_for_head();
    ASSERT_TRUE(wait_for(writer->write("The body.\r\n")).has_value());
    EXPECT_TRUE(wait_for(queue_->accept(make_message({"bob@partner.test"}), std::move(writer))).has_error());
    EXPECT_TRUE(claim().empty());
}

TEST_F(QueueAccept, LeavesNothingOfContentWhoseHeadNeverCame)
{
    auto writer = queue_->begin();
    writer->keep_place_for_head();
    ASSERT_TRUE(wait_for(writer->write(make_text(3 * 1024 * kib))).has_value());
    EXPECT_GE(ask("select count(*) from queue_piece"), 8);
    writer.reset();
    EXPECT_EQ(wait_for(queue_->hold(MessageId(1))).value(), false);  // waits for the writer behind the erasure
    EXPECT_EQ(ask("select count(*) from queue_piece"), 0);
}

TEST_F(QueueAccept, StreamsLargeContentIntoTheStoreBeforeTheMessage)
{
    auto writer = write(make_text(3 * 1024 * kib));
    EXPECT_EQ(ask("select count(*) from queue_content where uses = 0"), 1);
    EXPECT_GE(ask("select count(*) from queue_piece"), 8);
    EXPECT_TRUE(claim().empty());
    ASSERT_TRUE(wait_for(queue_->accept(make_message({"bob@partner.test"}), std::move(writer))).has_value());
    EXPECT_EQ(ask("select count(*) from queue_content where uses = 0"), 0);
}

TEST_F(QueueAccept, LeavesNothingOfContentThatWasGivenUp)
{
    write(make_text(3 * 1024 * kib)).reset();
    EXPECT_EQ(wait_for(queue_->hold(MessageId(1))).value(), false);  // waits for the writer behind the erasure
    EXPECT_EQ(ask("select count(*) from queue_piece"), 0);
    EXPECT_EQ(ask("select count(*) from queue_content"), 0);
}

TEST_F(QueueAccept, ErasesLaterWhatTheStoreWouldNotEraseAtOnce)
{
    const auto run = [&](const std::string& sql) {
        auto work = [sql](db::Connection& connection) { return connection.execute(sql); };
        ASSERT_TRUE(database_->write_now(std::move(work)).has_value());
    };
    auto kept = write(make_text(3 * 1024 * kib));
    run("create trigger ill before delete on queue_piece begin select raise(abort, 'ill'); end");
    write(make_text(3 * 1024 * kib)).reset();
    EXPECT_EQ(wait_for(queue_->hold(MessageId(1))).value(), false);  // waits for the writer behind the erasure
    EXPECT_TRUE(wait_for(queue_->erase_given_up()).has_error());
    EXPECT_EQ(ask("select count(*) from queue_content"), 2);
    run(test::drop_trigger("ill", "queue_piece"));
    ASSERT_TRUE(wait_for(queue_->erase_given_up()).has_value());
    EXPECT_EQ(ask("select count(*) from queue_content"), 1);
    ASSERT_TRUE(wait_for(queue_->accept(make_message({"bob@partner.test"}), std::move(kept))).has_value());
    EXPECT_EQ(read(claim().at(0).content), make_text(3 * 1024 * kib));
}

TEST_F(QueueAccept, ForgetsTheTurnOfAMessageThatTheStoreRefused)
{
    const auto run = [&](const std::string& sql) {
        auto work = [sql](db::Connection& connection) { return connection.execute(sql); };
        ASSERT_TRUE(database_->write_now(std::move(work)).has_value());
    };
    claim();
    run("create trigger ill before insert on queue_message begin select raise(abort, 'ill'); end");
    EXPECT_TRUE(wait_for(queue_->accept(make_message({"bob@partner.test"}), write(content))).has_error());
    run(test::drop_trigger("ill", "queue_message"));
    EXPECT_TRUE(claim().empty());
    clock_.advance(std::chrono::hours(1));
    const auto id = accept(make_message({"bob@partner.test"}));
    EXPECT_EQ(wait_for(queue_->show(id)).value()->due_at, clock_.now());
}

TEST_F(QueueAccept, KeepsContentThatAMessageUsesThoughItsWriterKnowsNothingOfIt)
{
    auto writer = write(make_text(3 * 1024 * kib));
    auto use = [](db::Connection& connection) { return connection.execute("update queue_content set uses = 1"); };
    ASSERT_TRUE(database_->write_now(std::move(use)).has_value());
    writer.reset();
    EXPECT_EQ(wait_for(queue_->hold(MessageId(1))).value(), false);  // waits for the writer behind the erasure
    EXPECT_EQ(ask("select count(*) from queue_content"), 1);
    EXPECT_GE(ask("select count(*) from queue_piece"), 8);
}

TEST_F(QueueAccept, SweepsContentThatAnEarlierProgramNeverAccepted)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    ASSERT_TRUE(database_
                    ->write_now([](db::Connection& connection) {
                        return connection.execute(
                            "insert into queue_content (id, bytes, uses) values (900, 0, 0);"
                            "insert into queue_piece (id, octets) values (900 * 65536, 'left')");
                    })
                    .has_value());
    close();
    open();
    EXPECT_EQ(ask("select count(*) from queue_content"), 1);
    EXPECT_EQ(ask("select count(*) from queue_piece"), 1);
    EXPECT_TRUE(wait_for(queue_->show(id)).value().has_value());
}

TEST_F(QueueAccept, DoesNotSweepWhenItOpensBesideARunningOwner)
{
    auto writer = write(make_text(3 * 1024 * kib));
    auto database = test::open_store(path()).value();
    auto beside = Queue::open_beside(database, clock_, log::Log::silent()).value();
    EXPECT_EQ(ask("select count(*) from queue_content where uses = 0"), 1);
}

TEST_F(QueueAccept, SharesOneContentBetweenMessagesUntilTheLastIsDone)
{
    std::vector<NewMessage> messages{make_message({"bob@partner.test"}), make_message({"dan@other.test"})};
    const auto ids = wait_for(queue_->accept_all(messages, write(content))).value();
    ASSERT_EQ(ids.size(), 2U);
    EXPECT_EQ(ask("select count(*) from queue_content"), 1);
    claim();
    settle(ids[0], {outcome(0, RecipientOutcome::Kind::delivered)});
    const auto rest = wait_for(queue_->show(ids[1])).value();
    ASSERT_TRUE(rest.has_value());
    EXPECT_EQ(read(rest->content), content);
    settle(ids[1], {outcome(0, RecipientOutcome::Kind::delivered)});
    EXPECT_EQ(ask("select count(*) from queue_content"), 0);
    EXPECT_EQ(ask("select count(*) from queue_piece"), 0);
}

TEST_F(QueueAccept, RefusesAMessageWithoutRecipientsAndKeepsNothing)
{
    std::vector<NewMessage> messages{make_message({"bob@partner.test"}), make_message({})};
    EXPECT_TRUE(wait_for(queue_->accept_all(messages, write(content))).has_error());
    EXPECT_TRUE(claim().empty());
    EXPECT_TRUE(wait_for(queue_->accept(make_message({"bob@partner.test"}), nullptr)).has_error());
}

TEST_F(QueueAccept, ContinuesWhereItStoppedAfterAReopening)
{
    const auto first = accept(make_message({"bob@partner.test"}));
    const auto second = accept(make_message({"dan@other.test"}));
    ASSERT_EQ(claim().size(), 2U);
    settle(first, {outcome(0, RecipientOutcome::Kind::delivered)});
    close();  // the second one was being delivered
    open();
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].id, second);
    EXPECT_EQ(read(due[0].content), content);
    const auto third = accept(make_message({"bob@partner.test"}));
    EXPECT_GT(third, second);
}

TEST_F(QueueAccept, SaysThatContentIsGoneRatherThanGivingLessOfIt)
{
    const auto id = accept(make_message({"bob@partner.test"}), make_text(3 * 1024 * kib));
    auto source = queue_->read(claim().at(0).content);
    ASSERT_TRUE(wait_for(source->next()).has_value());
    ASSERT_TRUE(wait_for(queue_->remove(id)).value());
    const auto gone = wait_for(source->next());
    ASSERT_TRUE(gone.has_error());
    EXPECT_EQ(gone.error().fault, Fault::give_up);
}

TEST_F(QueueAccept, GivesAllOfWhatItStillHasAtHandWhenTheMessageIsRemoved)
{
    const auto text = make_text(600 * kib);
    const auto id = accept(make_message({"bob@partner.test"}), text);
    auto source = queue_->read(claim().at(0).content);
    ASSERT_TRUE(wait_for(queue_->remove(id)).value());
    std::string all;
    for (auto piece = wait_for(source->next()).value(); !piece.empty(); piece = wait_for(source->next()).value()) all += piece;
    EXPECT_EQ(all, text);
}

TEST_F(QueueAccept, HoldsLittleMoreThanTheOctetsOfAMessageThatComesInSmallPieces)
{
    auto writer = queue_->begin();
    constexpr std::size_t size = 65'000;
    for (int count = 0; count < 15; ++count) ASSERT_TRUE(wait_for(writer->write(std::string(size, 'x'))).has_value());
    EXPECT_LE(writer->buffered_bytes(), 15 * size + ContentWriter::piece_bytes);
}

}  // namespace
}  // namespace sealpost::queue
