#include "serve/described.hpp"
#include "serve/reader/reader_world.hpp"

#include "sys/async/task_group.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/seal/opener.hpp"
#include "wire/seal/page.hpp"

#include <future>

namespace sealpost::test {
namespace {

using http::Method;

class Opening : public ReaderWorld {
protected:
    std::string make_page(const std::string& binary)
    {
        seal::PageFacts facts;
        facts.envelope_id = id_;
        facts.service_url = "https://keys.test";
        facts.organisation = "Acme Ltd";
        facts.sender_address = "alice@acme.test";
        return seal::page_head(facts).value() + armor(binary) + seal::page_tail(facts);
    }

    static std::string make_mail(const std::string& page)
    {
        mail::MimeWriter mime("boundary");
        std::string text = mime.begin_mixed({{"From", "alice@acme.test"}, {"Subject", "Fwd"}});
        text += mime.add_text("see below");
        text += mime.begin_attachment("message.html", "text/html");
        text += mime.append(page);
        text += mime.end_attachment();
        return text + mime.end();
    }

    Answer card(const std::string& ref)
    {
        Client nobody;
        return get(nobody, "/api/v1/open/" + ref);
    }
    std::string content(const std::string& ref)
    {
        Client nobody;
        return get(nobody, "/api/v1/open/" + ref + "/content").body;
    }

