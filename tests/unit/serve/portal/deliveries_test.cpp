#include "serve/portal/portal_world.hpp"

#include "core/queue/answering.hpp"

namespace sealpost::test {
namespace {

class Deliveries : public Portal {};

TEST_F(Deliveries, ShowsUnderWhichNameAReplyLeft)
{
    const auto id = store_envelope();
    [[maybe_unused]] const auto old = queue_reply(id);
    const std::string judged = R"({"sent_as":"person","reason":"authorised","domain":"partner.test"})";
    const auto message = queue_reply(id, R"(,"identity":)" + judged);
    Client ada = make_administrator();
    auto rows = get(ada, "deliveries").object().at("deliveries").as_array();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].at("sent_as"), "person");
    EXPECT_EQ(rows[0].at("identity").at("reason"), "authorised");
    EXPECT_EQ(rows[1].at("sent_as"), "service") << "queued before there was a choice";
    EXPECT_TRUE(rows[1].at("identity").is_null());

    // What the last attempt saw counts.
    ASSERT_EQ(value_of(queue_->claim(10)).size(), 2U);
    queue::Report report;
    report.outcomes.push_back({0, queue::RecipientOutcome::Kind::delivered, "2.0.0", "ok", "mx.acme.test",
                               R"({"identity":{"sent_as":"service","reason":"spf_not_pass"}})"});
    async::run_here([&] { return settle(message, std::move(report)); });
    rows = get(ada, "deliveries").object().at("deliveries").as_array();
    ASSERT_EQ(rows.size(), 2U);
    for (const auto& row : rows) EXPECT_EQ(row.at("sent_as"), "service");
}

TEST_F(Deliveries, ShowsWhatBecameOfRepliesAndReleasesHeldOnes)
{
    const auto message = queue_reply(store_envelope());
    Client ada = make_administrator();
    EXPECT_TRUE(value_of(queue_->hold(message)));
    const auto rows = get(ada, "deliveries").object().at("deliveries").as_array();
    ASSERT_EQ(rows.size(), 1U);
    const auto& row = rows[0].as_object();
    EXPECT_EQ(row.at("from"), "bob@partner.test");
    EXPECT_EQ(row.at("to"), "alice@acme.test");
    EXPECT_EQ(row.at("state"), "held");
    EXPECT_EQ(post(ada, "deliveries/" + std::string(row.at("id").as_string()) + "/release").status, 202);
    EXPECT_EQ(get(ada, "deliveries").object().at("deliveries").as_array().at(0).as_object().at("state"), "queued");
    EXPECT_EQ(post(ada, "deliveries/999-0/release").status, 404);
    EXPECT_EQ(post(ada, "deliveries/x/release").status, 404);
    people::AuditFilter filter;
    filter.what = "queue.released";
    const auto trail = value_of(people_->audit().list(std::move(filter)));
    ASSERT_EQ(trail.size(), 1U);
    EXPECT_EQ(trail[0].entry.who, "administrator:1");
    EXPECT_EQ(trail[0].entry.details, R"({"ids":[)" + std::to_string(message.value()) + "]}");
}

TEST_F(Deliveries, ShowsAMessageThatWasBegunToTheAccountAndReleasesIt)
{
    const auto queue_begun = [&](std::int64_t account) {
        auto message = make_reply("");
        message.facts = R"({"account":)" + std::to_string(account) +
                        R"(,"person":"bob@partner.test","mode":"compose","subject":"x","message_id":"m1@keys.test"})";
        return value_of(queue_->accept(std::move(message), queue_->begin()));
    };
    const auto message = queue_begun(account_.value());
    const auto of_another = queue_begun(account_.value() + 1);
    EXPECT_TRUE(value_of(queue_->hold(message)));
    EXPECT_TRUE(value_of(queue_->hold(of_another)));
    Client ada = make_administrator();
    const auto rows = get(ada, "deliveries").object().at("deliveries").as_array();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].at("from"), "bob@partner.test");
    EXPECT_EQ(rows[0].at("state"), "held");
    EXPECT_EQ(post(ada, "deliveries/" + std::string(rows[0].at("id").as_string()) + "/release").status, 202);
    EXPECT_EQ(post(ada, "deliveries/" + std::to_string(of_another.value()) + "-0/release").status, 404);
}

