#include "wire/acme/request.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/es256_verifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::acme {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const json::value& value, const char* key) { return json::value_to<std::string>(value.at(key)); }

std::string decode(const json::value& value, const char* key)
{
    return std::string(as_text(parse_base64url(text_of(value, key)).value()));
}

bool is_signed_by(const json::value& jws, const AccountKey& key)
{
    return crypto::verify_es256(crypto::p256_public_of(key.key()).value(),
                                text_of(jws, "protected") + '.' + text_of(jws, "payload"),
                                parse_base64url(text_of(jws, "signature")).value());
}

// RFC 7638 §3.1.
TEST(Thumbprint, IsThatOfTheStandardForTheStandardsKey)
{
    constexpr std::string_view jwk =
        R"({"e":"AQAB","kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})";
    EXPECT_EQ(format_thumbprint(jwk), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

// RFC 7515 §A.3.1, RFC 7638 §3.2.
TEST(Jwk, OfAnEllipticCurveHasItsMembersInOrderWithoutSpace)
{
    const Bytes x = parse_base64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").value();
    const Bytes y = parse_base64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").value();
    EXPECT_EQ(format_jwk(x, y), R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                                R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
}

TEST(AccountKey, ComesBackFromItsFileWithTheSameThumbprint)
{
    const AccountKey key = AccountKey::make().value();
    const AccountKey again = AccountKey::parse_pem(key.to_pem().reveal_text()).value();
    EXPECT_EQ(again.jwk(), key.jwk());
    EXPECT_EQ(again.key_authorization("abc"), "abc." + format_thumbprint(key.jwk()));
}

TEST(AccountKey, IsRefusedWhenItIsOfAnotherKind)
{
    const Secret rsa = crypto::PrivateKey::make_rsa(2048)->to_pem();
    EXPECT_EQ(AccountKey::parse_pem(rsa.reveal_text()).error().fault, Fault::config);
}

TEST(SignRequest, NamesTheAccountOnceThereIsOne)
{
    const AccountKey key = AccountKey::make().value();
    const json::value jws =
        json::parse(sign_request(key, {"https://ca.test/order", "nonce-1", "https://ca.test/account/7"}, "{}").value());
    EXPECT_EQ(decode(jws, "protected"),
              R"({"alg":"ES256","nonce":"nonce-1","url":"https://ca.test/order","kid":"https://ca.test/account/7"})");
    EXPECT_EQ(decode(jws, "payload"), "{}");
    EXPECT_TRUE(is_signed_by(jws, key));
}

TEST(SignRequest, CarriesTheKeyWhereThereIsNoAccountYet)
{
    const AccountKey key = AccountKey::make().value();
    const json::value jws = json::parse(sign_request(key, {"https://ca.test/new", "n", ""}, "{}").value());
    const std::string head = decode(jws, "protected");
    EXPECT_THAT(head, HasSubstr("\"jwk\":" + key.jwk()));
    EXPECT_THAT(head, Not(HasSubstr("kid")));
    EXPECT_TRUE(json::parse(head).is_object());
    EXPECT_TRUE(is_signed_by(jws, key));
}

// RFC 8555 §6.3: POST-as-GET has a payload of no octets at all.
TEST(SignRequest, ReadsWithAnEmptyPayload)
{
    const AccountKey key = AccountKey::make().value();
    const json::value jws = json::parse(sign_request(key, {"https://ca.test/order/1", "n", "https://ca.test/a"}, "").value());
    EXPECT_EQ(text_of(jws, "payload"), "");
    EXPECT_TRUE(is_signed_by(jws, key));
}

TEST(Payloads, SayWhatTheStandardNames)
{
    EXPECT_EQ(format_new_account("ops@acme.test"), R"({"termsOfServiceAgreed":true,"contact":["mailto:ops@acme.test"]})");
    EXPECT_EQ(format_new_account(""), R"({"termsOfServiceAgreed":true})");
    EXPECT_EQ(format_new_order({"a.test", "b.test"}),
              R"({"identifiers":[{"type":"dns","value":"a.test"},{"type":"dns","value":"b.test"}]})");
}

TEST(Payloads, CarryACertificateRequestInDer)
{
    const crypto::PrivateKey key = crypto::PrivateKey::make_ecdsa_p256().value();
    const json::value payload = json::parse(format_finalize({"mx1.acme.test", "mx2.acme.test"}, key).value());
    const Bytes der = parse_base64url(text_of(payload, "csr")).value();
    ASSERT_GT(der.size(), 100U);
    EXPECT_EQ(der[0], 0x30);
    EXPECT_THAT(as_text(der), HasSubstr("mx1.acme.test"));
    EXPECT_THAT(as_text(der), HasSubstr("mx2.acme.test"));
}

}  // namespace
}  // namespace sealpost::acme
