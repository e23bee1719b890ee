#include "serve/portal/portal.hpp"

#include "serve/described.hpp"
#include "serve/keyserver/keyserver.hpp"
#include "serve/service_world.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::test {
namespace {

using http::Method;

// Asks through to the resolver that the test gave last.
class SwitchedResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        return now->query(std::move(name), type, deadline);
    }
    std::shared_ptr<dns::CannedResolver> now = std::make_shared<dns::CannedResolver>("acme.test A 192.0.2.1");
};

class Portal : public ServiceWorld {
protected:
    Portal()
    {
        queue_ = queue::Queue::open(database_, clock_, log::Log::silent()).value();
        keyserver::add_routes(router_, {people_, keys_, "https://keys.test", log::Log::silent()});
        portal::Parts parts;
        parts.admin = std::make_shared<const admin::Desk>(admin::Parts{people_, "https://keys.test", {admin::Area::account}});
        admin::add_routes(router_, parts.admin);
        parts.keys = keys_;
        parts.domains = domains_;
        parts.queue = queue_;
        parts.resolver = resolver_;
        parts.judge = make_judge();
        parts.tests = tests_ = make_tests();
        parts.codes = make_codes();
        parts.clock = &clock_;
        parts.mail_domain = "keys.test";
        parts.send_addresses = {*parse_ip("192.0.2.10")};
        portal::add_routes(router_, std::move(parts));
        const auto made = value_of(people_->administrators().add("ada", {account_}, Secret::copy_of("correct horse battery")));
        EXPECT_EQ(made.name, "ada");
    }

    std::shared_ptr<identity::SendingIdentityJudge> make_judge()
    {
        identity::SendingIdentityJudge::Parts judging;
        judging.resolver = resolver_;
        judging.clock = &clock_;
        judging.send_addresses = {IpAddress::v4({192, 0, 2, 10})};
        judging.sender = mail::parse_mailbox("noreply@keys.test").value();
        judging.service_name = "keys.test";
        return std::make_shared<identity::SendingIdentityJudge>(std::move(judging));
    }

    std::shared_ptr<domaintests::DomainTests> make_tests()
    {
        domaintests::DomainTests::Parts testing;
        testing.test = [this](domaintests::TestOrder order) { return test_domain(std::move(order)); };
        testing.domains = domains_;
        testing.clock = &clock_;
        return std::make_shared<domaintests::DomainTests>(std::move(testing));
    }

    std::shared_ptr<const domaintests::PostmasterCodes> make_codes()
    {
        domaintests::PostmasterCodes::Parts coding;
        coding.people = people_;
        coding.domains = domains_;
        coding.mail = [this](domaintests::PostmasterMail mail) { return keep_code(std::move(mail)); };
        return std::make_shared<const domaintests::PostmasterCodes>(std::move(coding));
    }

    Task<Result<>> keep_code(domaintests::PostmasterMail mail)
    {
        code_ = std::string(mail.code.reveal_text());
        co_return Result<>();
    }

    Task<tlstest::DomainTestResult> test_domain(domaintests::TestOrder order)
    {
        tlstest::DomainTestResult result;
        result.domain = order.domain;
        tlstest::HostResult host;
        host.mx = "mx." + order.domain;
        host.address = address_;
        host.verdict = verdict_;
        if (order.may_test && !order.may_test(*parse_ip(host.address))) host.verdict = route::TlsVerdict::unreachable;
        if (order.on_expected) order.on_expected(1);
        if (order.on_result) order.on_result(host);
        result.hosts.push_back(host);
        co_return result;
    }

    Client make_administrator()
    {
        Client ada;
        const Answer in = post(ada, "session", R"({"name":"ada","password":"correct horse battery"})");
        EXPECT_EQ(in.status, 200) << in.body;
        ada.csrf = in.text("csrf");
        return ada;
    }
    Answer get(Client& client, const std::string& what) { return ask(client, {Method::get, "/api/v1/admin/" + what}); }
    Answer post(Client& client, const std::string& what, const std::string& body = "")
    {
        return ask(client, {Method::post, "/api/v1/admin/" + what, body});
    }
    Answer put(Client& client, const std::string& what, const std::string& body)
    {
        return ask(client, {Method::put, "/api/v1/admin/" + what, body});
    }

