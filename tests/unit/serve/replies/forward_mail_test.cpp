// Content of an envelope that is passed on: it ends with the envelope, and waits while that is locked.
#include "serve/replies/service_mail_world.hpp"

namespace sealpost::replies {
namespace {

using domains::OnFailure;
using smtpd::PostOffice;
using testing::HasSubstr;
using Kind = queue::RecipientOutcome::Kind;
using ForwardMailTest = ServiceMailTest;

TEST_F(ForwardMailTest, EndsAForwardWithTheEnvelopeThatItPassesOnAndSaysWhen)
{
    const auto end = test::value_of(keys_->find(answered_)).value().policy.expires_at;
    clock_.advance(std::chrono::hours(1));
    PostOffice office(describe(Host::sound));
    const auto forward = queue_reply({"carol@partner.test"}, std::string(queue::reply_lane), "forward");
    const auto sent = settle_for_notification(forward.id, deliver(forward, office.port()));
    const auto text = read(sent.content);
    seal::EnvelopeReader reader;
    ASSERT_TRUE(reader.append(text).has_value() && reader.finish().has_value());
    const auto id = keys::parse_envelope_id(reader.claims().envelope_id).value();
    EXPECT_EQ(test::value_of(keys_->find(id)).value().policy.expires_at, end);
    EXPECT_THAT(test::decode_parts(text), HasSubstr(format_rfc3339(end).substr(0, 4)));
}

// One to alice@acme.test, whose host takes it in clear form inside verified TLS, and has put it off once.
class QueuedForward : public ServiceMailTest {
protected:
    QueuedForward()
    {
        switch_tls_on(OnFailure::envelope);
        smtpd::Manners greylisting;
        greylisting.to_mail = smtp::Reply(450, "4.7.1", "Greylisted");
        PostOffice office(describe(Host::sound), greylisting);
        const auto forward = queue_reply({"alice@acme.test"}, std::string(queue::reply_lane), "forward");
        auto report = deliver(forward, office.port());
        EXPECT_EQ(report.outcomes.at(0).kind, Kind::retry);
        settle(forward.id, std::move(report));
    }

    queue::RecipientOutcome try_again()
    {
        clock_.advance(std::chrono::hours(1));
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        auto report = deliver(due.at(0), office_.port());
        EXPECT_EQ(report.outcomes.size(), 1U);
        EXPECT_TRUE(report.replacements.empty());
        const auto outcome = report.outcomes.at(0);
        settle(due[0].id, std::move(report));
        return outcome;
    }

    PostOffice office_{describe(Host::sound)};
};

TEST_F(QueuedForward, LeavesWhileTheEnvelopeIsOpen)
{
    EXPECT_EQ(try_again().kind, Kind::delivered);
    EXPECT_EQ(office_.letters->take().size(), 1U);
}

TEST_F(QueuedForward, FailsWhenTheEnvelopeWasRecalledMeanwhile)
{
    EXPECT_EQ(test::value_of(keys_->recall(answered_, account_, "administrator:1")), keys::ChangeVerdict::done);
    const auto outcome = try_again();
    EXPECT_EQ(outcome.kind, Kind::failed);
    EXPECT_EQ(outcome.enhanced_code, "5.7.0");
    EXPECT_EQ(office_.letters->connections, 0);
}

TEST_F(QueuedForward, FailsWhenTheEnvelopeHasExpiredMeanwhile)
{
    clock_.advance(std::chrono::hours(49));
    const auto outcome = try_again();
    EXPECT_EQ(outcome.kind, Kind::failed);
    EXPECT_EQ(outcome.enhanced_code, "5.4.7");
    EXPECT_EQ(office_.letters->connections, 0);
}

TEST_F(QueuedForward, WaitsWhileTheEnvelopeIsLocked)
{
    EXPECT_EQ(test::value_of(keys_->lock(answered_, account_, "legal hold", "administrator:1")), keys::ChangeVerdict::done);
    const auto outcome = try_again();
    EXPECT_EQ(outcome.kind, Kind::retry);
    EXPECT_TRUE(outcome.postponed_for.has_value());
    EXPECT_EQ(office_.letters->connections, 0);
    EXPECT_EQ(test::value_of(keys_->unlock(answered_, account_, "administrator:1")), keys::ChangeVerdict::done);
    EXPECT_EQ(try_again().kind, Kind::delivered);
    EXPECT_EQ(office_.letters->take().size(), 1U);
}

TEST_F(ForwardMailTest, SealsNoForwardOfAnEnvelopeThatIsLockedOrRecalled)
{
    EXPECT_EQ(test::value_of(keys_->lock(answered_, account_, "legal hold", "administrator:1")), keys::ChangeVerdict::done);
    const auto forward = queue_reply({"carol@partner.test"}, std::string(queue::reply_lane), "forward");
    const auto waiting = deliver(forward, 1);
    EXPECT_EQ(waiting.outcomes.at(0).kind, Kind::retry);
    EXPECT_TRUE(waiting.replacements.empty());
    EXPECT_EQ(test::value_of(keys_->recall(answered_, account_, "administrator:1")), keys::ChangeVerdict::done);
    const auto over = deliver(forward, 1);
    EXPECT_EQ(over.outcomes.at(0).kind, Kind::failed);
    EXPECT_TRUE(over.replacements.empty());
}

// A reply is content of its own.
TEST_F(ForwardMailTest, DeliversAReplyToAnEnvelopeThatIsLocked)
{
    switch_tls_on(OnFailure::envelope);
    EXPECT_EQ(test::value_of(keys_->lock(answered_, account_, "legal hold", "administrator:1")), keys::ChangeVerdict::done);
    PostOffice office(describe(Host::sound));
    EXPECT_EQ(deliver(queue_reply({"alice@acme.test"}), office.port()).outcomes.at(0).kind, Kind::delivered);
}

}  // namespace
}  // namespace sealpost::replies
