#include "base/encoding.hpp"
#include "base32_text.hpp"
#include "serve/reader/reader_world.hpp"
#include "soft_authenticator.hpp"
#include "sys/crypto/one_time_code.hpp"

namespace sealpost::test {
namespace {

using http::Method;

constexpr const char* password = "correct horse battery";

// An envelope that asks for strong, and Bob, who has a password.
class StrongSignIn : public ReaderWorld {
protected:
    StrongSignIn()
    {
        auto record = make_record(age_file_);
        record["assurance"] = "strong";
        store(record, true);
        bob_ = make_signed_in("bob@partner.test");
        EXPECT_EQ(put(bob_, "/api/v1/me/password", {{"password", password}}).status, 204);
    }

    Answer put(Client& client, const std::string& path, const json::object& body)
    {
        return ask(client, {Method::put, path, json::serialize(body)});
    }
    Answer keep_csrf(Client& client, Answer answer)
    {
        if (answer.status == 200) client.csrf = answer.text("csrf");
        return answer;
    }
    Answer sign_in_with(Client& client, const json::object& body)
    {
        return keep_csrf(client, post(client, "/api/v1/session", body));
    }
    Client with_password()
    {
        Client client;
        EXPECT_EQ(sign_in_with(client, {{"address", "bob@partner.test"}, {"password", password}}).text("assurance"), "account");
        return client;
    }
    std::string code(int off = 0) { return crypto::make_one_time_code(key_, crypto::one_time_step_of(clock_.now()) + off); }
    // Answers the session's body; the app's key is then in key_.
    Answer set_up_app(Client& client)
    {
        const Answer offer = post(client, "/api/v1/me/totp");
        EXPECT_EQ(offer.status, 200) << offer.body;
        key_ = parse_base32(offer.text("secret"));
        const Answer answer = keep_csrf(client, put(client, "/api/v1/me/totp", {{"code", code()}}));
        clock_.advance(std::chrono::seconds(60));
        return answer;
    }
    static Bytes challenge_of(const Answer& options) { return parse_base64url(options.text("challenge")).value(); }
    static json::object format_creation(const SoftAuthenticator& phone, const Bytes& challenge)
    {
        const auto made = phone.create(challenge);
        return {{"name", "phone"},
                {"credential",
                 {{"response",
                   {{"clientDataJSON", format_base64url(as_bytes(made.client_data))},
                    {"attestationObject", format_base64url(made.attestation)}}}}}};
    }
    static json::object format_use(const SoftAuthenticator& phone, const Bytes& challenge)
    {
        const auto used = phone.get(challenge);
        return {{"passkey",
                 {{"id", format_base64url(as_bytes(phone.credential_id))},
                  {"response",
                   {{"clientDataJSON", format_base64url(as_bytes(used.client_data))},
                    {"authenticatorData", format_base64url(used.authenticator_data)},
                    {"signature", format_base64url(used.signature)}}}}}};
    }