    std::string store_envelope()
    {
        const std::string id = keys::make_envelope_id().value();
        Client gateway = make_gateway();
        EXPECT_EQ(ask(gateway, {Method::put, "/api/v1/envelopes/" + id, json::serialize(make_record(seal("x")))}).status, 201);
        return id;
    }
    static queue::NewMessage make_reply(const std::string& envelope, const std::string& more_facts = "")
    {
        queue::NewMessage message;
        message.lane = "reply";
        message.sender = "replies@keys.test";
        message.recipients.push_back({"alice@acme.test", "", ""});
        message.facts =
            R"({"envelope":")" + envelope + R"(","person":"bob@partner.test","mode":"reply","subject":"Re")" + more_facts + "}";
        return message;
    }
    queue::MessageId queue_reply(const std::string& envelope, const std::string& more_facts = "")
    {
        return value_of(queue_->accept(make_reply(envelope, more_facts), queue_->begin()));
    }
    void queue_many(const queue::NewMessage& message, int count)
    {
        std::vector<queue::NewMessage> messages(static_cast<std::size_t>(count), message);
        EXPECT_FALSE(value_of(queue_->accept_all(std::move(messages), queue_->begin())).empty());
    }
    // Delivered ones, whose ids end at `last`.
    void write_history(const queue::NewMessage& message, std::int64_t count, std::int64_t last)
    {
        auto write = [&](db::Connection& connection) -> Result<> {
            auto insert = connection.prepare(
                "with recursive n(i) as (select 0 union all select i + 1 from n where i < ?1 - 1) "
                "insert into queue_history (message, number, parent, bytes, lane, sender, address, accepted_at, finished_at, "
                "attempts, state, code, reply, remote_host, facts, message_facts) "
                "select ?2 - i, 0, 0, 0, ?3, '', 'alice@acme.test', ?4, ?4, 1, 'delivered', '', '', '', '', ?5 from n");
            return insert.bind(1, count).bind(2, last).bind(3, message.lane).bind(4, clock_.now()).bind(5, message.facts).run();
        };
        EXPECT_TRUE(database_->write_now(std::move(write)).has_value());
    }

    struct Listed {
        std::vector<std::string> ids;
        int pages = 0;
        std::size_t longest = 0;
    };
    // All pages, as "more" brings them.
    Listed list_deliveries(Client& client)
    {
        Listed listed;
        json::value next = 1;
        for (; !next.is_null() && listed.pages < 100; ++listed.pages) {
            const auto page = get(client, "deliveries?page=" + json::serialize(next)).object();
            const auto& rows = page.at("deliveries").as_array();
            for (const auto& row : rows) listed.ids.emplace_back(row.at("id").as_string());
            listed.longest = std::max(listed.longest, rows.size());
            next = page.at("next_page");
        }
        return listed;
    }

    Task<void> settle(queue::MessageId message, queue::Report report)
    {
        auto settled = co_await queue_->settle(message, std::move(report));
        EXPECT_TRUE(settled.has_value());
    }

    // The call that waits for the end of its test, while tests run.
    Answer test(Client& client, const std::string& domain)
    {
        Answer answer;
        const auto both = [](domaintests::DomainTests& tests, Task<void> call) -> Task<void> {
            Executor executor = co_await async::this_executor();
            async::TaskGroup chore(executor);
            chore.spawn(tests.run());
            co_await std::move(call);
            chore.cancel();
            co_await chore.join();
        };
        Call call{Method::post, "/api/v1/admin/domains/" + domain + "/test", ""};
        async::run_here([&] { return both(*tests_, run(client, call, answer)); });
        return answer;
    }

    std::string address_ = "1.1.1.1";
    std::string code_;
    std::shared_ptr<domaintests::DomainTests> tests_;
    route::TlsVerdict verdict_ = route::TlsVerdict::missing_intermediate;
    std::shared_ptr<SwitchedResolver> resolver_ = std::make_shared<SwitchedResolver>();
    std::shared_ptr<queue::Queue> queue_;
};

TEST_F(Portal, IsDescribedForPrograms) { EXPECT_GE(expect_described(router_, "/api/v1/admin/"), 27); }

