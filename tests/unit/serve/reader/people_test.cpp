#include "serve/reader/reader_world.hpp"

namespace sealpost::test {
namespace {

using http::Method;

class SigningIn : public ReaderWorld {
protected:
    SigningIn() { store(true); }
};

TEST_F(SigningIn, AnswersAlikeForKnownAndUnknownAddresses)
{
    Client client;
    const Answer known = ask_code(client, "bob@partner.test");
    const Answer unknown = ask_code(client, "nobody@elsewhere.test");
    EXPECT_EQ(known.status, unknown.status);
    EXPECT_EQ(known.body.size() - known.text("reference").size(), unknown.body.size() - unknown.text("reference").size());
    ASSERT_EQ(outbox_->codes.size(), 1U);
    EXPECT_EQ(sign_in(client, unknown.text("challenge"), outbox_->codes[0].code).problem(), "wrong-code");
}

// A mail is queued with a commit of its own; where the store is slow, one less would be seen in the time of the answer.
TEST_F(SigningIn, CommitsAsMuchForAnUnknownAddressAsForAKnownOne)
{
    const auto count_challenges = [this] { return ask_number(*database_, "select count(*) from people_code"); };
    Client client;
    ask_code(client, "bob@partner.test");
    ASSERT_EQ(outbox_->codes.size(), 1U);
    EXPECT_EQ(count_challenges(), 1) << "and the mail";
    ask_code(client, "nobody@elsewhere.test");
    EXPECT_EQ(outbox_->codes.size(), 1U);
    EXPECT_EQ(count_challenges(), 3);
}

TEST_F(SigningIn, AnswersAlikeWhenTheMailCannotBeSent)
{
    outbox_->is_broken = true;
    Client client;
    EXPECT_EQ(ask_code(client, "bob@partner.test").status, 202);
}

TEST_F(SigningIn, MailsNoCodeForAnEnvelopeThatDoesNotExist)
{
    Client client;
    EXPECT_EQ(post(client, "/api/v1/codes", {{"address", "bob@partner.test"}, {"ref", keys::make_envelope_id().value()}}).status,
              202);
    EXPECT_TRUE(outbox_->codes.empty());
}

TEST_F(SigningIn, CountsWrongCodesAndUsesUpARightOne)
{
    Client client;
    const std::string challenge = ask_code(client, "bob@partner.test").text("challenge");
    const std::string code = outbox_->codes[0].code;
    const std::string wrong = code == "00000000" ? "00000001" : "00000000";
    const Answer refused = sign_in(client, challenge, wrong);
    EXPECT_EQ(refused.problem(), "wrong-code");
    EXPECT_EQ(refused.object().at("tries_left"), 4);
    EXPECT_EQ(sign_in(client, challenge, code).status, 200);
    Client thief;
    EXPECT_EQ(sign_in(thief, challenge, code).problem(), "expired-code");
}

TEST_F(SigningIn, LetsACodeExpire)
{
    Client client;
    const std::string challenge = ask_code(client, "bob@partner.test").text("challenge");
    clock_.advance(std::chrono::minutes(11));
    EXPECT_EQ(sign_in(client, challenge, outbox_->codes[0].code).problem(), "expired-code");
    EXPECT_EQ(sign_in(client, "unknown", "12345678").problem(), "expired-code");
}

// So a page can tell the end without a question, which would be activity.
TEST_F(SigningIn, TellsWhenTheSessionWillEnd)
{
    Client client;
    const std::string challenge = ask_code(client, "bob@partner.test").text("challenge");
    const auto begun = sign_in(client, challenge, outbox_->codes[0].code).object();
    EXPECT_EQ(begun.at("idle_seconds"), 15 * 60);
    EXPECT_EQ(begun.at("seconds_left"), 12 * 3600);
    clock_.advance(std::chrono::minutes(10));
    const auto later = get(client, "/api/v1/session").object();
    EXPECT_EQ(later.at("idle_seconds"), 15 * 60);
    EXPECT_EQ(later.at("seconds_left"), 12 * 3600 - 600);
    const std::string other = ask_code(client, "carol@partner.test").text("challenge");
    const auto grown = sign_in(client, other, outbox_->codes.back().code, true).object();
    EXPECT_EQ(grown.at("seconds_left"), 12 * 3600 - 600) << "an added address begins no new session";
}

TEST_F(SigningIn, SlowsDownWhoAsksForManyCodes)
{
    Client client;
    Answer last;
    for (int i = 0; i < 6; ++i) last = ask_code(client, "bob@partner.test");
    EXPECT_EQ(last.status, 429);
    EXPECT_TRUE(last.headers.has("Retry-After"));
    EXPECT_LT(outbox_->codes.size(), 6U);
}

// An office behind one address asks for many codes; asking is not guessing.
TEST_F(SigningIn, DoesNotTakeAskingForCodesForGuessing)
{
    Client office;
    for (int i = 0; i < 30; ++i) EXPECT_EQ(ask_code(office, "person" + std::to_string(i) + "@partner.test").status, 202) << i;
    EXPECT_EQ(post(office, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "guess number one"}}).problem(),
              "wrong-password");
    Answer last;
    for (int i = 30; i < 80; ++i) last = ask_code(office, "person" + std::to_string(i) + "@partner.test");
    EXPECT_EQ(last.status, 429);
}

