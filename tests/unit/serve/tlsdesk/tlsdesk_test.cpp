#include "serve/tlsdesk/tlsdesk.hpp"

#include "serve/described.hpp"
#include "serve/service_world.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::test {
namespace {

using namespace std::chrono_literals;
using http::Method;

class SwitchedResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        return now->query(std::move(name), type, deadline);
    }
    std::shared_ptr<dns::CannedResolver> now = std::make_shared<dns::CannedResolver>("acme.test A 192.0.2.1");
};

class TlsDesk : public ServiceWorld {
protected:
    TlsDesk() : TlsDesk(true) {}
    explicit TlsDesk(bool tests_any_address)
    {
        domaintests::DomainTests::Parts testing;
        testing.test = [this](domaintests::TestOrder order) { return play(std::move(order)); };
        testing.domains = domains_;
        testing.clock = &clock_;
        testing.tests_any_address = tests_any_address;
        tests_ = std::make_shared<domaintests::DomainTests>(std::move(testing));
        domaintests::PostmasterCodes::Parts coding;
        coding.people = people_;
        coding.domains = domains_;
        coding.mail = [this](domaintests::PostmasterMail mail) { return keep(std::move(mail)); };
        tlsdesk::Parts parts;
        parts.people = people_;
        parts.domains = domains_;
        parts.tests = tests_;
        parts.codes = std::make_shared<const domaintests::PostmasterCodes>(std::move(coding));
        parts.resolver = resolver_;
        parts.origin = "https://keys.test";
        tlsdesk::add_routes(router_, std::move(parts));
    }

    Task<Result<>> keep(domaintests::PostmasterMail mail)
    {
        mailed_to_ = mail.address;
        code_ = std::string(mail.code.reveal_text());
        reference_ = mail.reference;
        ++mails_;
        co_return Result<>();
    }

    Task<tlstest::DomainTestResult> play(domaintests::TestOrder order)
    {
        tlstest::DomainTestResult result;
        result.domain = order.domain;
        tlstest::HostResult host;
        host.mx = "mx." + order.domain;
        host.address = "192.0.2.1";
        host.verdict = verdict_;
        if (order.may_test && !order.may_test(*parse_ip(host.address))) host.verdict = route::TlsVerdict::unreachable;
        result.hosts.push_back(host);
        order.on_expected(1);
        order.on_result(host);
        co_return result;
    }
    void run_tests()
    {
        async::run_here([&] { return tests_->run_waiting(); });
    }

    Answer get(Client& client, const std::string& what) { return ask(client, {Method::get, "/api/v1/tls/" + what}); }
    Answer post(Client& client, const std::string& what, const std::string& body = "{}")
    {
        return ask(client, {Method::post, "/api/v1/tls/" + what, body});
    }
    Answer put(Client& client, const std::string& body) { return ask(client, {Method::put, "/api/v1/tls/own", body}); }
    std::string reason(const std::string& domain)
    {
        Client nobody;
        const auto answer = get(nobody, "domains/" + domain).object();
        EXPECT_EQ(answer.at("tls_replies").as_bool(), answer.at("reason").is_null());
        return answer.at("reason").is_null() ? "" : std::string(answer.at("reason").as_string());
    }
    void publish(const Answer& claim)
    {
        const auto proof = claim.object().at("proof").as_object();
        resolver_->now = std::make_shared<dns::CannedResolver>(std::string(proof.at("name").as_string()) + " TXT " +
                                                               std::string(proof.at("value").as_string()));
    }
    void prove_by_code(Client& client, const std::string& domain = "acme.test")
    {
        EXPECT_EQ(post(client, "domains/" + domain + "/claim").status, 200);
        EXPECT_EQ(post(client, "domains/" + domain + "/code").status, 202);
        const auto proven = post(client, "domains/" + domain + "/prove", R"({"code":")" + code_ + R"("})");
        EXPECT_EQ(proven.status, 200) << proven.body;
        client.csrf = proven.text("csrf");
    }
    std::vector<std::string> audit()
    {
        std::vector<std::string> who;
        for (const auto& record : value_of(people_->audit().list({.subject = "acme.test"})))
            who.push_back(record.entry.who + " " + record.entry.what);
        return who;
    }