    // The pool is busy until many writes behind those of the call are done.
    Task<void> ask_while_pool_is_busy(Client& client, Call& call, Answer& answer, int& status_meanwhile)
    {
        auto executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        std::promise<void> end;
        group.spawn(keep_busy(pool_, end.get_future().share()));
        group.spawn(run(client, call, answer));
        for (int i = 0; i < 30; ++i) {
            auto work = [](db::Connection& connection) { return connection.execute("select 1"); };
            const auto written = co_await database_->write(std::move(work));
            EXPECT_TRUE(written.has_value());
        }
        status_meanwhile = answer.status;
        end.set_value();
        co_await group.join();
    }
    static Task<void> keep_busy(async::BlockingPool& pool, std::shared_future<void> end)
    {
        auto wait = [end] {
            end.wait();
            return true;
        };
        [[maybe_unused]] const bool has_ended = co_await pool.run(std::move(wait));
    }
};

TEST_F(Opening, GoesFromTheDeadDropToTheMessage)
{
    store(false);
    const std::string ticket = ingest(make_page(age_file_)).text("ticket");
    const Answer what = card(ticket);
    EXPECT_EQ(what.text("id"), id_);
    EXPECT_EQ(what.text("organisation"), "Acme Ltd");
    EXPECT_EQ(what.text("source"), "ticket");
    EXPECT_EQ(what.text("state"), "open");
    Client bob;
    EXPECT_EQ(release(bob, ticket).problem(), "not-signed-in");
    const Answer challenge = ask_code(bob, "Bob@Partner.test");
    EXPECT_EQ(challenge.status, 202);
    ASSERT_EQ(outbox_->codes.size(), 1U);
    EXPECT_EQ(outbox_->codes[0].address, "bob@partner.test");
    EXPECT_EQ(outbox_->codes[0].reference, challenge.text("reference"));
    EXPECT_EQ(outbox_->codes[0].language, "fr");
    EXPECT_EQ(outbox_->codes[0].organisation, "Acme Ltd");
    EXPECT_EQ(sign_in(bob, challenge.text("challenge"), outbox_->codes[0].code).status, 200);
    const Answer released = release(bob, ticket);
    EXPECT_EQ(released.text("recipient"), "bob@partner.test");
    EXPECT_EQ(released.text("subject"), "The contract");
    seal::Opener opener(seal::Identity::parse(released.text("identity")).value());
    std::string opened = opener.append(content(ticket)).value();
    opened += opener.finish().value();
    EXPECT_EQ(opened, plain_);
}

TEST_F(Opening, SaysThatTheServiceSealedWhatSomebodyWroteThere)
{
    keys::NewEnvelope reply;
    reply.policy.id = keys::parse_envelope_id(id_).value();
    reply.policy.account = account_;
    reply.policy.sender = {"bob@partner.test", "Bob"};
    reply.policy.recipients = {"carol@else.test"};
    reply.policy.expires_at = clock_.now() + std::chrono::hours(5);
    reply.policy.by_service = true;
    reply.identity = identity_.text();
    EXPECT_EQ(value_of(keys_->store(std::move(reply))), keys::StoreVerdict::created);
    EXPECT_EQ(card(id_).text("organisation"), "keys.test");
    Client carol;
    ask_code(carol, "carol@else.test");
    ASSERT_EQ(outbox_->codes.size(), 1U);
    EXPECT_EQ(outbox_->codes[0].organisation, "keys.test");
}

TEST_F(Opening, IsDescribedForPrograms)
{
    Client anybody;
    const auto described = get(anybody, "/api/v1/openapi/service.json").object();
    EXPECT_EQ(json::value(described), read_service_description());
    EXPECT_EQ(expect_described(router_, "/api/"), 37);
}

TEST_F(Opening, SaysWhomAReplyToAllReaches)
{
    auto record = make_record(age_file_);
    record["recipients"] = {"bob@partner.test", "carol@partner.test", "rob@partner.test"};
    store(record, true);
    Client bob = make_signed_in("bob@partner.test");
    const auto reached = [&] { return json::serialize(release(bob, id_).object().at("reply_all_to")); };
    EXPECT_EQ(reached(), R"(["alice@acme.test","carol@partner.test","rob@partner.test"])");
    const std::string challenge = ask_code(bob, "rob@partner.test").text("challenge");
    ASSERT_EQ(sign_in(bob, challenge, outbox_->codes.back().code, true).status, 200);
    EXPECT_EQ(reached(), R"(["alice@acme.test","carol@partner.test"])") << "not oneself";
}

TEST_F(Opening, TellsNothingOfTheOthersToWhoMayNotReplyToAll)
{
    auto record = make_record(age_file_);
    record["rights"] = {{"reply", true}, {"reply_all", false}, {"forward", false}};
    store(record, true);
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(release(bob, id_).body.find("carol"), std::string::npos);
}

TEST_F(Opening, TakesArmorPageAndMail)
{
    store(false);
    const std::string page = make_page(age_file_);
    for (const std::string& file : {age_file_, armor(age_file_), page, make_mail(page)}) {
        const Answer answer = ingest(file);
        ASSERT_EQ(answer.status, 201) << answer.body;
        EXPECT_EQ(card(answer.text("ticket")).text("source"), "ticket");
        EXPECT_EQ(content(answer.text("ticket")), age_file_);
    }
}

TEST_F(Opening, HoldsNoMoreOfMailsInMemoryThanAllowed)
{
    store(false);
    const std::string large = "Subject: x\r\n\r\n" + std::string(5 * 1024 * 1024, 'x');
    EXPECT_EQ(ingest(large).problem(), "try-later");
    EXPECT_EQ(ingest(large.substr(0, 3 * 1024 * 1024)).problem(), "try-later") << "its parts would not fit beside it";
    const std::string fair = large.substr(0, 1024 * 1024);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ingest(fair).problem(), "not-an-envelope") << "the room is given back";
    const std::string mail = make_mail(make_page(seal(std::string(500'000, 'x'))));
    EXPECT_EQ(ingest(mail).status, 201);
}

// A large mail takes seconds: the worker that read it has other connections.
TEST_F(Opening, SearchesLargeMailsBesideTheWorker)
{
    store(false);
    Client browser;
    Call call = make_ingest(make_mail(make_page(seal(std::string(500'000, 'x')))));
    Answer answer;
    int status_meanwhile = 0;
    async::run_here([&] { return ask_while_pool_is_busy(browser, call, answer, status_meanwhile); });
    EXPECT_EQ(status_meanwhile, 0) << "it waits for the pool";
    EXPECT_EQ(answer.status, 201);
}

TEST_F(Opening, TakesNothingInWhileTheStoreHasNoRoom)
{
    has_room_ = false;
    EXPECT_EQ(ingest(armor(age_file_)).status, 503);
    const Answer page = ingest(armor(age_file_), "null", "text/html");
    EXPECT_EQ(page.status, 503);
    EXPECT_NE(page.body.find("<!doctype html>"), std::string::npos);
    has_room_ = true;
    EXPECT_EQ(ingest(armor(age_file_)).status, 201);
}

TEST_F(Opening, SendsABrowserOnWithoutCookiesWhateverItsOrigin)
{
    store(false);
    for (const std::string origin : {"null", "", "https://elsewhere.test"}) {
        const Answer answer = ingest(armor(age_file_), origin, "text/html");
        EXPECT_EQ(answer.status, 303);
        EXPECT_THAT(std::string(answer.headers.find("Location").value()), testing::MatchesRegex("/open/[A-Za-z0-9_-]{43}"));
        EXPECT_FALSE(answer.headers.has("Set-Cookie"));
    }
}

TEST_F(Opening, RefusesWhatIsNoEnvelope)
{
    for (const std::string& file : {std::string(), std::string("hello"), std::string("<html>no armor</html>"),
                                    armor(age_file_).substr(0, 5000), make_mail("<p>nothing</p>")}) {
        EXPECT_EQ(ingest(file).problem(), "not-an-envelope") << file.substr(0, 60);
        const Answer page = ingest(file, "null", "text/html");
        EXPECT_EQ(page.status, 422);
        EXPECT_THAT(page.body, testing::HasSubstr("not a sealed message"));
    }
    Client browser;
    EXPECT_EQ(ask(browser, {Method::post, "/ingest", "--b\r\n", "text/plain"}).problem(), "bad-request");
    const std::string other = "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n";
    EXPECT_EQ(ask(browser, {Method::post, "/ingest", other, "multipart/form-data; boundary=b"}).text("field"), "envelope");
}

TEST_F(Opening, NamesADamagedCopyAndHealsItFromTheHostedOne)
{
    std::string damaged = age_file_;
    damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);
    store(true);
    const std::string ticket = ingest(make_page(damaged)).text("ticket");
    const auto what = card(ticket).object();
    EXPECT_TRUE(what.at("damaged").as_bool());
    EXPECT_TRUE(what.at("healed").as_bool());
    EXPECT_EQ(content(ticket), age_file_);
}

TEST_F(Opening, NamesADamagedCopyThatNothingHeals)
{
    std::string damaged = age_file_;
    damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);
    store(false);
    const auto what = card(ingest(make_page(damaged)).text("ticket")).object();
    EXPECT_TRUE(what.at("damaged").as_bool());
    EXPECT_FALSE(what.at("healed").as_bool());
}

TEST_F(Opening, ServesTheHostedCopyByLink)
{
    store(true);
    EXPECT_EQ(card(id_).text("source"), "hosted");
    EXPECT_EQ(content(id_), age_file_);
}

TEST_F(Opening, KnowsNothingOfOtherRefs)
{
    for (const std::string& ref :
         {keys::make_envelope_id().value(), std::string(43, 'a'), std::string("x"), std::string("..%2f..")}) {
        EXPECT_EQ(card(ref).problem(), "not-found");
        Client nobody;
        EXPECT_EQ(get(nobody, "/api/v1/open/" + ref + "/content").status, 404);
        EXPECT_EQ(release(nobody, ref).status, 404);
    }
    EXPECT_EQ(card(id_).status, 404);
    store(false);
    EXPECT_EQ(card(id_).text("source"), "none");
    Client nobody;
    EXPECT_EQ(get(nobody, "/api/v1/open/" + id_ + "/content").status, 404);
}

TEST_F(Opening, SaysWhyItReleasesNothing)
{
    store(true);
    Client gateway = make_gateway();
    const std::string path = "/api/v1/envelopes/" + id_;
    const auto mallory = value_of(people_->persons().ensure("mallory@elsewhere.test", "en", "net"));
    Client stranger = make_signed_in("mallory@elsewhere.test");
    const Answer refused = release(stranger, id_);
    EXPECT_EQ(refused.problem(), "not-a-recipient");
    EXPECT_EQ(json::serialize(refused.object().at("addresses")), R"(["mallory@elsewhere.test"])");
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(ask(gateway, {Method::post, path + "/lock", R"({"reason":"wrong file"})"}).status, 204);
    EXPECT_EQ(release(bob, id_).problem(), "locked");
    EXPECT_EQ(release(bob, id_).text("reason"), "wrong file");
    EXPECT_EQ(ask(gateway, {Method::post, path + "/unlock"}).status, 204);
    EXPECT_EQ(release(bob, id_).status, 200);
    EXPECT_EQ(ask(gateway, {Method::post, path + "/recall"}).status, 204);
    EXPECT_EQ(release(bob, id_).problem(), "erased");
    EXPECT_EQ(release(bob, id_).status, 410);
}

TEST_F(Opening, AsksForAPasswordWhenTheEnvelopeNeedsAnAccount)
{
    auto record = make_record(age_file_);
    record["assurance"] = "account";
    store(record, true);
    Client bob = make_signed_in("bob@partner.test");
    const Answer weak = release(bob, id_);
    EXPECT_EQ(weak.problem(), "needs-assurance");
    EXPECT_EQ(weak.text("assurance"), "account");
    EXPECT_EQ(ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"short"})"}).text("field"), "password");
    EXPECT_EQ(ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"correct horse battery"})"}).status, 204);
    Client again;
    EXPECT_EQ(post(again, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "wrong horse battery"}}).problem(),
              "wrong-password");
    EXPECT_EQ(post(again, "/api/v1/session", {{"address", "eve@partner.test"}, {"password", "correct horse battery"}}).problem(),
              "wrong-password");
    const Answer in = post(again, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "correct horse battery"}});
    EXPECT_EQ(in.text("assurance"), "account");
    again.csrf = in.text("csrf");
    EXPECT_EQ(release(again, id_).status, 200);
}

TEST_F(Opening, SlowsDownWhoIsRefusedAgainAndAgain)
{
    store(true);
    Client bob = make_signed_in("bob@partner.test");
    for (int i = 0; i < 30; ++i) EXPECT_EQ(release(bob, id_).status, 200) << i;
    Client nobody;
    Answer last;
    for (int i = 0; i < 11; ++i) last = release(nobody, id_);
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_TRUE(last.headers.has("Retry-After"));
    EXPECT_EQ(release(bob, id_).status, 200) << "who is signed in waits for no stranger";
    clock_.advance(std::chrono::seconds(2));
    EXPECT_EQ(release(nobody, id_).problem(), "not-signed-in");
    EXPECT_EQ(release(nobody, id_).headers.find("Retry-After"), "4");
}

TEST_F(Opening, SlowsDownSomebodySignedInWhoIsRefusedAgainAndAgain)
{
    store(true);
    value_of(people_->persons().ensure("mallory@elsewhere.test", "en", "net"));
    Client mallory = make_signed_in("mallory@elsewhere.test");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(release(mallory, id_).problem(), "not-a-recipient") << i;
    mallory.address = IpAddress::v4({198, 51, 100, 1});
    EXPECT_EQ(release(mallory, id_).problem(), "too-many-requests") << "another network changes nothing";
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(release(bob, id_).status, 200);
    Client nobody;
    EXPECT_EQ(release(nobody, id_).problem(), "not-signed-in") << "strangers have their own";
}

// Each is told first that more is needed, which is nobody's fault.
TEST_F(Opening, LetsNoColleaguesBehindOneAddressWaitForEachOther)
{
    auto record = make_record(age_file_);
    record["assurance"] = "strong";
    json::array recipients;
    for (int i = 0; i < 30; ++i) recipients.emplace_back("person" + std::to_string(i) + "@partner.test");
    record["recipients"] = recipients;
    store(record, true);
    std::vector<Client> colleagues;
    for (const auto& recipient : recipients) {
        colleagues.push_back(make_signed_in(std::string(recipient.as_string())));
        EXPECT_EQ(release(colleagues.back(), id_).problem(), "needs-assurance") << recipient;
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(release(colleagues[0], id_).problem(), "needs-assurance") << i;
    Client nobody;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(release(nobody, id_).problem(), "not-signed-in") << i;
    EXPECT_EQ(release(nobody, id_).problem(), "too-many-requests");
    auto step_up = [](db::Connection& connection) {
        auto update = connection.prepare("update people_session set assurance = ?1");
        return update.bind(1, static_cast<int>(people::Assurance::strong)).run();
    };
    ASSERT_TRUE(database_->write_now(step_up).has_value());
    for (auto& colleague : colleagues) EXPECT_EQ(release(colleague, id_).status, 200);
}

TEST_F(Opening, LetsNobodyWaitBehindAReleaseOnceALockIsTakenAway)
{
    store(true);
    Client gateway = make_gateway();
    const std::string path = "/api/v1/envelopes/" + id_;
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(ask(gateway, {Method::post, path + "/lock", R"({"reason":"wrong file"})"}).status, 204);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(release(bob, id_).problem(), "locked") << i;
    clock_.advance(std::chrono::seconds(2));
    EXPECT_EQ(release(bob, id_).problem(), "locked");
    EXPECT_EQ(ask(gateway, {Method::post, path + "/unlock"}).status, 204);
    EXPECT_EQ(release(bob, id_).problem(), "too-many-requests") << "a refusal's pause stays";
    clock_.advance(std::chrono::seconds(4));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(release(bob, id_).status, 200) << i;
}

// Each release stays in the audit trail for ever, so a recipient cannot ask without end either.
TEST_F(Opening, SlowsDownWhoIsGivenTheKeyAgainAndAgain)
{
    store(true);
    Client bob = make_signed_in("bob@partner.test");
    Client carol = make_signed_in("carol@partner.test");
    for (int i = 0; i < 60; ++i) EXPECT_EQ(release(bob, id_).status, 200) << i;
    const Answer last = release(bob, id_);
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_EQ(last.headers.find("Retry-After"), "30");
    const auto records = value_of(people_->audit().list({.subject = id_}));
    EXPECT_EQ(std::ranges::count(records, "key.released", [](const auto& record) { return record.entry.what; }), 60);
    EXPECT_EQ(release(carol, id_).status, 200) << "others have their own";
    clock_.advance(std::chrono::seconds(30));
    EXPECT_EQ(release(bob, id_).status, 200);
    bob.address = IpAddress::v4({198, 51, 100, 1});
    EXPECT_EQ(release(bob, id_).problem(), "too-many-requests") << "another network changes nothing";
}

TEST_F(Opening, CountsNoRefusalWhileTheKeyThatWrapsTheirsIsOutOfReach)
{
    store(true);
    Client bob = make_signed_in("bob@partner.test");
    const auto wrap_under = [&](int version) {
        const auto change = [version](db::Connection& connection) {
            return connection.prepare("update key_wrapped set kek_version = ?1").bind(1, version).run();
        };
        ASSERT_TRUE(database_->write_now(change).has_value());
    };
    wrap_under(9);
    for (int i = 0; i < 40; ++i) EXPECT_GE(release(bob, id_).status, 500);
    wrap_under(1);
    EXPECT_EQ(release(bob, id_).status, 200);
}

TEST_F(Opening, SlowsDownANetworkThatFollowsALinkAgainAndAgain)
{
    auto record = make_record(age_file_);
    record["assurance"] = "low";
    store(record, true);
    Client office;
    EXPECT_EQ(release(office, id_).status, 200);
    auto count_many = [](db::Connection& connection) {
        return connection.execute(
            "update people_guard set failures = failures + 998 where name like '% 192.0.2.0/24' and failures > 0");
    };
    ASSERT_TRUE(database_->write_now(count_many).has_value());
    EXPECT_EQ(release(office, id_).status, 200);
    EXPECT_EQ(release(office, id_).problem(), "too-many-requests");
    Client elsewhere;
    elsewhere.address = IpAddress::v4({198, 51, 100, 1});
    EXPECT_EQ(release(elsewhere, id_).status, 200);
}

// Who reads Bob's mail for a moment gets codes, and must not get from them to what needs his password.
TEST_F(Opening, DoesNotLetACodeReplaceThePassword)
{
    auto record = make_record(age_file_);
    record["assurance"] = "account";
    store(record, true);
    Client bob = make_signed_in("bob@partner.test");
    ASSERT_EQ(ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"correct horse battery"})"}).status, 204);
    Client thief = make_signed_in("bob@partner.test");
    const Answer refused = ask(thief, {Method::put, "/api/v1/me/password", R"({"password":"a password of mine"})"});
    EXPECT_EQ(refused.problem(), "needs-assurance");
    EXPECT_EQ(refused.text("assurance"), "account");
    Client mallory = make_signed_in("carol@partner.test");
    ASSERT_EQ(ask(mallory, {Method::put, "/api/v1/me/password", R"({"password":"a password of mine"})"}).status, 204);
    const json::object own{{"address", "carol@partner.test"}, {"password", "a password of mine"}};
    mallory.csrf = post(mallory, "/api/v1/session", own).text("csrf");
    const std::string challenge = ask_code(mallory, "bob@partner.test").text("challenge");
    EXPECT_EQ(sign_in(mallory, challenge, outbox_->codes.back().code, true).problem(), "not-allowed");
    Client again;
    const Answer in = post(again, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "correct horse battery"}});
    ASSERT_EQ(in.text("assurance"), "account");
    again.csrf = in.text("csrf");
    EXPECT_EQ(ask(again, {Method::put, "/api/v1/me/password", R"({"password":"another horse battery"})"}).status, 204);
}

