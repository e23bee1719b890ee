#include "serve/reader/compose_message.hpp"
#include "serve/reader/reader_world.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/parts.hpp"

namespace sealpost::test {
namespace {

using http::Method;
using people::ComposeFrom;

class Composing : public ReaderWorld {
protected:
    Answer send(Client& client, const json::object& message, const std::string& attachment = "")
    {
        std::string form = "--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n" + json::serialize(message) + "\r\n";
        if (!attachment.empty())
            form +=
                "--b\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"plan.pdf\"\r\n"
                "Content-Type: application/pdf\r\n\r\n" +
                attachment + "\r\n";
        return ask(client, {Method::post, "/api/v1/messages", form + "--b--\r\n", "multipart/form-data; boundary=b"});
    }
    Answer ask_code_to_compose(Client& client, const std::string& address)
    {
        return post(client, "/api/v1/codes", {{"address", address}, {"compose", true}, {"language", "en"}});
    }
    // As somebody whom an envelope named.
    Client make_bob()
    {
        store(true);
        return make_signed_in("bob@partner.test");
    }
    void set(ComposeFrom from) { EXPECT_TRUE(value_of(people_->accounts().set_compose(account_, from, "administrator:1", ""))); }
    Client sign_in_to_compose(const std::string& address)
    {
        Client client;
        const Answer challenge = ask_code_to_compose(client, address);
        EXPECT_EQ(sign_in(client, challenge.text("challenge"), outbox_->codes.back().code).status, 200);
        return client;
    }
    static json::object to(json::array recipients)
    {
        return {{"to", std::move(recipients)}, {"subject", "Verträge"}, {"text", "Hello.\nBob"}};
    }
    mail::HeaderBlock head()
    {
        const std::string& message = outbox_->messages.at(0).message;
        return mail::HeaderBlock::parse(message.substr(0, mail::find_end_of_head(message).value())).value();
    }
};

TEST_F(Composing, BeginsAThreadWithItsAttachments)
{
    Client bob = make_bob();
    const Answer answer = send(bob, to({"Alice@acme.test", "ann@acme.test", "alice@acme.test"}), std::string(300'000, 'p'));
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto& sent = outbox_->messages.at(0);
    EXPECT_EQ(answer.text("message_id"), sent.order.message_id);
    EXPECT_EQ(answer.text("sent_as"), "service");
    EXPECT_EQ(answer.text("sent_as_reason"), "spf_not_pass");
    EXPECT_EQ(answer.object().at("deliveries").as_array().size(), 2U);
    EXPECT_EQ(sent.order.mode, reader::MessageMode::compose);
    EXPECT_EQ(sent.order.envelope_id, "");
    EXPECT_EQ(sent.order.person, "bob@partner.test");
    EXPECT_EQ(sent.order.recipients, (std::vector<std::string>{"alice@acme.test", "ann@acme.test"})) << "each once";
    EXPECT_EQ(sent.order.accounts, (std::vector<std::int64_t>{account_.value(), account_.value()}));
    EXPECT_EQ(head().find("From"), "\"Bob via keys.test\" <replies@keys.test>");
    EXPECT_EQ(head().find("Reply-To"), "bob@partner.test");
    EXPECT_THAT(head().find("To").value(), testing::HasSubstr("alice@acme.test, ann@acme.test"));
    EXPECT_FALSE(head().find("In-Reply-To"));
    EXPECT_EQ(mail::decode_words(head().find("Subject").value()), "Verträge");
    std::vector<std::string> contents;
    const auto visited = mail::visit_parts(sent.message, [&](mail::Part&& part) {
        contents.push_back(part.content);
        return true;
    });
    EXPECT_TRUE(visited.has_value());
    EXPECT_EQ(contents, (std::vector<std::string>{"Hello.\r\nBob", std::string(300'000, 'p')}));
}

TEST_F(Composing, SaysWhichAddressesAreNotReached)
{
    Client nobody;
    EXPECT_EQ(send(nobody, to({"alice@acme.test"})).problem(), "not-signed-in");
    Client bob = make_bob();
    const Answer answer = send(bob, to({"alice@acme.test", "otto@other.test", "eve@else.test"}));
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.problem(), "not-reachable");
    EXPECT_EQ(json::serialize(answer.object().at("addresses")), R"(["otto@other.test","eve@else.test"])");
    EXPECT_TRUE(outbox_->messages.empty());
}

TEST_F(Composing, IsForThoseWhomTheAccountTakesMessagesOf)
{
    Client bob = make_bob();
    set(ComposeFrom::anyone);
    Client eve = sign_in_to_compose("eve@else.test");
    const auto message = to({"alice@acme.test"});
    EXPECT_EQ(send(eve, message).status, 202);
    set(ComposeFrom::known);
    EXPECT_EQ(send(eve, message).problem(), "not-reachable");
    EXPECT_EQ(send(bob, message).status, 202);
    set(ComposeFrom::nobody);
    EXPECT_EQ(send(bob, message).problem(), "not-reachable");
    EXPECT_EQ(outbox_->messages.size(), 2U);
}

TEST_F(Composing, LeavesUnderOneOfThePersonsOwnAddresses)
{
    Client bob = make_bob();
    auto message = to({"alice@acme.test"});
    message["from"] = "eve@else.test";
    const Answer refused = send(bob, message);
    EXPECT_EQ(refused.problem(), "bad-request");
    EXPECT_EQ(refused.text("field"), "from");
    message["from"] = "BOB@partner.test";
    EXPECT_EQ(send(bob, message).status, 202);
    EXPECT_EQ(outbox_->messages.at(0).order.person, "bob@partner.test");
}

TEST_F(Composing, SlowsDownWhoWritesAgainAndAgain)
{
    Client bob = make_bob();
    for (int i = 0; i < 19; ++i) EXPECT_EQ(send(bob, to({"alice@acme.test"})).status, 202) << i;
    EXPECT_EQ(send(bob, to({"otto@other.test"})).problem(), "not-reachable") << "counted: it tells whom one reaches";
    const Answer last = send(bob, to({"alice@acme.test"}));
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_EQ(last.headers.find("Retry-After"), "30");
    EXPECT_EQ(outbox_->messages.size(), 19U);
}

TEST_F(Composing, NamesTheMessageByPersonAndKeyAsNoReplyIsNamed)
{
    Client bob = make_bob();
    bob.idempotency_key = "8e03978e-40d5";
    EXPECT_EQ(send(bob, to({"alice@acme.test"})).status, 202);
    const std::string once = outbox_->messages.at(0).order.once;
    EXPECT_THAT(once, testing::StartsWith("compose person:"));
    EXPECT_THAT(once, testing::EndsWith(" 8e03978e-40d5"));
    bob.idempotency_key = "";
    EXPECT_EQ(send(bob, to({"alice@acme.test"})).status, 202);
    EXPECT_EQ(outbox_->messages.at(1).order.once, "");
}

TEST_F(Composing, AnswersWhatWasAcceptedBeforeThoughNoMoreIsTaken)
{
    Client bob = make_bob();
    bob.idempotency_key = "8e03978e-40d5";
    const Answer first = send(bob, to({"alice@acme.test"}));
    EXPECT_EQ(first.status, 202);
    set(ComposeFrom::nobody);
    for (int i = 0; i < 30; ++i) EXPECT_EQ(send(bob, to({"alice@acme.test"})).text("message_id"), first.text("message_id"));
    EXPECT_EQ(outbox_->messages.size(), 1U);
    bob.idempotency_key = "another";
    EXPECT_EQ(send(bob, to({"alice@acme.test"})).problem(), "not-reachable");
}

TEST_F(Composing, OffersWhoWroteAndCanBeReached)
{
    Client nobody;
    EXPECT_EQ(get(nobody, "/api/v1/compose").problem(), "not-signed-in");
    Client bob = make_bob();
    keys::NewEnvelope other;
    other.policy.id = keys::make_envelope_id();
    other.policy.account = account_;
    other.policy.sender = {"otto@elsewhere.test", "Otto"};
    other.policy.recipients = {"bob@partner.test"};
    other.policy.expires_at = clock_.now() + std::chrono::hours(1);
    other.identity = identity_.text();
    EXPECT_EQ(value_of(keys_->store(std::move(other))), keys::StoreVerdict::created);
    EXPECT_EQ(get(bob, "/api/v1/compose").body, R"({"correspondents":[{"address":"alice@acme.test","name":"Alice"}],)"
                                                R"("organisations":[{"organisation":"Acme Ltd","domains":["acme.test"]}]})")
        << "a sender in a domain that is no account's cannot be reached";
    set(ComposeFrom::nobody);
    EXPECT_EQ(get(bob, "/api/v1/compose").body, R"({"correspondents":[],"organisations":[]})");
    set(ComposeFrom::anyone);
    Client eve = sign_in_to_compose("eve@else.test");
    EXPECT_EQ(get(eve, "/api/v1/compose").body, R"({"correspondents":[],"organisations":[]})")
        << "which organisations are here is told to nobody whom they have not written to";
}

TEST_F(Composing, SendsACodeToWhomMayBeginAndAnswersAlikeToAll)
{
    Client browser;
    const auto is_sent = [&](const std::string& address) {
        const std::size_t before = outbox_->codes.size();
        const Answer answer = ask_code_to_compose(browser, address);
        EXPECT_EQ(answer.status, 202);
        EXPECT_EQ(answer.object().size(), 3U);
        return outbox_->codes.size() > before;
    };
    EXPECT_FALSE(is_sent("carol@partner.test"));
    store(true);
    EXPECT_TRUE(is_sent("carol@partner.test")) << "an envelope named her";
    EXPECT_FALSE(is_sent("eve@else.test"));
    set(ComposeFrom::nobody);
    EXPECT_FALSE(is_sent("carol@partner.test"));
    set(ComposeFrom::anyone);
    EXPECT_TRUE(is_sent("eve@else.test"));
    const Answer both =
        post(browser, "/api/v1/codes", {{"address", "carol@partner.test"}, {"ref", id_}, {"compose", true}, {"language", "en"}});
    EXPECT_EQ(both.problem(), "bad-request");
    const std::size_t before = outbox_->codes.size();
    EXPECT_EQ(post(browser, "/api/v1/codes", {{"address", "fred@else.test"}, {"language", "en"}}).status, 202);
    EXPECT_EQ(outbox_->codes.size(), before) << "who does not say that they want to begin needs an envelope";
}

TEST_F(Composing, RefusesAFormThatIsNotAMessage)
{
    Client bob = make_bob();
    json::array many;
    for (int i = 0; i < 21; ++i) many.push_back(json::value("a" + std::to_string(i) + "@acme.test"));
    for (const auto& message : {to({}), to({"alice"}), to(many), json::object{{"subject", "x"}}})
        EXPECT_EQ(send(bob, message).problem(), "bad-request") << json::serialize(message);
    const auto send_form = [&](const std::string& form) {
        return ask(bob, {Method::post, "/api/v1/messages", form, "multipart/form-data; boundary=b"}).problem();
    };
    EXPECT_EQ(send_form("--b\r\nContent-Disposition: form-data; name=\"reply\"\r\n\r\n{}\r\n--b--"), "bad-request");
    EXPECT_EQ(send_form("--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n[]\r\n--b--"), "bad-request");
    EXPECT_TRUE(outbox_->messages.empty());
}

TEST_F(Composing, CannotInjectHeaderFields)
{
    Client bob = make_bob();
    auto message = to({"alice@acme.test"});
    message["subject"] = "x\r\nBcc: eve@elsewhere.test";
    EXPECT_EQ(send(bob, message).status, 202);
    EXPECT_FALSE(head().find("Bcc"));
}

}  // namespace
}  // namespace sealpost::test