TEST_F(Deliveries, CountTheNoticesThatWaitForADomainBehindAFault)
{
    Client ada = make_administrator();
    value_of(domains_->add("acme.test", account_, "", "w"));
    EXPECT_EQ(get(ada, "domains/acme.test/stopped").status, 404) << "who has not proven it learns nothing";
    value_of(domains_->proofs().trust_ownership({"acme.test", account_}, "operator"));
    auto notice = make_reply(store_envelope());
    notice.lane = "service-notification";
    const auto tried = value_of(queue_->accept(notice, queue_->begin()));
    notice.recipients[0].address = "bob@partner.test";
    const auto other = value_of(queue_->accept(notice, queue_->begin()));
    EXPECT_EQ(get(ada, "domains/acme.test/stopped").object().at("waiting"), 0) << "none was tried yet";
    ASSERT_EQ(value_of(queue_->claim(10)).size(), 2U);
    {
        auto suspended = queue::postpone_suspended({.index = 0});
        queue::Report report;
        report.outcomes.push_back(std::move(suspended));
        async::run_here([&] { return settle(tried, std::move(report)); });
    }
    EXPECT_EQ(get(ada, "domains/acme.test/stopped").object().at("waiting"), 0) << "an operator keeps it back";
    for (const auto message : {tried, other}) {
        queue::Report report;
        report.outcomes.push_back(
            {0, queue::RecipientOutcome::Kind::retry, "4.7.5", "the certificate ended", "mx.acme.test", ""});
        async::run_here([&] { return settle(message, std::move(report)); });
    }
    const auto stopped = get(ada, "domains/acme.test/stopped").object();
    EXPECT_EQ(stopped.at("waiting"), 1);
    EXPECT_EQ(stopped.at("is_all"), true);
    EXPECT_EQ(stopped.at("said"), "the certificate ended");
}

TEST_F(Deliveries, ShowsAHeldReplyBehindMuchElseThatWaits)
{
    const auto envelope = store_envelope();
    const auto stranger = make_reply(keys::make_envelope_id().value());
    auto notification = make_reply(envelope);
    notification.lane = "notification";
    queue_many(notification, 100);
    queue_many(stranger, 100);
    const auto message = queue_reply(envelope);
    queue_many(notification, 100);
    queue_many(stranger, 100);
    EXPECT_TRUE(value_of(queue_->hold(message)));
    Client ada = make_administrator();
    const auto page = get(ada, "deliveries").object();
    ASSERT_EQ(page.at("deliveries").as_array().size(), 1U);
    EXPECT_EQ(page.at("deliveries").as_array()[0].at("state"), "held");
    EXPECT_TRUE(page.at("next_page").is_null());
}

TEST_F(Deliveries, ShowsADeliveredReplyBehindMuchElseThatIsDone)
{
    const auto reply = make_reply(store_envelope());
    const auto stranger = make_reply(keys::make_envelope_id().value());
    auto notification = reply;
    notification.lane = "notification";
    write_history(reply, 1, 1);
    write_history(stranger, 150, 200);
    write_history(notification, 1500, 2000);
    Client ada = make_administrator();
    const auto page = get(ada, "deliveries").object();
    ASSERT_EQ(page.at("deliveries").as_array().size(), 1U);
    EXPECT_EQ(page.at("deliveries").as_array()[0].at("id"), "1-0");
    EXPECT_TRUE(page.at("next_page").is_null());
}

TEST_F(Deliveries, LooksThroughNoMoreThanAThousandRepliesOfOthersAtOnce)
{
    const auto reply = make_reply(store_envelope());
    const auto stranger = make_reply(keys::make_envelope_id().value());
    write_history(reply, 1, 3000);
    write_history(stranger, 1000, 2'147'485'000);
    queue_many(reply, 1);
    queue_many(stranger, 1000);
    Client ada = make_administrator();
    const auto listed = list_deliveries(ada);
    EXPECT_EQ(listed.ids, (std::vector<std::string>{"1-0", "3000-0"}));
    EXPECT_EQ(listed.pages, 3);
}

TEST_F(Deliveries, LeadsFromPageToPageThroughAllReplies)
{
    const auto reply = make_reply(store_envelope());
    const auto stranger = make_reply(keys::make_envelope_id().value());
    std::vector<std::string> expected;
    for (int number = 250; number > 0; --number) expected.push_back(std::to_string(number) + "-0");
    for (int number = 1150; number > 1000; --number) expected.push_back(std::to_string(number) + "-0");
    queue_many(reply, 250);
    write_history(reply, 150, 1150);
    write_history(stranger, 150, 2000);
    Client ada = make_administrator();
    const auto listed = list_deliveries(ada);
    EXPECT_EQ(listed.ids, expected);
    EXPECT_LE(listed.longest, 200U);
}

}  // namespace
}  // namespace sealpost::test