TEST_F(SigningIn, SlowsDownGuessing)
{
    Client client;
    Answer last;
    for (int i = 0; i < 8; ++i)
        last = post(client, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "guess number one"}});
    EXPECT_EQ(last.problem(), "too-many-requests");
}

TEST_F(SigningIn, LetsTheOwnerInHoweverManyWrongPasswordsAndCodesStrangersGive)
{
    Client bob = make_signed_in("bob@partner.test");
    ASSERT_EQ(ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"correct horse battery"})"}).status, 204);
    Client eve;
    eve.address = IpAddress::v4({203, 0, 113, 5});
    Answer last;
    for (int i = 0; i < 8; ++i)
        last = post(eve, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "guess number one"}});
    EXPECT_EQ(last.problem(), "too-many-requests");
    for (int i = 0; i < 8; ++i) last = ask_code(eve, "bob@partner.test");
    EXPECT_EQ(last.problem(), "too-many-requests");
    Client home;
    EXPECT_EQ(post(home, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "correct horse battery"}}).status,
              200);
    Client travelling;
    travelling.address = IpAddress::v4({198, 51, 100, 5});
    const std::string challenge = ask_code(travelling, "bob@partner.test").text("challenge");
    EXPECT_EQ(sign_in(travelling, challenge, outbox_->codes.back().code).status, 200);
}

TEST_F(SigningIn, SendsTheRecipientWithTheLinkACodeWhileStrangersAskForThem)
{
    const auto at = [](int network) {
        Client client;
        client.address = IpAddress::v4({203, 0, static_cast<std::uint8_t>(network), 5});
        return client;
    };
    value_of(people_->persons().ensure("dave@elsewhere.test", "en", "net"));
    Answer last;
    for (const char* address : {"bob@partner.test", "dave@elsewhere.test"}) {
        for (int network = 0; network < 20; ++network) {
            Client stranger = at(network);
            last = post(stranger, "/api/v1/codes", {{"address", address}});
        }
        EXPECT_EQ(last.problem(), "too-many-requests");
    }
    outbox_->codes.clear();
    Client bob = at(100);
    const std::string challenge = ask_code(bob, "bob@partner.test").text("challenge");
    ASSERT_EQ(outbox_->codes.size(), 1U);
    EXPECT_EQ(sign_in(bob, challenge, outbox_->codes.back().code).status, 200);
    Client other = at(101);
    outbox_->codes.clear();
    for (const char* address : {"dave@elsewhere.test", "nobody@elsewhere.test"})
        EXPECT_EQ(ask_code(other, address).status, 202) << "as for a recipient";
    EXPECT_TRUE(outbox_->codes.empty()) << "the link is of an envelope of others";
}

TEST_F(SigningIn, TakesACodeThatNoLongerOpensAnythingForNoGuess)
{
    Client client;
    const std::string old = ask_code(client, "bob@partner.test").text("challenge");
    clock_.advance(std::chrono::minutes(11));
    for (int i = 0; i < 8; ++i) EXPECT_EQ(sign_in(client, old, "12345678").problem(), "expired-code");
    const std::string fresh = ask_code(client, "bob@partner.test").text("challenge");
    const std::string code = outbox_->codes.back().code;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in(client, fresh, code == "00000000" ? "1" : "00000000").problem(), "wrong-code");
    EXPECT_EQ(sign_in(client, fresh, code).problem(), "expired-code") << "it has no try left";
}

// Each change costs a hash of 64 MiB and an entry of the audit trail, and no guess is made in it: a right one counts as well.
TEST_F(SigningIn, SlowsDownWhoChangesThePasswordAgainAndAgain)
{
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"correct horse battery"})"}).status, 204);
    bob = Client{};
    const Answer in = post(bob, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "correct horse battery"}});
    ASSERT_EQ(in.text("assurance"), "account");
    bob.csrf = in.text("csrf");
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"another horse battery"})"}).status, 204);
    const Answer last = ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"a third horse battery"})"});
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_TRUE(last.headers.has("Retry-After"));
    Client again;
    EXPECT_EQ(post(again, "/api/v1/session", {{"address", "bob@partner.test"}, {"password", "another horse battery"}}).status,
              200)
        << "signing in has a guard of its own";
    clock_.advance(std::chrono::seconds(3));
    EXPECT_EQ(ask(bob, {Method::put, "/api/v1/me/password", R"({"password":"a third horse battery"})"}).status, 204);
}