TEST_F(Opening, ReleasesToTheHolderOfALinkWhereThatIsEnough)
{
    auto record = make_record(age_file_);
    record["assurance"] = "low";
    store(record, true);
    Client anybody;
    EXPECT_EQ(release(anybody, id_).status, 200);
    EXPECT_EQ(post(anybody, "/api/v1/open/" + id_ + "/displayed").status, 204);
}

TEST_F(Opening, TellsTheSenderWhenItWasReleasedAndShown)
{
    store(true);
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(post(bob, "/api/v1/open/" + id_ + "/displayed").problem(), "not-a-recipient");
    EXPECT_EQ(release(bob, id_).status, 200);
    EXPECT_EQ(post(bob, "/api/v1/open/" + id_ + "/displayed").status, 204);
    Client gateway = make_gateway();
    const auto state = ask(gateway, {Method::get, "/api/v1/envelopes/" + id_}).object();
    const auto& first = state.at("recipients").as_array().at(0).as_object();
    EXPECT_EQ(first.at("assurance"), "mailbox");
    EXPECT_TRUE(first.at("released_at").is_string());
    EXPECT_TRUE(first.at("displayed_at").is_string());
    EXPECT_TRUE(state.at("recipients").as_array().at(1).as_object().at("released_at").is_null());
}