    std::string mailed_to_, code_, reference_;
    int mails_ = 0;
    route::TlsVerdict verdict_ = route::TlsVerdict::ok;
    std::shared_ptr<SwitchedResolver> resolver_ = std::make_shared<SwitchedResolver>();
    std::shared_ptr<domaintests::DomainTests> tests_;
};

TEST_F(TlsDesk, IsDescribedForPrograms) { EXPECT_EQ(expect_described(router_, "/api/v1/tls/"), 11); }

TEST_F(TlsDesk, LetsAnybodyTestAnyDomain)
{
    Client nobody;
    const auto begun = post(nobody, "tests", R"({"domain":"Acme.test"})");
    EXPECT_EQ(begun.status, 202) << begun.body;
    EXPECT_EQ(begun.text("state"), "running");
    run_tests();
    Client other;
    const auto done = get(other, "tests/" + begun.text("id"));
    EXPECT_EQ(done.text("state"), "done");
    EXPECT_EQ(done.object().at("hosts").as_array().at(0).at("verdict"), "ok");
    EXPECT_EQ(get(other, "tests/guess").status, 404);
    EXPECT_EQ(post(nobody, "tests", R"({"domain":"no domain"})").problem(), "bad-request");
    EXPECT_EQ(post(nobody, "tests", "{}").problem(), "bad-request");
    nobody.origin = "https://evil.test";
    EXPECT_EQ(post(nobody, "tests", R"({"domain":"acme.test"})").status, 403);
}

TEST_F(TlsDesk, AnswersTooManyToWhoAsksTooOften)
{
    Client nobody;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(post(nobody, "tests", R"({"domain":"d)" + std::to_string(i) + R"(.test"})").status, 202);
    const auto refused = post(nobody, "tests", R"({"domain":"d9.test"})");
    EXPECT_EQ(refused.status, 429);
    EXPECT_TRUE(refused.headers.has("Retry-After"));
    for (int i = 0; i < 7; ++i) {
        Client other;
        other.address = IpAddress::v4({198, 51, static_cast<std::uint8_t>(i), 1});
        EXPECT_EQ(post(other, "tests", R"({"domain":"acme.test"})").status, i < 6 ? 202 : 429) << i;
        run_tests();
    }
}

TEST_F(TlsDesk, SaysWhyMailOfADomainIsAnEnvelope)
{
    EXPECT_EQ(reason("acme.test"), "not_known");
    value_of(domains_->add("acme.test", account_, "", "w"));
    EXPECT_EQ(reason("acme.test"), "not_proven");
    value_of(domains_->proofs().trust_ownership({"acme.test", account_}, "operator"));
    EXPECT_EQ(reason("acme.test"), "not_tested");
    value_of(domains_->record_test("acme.test", {clock_.now(), false, "", "{}"}));
    EXPECT_EQ(reason("acme.test"), "not_ready");
    value_of(domains_->record_test("acme.test", {clock_.now(), true, "", "{}"}));
    EXPECT_EQ(reason("acme.test"), "switched_off");
    value_of(domains_->set_replies({"acme.test", account_}, true, domains::OnFailure::envelope, "w"));
    EXPECT_EQ(reason("acme.test"), "");
    Client nobody;
    EXPECT_EQ(get(nobody, "domains/nodomain").status, 404);
}