    Client bob_;
    Secret key_;
};

TEST_F(StrongSignIn, APasswordAndACodeOpenAndNothingLess)
{
    Client account = with_password();
    EXPECT_EQ(release(account, id_).problem(), "needs-assurance");
    EXPECT_EQ(release(account, id_).text("assurance"), "strong");
    EXPECT_EQ(set_up_app(account).text("assurance"), "strong");
    EXPECT_EQ(release(account, id_).status, 200);
    Client by_mail = make_signed_in("bob@partner.test");
    EXPECT_EQ(release(by_mail, id_).problem(), "needs-assurance");
    const Answer refused = sign_in_with(by_mail, {{"totp", code()}});
    EXPECT_EQ(refused.problem(), "needs-assurance");
    EXPECT_EQ(refused.text("assurance"), "account") << "what it needs first";
    Client again = with_password();
    EXPECT_EQ(release(again, id_).problem(), "needs-assurance");
    EXPECT_EQ(sign_in_with(again, {{"totp", "000000"}}).problem(), "wrong-code");
    EXPECT_EQ(sign_in_with(again, {{"totp", code()}}).text("assurance"), "strong");
    EXPECT_EQ(release(again, id_).status, 200);
    Client replayed = with_password();
    EXPECT_EQ(sign_in_with(replayed, {{"totp", code()}}).problem(), "wrong-code");
}

TEST_F(StrongSignIn, TheMailboxAloneSetsNothingUp)
{
    Client by_mail = make_signed_in("bob@partner.test");
    for (const char* path : {"/api/v1/me/totp", "/api/v1/me/recovery-codes"}) {
        const Answer refused = post(by_mail, path);
        EXPECT_EQ(refused.problem(), "needs-assurance") << path;
        EXPECT_EQ(refused.text("assurance"), "account");
    }
    const SoftAuthenticator phone;
    const Answer options = post(by_mail, "/api/v1/me/passkeys/options");
    EXPECT_EQ(post(by_mail, "/api/v1/me/passkeys", format_creation(phone, challenge_of(options))).problem(), "needs-assurance");
}

TEST_F(StrongSignIn, ThePasswordOfSomebodyWithAFactorChangesWithItOnly)
{
    Client strong = with_password();
    (void)set_up_app(strong);
    Client account = with_password();
    const Answer refused = put(account, "/api/v1/me/password", {{"password", "another horse battery"}});
    EXPECT_EQ(refused.problem(), "needs-assurance");
    EXPECT_EQ(refused.text("assurance"), "strong");
    EXPECT_EQ(post(account, "/api/v1/me/totp").text("assurance"), "strong");
    EXPECT_EQ(put(strong, "/api/v1/me/password", {{"password", "another horse battery"}}).status, 204);
}

TEST_F(StrongSignIn, ThePasswordAloneDoesNotHoldUpWhoHasTheFactor)
{
    Client strong = with_password();
    (void)set_up_app(strong);
    Client account = with_password();
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(put(account, "/api/v1/me/password", {{"password", "another horse battery"}}).problem(), "needs-assurance");
    for (int i = 0; i < 25; ++i) EXPECT_EQ(ask(account, {Method::remove, "/api/v1/me/totp"}).problem(), "needs-assurance");
    EXPECT_EQ(put(strong, "/api/v1/me/password", {{"password", "another horse battery"}}).status, 204);
    EXPECT_EQ(ask(strong, {Method::remove, "/api/v1/me/totp"}).status, 204);
}

TEST_F(StrongSignIn, TheMailboxAloneDoesNotHoldUpWhoHasThePassword)
{
    Client account = with_password();
    Client by_mail = make_signed_in("bob@partner.test");
    for (int i = 0; i < 25; ++i) EXPECT_EQ(post(by_mail, "/api/v1/me/totp").problem(), "needs-assurance");
    EXPECT_EQ(post(account, "/api/v1/me/totp").status, 200);
}

TEST_F(StrongSignIn, GuessesAtCodesAreSlowedDown)
{
    Client strong = with_password();
    (void)set_up_app(strong);
    Client account = with_password();
    Answer last;
    for (int i = 0; i < 6; ++i) last = sign_in_with(account, {{"totp", "000000"}});
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_EQ(sign_in_with(account, {{"totp", code()}}).problem(), "too-many-requests") << "a right one, too";
    EXPECT_EQ(sign_in_with(account, {{"recovery_code", "aaaa-bbbb-cccc-dddd"}}).problem(), "too-many-requests");
    clock_.advance(std::chrono::minutes(2));
    EXPECT_EQ(sign_in_with(account, {{"totp", code()}}).text("assurance"), "strong");
}

TEST_F(StrongSignIn, ARecoveryCodeOpensOnceAndIsMailed)
{
    Client strong = with_password();
    (void)set_up_app(strong);
    const auto codes = post(strong, "/api/v1/me/recovery-codes").object().at("codes").as_array();
    ASSERT_EQ(codes.size(), 10U);
    outbox_->notes.clear();
    Client account = with_password();
    EXPECT_EQ(sign_in_with(account, {{"recovery_code", codes[0]}}).text("assurance"), "strong");
    EXPECT_EQ(release(account, id_).status, 200);
    ASSERT_EQ(outbox_->notes.size(), 1U);
    EXPECT_EQ(outbox_->notes[0].change, seal::FactorChange::recovery_code_used);
    Client again = with_password();
    EXPECT_EQ(sign_in_with(again, {{"recovery_code", codes[0]}}).problem(), "wrong-code");
    EXPECT_EQ(get(again, "/api/v1/me/factors").object().at("recovery_codes"), 9);
}

TEST_F(StrongSignIn, EveryAddressIsToldOfAChange)
{
    Client strong = with_password();
    const Answer challenge = post(strong, "/api/v1/codes", {{"address", "carol@partner.test"}, {"ref", id_}});
    ASSERT_EQ(sign_in(strong, challenge.text("challenge"), outbox_->codes.back().code, true).status, 200);
    outbox_->notes.clear();
    (void)set_up_app(strong);
    ASSERT_EQ(outbox_->notes.size(), 2U);
    EXPECT_EQ(outbox_->notes[0].address, "bob@partner.test");
    EXPECT_EQ(outbox_->notes[1].address, "carol@partner.test");
    EXPECT_EQ(outbox_->notes[0].change, seal::FactorChange::totp_added);
    outbox_->is_broken = true;
    EXPECT_EQ(ask(strong, {Method::remove, "/api/v1/me/totp"}).status, 204) << "mail that waits stops nothing";
}

// So the page hides the message when the session ends, and not hours later.
TEST_F(StrongSignIn, ASecondFactorPutsOffNoEnd)
{
    constexpr int whole = 12 * 3600;
    Client client = with_password();
    clock_.advance(std::chrono::minutes(10));
    EXPECT_EQ(set_up_app(client).object().at("seconds_left"), whole - 600);
    client = with_password();
    clock_.advance(std::chrono::minutes(10));
    EXPECT_EQ(sign_in_with(client, {{"totp", code()}}).object().at("seconds_left"), whole - 600);
    EXPECT_EQ(get(client, "/api/v1/session").object().at("seconds_left"), whole - 600);
    clock_.advance(std::chrono::minutes(1));
    const SoftAuthenticator phone;
    const auto creation = format_creation(phone, challenge_of(post(client, "/api/v1/me/passkeys/options")));
    EXPECT_EQ(keep_csrf(client, post(client, "/api/v1/me/passkeys", creation)).object().at("seconds_left"), whole - 660);
    Client anew;
    const auto use = format_use(phone, challenge_of(post(anew, "/api/v1/session/passkey")));
    EXPECT_EQ(sign_in_with(anew, use).object().at("seconds_left"), whole);
}

// Who reads Bob's mail for a moment must not tie an address of theirs to him.
TEST_F(StrongSignIn, AnAddressIsAddedWithThePasswordAndWithAFactorWhereThereIsOne)
{
    value_of(people_->persons().ensure("eve@evil.test", "en", "net"));
    Client by_mail = make_signed_in("bob@partner.test");
    std::string challenge = ask_code(by_mail, "eve@evil.test").text("challenge");
    const std::string code_of_eve = outbox_->codes.back().code;
    const Answer refused = sign_in(by_mail, challenge, code_of_eve, true);
    EXPECT_EQ(refused.problem(), "needs-assurance");
    EXPECT_EQ(refused.text("assurance"), "account");
    EXPECT_TRUE(outbox_->notes.empty());
    Client account = with_password();
    EXPECT_EQ(sign_in(account, challenge, code_of_eve, true).status, 200) << "the code was not used up";
    ASSERT_EQ(outbox_->notes.size(), 2U);
    EXPECT_EQ(outbox_->notes[0].address, "bob@partner.test");
    EXPECT_EQ(outbox_->notes[0].change, seal::FactorChange::address_added);
    (void)set_up_app(account);
    Client found_out = with_password();
    challenge = ask_code(found_out, "carol@partner.test").text("challenge");
    EXPECT_EQ(sign_in(found_out, challenge, outbox_->codes.back().code, true).text("assurance"), "strong");
    outbox_->notes.clear();
    EXPECT_EQ(sign_in(account, challenge, outbox_->codes.back().code, true).text("assurance"), "strong");
    EXPECT_EQ(outbox_->notes.size(), 3U);
    challenge = ask_code(account, "carol@partner.test").text("challenge");
    EXPECT_EQ(sign_in(account, challenge, outbox_->codes.back().code, true).status, 200);
    EXPECT_EQ(outbox_->notes.size(), 3U) << "it was there";
}

// Nor take off those that are his.
TEST_F(StrongSignIn, AnAddressIsTakenOffWithThePasswordAndWithAFactorWhereThereIsOne)
{
    const Call call{Method::remove, "/api/v1/me/addresses/carol@partner.test"};
    Client account = with_password();
    const std::string challenge = ask_code(account, "carol@partner.test").text("challenge");
    ASSERT_EQ(sign_in(account, challenge, outbox_->codes.back().code, true).status, 200);
    outbox_->notes.clear();
    Client by_mail = make_signed_in("carol@partner.test");
    for (int i = 0; i < 25; ++i) EXPECT_EQ(ask(by_mail, call).problem(), "needs-assurance") << "it is not counted: " << i;
    EXPECT_EQ(ask(by_mail, call).text("assurance"), "account");
    (void)set_up_app(account);
    Client found_out = with_password();
    EXPECT_EQ(ask(found_out, call).text("assurance"), "strong");
    outbox_->notes.clear();
    EXPECT_EQ(ask(account, call).status, 204);
    EXPECT_EQ(outbox_->notes.size(), 2U);
    EXPECT_EQ(get(account, "/api/v1/session").text("assurance"), "strong") << "the session that asked goes on";
    EXPECT_EQ(get(found_out, "/api/v1/session").body, R"({"person":null})");
    EXPECT_TRUE(get(account, "/api/v1/me/factors").object().at("totp").is_object()) << "the factors stay";
}

TEST_F(StrongSignIn, APasskeyIsAddedAndThenOpensAlone)
{
    Client account = with_password();
    SoftAuthenticator phone;
    const Answer options = post(account, "/api/v1/me/passkeys/options");
    EXPECT_EQ(options.object().at("rp").as_object().at("id"), "keys.test");
    EXPECT_EQ(options.object().at("authenticatorSelection").as_object().at("userVerification"), "required");
    const Answer added = keep_csrf(account, post(account, "/api/v1/me/passkeys", format_creation(phone, challenge_of(options))));
    ASSERT_EQ(added.text("assurance"), "strong") << added.body;
    EXPECT_EQ(release(account, id_).status, 200);
    Client nobody;
    const Answer asked = post(nobody, "/api/v1/session/passkey");
    EXPECT_EQ(asked.object().at("allowCredentials").as_array().size(), 0U) << "which says nothing of anybody";
    const auto use = format_use(phone, challenge_of(asked));
    EXPECT_EQ(sign_in_with(nobody, use).text("assurance"), "strong");
    EXPECT_EQ(release(nobody, id_).status, 200);
    Client thief;
    EXPECT_EQ(sign_in_with(thief, use).problem(), "expired-code") << "a challenge is good once";
    phone.origin = "https://keys.test.evil.test";
    const Answer phished = post(thief, "/api/v1/session/passkey");
    EXPECT_EQ(sign_in_with(thief, format_use(phone, challenge_of(phished))).problem(), "passkey-refused");
}

TEST_F(StrongSignIn, PasskeysAreListedRenamedAndRemoved)
{
    Client strong = with_password();
    const SoftAuthenticator phone;
    const Answer options = post(strong, "/api/v1/me/passkeys/options");
    ASSERT_EQ(keep_csrf(strong, post(strong, "/api/v1/me/passkeys", format_creation(phone, challenge_of(options)))).status, 200);
    const auto one = get(strong, "/api/v1/me/factors").object().at("passkeys").as_array().at(0).as_object();
    EXPECT_EQ(one.at("name"), "phone");
    const std::string path = "/api/v1/me/passkeys/" + json::serialize(one.at("id"));
    EXPECT_EQ(put(strong, path, {{"name", ""}}).problem(), "bad-request");
    EXPECT_EQ(put(strong, path, {{"name", std::string(61, 'x')}}).problem(), "bad-request");
    EXPECT_EQ(put(strong, path, {{"name", "clé de mon trousseau"}}).status, 204);
    EXPECT_EQ(put(strong, "/api/v1/me/passkeys/999", {{"name", "x"}}).problem(), "not-found");
    const Answer twice = post(strong, "/api/v1/me/passkeys/options");
    EXPECT_EQ(twice.object().at("excludeCredentials").as_array().size(), 1U);
    outbox_->notes.clear();
    EXPECT_EQ(ask(strong, {Method::remove, path}).status, 204);
    ASSERT_EQ(outbox_->notes.size(), 1U);
    EXPECT_EQ(outbox_->notes[0].change, seal::FactorChange::passkey_removed);
    EXPECT_EQ(ask(strong, {Method::remove, path}).problem(), "not-found");
}

TEST_F(StrongSignIn, CallsNeedASessionItsTokenAndOurOrigin)
{
    const Call calls[] = {{Method::post, "/api/v1/me/totp"},
                          {Method::put, "/api/v1/me/totp", R"({"code":"123456"})"},
                          {Method::remove, "/api/v1/me/totp"},
                          {Method::post, "/api/v1/me/recovery-codes"},
                          {Method::post, "/api/v1/me/passkeys"},
                          {Method::post, "/api/v1/me/passkeys/options"},
                          {Method::put, "/api/v1/me/passkeys/1"},
                          {Method::remove, "/api/v1/me/passkeys/1"},
                          {Method::remove, "/api/v1/me/addresses/bob@partner.test"}};
    for (const auto& call : calls) {
        Client nobody;
        EXPECT_EQ(ask(nobody, call).problem(), "not-signed-in") << call.target;
        Client forged = bob_;
        forged.csrf = "";
        EXPECT_EQ(ask(forged, call).problem(), "not-allowed") << call.target;
        Client elsewhere = bob_;
        elsewhere.origin = "https://evil.test";
        EXPECT_EQ(ask(elsewhere, call).status, 403) << call.target;
    }
    Client nobody;
    EXPECT_EQ(get(nobody, "/api/v1/me/factors").problem(), "not-signed-in");
    EXPECT_EQ(sign_in_with(nobody, {{"totp", "123456"}}).problem(), "not-signed-in");
}

TEST_F(StrongSignIn, TheKeyForTheAppNamesServiceAndAddress)
{
    Client account = with_password();
    const Answer offer = post(account, "/api/v1/me/totp");
    EXPECT_EQ(offer.text("uri"), "otpauth://totp/keys.test:bob%40partner.test?secret=" + offer.text("secret") +
                                     "&issuer=keys.test&algorithm=SHA1&digits=6&period=30");
    EXPECT_EQ(put(account, "/api/v1/me/totp", {{"code", "000000"}}).problem(), "wrong-code");
}

}  // namespace
}  // namespace sealpost::test
