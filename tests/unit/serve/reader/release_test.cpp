#include "serve/reader/reader_world.hpp"

namespace sealpost::test {
namespace {

using http::Method;

class Release : public ReaderWorld {};

TEST_F(Release, SaysWhyItReleasesNothing)
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

TEST_F(Release, AsksForAPasswordWhenTheEnvelopeNeedsAnAccount)
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

TEST_F(Release, SlowsDownWhoIsRefusedAgainAndAgain)
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

TEST_F(Release, SlowsDownSomebodySignedInWhoIsRefusedAgainAndAgain)
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
TEST_F(Release, LetsNoColleaguesBehindOneAddressWaitForEachOther)
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

TEST_F(Release, LetsNobodyWaitBehindAReleaseOnceALockIsTakenAway)
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
TEST_F(Release, SlowsDownWhoIsGivenTheKeyAgainAndAgain)
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

TEST_F(Release, CountsNoRefusalWhileTheKeyThatWrapsTheirsIsOutOfReach)
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

TEST_F(Release, SlowsDownANetworkThatFollowsALinkAgainAndAgain)
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
TEST_F(Release, DoesNotLetACodeReplaceThePassword)
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

TEST_F(Release, ReleasesToTheHolderOfALinkWhereThatIsEnough)
{
    auto record = make_record(age_file_);
    record["assurance"] = "low";
    store(record, true);
    Client anybody;
    EXPECT_EQ(release(anybody, id_).status, 200);
    EXPECT_EQ(post(anybody, "/api/v1/open/" + id_ + "/displayed").status, 204);
}

TEST_F(Release, TellsTheSenderWhenItWasReleasedAndShown)
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

}  // namespace
}  // namespace sealpost::test