TEST_F(Portal, IsClosedToAnAdministratorOfTheNodeAlone)
{
    value_of(people_->administrators().add("mia", {std::nullopt, true}, Secret::copy_of("correct horse battery")));
    Client mia;
    const Answer in = post(mia, "session", R"({"name":"mia","password":"correct horse battery"})");
    EXPECT_EQ(in.object().at("areas"), json::array());
    for (const char* what : {"domains", "envelopes", "deliveries", "spf"})
        EXPECT_EQ(get(mia, what).problem(), "not-allowed") << what;
}

TEST_F(Portal, GoesFromADomainToItsTlsReplies)
{
    Client ada = make_administrator();
    const Answer added = post(ada, "domains", R"({"domain":"Acme.test"})");
    EXPECT_EQ(added.status, 201) << added.body;
    EXPECT_EQ(added.text("domain"), "acme.test");
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").problem(), "exists");
    const std::string on = R"({"tls_replies":true,"on_failure":"hold"})";
    EXPECT_EQ(put(ada, "domains/acme.test", on).problem(), "not-proven");
    const Answer unproven = post(ada, "domains/acme.test/verify");
    EXPECT_EQ(unproven.problem(), "not-proven");
    const auto proof = unproven.object().at("proof").as_object();
    EXPECT_EQ(proof.at("name"), "_sealpost.acme.test");
    resolver_->now =
        std::make_shared<dns::CannedResolver>("_sealpost.acme.test TXT " + std::string(proof.at("value").as_string()));
    EXPECT_TRUE(post(ada, "domains/acme.test/verify").object().at("proven").as_bool());
    EXPECT_EQ(put(ada, "domains/acme.test", on).problem(), "not-ready");
    const auto failed = test(ada, "acme.test").object().at("last_test").as_object();
    EXPECT_FALSE(failed.at("ready").as_bool());
    const auto& host = failed.at("hosts").as_array().at(0).as_object();
    EXPECT_EQ(host.at("verdict"), "missing_intermediate");
    EXPECT_FALSE(host.at("fix").as_string().empty());
    EXPECT_EQ(put(ada, "domains/acme.test", on).problem(), "not-ready");
    verdict_ = route::TlsVerdict::ok;
    EXPECT_TRUE(test(ada, "acme.test").object().at("last_test").as_object().at("ready").as_bool());
    const Answer switched = put(ada, "domains/acme.test", on);
    EXPECT_TRUE(switched.object().at("tls_replies").as_bool());
    EXPECT_EQ(switched.text("on_failure"), "hold");
    EXPECT_EQ(get(ada, "domains").object().at("domains").as_array().size(), 1U);
    EXPECT_EQ(ask(ada, {Method::remove, "/api/v1/admin/domains/acme.test"}).status, 204);
    EXPECT_EQ(get(ada, "domains/acme.test").status, 404);
}

TEST_F(Portal, TakesACodeFromThePostmasterAsProof)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    const Answer sent = post(ada, "domains/acme.test/code");
    EXPECT_EQ(sent.status, 202) << sent.body;
    EXPECT_EQ(sent.text("sent_to"), "postmaster@acme.test");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":"1"})").problem(), "wrong-code");
    const Answer proven = post(ada, "domains/acme.test/verify", R"({"code":")" + code_ + R"("})");
    EXPECT_EQ(proven.text("proven_by"), "code") << proven.body;
    EXPECT_EQ(proven.text("contact"), "postmaster@acme.test");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":")" + code_ + R"("})").problem(), "expired-code");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":7})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", "no json").problem(), "bad-request");
}

TEST_F(Portal, AClaimOfAnotherAccountBlocksNobody)
{
    value_of(domains_->add("acme.test", people::AccountId(account_.value() + 1), "", "squatter"));
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    EXPECT_EQ(post(ada, "domains/acme.test/code").status, 202);
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":")" + code_ + R"("})").status, 200);
    EXPECT_EQ(value_of(domains_->find("acme.test"))->owner, domains::Owner(account_));
}