TEST_F(Opening, TheCardTellsWhetherTheSendersDomainIsTheAccounts)
{
    auto record = make_record(age_file_);
    store(record, false);
    EXPECT_EQ(card(id_).text("sender_domain"), "own");
    people::Account other;
    other.name = "other";
    other.domains = {"other.test"};
    value_of(people_->accounts().add(other));
    const auto judge = [&](const std::string& domain) {
        return value_of(people_->accounts().judge_sender_domain(account_, domain));
    };
    EXPECT_EQ(judge("mail.acme.test"), people::SenderDomain::own);
    EXPECT_EQ(judge("other.test"), people::SenderDomain::foreign);
    EXPECT_EQ(judge("mail.other.test"), people::SenderDomain::foreign);
    EXPECT_EQ(judge("nobodys.test"), people::SenderDomain::foreign) << "the account has domains, and this is none of them";

    const std::string foreign = keys::make_envelope_id().value();
    record["sender"] = json::object{{"address", "ceo@other.test"}, {"name", "The CEO"}};
    Client gateway = make_gateway();
    EXPECT_EQ(ask(gateway, {Method::put, "/api/v1/envelopes/" + foreign, json::serialize(record)}).status, 201);
    EXPECT_EQ(card(foreign).text("sender_domain"), "foreign");
    value_of(domains_->add("other.test", account_, "postmaster@other.test", "operator"));
    EXPECT_EQ(card(foreign).text("sender_domain"), "foreign") << "a claim is no proof";
    value_of(domains_->proofs().trust_ownership({"other.test", account_}, "operator"));
    EXPECT_EQ(card(foreign).text("sender_domain"), "own");

    people::AccountChange without;
    without.gone_domains = {"acme.test"};
    value_of(people_->accounts().change(account_, without));
    EXPECT_EQ(judge("nobodys.test"), people::SenderDomain::unknown) << "an account without domains is not judged";
    EXPECT_EQ(judge("other.test"), people::SenderDomain::foreign) << "but for domains of others";
}

}  // namespace
}  // namespace sealpost::test
