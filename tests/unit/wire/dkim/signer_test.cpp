#include "wire/dkim/signer.hpp"

#include "base/encoding.hpp"
#include "wire/dkim/dkim_world.hpp"

namespace sealpost::dkim {
namespace {

const Message letter = {
    {"Received: from a by b;\r\n\tSat, 1 Aug 2026 10:00:00 +0000\r\n", "From: Alice <alice@acme.test>\r\n",
     "To: bob@partner.test\r\n", "Subject: The   merger\r\n and more\r\n", "Date: Sat, 1 Aug 2026 10:00:00 +0000\r\n"},
    "Dear  Bob,\r\n\r\n. a dot \r\nYours\t \r\n\r\n\r\n"};

std::string sign_letter() { return sign(letter, {signing_key(rsa_key(), "s1")}); }

std::string tag_of(const std::string& field, const std::string& tag)
{
    const auto at = std::min(field.find(' ' + tag + '='), field.find('\t' + tag + '='));
    return at == std::string::npos ? "" : field.substr(at + 1, field.find(';', at) - at - 1);
}

TEST(DkimSigner, MakesAFieldThatVerifies)
{
    const std::string field = sign_letter();
    EXPECT_EQ(verdict_of(letter.with(field)), Verdict::pass) << field;
    EXPECT_TRUE(field.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.test;")) << field;
    EXPECT_EQ(tag_of(field, "t"), "t=1793534400");
    EXPECT_TRUE(field.ends_with("\r\n"));
    for (const auto line : split(field.substr(0, field.size() - 2), '\n')) EXPECT_LE(line.size(), 79U) << line;
}

TEST(DkimSigner, MakesOneFieldForEachKey)
{
    const std::string fields = sign(letter, {signing_key(rsa_key(), "s1"), signing_key(ed25519_key(), "e1")});
    const auto report = verify(letter.with(fields), key_zone());
    ASSERT_EQ(report.signatures.size(), 2U);
    EXPECT_EQ(report.signatures[0].verdict, Verdict::pass);
    EXPECT_EQ(report.signatures[0].algorithm, "rsa-sha256");
    EXPECT_EQ(report.signatures[0].key_bits, least_key_bits);
    EXPECT_EQ(report.signatures[1].verdict, Verdict::pass);
    EXPECT_EQ(report.signatures[1].algorithm, "ed25519-sha256");
}

TEST(DkimSigner, WritesIdentityAndExpiryWhenAskedTo)
{
    SigningOptions options;
    options.now = noon;
    options.lifetime = std::chrono::hours(24 * 7);
    options.identity = "alice@mail.acme.test";
    auto signer = Signer::begin({signing_key(rsa_key(), "s1")}, options);
    feed(signer, letter);
    const auto signed_letter = letter.with(signer.finish().value());
    const auto report = verify(signed_letter, key_zone());
    EXPECT_EQ(report.signatures.at(0).verdict, Verdict::pass);
    EXPECT_EQ(report.signatures.at(0).identity, "alice@mail.acme.test");
    EXPECT_EQ(verify(signed_letter, key_zone(), noon + std::chrono::hours(24 * 7)).signatures.at(0).verdict, Verdict::fail);
}

TEST(DkimSigner, DoesNotLetASecondFieldBeAddedThatWouldBeReadInPlaceOfTheFirst)
{
    const std::string field = sign_letter();
    for (const char* name : {"From", "Subject", "To", "Cc", "Date", "Reply-To", "Content-Type", "MIME-Version"}) {
        auto changed = letter;
        changed.fields.insert(changed.fields.begin(), std::string(name) + ": text/html\r\n");
        EXPECT_EQ(verdict_of(changed.with(field)), Verdict::fail) << name;
    }
    auto changed = letter;
    changed.fields.insert(changed.fields.begin(), "List-Id: <all.acme.test>\r\n");
    EXPECT_EQ(verdict_of(changed.with(field)), Verdict::pass);
}

TEST(DkimSigner, TakesTheBodyInPiecesOfAnySize)
{
    for (const std::size_t bytes : {1U, 2U, 3U, 7U})
        EXPECT_EQ(tag_of(sign(letter, {signing_key(rsa_key(), "s1")}, bytes), "bh"), tag_of(sign_letter(), "bh"));
}

TEST(DkimSigner, SignsAMessageWithoutABody)
{
    const Message empty{letter.fields, ""};
    EXPECT_EQ(verdict_of(empty.with(sign(empty, {signing_key(rsa_key(), "s1")}))), Verdict::pass);
}

TEST(DkimSigner, RefusesAMessageWithoutFromAndAHeadWithoutEnd)
{
    auto signer = Signer::begin({signing_key(rsa_key(), "s1")}, {});
    EXPECT_TRUE(signer.append_field(letter.fields[2]).has_value());
    EXPECT_EQ(signer.end_head().error().fault, Fault::peer_broke_it);
    EXPECT_EQ(signer.append_field("X: " + std::string(1024 * 1024, 'x')).error().fault, Fault::peer_broke_it);
}

// RFC 8463 Appendix A.1: the key of selector "brisbane", behind the fixed beginning of PKCS#8 (RFC 8410 §7).
TEST(DkimSigner, SignsWithTheKeyOfRfc8463)
{
    Bytes der = parse_hex("302e020100300506032b657004220420").value();
    const Bytes seed = parse_base64("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").value();
    der.insert(der.end(), seed.begin(), seed.end());
    const std::string pem = "-----BEGIN PRIVATE KEY-----\n" + format_base64(der) + "\n-----END PRIVATE KEY-----\n";
    const auto key = crypto::PrivateKey::parse_pem(pem).value();
    EXPECT_EQ(format_record(key), "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    const std::string field = sign(letter, {signing_key(key, "brisbane", "football.example.com")});
    EXPECT_EQ(verdict_of(letter.with(field), "brisbane._domainkey.football.example.com TXT " + format_record(key)),
              Verdict::pass);
}

TEST(DkimKey, MustBeAnRsaKeyOfEnoughBitsOrEd25519)
{
    const auto elliptic = crypto::PrivateKey::make_ecdsa_p256().value().to_pem();
    const auto small = crypto::PrivateKey::make_rsa(512).value().to_pem();
    EXPECT_EQ(SigningKey::make("acme.test", "s1", elliptic).error().fault, Fault::config);
    EXPECT_EQ(SigningKey::make("acme.test", "s1", small).error().fault, Fault::config);
    EXPECT_EQ(SigningKey::make("acme.test", "s1", Secret::copy_of("secret")).error().text.find("secret"), std::string::npos);
    EXPECT_EQ(signing_key(ed25519_key(), "e1").kind(), crypto::SignatureKind::ed25519);
}

}  // namespace
}  // namespace sealpost::dkim