TEST_F(Portal, ShowsATestThatRunsAndThoseThatWere)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    EXPECT_EQ(post(ada, "domains", R"({"domain":"other.test"})").status, 201);
    const Answer begun = post(ada, "domains/acme.test/tests");
    EXPECT_EQ(begun.status, 202) << begun.body;
    EXPECT_EQ(begun.text("state"), "running");
    async::run_here([&] { return tests_->run_waiting(); });
    const Answer done = get(ada, "domains/acme.test/tests/" + begun.text("id"));
    EXPECT_EQ(done.text("state"), "done");
    const auto hosts = done.object().at("hosts").as_array();
    EXPECT_FALSE(hosts.at(0).at("fix").as_string().empty());
    const auto past = get(ada, "domains/acme.test/tests").object().at("tests").as_array();
    ASSERT_EQ(past.size(), 1U);
    EXPECT_EQ(past[0].at("cause"), "asked");
    EXPECT_FALSE(past[0].at("ready").as_bool());
    EXPECT_EQ(get(ada, "domains/other.test/tests/" + begun.text("id")).status, 404);
    EXPECT_EQ(get(ada, "domains/partner.test/tests").status, 404);
    Answer last;
    for (int i = 0; i < 6; ++i) {
        last = post(ada, "domains/acme.test/tests");
        async::run_here([&] { return tests_->run_waiting(); });
    }
    EXPECT_EQ(last.status, 429);
}

TEST_F(Portal, ShowsAClaimantNothingThatTheOwnersTestsFound)
{
    const people::AccountId owner(account_.value() + 1);
    value_of(domains_->add("acme.test", owner, "", "w"));
    value_of(domains_->proofs().trust_ownership({"acme.test", owner}, "operator"));
    const std::string report = R"({"hosts":[{"mx":"inner.acme.test","address":"10.0.0.1","verdict":"ok"}]})";
    value_of(domains_->record_test("acme.test", {clock_.now(), true, "", report}));
    value_of(domains_->set_replies({"acme.test", owner}, true, domains::OnFailure::hold, "w"));
    value_of(domains_->note_failed_delivery("acme.test", "expired"));
    Client ada = make_administrator();
    const Answer added = post(ada, "domains", R"({"domain":"acme.test"})");
    EXPECT_TRUE(added.object().at("last_test").is_null());
    EXPECT_TRUE(get(ada, "domains/acme.test").object().at("last_test").is_null());
    EXPECT_TRUE(get(ada, "domains").object().at("domains").as_array().at(0).at("last_test").is_null());
    EXPECT_TRUE(get(ada, "domains/acme.test/tests").object().at("tests").as_array().empty());

    const auto own = test(ada, "acme.test").object().at("last_test");
    EXPECT_EQ(own.at("hosts").as_array().at(0).at("verdict"), "missing_intermediate");
    EXPECT_EQ(get(ada, "domains/acme.test").object().at("last_test"), own) << "what they saw themselves they may see";
    EXPECT_EQ(get(ada, "domains/acme.test/tests").object().at("tests").as_array().size(), 1U);
    const auto domain = value_of(domains_->find("acme.test")).value();
    EXPECT_TRUE(domain.last_test->ready) << "the owner's history is his";
    EXPECT_TRUE(domain.needs_test);
}

TEST_F(Portal, TestsForAClaimantAsForAStranger)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    verdict_ = route::TlsVerdict::ok;
    address_ = "10.0.0.1";
    const auto verdict = [](const Answer& answer) {
        return answer.object().at("last_test").at("hosts").as_array().at(0).at("verdict");
    };
    EXPECT_EQ(verdict(test(ada, "acme.test")), "unreachable");
    value_of(domains_->proofs().trust_ownership({"acme.test", account_}, "operator"));
    EXPECT_EQ(verdict(test(ada, "acme.test")), "ok");
    Answer last;
    for (int i = 0; i < 6 && last.status != 429; ++i) last = test(ada, "acme.test");
    EXPECT_EQ(last.status, 429) << last.body;
}

TEST_F(Portal, TellsNoProofFromNoAnswer)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    resolver_->now = std::make_shared<dns::CannedResolver>("_sealpost.acme.test TEMPORARY");
    EXPECT_EQ(post(ada, "domains/acme.test/verify").problem(), "try-later");
}

