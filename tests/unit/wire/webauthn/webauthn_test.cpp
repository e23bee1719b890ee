#include "soft_authenticator.hpp"
#include "wire/webauthn/bounded_cbor.hpp"

#include <gtest/gtest.h>

namespace sealpost::webauthn {
namespace {

using test::SoftAuthenticator;

const RelyingParty party{"keys.test", "https://keys.test"};
const Bytes challenge(challenge_bytes, 7);

Registration registration_of(const SoftAuthenticator& authenticator)
{
    return std::get<Registration>(check_registration(party, challenge, authenticator.create(challenge)));
}

Refusal refusal_of_creating(const SoftAuthenticator& authenticator)
{
    return std::get<Refusal>(check_registration(party, challenge, authenticator.create(challenge)));
}

Refusal refusal_of_getting(const SoftAuthenticator& authenticator, const PublicKey& key)
{
    return std::get<Refusal>(check_assertion(party, challenge, key, authenticator.get(challenge)));
}

TEST(WebAuthn, TakesKeysOfEachKindAndWhatTheySign)
{
    for (const auto algorithm : {Algorithm::es256, Algorithm::eddsa, Algorithm::rs256}) {
        SoftAuthenticator authenticator(algorithm);
        const auto made = registration_of(authenticator);
        EXPECT_EQ(made.key.algorithm, algorithm);
        EXPECT_EQ(as_text(made.credential_id), authenticator.credential_id);
        authenticator.counter = 41;
        const auto checked = check_assertion(party, challenge, made.key, authenticator.get(challenge));
        ASSERT_TRUE(std::holds_alternative<Assertion>(checked)) << static_cast<int>(algorithm);
        EXPECT_EQ(std::get<Assertion>(checked).counter, 41U);
    }
}

TEST(WebAuthn, RefusesWhatIsSignedWithAnotherKeyOrChangedAfterwards)
{
    for (const auto algorithm : {Algorithm::es256, Algorithm::eddsa, Algorithm::rs256}) {
        const SoftAuthenticator own(algorithm);
        const auto key = registration_of(own).key;
        EXPECT_EQ(refusal_of_getting(SoftAuthenticator(algorithm), key), Refusal::wrong_signature);
        auto changed = own.get(challenge);
        changed.authenticator_data.back() ^= 1;
        EXPECT_EQ(std::get<Refusal>(check_assertion(party, challenge, key, changed)), Refusal::wrong_signature);
        auto reworded = own.get(challenge);
        reworded.client_data.insert(1, " ");
        EXPECT_EQ(std::get<Refusal>(check_assertion(party, challenge, key, reworded)), Refusal::wrong_signature);
    }
}

TEST(WebAuthn, RefusesAnotherOriginRelyingPartyChallengeOrCeremony)
{
    const SoftAuthenticator good;
    const auto key = registration_of(good).key;
    SoftAuthenticator elsewhere = good;
    elsewhere.origin = "https://keys.test.evil.test";
    EXPECT_EQ(refusal_of_creating(elsewhere), Refusal::wrong_origin);
    EXPECT_EQ(refusal_of_getting(elsewhere, key), Refusal::wrong_origin);
    SoftAuthenticator framed = good;
    framed.cross_origin = "true";
    EXPECT_EQ(refusal_of_getting(framed, key), Refusal::wrong_origin);
    SoftAuthenticator other_party = good;
    other_party.rp_id = "evil.test";
    EXPECT_EQ(refusal_of_creating(other_party), Refusal::wrong_relying_party);
    EXPECT_EQ(refusal_of_getting(other_party, key), Refusal::wrong_relying_party);
    const Bytes other_challenge(challenge_bytes, 8);
    EXPECT_EQ(std::get<Refusal>(check_assertion(party, other_challenge, key, good.get(challenge))), Refusal::wrong_challenge);
    auto answer = good.get(challenge);
    answer.client_data = good.make_client_data("webauthn.create", challenge);
    EXPECT_EQ(std::get<Refusal>(check_assertion(party, challenge, key, answer)), Refusal::wrong_ceremony);
}

TEST(WebAuthn, RefusesAPasskeyWithoutUserVerification)
{
    SoftAuthenticator authenticator;
    const auto key = registration_of(authenticator).key;
    authenticator.flags = 0x01;
    EXPECT_EQ(refusal_of_creating(authenticator), Refusal::user_not_verified);
    EXPECT_EQ(refusal_of_getting(authenticator, key), Refusal::user_not_verified);
    authenticator.flags = 0x04;
    EXPECT_EQ(refusal_of_creating(authenticator), Refusal::user_not_present);
    EXPECT_EQ(refusal_of_getting(authenticator, key), Refusal::user_not_present);
}

TEST(WebAuthn, RefusesAnAttestationThatIsCutOff)
{
    const auto whole = SoftAuthenticator().create(challenge);
    for (std::size_t size = 0; size < whole.attestation.size(); ++size) {
        auto cut = whole;
        cut.attestation.resize(size);
        EXPECT_TRUE(std::holds_alternative<Refusal>(check_registration(party, challenge, cut))) << size;
    }
}

TEST(WebAuthn, RefusesCborThatAnnouncesMoreThanItHas)
{
    const auto is_bounded = [](std::initializer_list<std::uint8_t> octets) { return is_bounded_cbor(Bytes(octets)); };
    EXPECT_TRUE(is_bounded({}));
    EXPECT_TRUE(is_bounded({0xa1, 0x61, 'a', 0x82, 0x01, 0x42, 0x07, 0x08}));
    EXPECT_FALSE(is_bounded({0x9a, 0x6e, 0xe4, 0x98, 0x96})) << "an array of two thousand million";
    EXPECT_FALSE(is_bounded({0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00}));
    EXPECT_FALSE(is_bounded({0xa2, 0x01, 0x02, 0x03})) << "a map of two with one and a half";
    EXPECT_FALSE(is_bounded({0x58})) << "cut off";
    EXPECT_FALSE(is_bounded({0x9f, 0x01, 0xff})) << "of indefinite length";
    EXPECT_EQ(std::get<Refusal>(check_registration(
                  party, challenge, {SoftAuthenticator().create(challenge).client_data, {0x9a, 0x6e, 0xe4, 0x98, 0x96}})),
              Refusal::malformed);
}

TEST(WebAuthn, ReadsClientDataThatIsWhatItMustBe)
{
    const std::string good = SoftAuthenticator().make_client_data("webauthn.get", challenge);
    EXPECT_TRUE(parse_client_data(good).has_value());
    EXPECT_TRUE(parse_client_data(good + std::string(max_client_data_bytes, ' ')).has_error());
    for (const char* text : {"", "{}", "[]", R"({"type":"webauthn.get","challenge":"AA","origin":"https://keys.test"})",
                             R"({"type":1,"challenge":"","origin":""})"})
        EXPECT_TRUE(parse_client_data(text).has_error()) << text;
}

}  // namespace
}  // namespace sealpost::webauthn
