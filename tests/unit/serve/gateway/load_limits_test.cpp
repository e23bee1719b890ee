// What the intake refuses while the node lacks room or memory.
#include "serve/gateway/limits_world.hpp"

namespace sealpost::gateway {
namespace {

using queue::wait_for;
using smtp::Reply;
using test::run;
using LoadLimitsTest = LimitsTest;

TEST_F(LoadLimitsTest, RefuseMailAndRecipientsWhileThereIsNoRoomForThem)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.queue_messages = 2, .free_bytes = 1000});
    auto intake = come("192.0.2.1");
    parts_->load->note_disk(10);
    const Reply refused = mail(*intake);
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.3.1");
    EXPECT_NE(come("192.0.2.2"), nullptr) << "who connects now may find room in a minute";
    parts_->load->note_disk(5000);
    EXPECT_EQ(mail(*intake).code, 250);
    parts_->load->note_accepted(100);
    parts_->load->note_accepted(100);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 452);
    parts_->load->end_count(parts_->load->begin_count(), {1, 100});
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
}

TEST_F(LoadLimitsTest, RefuseMailWhileTheStoreIsDamaged)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.damages = 1});
    auto intake = come("192.0.2.1");
    EXPECT_EQ(mail(*intake).code, 250);
    parts_->load->note_store(true);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 452);
    const Reply refused = mail(*come("192.0.2.2"));
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.3.0");
}

TEST_F(LoadLimitsTest, RefuseAMessageOfASizeThatWouldEatUpTheReserve)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.free_bytes = 1000});
    parts_->load->note_disk(5000);
    auto intake = come("192.0.2.1");
    smtp::MailFrom from;
    from.sender = sealpost::mail::parse_mailbox("carol@partner.test").value();
    from.size = 4001;
    EXPECT_EQ(wait_for(intake->mail(from)).code, 452);
    from.size = 4000;
    EXPECT_EQ(wait_for(intake->mail(from)).code, 250);
}

TEST_F(LoadLimitsTest, EndConnectionsWhileMemoryIsShort)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 1000});
    auto intake = come("192.0.2.1");
    auto other = come("192.0.2.2");
    EXPECT_EQ(mail(*other).code, 250);
    EXPECT_EQ(rcpt(*other, "a@acme.test").code, 250);
    load::Held held(parts_->load);
    held.set(900);
    EXPECT_EQ(come("192.0.2.3"), nullptr);
    EXPECT_EQ(rejection_.code, 421);
    EXPECT_EQ(rejection_.enhanced, "4.4.5");
    EXPECT_EQ(mail(*intake).code, 421);
    EXPECT_EQ(wait_for(other->data_begin()).code, 421);
    held.set(100);
    EXPECT_EQ(mail(*intake).code, 250);
    EXPECT_NE(come("192.0.2.3"), nullptr);
}

TEST_F(LoadLimitsTest, CountTheMemoryOfRecipientsAndOfAHeadUntilTheMessageIsStored)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 100 * 1024 * 1024});
    const auto held = [this] { return parts_->load->value(load::Resource::memory); };
    auto intake = come("192.0.2.1", "private");
    EXPECT_EQ(mail(*intake).code, 250);
    for (int i = 0; i < 100; ++i) {
        smtp::RcptTo to;
        to.recipient = sealpost::mail::parse_mailbox("a@acme.test").value();
        to.orcpt = "rfc822;" + std::string(400, 'o');
        EXPECT_EQ(wait_for(intake->rcpt(std::move(to))).code, 250);
    }
    EXPECT_GT(held(), 100U * 400U);
    std::string head;
    while (head.size() < 180'000) head += "X-Field: " + std::string(90, 'f') + "\r\n";
    EXPECT_EQ(wait_for(intake->data_begin()).code, 354);
    run(intake->data(head + "\r\nThe body.\r\n"));
    EXPECT_GT(held(), 4U * 180'000U);
    EXPECT_EQ(wait_for(intake->data_end()).code, 250);
    EXPECT_EQ(held(), 0U);
}

TEST_F(LoadLimitsTest, TakeNoMoreRecipientsWhenAllMemoryIsUsedUp)
{
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 10'000});
    auto intake = come("192.0.2.1", "private");
    EXPECT_EQ(mail(*intake).code, 250);
    EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
    load::Held held(parts_->load);
    held.set(20'000);
    const Reply refused = rcpt(*intake, "b@acme.test");
    EXPECT_EQ(refused.code, 452);
    EXPECT_EQ(refused.enhanced, "4.3.1");
    held.set(0);
    EXPECT_EQ(rcpt(*intake, "b@acme.test").code, 250);
}

TEST_F(LoadLimitsTest, GiveUpAMessageUnderWayWhenAllMemoryOrTheDiskIsUsedUp)
{
    constexpr std::uint64_t mebibyte = 1024 * 1024;
    parts_->load = std::make_shared<load::Load>(load::Limits{.memory_bytes = 10 * mebibyte, .free_bytes = 1000});
    const auto send = [this](const std::function<void()>& in_the_middle) {
        auto intake = come("192.0.2.1", "private");
        EXPECT_EQ(mail(*intake).code, 250);
        EXPECT_EQ(rcpt(*intake, "a@acme.test").code, 250);
        EXPECT_EQ(wait_for(intake->data_begin()).code, 354);
        run(intake->data("Subject: x\r\n\r\n" + std::string(100'000, 'x')));
        EXPECT_GT(parts_->load->value(load::Resource::memory), 100'000U);
        in_the_middle();
        run(intake->data(std::string(100'000, 'x')));
        const int code = wait_for(intake->data_end()).code;
        EXPECT_LE(parts_->load->value(load::Resource::memory), 20 * mebibyte);
        return code;
    };
    EXPECT_EQ(send([] {}), 250);
    EXPECT_EQ(parts_->load->value(load::Resource::queue_messages), 1U);
    load::Held held(parts_->load);
    EXPECT_EQ(send([&] { held.set(20 * mebibyte); }), 452);
    held.set(0);
    EXPECT_EQ(send([&] { parts_->load->note_disk(10); }), 452);
    parts_->load->note_disk(10'000);
    EXPECT_EQ(send([] {}), 250);
    EXPECT_EQ(parts_->load->value(load::Resource::memory), 0U) << "all was given back";
}

}  // namespace
}  // namespace sealpost::gateway
