#include "wire/dkim/chain_sealer.hpp"

#include "wire/dkim/canonical.hpp"
#include "wire/dkim/dkim_world.hpp"
#include "wire/dkim/signing.hpp"

namespace sealpost::dkim {
namespace {

const Message letter = Message::parse("From: alice@acme.test\r\nTo: all@list.test\r\nSubject: hello\r\n\r\nThe body.\r\n");

Result<std::string> try_seal(const Message& message, const std::string& domain, const std::string& zone = key_zone())
{
    dns::CannedResolver resolver(zone);
    SealOptions options;
    options.now = noon;
    options.authserv_id = "mx." + domain;
    auto sealer = ChainSealer::begin(signing_key(rsa_key(), "arc", domain), options).value();
    feed(sealer, message);
    return wait_for(sealer.finish(resolver, Deadline::never()));
}

Message seal(const Message& message, const std::string& domain) { return message.with(try_seal(message, domain).value()); }

ChainReport chain_of(const Message& message, const std::string& zone = key_zone()) { return verify(message, zone).chain; }

TEST(ChainSealer, BeginsAChainThatVerifies)
{
    const auto sealed =
        seal(letter.with("Authentication-Results: mx.list.test;\r\n spf=pass smtp.mailfrom=acme.test\r\n"), "list.test");
    const auto chain = chain_of(sealed);
    EXPECT_EQ(chain.verdict, ChainVerdict::pass) << chain.problem << sealed.text();
    EXPECT_EQ(chain.instances, 1U);
    EXPECT_EQ(chain.sealer, "list.test");
    EXPECT_EQ(chain.authentication_results, "mx.list.test; spf=pass smtp.mailfrom=acme.test");
    EXPECT_TRUE(sealed.fields[0].starts_with("ARC-Seal: i=1; a=rsa-sha256; t=1793534400; cv=none;")) << sealed.fields[0];
    EXPECT_TRUE(sealed.fields[1].starts_with("ARC-Message-Signature: i=1;"));
    EXPECT_TRUE(sealed.fields[2].starts_with("ARC-Authentication-Results: i=1; mx.list.test;"));
}

TEST(ChainSealer, GoesOnWithAChainThatItFindsGoodItself)
{
    const auto twice = seal(seal(letter, "list.test"), "forward.test");
    const auto chain = chain_of(twice);
    EXPECT_EQ(chain.verdict, ChainVerdict::pass) << chain.problem;
    EXPECT_EQ(chain.instances, 2U);
    EXPECT_EQ(chain.authentication_results, "mx.forward.test; arc=pass");
}

TEST(ChainSealer, TakesTheWordOfItsOwnResultsAndOfNoOther)
{
    auto sealed = seal(letter, "list.test");
    sealed.body += "A footer.\r\n";
    const auto trusting = seal(
        sealed.with("Authentication-Results: MX.forward.test 1; spf=fail reason=\"x; arc=fail\"; arc=pass\r\n"), "forward.test");
    EXPECT_EQ(chain_of(trusting).verdict, ChainVerdict::pass) << chain_of(trusting).problem;
    const auto strange = seal(sealed.with("Authentication-Results: mx.list.test; arc=pass\r\n"), "forward.test");
    EXPECT_EQ(chain_of(strange).verdict, ChainVerdict::fail);
    EXPECT_NE(strange.fields[0].find("cv=fail"), std::string::npos);
}

TEST(ChainSealer, ClosesAFailedChainOnceAndAddsNothingMore)
{
    auto broken = seal(letter, "list.test");
    broken.body = "Another\r\n";
    const auto closed = seal(broken, "forward.test");
    EXPECT_NE(closed.fields[0].find("i=2; a=rsa-sha256; t=1793534400; cv=fail"), std::string::npos) << closed.fields[0];
    EXPECT_EQ(try_seal(closed, "list.test").value(), "");
}

TEST(ChainSealer, ClosesAChainWithAHole)
{
    auto sealed = seal(seal(letter, "list.test"), "forward.test");
    std::erase_if(sealed.fields, [](const std::string& field) { return field.starts_with("ARC-Seal: i=1"); });
    const auto closed = seal(sealed, "list.test");
    EXPECT_NE(closed.fields[0].find("i=3;"), std::string::npos);
    EXPECT_NE(closed.fields[0].find("cv=fail"), std::string::npos);
}

TEST(ChainSealer, WaitsWhenTheChainCannotBeJudgedForNow)
{
    const auto sealed = seal(letter, "list.test");
    EXPECT_EQ(try_seal(sealed, "forward.test", "arc._domainkey.list.test TEMPORARY").error().fault, Fault::retry_later);
}

// A chain of one set whose message signature says when it ends.
Message seal_until(const Message& message, WallTime end)
{
    Head head(100'000);
    for (const auto& field : message.fields) EXPECT_TRUE(head.append(field));
    BodyHashes body;
    body.add(Canon::relaxed, std::nullopt);
    body.append(message.body);
    body.finish();
    const auto begin = [](std::string_view field) {
        TagWriter writer(field);
        for (const auto& [name, value] :
             {std::pair("i", "1"), std::pair("a", "rsa-sha256"), std::pair("d", "list.test"), std::pair("s", "arc")})
            writer.add(name, value);
        return writer;
    };
    auto signature = begin("ARC-Message-Signature");
    signature.add("c", "relaxed/relaxed");
    signature.add("x", format_seconds(end));
    signature.add_list("h", names_to_sign(head));
    signature.add_octets("bh", body.digest(0));
    crypto::Sha256 of_message;
    head.hash(of_message, head.select(names_to_sign(head)), Canon::relaxed);
    const std::string message_field = seal_field(std::move(signature), std::move(of_message), rsa_key()).value();
    const std::string results_field = "ARC-Authentication-Results: i=1; mx.list.test; none\r\n";
    auto seal = begin("ARC-Seal");
    seal.add("cv", "none");
    crypto::Sha256 of_set;
    of_set.update(canonical_field(results_field, Canon::relaxed));
    of_set.update(canonical_field(message_field, Canon::relaxed));
    return message.with(seal_field(std::move(seal), std::move(of_set), rsa_key()).value() + message_field + results_field);
}

// RFC 8617 §4.1.2 takes the tags of RFC 6376 §3.5 over, x= among them.
TEST(ArcChain, FailsWhenItsMessageSignatureHasExpired)
{
    EXPECT_EQ(chain_of(seal_until(letter, noon + std::chrono::hours(1))).verdict, ChainVerdict::pass);
    const auto expired = chain_of(seal_until(letter, noon - std::chrono::hours(1)));
    EXPECT_EQ(expired.verdict, ChainVerdict::fail);
    EXPECT_FALSE(expired.temporary);
}

TEST(ChainSealer, SignsTheSignaturesThatStandThere)
{
    const auto sealed = seal(letter.with(sign(letter, {signing_key(rsa_key(), "s1")})), "list.test");
    EXPECT_NE(sealed.fields[1].find("dkim-signature"), std::string::npos);
    auto stripped = sealed;
    std::erase_if(stripped.fields, [](const std::string& field) { return field.starts_with("DKIM-Signature"); });
    EXPECT_EQ(chain_of(sealed).verdict, ChainVerdict::pass);
    EXPECT_EQ(chain_of(stripped).verdict, ChainVerdict::fail);
}

TEST(ChainSealer, StopsAtFiftySets)
{
    Message message = letter;
    for (int i = 0; i < 50; ++i) message = seal(message, i % 2 == 0 ? "list.test" : "forward.test");
    EXPECT_EQ(chain_of(message).verdict, ChainVerdict::pass) << chain_of(message).problem;
    EXPECT_EQ(chain_of(message).instances, 50U);
    EXPECT_EQ(try_seal(message, "list.test").value(), "");
}

TEST(ChainSealer, TakesNoEd25519KeyAndNoMessageWithoutFrom)
{
    EXPECT_EQ(ChainSealer::begin(signing_key(ed25519_key(), "e1"), {}).error().fault, Fault::config);
    auto sealer = ChainSealer::begin(signing_key(rsa_key(), "arc"), {}).value();
    EXPECT_TRUE(sealer.append_field("To: b@c.test\r\n").has_value());
    EXPECT_EQ(sealer.end_head().error().fault, Fault::peer_broke_it);
}

}  // namespace
}  // namespace sealpost::dkim