TEST_F(SigningIn, ShowsWhoIsSignedInAndForgetsWhoSignsOut)
{
    Client nobody;
    EXPECT_EQ(get(nobody, "/api/v1/session").body, R"({"person":null})");
    Client bob = make_signed_in("bob@partner.test");
    const auto session = get(bob, "/api/v1/session").object();
    EXPECT_EQ(json::serialize(session.at("person").as_object().at("addresses")), R"(["bob@partner.test"])");
    EXPECT_EQ(get(bob, "/api/v1/session").text("csrf"), bob.csrf);
    EXPECT_EQ(session.at("assurance"), "mailbox");
    const auto cookies = bob.cookies;
    EXPECT_EQ(ask(bob, {Method::remove, "/api/v1/session"}).status, 204);
    EXPECT_EQ(bob.cookies.at("__Host-sealpost"), "");
    Client thief;
    thief.cookies = cookies;
    EXPECT_EQ(get(thief, "/api/v1/session").body, R"({"person":null})");
}

TEST_F(SigningIn, AddsAnAddressToThePersonWhoIsThere)
{
    Client bob = make_signed_in("bob@partner.test");
    const std::string former = bob.cookies.at("__Host-sealpost");
    const std::string challenge = ask_code(bob, "carol@partner.test").text("challenge");
    const Answer added = sign_in(bob, challenge, outbox_->codes.back().code, true);
    EXPECT_EQ(json::serialize(added.object().at("person").as_object().at("addresses")),
              R"(["bob@partner.test","carol@partner.test"])");
    EXPECT_NE(bob.cookies.at("__Host-sealpost"), former);
    ASSERT_EQ(outbox_->notes.size(), 2U) << "also of who has no password";
    EXPECT_EQ(outbox_->notes[0].address, "bob@partner.test");
    Client nobody;
    const std::string other = ask_code(nobody, "carol@partner.test").text("challenge");
    EXPECT_EQ(sign_in(nobody, other, outbox_->codes.back().code, true).problem(), "not-signed-in");
}

// make_record() names Bob and Carol.
TEST_F(SigningIn, AnAddressThatIsTakenOffOpensForWhoeverProvesItAnewAndForThePersonNoMore)
{
    value_of(people_->persons().ensure("dave@elsewhere.test", "fr", "net"));
    Client carol = make_signed_in("carol@partner.test");
    const std::string challenge = ask_code(carol, "dave@elsewhere.test").text("challenge");
    ASSERT_EQ(sign_in(carol, challenge, outbox_->codes.back().code, true).status, 200);
    Client elsewhere = make_signed_in("carol@partner.test");
    ASSERT_EQ(release(carol, id_).status, 200);
    outbox_->notes.clear();
    ASSERT_EQ(ask(carol, {Method::remove, "/api/v1/me/addresses/carol%40partner.test"}).status, 204);
    std::vector<std::string> told;
    for (const auto& note : outbox_->notes) {
        told.push_back(note.address);
        EXPECT_EQ(note.change, seal::FactorChange::address_removed);
    }
    EXPECT_EQ(told, (std::vector<std::string>{"carol@partner.test", "dave@elsewhere.test"})) << "the one that went, too";
    EXPECT_EQ(release(carol, id_).problem(), "not-a-recipient");
    EXPECT_EQ(get(elsewhere, "/api/v1/session").body, R"({"person":null})") << "the other sessions are over";
    Client anew = make_signed_in("carol@partner.test");
    const auto person = get(anew, "/api/v1/session").object().at("person").as_object();
    EXPECT_EQ(json::serialize(person.at("addresses")), R"(["carol@partner.test"])");
    EXPECT_EQ(release(anew, id_).status, 200);
}

TEST_F(SigningIn, TheOnlyAddressStaysAndThoseOfOthersAreUnknown)
{
    Client bob = make_signed_in("bob@partner.test");
    make_signed_in("carol@partner.test");
    outbox_->notes.clear();
    const Answer last = ask(bob, {Method::remove, "/api/v1/me/addresses/bob@partner.test"});
    EXPECT_EQ(last.status, 409);
    EXPECT_EQ(last.problem(), "last-address");
    for (const char* other : {"carol@partner.test", "nobody@elsewhere.test", "nobody"})
        EXPECT_EQ(ask(bob, {Method::remove, std::string("/api/v1/me/addresses/") + other}).problem(), "not-found") << other;
    EXPECT_TRUE(outbox_->notes.empty());
    Client nobody;
    EXPECT_EQ(ask(nobody, {Method::remove, "/api/v1/me/addresses/bob@partner.test"}).problem(), "not-signed-in");
}

