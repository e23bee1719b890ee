#pragma once

#include "serve/described.hpp"
#include "serve/keyserver/keyserver.hpp"
#include "serve/portal/portal.hpp"
#include "serve/service_world.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::test {

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

}  // namespace sealpost::test