TEST_F(Portal, SaysUnderWhichNameThePeopleOfADomainSendAndWhatToPublish)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    resolver_->now =
        std::make_shared<dns::CannedResolver>("acme.test TXT v=spf1 mx ~all\n_dmarc.acme.test TXT v=DMARC1; p=reject");
    auto answer = get(ada, "domains/acme.test/sending").object();
    EXPECT_EQ(answer.at("sent_as"), "service");
    EXPECT_EQ(answer.at("reason"), "spf_not_pass");
    EXPECT_EQ(answer.at("include"), "keys.test");
    EXPECT_EQ(answer.at("spf").as_array().at(0).at("address"), "192.0.2.10");
    EXPECT_EQ(answer.at("spf").as_array().at(0).at("result"), "softfail");
    EXPECT_EQ(answer.at("dmarc").at("policy"), "reject");
    EXPECT_EQ(get(ada, "domains/partner.test/sending").status, 404) << "no domain of this account";
    clock_.advance(std::chrono::minutes(5));
    resolver_->now = std::make_shared<dns::CannedResolver>("acme.test TXT v=spf1 ip4:192.0.2.10 ~all");
    EXPECT_EQ(get(ada, "domains/acme.test/sending").text("sent_as"), "person");
}

TEST_F(Portal, ShowsUnderWhichNameAReplyLeft)
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

TEST_F(Portal, ShowsEnvelopesWithoutContent)
{
    const std::string id = store_envelope();
    Client ada = make_administrator();
    const Answer answer = get(ada, "envelopes?query=bob&page=1");
    const auto rows = answer.object().at("envelopes").as_array();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].as_object().at("id"), json::string(id));
    EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr("contract")));
    EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr("AGE-SECRET-KEY")));
    EXPECT_TRUE(get(ada, "envelopes?query=nobody").object().at("envelopes").as_array().empty());
    EXPECT_EQ(get(ada, "envelopes?page=0").text("field"), "page");
}

TEST_F(Portal, ShowsWhatBecameOfRepliesAndReleasesHeldOnes)
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
}

TEST_F(Portal, ShowsAHeldReplyBehindMuchElseThatWaits)
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

TEST_F(Portal, ShowsADeliveredReplyBehindMuchElseThatIsDone)
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

TEST_F(Portal, LooksThroughNoMoreThanAThousandRepliesOfOthersAtOnce)
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

TEST_F(Portal, LeadsFromPageToPageThroughAllReplies)
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

TEST_F(Portal, KeepsAccountsApart)
{
    const std::string id = store_envelope();
    const auto message = queue_reply(id);
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    people::Account other;
    other.name = "other";
    other.organisation = "Other";
    const auto account = value_of(people_->accounts().add(other)).id;
    const auto made = value_of(people_->administrators().add("otto", {account}, Secret::copy_of("correct horse battery")));
    Client otto;
    const Answer in = post(otto, "session", R"({"name":"otto","password":"correct horse battery"})");
    otto.csrf = in.text("csrf");
    EXPECT_TRUE(get(otto, "domains").object().at("domains").as_array().empty());
    EXPECT_TRUE(get(otto, "envelopes").object().at("envelopes").as_array().empty());
    EXPECT_TRUE(get(otto, "deliveries").object().at("deliveries").as_array().empty());
    EXPECT_EQ(post(otto, "deliveries/" + std::to_string(message.value()) + "-0/release").status, 404);
    for (const std::string what : {"domains/acme.test/verify", "domains/acme.test/test"})
        EXPECT_EQ(post(otto, what).status, 404) << what;
    EXPECT_EQ(put(otto, "domains/acme.test", "{}").status, 404);
    EXPECT_EQ(ask(otto, {Method::remove, "/api/v1/admin/domains/acme.test"}).status, 404);
}