TEST_F(TlsDesk, GoesFromACodeToTlsReplies)
{
    Client owner;
    EXPECT_EQ(get(owner, "own").status, 401);
    EXPECT_EQ(post(owner, "domains/acme.test/code").problem(), "no-claim");
    EXPECT_EQ(post(owner, "domains/acme.test/claim").status, 200);
    const auto sent = post(owner, "domains/acme.test/code");
    EXPECT_EQ(sent.status, 202) << sent.body;
    EXPECT_EQ(sent.text("sent_to"), "postmaster@acme.test");
    EXPECT_EQ(sent.text("reference"), reference_);
    EXPECT_EQ(mailed_to_, "postmaster@acme.test");
    const std::string wrong = code_ == "00000000" ? "00000001" : "00000000";
    const auto refused = post(owner, "domains/acme.test/prove", R"({"code":")" + wrong + R"("})");
    EXPECT_EQ(refused.problem(), "wrong-code");
    EXPECT_EQ(refused.object().at("tries_left"), 4);
    const auto proven =
        post(owner, "domains/acme.test/prove", R"({"code":")" + code_.substr(0, 4) + " " + code_.substr(4) + R"("})");
    EXPECT_EQ(proven.status, 200) << proven.body;
    EXPECT_EQ(proven.object().at("domain").at("proven_by"), "code");
    const std::string on = R"({"tls_replies":true,"on_failure":"bounce"})";
    EXPECT_EQ(put(owner, on).problem(), "not-allowed") << "without the token";
    owner.csrf = proven.text("csrf");
    EXPECT_EQ(put(owner, on).problem(), "not-ready");
    const auto test = post(owner, "own/tests");
    EXPECT_EQ(test.status, 202) << test.body;
    run_tests();
    EXPECT_EQ(get(owner, "tests/" + test.text("id")).object().at("ready"), true);
    EXPECT_EQ(get(owner, "own/tests").object().at("tests").as_array().size(), 1U);
    const auto switched = put(owner, on);
    EXPECT_EQ(switched.text("on_failure"), "bounce");
    EXPECT_EQ(reason("acme.test"), "");
    EXPECT_EQ(get(owner, "own").object().at("domain").at("tls_replies"), true);
    EXPECT_EQ(ask(owner, {Method::remove, "/api/v1/tls/own"}).status, 204);
    EXPECT_EQ(get(owner, "own").status, 401);
    EXPECT_EQ(reason("acme.test"), "") << "who signs out leaves what was chosen";
    EXPECT_EQ(audit().front(), "own:acme.test domain.tls_replies_on");
}

class TlsDeskOnTheNet : public TlsDesk {
protected:
    TlsDeskOnTheNet() : TlsDesk(false) {}
};

TEST_F(TlsDeskOnTheNet, AProofOpensNoAddressesThatAreNotPublic)
{
    Client owner;
    prove_by_code(owner);
    const auto test = post(owner, "own/tests");
    EXPECT_EQ(test.status, 202) << test.body;
    run_tests();
    EXPECT_EQ(get(owner, "tests/" + test.text("id")).object().at("hosts").as_array().at(0).at("verdict"), "unreachable");
}

TEST_F(TlsDesk, ARecordProvesForTheBrowserThatAskedForIt)
{
    Client owner, stranger;
    const auto claim = post(owner, "domains/acme.test/claim");
    EXPECT_EQ(post(owner, "domains/acme.test/claim").body, claim.body) << "asked again it is the same";
    EXPECT_EQ(post(stranger, "domains/acme.test/claim").status, 200);
    publish(claim);
    const auto refused = post(stranger, "domains/acme.test/prove", R"({"by":"txt"})");
    EXPECT_EQ(refused.problem(), "not-proven");
    EXPECT_TRUE(refused.object().at("proof").is_object());
    EXPECT_EQ(get(stranger, "own").status, 401);
    EXPECT_EQ(reason("acme.test"), "not_known") << "a claim is not stored";
    const auto proven = post(owner, "domains/acme.test/prove", R"({"by":"txt"})");
    EXPECT_EQ(proven.object().at("domain").at("proven_by"), "txt");
    EXPECT_EQ(get(owner, "own").status, 200);
    EXPECT_EQ(post(owner, "domains/acme.test/prove", "{}").problem(), "bad-request");
    resolver_->now = std::make_shared<dns::CannedResolver>("_sealpost.acme.test TEMPORARY");
    EXPECT_EQ(post(owner, "domains/acme.test/prove", R"({"by":"txt"})").problem(), "try-later");
}

