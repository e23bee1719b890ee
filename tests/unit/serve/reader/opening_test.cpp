#include "serve/described.hpp"
#include "serve/reader/opening_world.hpp"

#include "wire/seal/opener.hpp"

namespace sealpost::test {
namespace {

using http::Method;

class Opening : public OpeningWorld {};

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
    EXPECT_EQ(expect_described(router_, "/api/"), 38);
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
