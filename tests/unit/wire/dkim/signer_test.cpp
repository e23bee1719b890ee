#include "wire/dkim/signer.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

#ifndef _Bool
#define _Bool bool
#endif
#include <opendkim/dkim.h>

#include <cstring>

namespace sealpost::dkim {
namespace {

const std::vector<std::string> fields = {
    "Received: from a by b;\r\n\tSat, 1 Aug 2026 10:00:00 +0000\r\n",
    "From: Alice <alice@acme.test>\r\n",
    "To: bob@partner.test\r\n",
    "Subject: The   merger\r\n and more\r\n",
    "Date: Sat, 1 Aug 2026 10:00:00 +0000\r\n",
};
constexpr std::string_view body = "Dear  Bob,\r\n\r\n. a dot \r\nYours\t \r\n\r\n\r\n";

const crypto::PrivateKey& acme_key()
{
    static const auto key = crypto::PrivateKey::make_rsa(made_key_bits).value();
    return key;
}

SigningKey signing_key() { return SigningKey::make("Acme.test", "s1", acme_key().to_pem()).value(); }

std::string sign(const std::vector<std::string>& head, std::string_view text, std::size_t piece_bytes)
{
    auto signer = Signer::begin(signing_key()).value();
    for (const auto& field : head) EXPECT_TRUE(signer.append_field(field).has_value());
    EXPECT_TRUE(signer.end_head().has_value());
    for (; !text.empty(); text.remove_prefix(std::min(piece_bytes, text.size())))
        EXPECT_TRUE(signer.append_body(text.substr(0, piece_bytes)).has_value());
    return signer.finish().value();
}

DKIM_CBSTAT find_key(DKIM* handle, DKIM_SIGINFO* signature, u_char* buffer, std::size_t size)
{
    const auto* name = reinterpret_cast<const char*>(dkim_sig_getselector(signature));
    const auto& record = *static_cast<const std::string*>(dkim_get_user_context(handle));
    if (std::string_view(name) != "s1" || record.size() >= size) return DKIM_CBSTAT_NOTFOUND;
    std::memcpy(buffer, record.c_str(), record.size() + 1);
    return DKIM_CBSTAT_CONTINUE;
}

// What the library's verifier says of the message with this signature.
DKIM_STAT verify(const std::string& signature, const std::vector<std::string>& head, std::string_view text)
{
    DKIM_LIB* library = dkim_init(nullptr, nullptr);
    dkim_set_key_lookup(library, find_key);
    DKIM_STAT status = DKIM_STAT_OK;
    std::string record = format_record(acme_key());
    DKIM* handle = dkim_verify(library, reinterpret_cast<const u_char*>("test"), nullptr, &status);
    dkim_set_user_context(handle, &record);
    std::string message = signature;
    for (const auto& field : head) message += field;
    message += "\r\n" + std::string(text);
    dkim_chunk(handle, reinterpret_cast<u_char*>(message.data()), message.size());
    dkim_chunk(handle, nullptr, 0);
    bool is_test = false;
    status = dkim_eom(handle, &is_test);
    dkim_free(handle);
    dkim_close(library);
    return status;
}

std::string body_hash_of(const std::string& field)
{
    const auto at = field.find("bh=");
    return at == std::string::npos ? "" : field.substr(at, field.find(';', at) - at);
}

TEST(DkimSigner, MakesAFieldThatVerifies)
{
    const std::string field = sign(fields, body, body.size());
    EXPECT_EQ(verify(field, fields, body), DKIM_STAT_OK) << field;
    EXPECT_TRUE(field.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=acme.test;")) << field;
    EXPECT_TRUE(field.ends_with("\r\n"));
    for (const auto line : split(field.substr(0, field.size() - 2), '\n')) EXPECT_LE(line.size(), 79U) << line;
}

TEST(DkimSigner, FindsAChangeOfTheBodyOrOfASignedField)
{
    const std::string field = sign(fields, body, body.size());
    EXPECT_EQ(verify(field, fields, "Dear Carol\r\n"), DKIM_STAT_BADSIG);
    auto changed = fields;
    changed[3] = "Subject: Another\r\n";
    EXPECT_EQ(verify(field, changed, body), DKIM_STAT_BADSIG);
}

TEST(DkimSigner, DoesNotLetASecondFromBeAdded)
{
    const std::string field = sign(fields, body, body.size());
    auto changed = fields;
    changed.insert(changed.begin(), "From: ceo@acme.test\r\n");
    EXPECT_NE(verify(field, changed, body), DKIM_STAT_OK);
}

TEST(DkimSigner, TakesTheBodyInPiecesOfAnySize)
{
    for (const std::size_t bytes : {1U, 2U, 3U, 7U}) {
        const std::string field = sign(fields, body, bytes);
        EXPECT_EQ(verify(field, fields, body), DKIM_STAT_OK) << bytes;
        EXPECT_EQ(body_hash_of(field), body_hash_of(sign(fields, body, body.size())));
    }
}

TEST(DkimSigner, SignsAMessageWithoutABody) { EXPECT_EQ(verify(sign(fields, "", 1), fields, ""), DKIM_STAT_OK); }

TEST(DkimSigner, RefusesAMessageWithoutFrom)
{
    auto signer = Signer::begin(signing_key()).value();
    EXPECT_TRUE(signer.append_field(fields[2]).has_value());
    EXPECT_EQ(signer.end_head().error().fault, Fault::peer_broke_it);
}

TEST(DkimKey, MustBeAnRsaKeyOfEnoughBits)
{
    const auto elliptic = crypto::PrivateKey::make_ecdsa_p256().value().to_pem();
    const auto small = crypto::PrivateKey::make_rsa(512).value().to_pem();
    EXPECT_EQ(SigningKey::make("acme.test", "s1", elliptic).error().fault, Fault::config);
    EXPECT_EQ(SigningKey::make("acme.test", "s1", small).error().fault, Fault::config);
    EXPECT_EQ(SigningKey::make("acme.test", "s1", Secret::copy_of("secret")).error().text.find("secret"), std::string::npos);
}

TEST(DkimRecord, IsCutIntoStringsForAZoneFile)
{
    const std::string record = "v=DKIM1; k=rsa; p=" + std::string(300, 'A');
    const std::string line = format_zone_line(record_name("acme.test", "s1"), record);
    EXPECT_TRUE(line.starts_with("s1._domainkey.acme.test. IN TXT ( \"v=DKIM1; k=rsa; p=AAA")) << line;
    EXPECT_TRUE(line.ends_with("A\" \"" + std::string(record.size() - 255, 'A') + "\" )")) << line;
}

}  // namespace
}  // namespace sealpost::dkim