TEST_F(TlsDesk, TheCookieManagesOneDomainForAnHour)
{
    Client owner;
    prove_by_code(owner);
    EXPECT_EQ(get(owner, "own").object().at("domain").at("domain"), "acme.test");
    clock_.advance(59min);
    EXPECT_EQ(get(owner, "own").status, 200);
    clock_.advance(1min);
    EXPECT_EQ(get(owner, "own").status, 401);
    EXPECT_EQ(put(owner, R"({"tls_replies":false})").status, 401);
}

TEST_F(TlsDesk, TheOwnersProofTakesTheDomainFromWhoNeverProvedIt)
{
    value_of(domains_->add("acme.test", account_, "", "squatter"));
    Client owner;
    prove_by_code(owner);
    EXPECT_EQ(value_of(domains_->find("acme.test"))->owner, domains::Owner());
    EXPECT_FALSE(value_of(domains_->find_claim({"acme.test", account_}))->is_proven());
    const auto claim = value_of(domains_->find_claim({"acme.test", account_})).value();
    value_of(domains_->proofs().check_records(claim.key(), {claim.proof.value}, {"administrator:1", ""}));
    EXPECT_EQ(get(owner, "own").status, 401) << "the account has shown that it owns the domain, too, and later";
}

TEST_F(TlsDesk, CodesAreNotSentWithoutEnd)
{
    Client owner;
    EXPECT_EQ(post(owner, "domains/acme.test/claim").status, 200);
    int sent = 0;
    for (int i = 0; i < 10; ++i) sent += post(owner, "domains/acme.test/code").status == 202;
    EXPECT_LE(sent, 4);
    EXPECT_EQ(mails_, sent);
    Client other;
    other.address = IpAddress::v4({198, 51, 100, 1});
    EXPECT_EQ(post(other, "domains/acme.test/claim").status, 200);
    EXPECT_EQ(post(other, "domains/acme.test/code").status, 429) << "one mailbox, however many ask";
}

TEST_F(TlsDesk, CodesAreNotGuessedWithoutEnd)
{
    Client owner;
    EXPECT_EQ(post(owner, "domains/acme.test/claim").status, 200);
    EXPECT_EQ(post(owner, "domains/acme.test/code").status, 202);
    const std::string wrong = code_ == "00000000" ? "00000001" : "00000000";
    std::vector<std::string> problems;
    for (int i = 0; i < 7; ++i)
        problems.push_back(post(owner, "domains/acme.test/prove", R"({"code":")" + wrong + R"("})").problem());
    EXPECT_EQ(problems.front(), "wrong-code");
    EXPECT_EQ(problems.back(), "too-many-requests");
    clock_.advance(1h);
    EXPECT_EQ(post(owner, "domains/acme.test/prove", R"({"code":")" + code_ + R"("})").problem(), "expired-code");
}

TEST_F(TlsDesk, WantsOurOriginForEveryChange)
{
    Client owner;
    prove_by_code(owner);
    owner.origin = "https://evil.test";
    for (const std::string what : {"domains/acme.test/claim", "domains/acme.test/code", "domains/acme.test/prove", "own/tests"})
        EXPECT_EQ(post(owner, what).problem(), "not-allowed") << what;
    EXPECT_EQ(put(owner, "{}").problem(), "not-allowed");
    EXPECT_EQ(ask(owner, {Method::remove, "/api/v1/tls/own"}).problem(), "not-allowed");
}

}  // namespace
}  // namespace sealpost::test