TEST_F(Portal, WantsASessionOurOriginAndTheToken)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    const std::vector<std::pair<Method, std::string>> changes{{Method::post, "domains"},
                                                              {Method::put, "domains/acme.test"},
                                                              {Method::remove, "domains/acme.test"},
                                                              {Method::post, "domains/acme.test/verify"},
                                                              {Method::post, "domains/acme.test/test"},
                                                              {Method::post, "domains/acme.test/tests"},
                                                              {Method::post, "domains/acme.test/code"},
                                                              {Method::post, "deliveries/1-0/release"},
                                                              {Method::remove, "session"}};
    for (const auto& [method, what] : changes) {
        Client forged = ada;
        forged.origin = "https://evil.test";
        EXPECT_EQ(ask(forged, {method, "/api/v1/admin/" + what, "{}"}).problem(), "not-allowed") << what;
        forged = ada;
        forged.csrf = "wrong";
        EXPECT_EQ(ask(forged, {method, "/api/v1/admin/" + what, "{}"}).problem(), "not-allowed") << what;
    }
    Client nobody;
    for (const std::string what : {"domains", "domains/acme.test", "domains/acme.test/sending", "envelopes", "deliveries"})
        EXPECT_EQ(get(nobody, what).status, 401) << what;
    // The session of a person is none of an administrator, and the other way round.
    nobody.cookies["__Host-sealpost-admin"] = std::string(
        value_of(people_->sessions().begin(people::PersonId(1), people::Assurance::strong, Secret())).token.reveal_text());
    EXPECT_EQ(get(nobody, "domains").status, 401);
}

constexpr std::string_view spf_zone =
    "acme.test TXT v=spf1 ip4:203.0.113.4 -all\n"
    "keys.test TXT v=spf1 exists:%{i}.spf.keys.test -all\n"
    "192.0.2.10.spf.keys.test A 127.0.0.2\n";

TEST_F(Portal, AdvisesOnAnSpfRecord)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    const auto choices = get(ada, "spf").object();
    EXPECT_EQ(json::serialize(choices.at("domains")), R"(["acme.test"])");
    EXPECT_EQ(choices.at("include"), "keys.test");
    resolver_->now = std::make_shared<dns::CannedResolver>(spf_zone);
    const auto advice = post(ada, "spf/advise", R"({"domain":"acme.test"})").object();
    EXPECT_EQ(advice.at("conclusion"), "publish");
    EXPECT_EQ(advice.at("publish"), "v=spf1 ip4:203.0.113.4 include:keys.test -all");
    EXPECT_EQ(advice.at("proof").as_object().at("include_probes"), 1);
    EXPECT_EQ(post(ada, "spf/advise", R"({"domain":"not a domain"})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "spf/advise", R"({"domain":"acme.test","include":"gone.test"})").text("conclusion"), "none");
}

TEST_F(Portal, ChecksAnAddressAgainstSpf)
{
    Client ada = make_administrator();
    resolver_->now = std::make_shared<dns::CannedResolver>(spf_zone);
    const auto passed = post(ada, "spf/check", R"({"address":"203.0.113.4","sender":"alice@acme.test"})").object();
    EXPECT_EQ(passed.at("result"), "pass");
    EXPECT_EQ(passed.at("identity"), "mailfrom");
    EXPECT_EQ(passed.at("mechanism"), "ip4:203.0.113.4");
    EXPECT_GE(passed.at("trace").as_array().size(), 2U);
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"203.0.113.5","sender":"alice@acme.test"})").text("result"), "fail");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})").text("identity"), "helo");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"host","sender":"alice@acme.test"})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10"})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10","sender":"no address"})").problem(), "bad-request");
}

TEST_F(Portal, AnswersAboutSpfToAdministratorsOnlyAndNotWithoutEnd)
{
    Client nobody;
    EXPECT_EQ(get(nobody, "spf").status, 401);
    EXPECT_EQ(post(nobody, "spf/advise", R"({"domain":"acme.test"})").status, 401);
    EXPECT_EQ(post(nobody, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})").status, 401);
    Client ada = make_administrator();
    Client forged = ada;
    forged.csrf = "other";
    EXPECT_EQ(post(forged, "spf/advise", R"({"domain":"acme.test"})").problem(), "not-allowed");
    resolver_->now = std::make_shared<dns::CannedResolver>(spf_zone);
    Answer last;
    for (int i = 0; i < 25 && last.status != 429; ++i)
        last = post(ada, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})");
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_TRUE(last.headers.has("Retry-After"));
    clock_.advance(std::chrono::minutes(2));
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})").status, 200);
}

}  // namespace
}  // namespace sealpost::test