TEST_F(SigningIn, ACodeToAnAddressThatIsTakenOffIsOver)
{
    Client bob = make_signed_in("bob@partner.test");
    std::string challenge = ask_code(bob, "carol@partner.test").text("challenge");
    ASSERT_EQ(sign_in(bob, challenge, outbox_->codes.back().code, true).status, 200);
    Client stranger;
    challenge = ask_code(stranger, "carol@partner.test").text("challenge");
    ASSERT_EQ(ask(bob, {Method::remove, "/api/v1/me/addresses/carol@partner.test"}).status, 204);
    EXPECT_EQ(sign_in(stranger, challenge, outbox_->codes.back().code).problem(), "expired-code");
}

TEST_F(SigningIn, TakingAddressesOffIsCountedAsAddingThemIs)
{
    Client bob = make_signed_in("bob@partner.test");
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(ask(bob, {Method::remove, "/api/v1/me/addresses/bob@partner.test"}).problem(), "last-address") << i;
    EXPECT_EQ(ask(bob, {Method::remove, "/api/v1/me/addresses/bob@partner.test"}).problem(), "too-many-requests");
}

TEST_F(SigningIn, AddingAnAddressAgainRenewsNoTwelveHours)
{
    Client bob = make_signed_in("bob@partner.test");
    for (int i = 0; i < 71; ++i) {
        clock_.advance(std::chrono::minutes(10));
        ASSERT_NE(get(bob, "/api/v1/session").body, R"({"person":null})") << i;
        auto behind = [](db::Connection& connection) { return connection.execute("select 1"); };
        ASSERT_TRUE(database_->write_now(std::move(behind)).has_value()) << "the note of activity is written";
    }
    const std::string challenge = ask_code(bob, "bob@partner.test").text("challenge");
    ASSERT_EQ(sign_in(bob, challenge, outbox_->codes.back().code, true).status, 200);
    clock_.advance(std::chrono::minutes(9));
    EXPECT_NE(get(bob, "/api/v1/session").body, R"({"person":null})");
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(get(bob, "/api/v1/session").body, R"({"person":null})");
}

TEST_F(SigningIn, KeepsALanguage)
{
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(ask(bob, {Method::put, "/api/v1/me/language", R"({"language":"fr"})"}).status, 204);
    EXPECT_EQ(ask(bob, {Method::put, "/api/v1/me/language", R"({"language":"tlh"})"}).text("field"), "language");
    EXPECT_EQ(get(bob, "/api/v1/session").object().at("person").as_object().at("language"), "fr");
    Client nobody;
    EXPECT_EQ(ask(nobody, {Method::put, "/api/v1/me/language", R"({"language":"fr"})"}).status, 401);
}

TEST_F(SigningIn, RefusesNonsense)
{
    Client client;
    EXPECT_EQ(ask_code(client, "nobody").text("field"), "address");
    EXPECT_EQ(ask_code(client, "a@b\r\nBcc: c@d.test").text("field"), "address");
    EXPECT_EQ(ask(client, {Method::post, "/api/v1/codes", "[]"}).problem(), "bad-request");
    EXPECT_EQ(ask(client, {Method::post, "/api/v1/session", "{}"}).problem(), "bad-request");
    EXPECT_EQ(post(client, "/api/v1/session", {{"challenge", 7}, {"code", "1"}}).text("field"), "challenge");
}

// Every call that changes something, but for the dead drop.
TEST_F(SigningIn, ChangesNothingForAnotherOriginOrWithoutTheToken)
{
    const std::string open = "/api/v1/open/" + id_;
    const std::vector<std::pair<Method, std::string>> calls{
        {Method::post, "/api/v1/codes"},      {Method::post, "/api/v1/session"},    {Method::remove, "/api/v1/session"},
        {Method::put, "/api/v1/me/password"}, {Method::put, "/api/v1/me/language"}, {Method::post, open + "/release"},
        {Method::post, open + "/displayed"},  {Method::post, open + "/replies"}};
    Client bob = make_signed_in("bob@partner.test");
    const auto before = get(bob, "/api/v1/session").body;
    for (const auto& [method, path] : calls) {
        for (const std::string origin : {"null", "", "https://evil.test", "http://keys.test"}) {
            Client forged = bob;
            forged.origin = origin;
            EXPECT_EQ(ask(forged, {method, path, "{}"}).problem(), "not-allowed") << path << " from " << origin;
        }
        for (const std::string token : {"", "wrong"}) {
            Client forged = bob;
            forged.csrf = token;
            EXPECT_EQ(ask(forged, {method, path, "{}"}).problem(), "not-allowed") << path << " with " << token;
        }
    }
    EXPECT_EQ(get(bob, "/api/v1/session").body, before);
}

}  // namespace
}  // namespace sealpost::test
