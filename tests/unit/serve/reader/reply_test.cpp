#include "serve/reader/reader_world.hpp"
#include "serve/reader/reply_message.hpp"

#include "wire/mail/header_block.hpp"
#include "wire/mail/parts.hpp"

namespace sealpost::test {
namespace {

using http::Method;

struct Attachment {
    std::string name;
    std::string type;
    std::string content;
};

class Replying : public ReaderWorld {
protected:
    Replying() { store(true); }

    Answer reply(Client& client, const json::object& order, const std::vector<Attachment>& attachments = {})
    {
        return reply_to(id_, client, order, attachments);
    }
    Answer reply_to(const std::string& envelope, Client& client, const json::object& order,
                    const std::vector<Attachment>& attachments = {})
    {
        std::string form = "--b\r\nContent-Disposition: form-data; name=\"reply\"\r\n\r\n" + json::serialize(order) + "\r\n";
        for (const auto& file : attachments)
            form += "--b\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"" + file.name +
                    "\"\r\nContent-Type: " + file.type + "\r\n\r\n" + file.content + "\r\n";
        return ask(client, {Method::post, "/api/v1/open/" + envelope + "/replies", form + "--b--\r\n",
                            "multipart/form-data; boundary=b"});
    }

    Client make_reader()
    {
        Client bob = make_signed_in("bob@partner.test");
        EXPECT_EQ(release(bob, id_).status, 200);
        return bob;
    }

    // Fields and leaves of the one reply that was sent.
    mail::HeaderBlock head()
    {
        const std::string& message = outbox_->messages.at(0).message;
        return mail::HeaderBlock::parse(message.substr(0, mail::find_end_of_head(message).value())).value();
    }
    std::vector<mail::Part> parts()
    {
        std::vector<mail::Part> all;
        const auto visited = mail::visit_parts(outbox_->messages.at(0).message, [&](mail::Part&& part) {
            all.push_back(std::move(part));
            return true;
        });
        EXPECT_TRUE(visited.has_value());
        return all;
    }

    const json::object order_{{"mode", "reply"}, {"to", json::array()}, {"subject", "Re: Verträge"}, {"text", "Agreed.\nBob"}};
};

TEST_F(Replying, WritesTheMessageWithItsAttachments)
{
    Client bob = make_reader();
    std::string binary;
    for (int i = 0; i < 300'000; ++i) binary += static_cast<char>(i * 7);
    const Answer answer =
        reply(bob, order_, {{"plan \xc3\xa9t\xc3\xa9.pdf", "application/pdf", binary}, {"b.txt", "text/plain", ""}});
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto& sent = outbox_->messages.at(0);
    EXPECT_EQ(answer.text("message_id"), sent.order.message_id);
    EXPECT_EQ(json::serialize(answer.object().at("deliveries")),
              R"([{"address":"alice@acme.test","way":"envelope","domain":"acme.test"}])");
    EXPECT_EQ(answer.text("sent_as"), "service");
    EXPECT_EQ(answer.text("sent_as_reason"), "spf_not_pass");
    EXPECT_EQ(sent.order.person, "bob@partner.test");
    EXPECT_EQ(sent.order.envelope_id, id_);
    EXPECT_EQ(sent.order.recipients, std::vector<std::string>{"alice@acme.test"});
    EXPECT_EQ(head().find("From"), "\"Bob via keys.test\" <replies@keys.test>");
    EXPECT_EQ(head().find("Reply-To"), "bob@partner.test");
    EXPECT_THAT(head().find("To").value(), testing::HasSubstr("<alice@acme.test>"));
    EXPECT_EQ(head().find("In-Reply-To"), "<1@acme.test>");
    EXPECT_EQ(head().find("References"), "<1@acme.test>");
    EXPECT_EQ(mail::decode_words(head().find("Subject").value()), "Re: Verträge");
    const auto all = parts();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].content, "Agreed.\r\nBob");
    EXPECT_EQ(all[1].name, "plan \xc3\xa9t\xc3\xa9.pdf");
    EXPECT_EQ(all[1].content, binary);
    EXPECT_EQ(all[2].content, "");
}

TEST_F(Replying, ReachesTheOtherRecipientsOnlyWhenAskedTo)
{
    Client bob = make_reader();
    auto order = order_;
    order["mode"] = "reply_all";
    EXPECT_EQ(reply(bob, order).status, 202);
    EXPECT_EQ(outbox_->messages[0].order.recipients, (std::vector<std::string>{"alice@acme.test", "carol@partner.test"}));
    EXPECT_EQ(head().find("Cc"), "carol@partner.test");
}

TEST_F(Replying, ForwardsOnlyWithTheRightTo)
{
    Client bob = make_reader();
    const json::object order{{"mode", "forward"}, {"to", {"eve@elsewhere.test"}}, {"subject", "Fwd"}, {"text", "fyi"}};
    EXPECT_EQ(reply(bob, order).problem(), "no-right");
    EXPECT_TRUE(outbox_->messages.empty());
}

TEST_F(Replying, SlowsDownWhoRepliesAgainAndAgain)
{
    Client bob = make_reader();
    auto forbidden = order_;
    forbidden["mode"] = "forward";
    forbidden["to"] = json::array{"eve@elsewhere.test"};
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(reply(bob, order_).status, 202) << i;
        EXPECT_EQ(reply(bob, forbidden).problem(), "no-right") << "what may not be sent counts for nothing";
    }
    const Answer last = reply(bob, order_);
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_EQ(last.headers.find("Retry-After"), "30");
    EXPECT_EQ(outbox_->messages.size(), 20U);
    Client carol = make_signed_in("carol@partner.test");
    EXPECT_EQ(release(carol, id_).status, 200);
    EXPECT_EQ(reply(carol, order_).status, 202) << "others have their own";
    clock_.advance(std::chrono::seconds(30));
    EXPECT_EQ(reply(bob, order_).status, 202);
}

TEST_F(Replying, CountsThePersonsRepliesToAllEnvelopesToo)
{
    Client bob = make_reader();
    EXPECT_EQ(reply(bob, order_).status, 202);
    auto count_many = [](db::Connection& connection) {
        return connection.execute("update people_guard set failures = failures + 58 where name like 'person:%'");
    };
    ASSERT_TRUE(database_->write_now(count_many).has_value());
    EXPECT_EQ(reply(bob, order_).status, 202);
    EXPECT_EQ(reply(bob, order_).headers.find("Retry-After"), "60");
    EXPECT_EQ(outbox_->messages.size(), 2U);
}

TEST_F(Replying, NeedsTheMessageToHaveBeenOpened)
{
    Client nobody;
    EXPECT_EQ(reply(nobody, order_).problem(), "not-signed-in");
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(reply(bob, order_).problem(), "not-a-recipient");
    EXPECT_EQ(release(bob, id_).status, 200);
    Client gateway = make_gateway();
    EXPECT_EQ(ask(gateway, {Method::post, "/api/v1/envelopes/" + id_ + "/lock", R"({"reason":"x"})"}).status, 204);
    EXPECT_EQ(reply(bob, order_).problem(), "locked");
    EXPECT_TRUE(outbox_->messages.empty());
}

TEST_F(Replying, NamesTheReplyByPersonEnvelopeAndKey)
{
    Client bob = make_reader();
    bob.idempotency_key = "\"8e03978e-40d5\"";
    EXPECT_EQ(reply(bob, order_).status, 202);
    const std::string once = outbox_->messages.at(0).order.once;
    EXPECT_THAT(once, testing::StartsWith("reply " + id_ + " "));
    EXPECT_THAT(once, testing::EndsWith(" 8e03978e-40d5"));
    bob.idempotency_key = "8e03978e-40d5";
    const Answer again = reply(bob, order_);
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.text("message_id"), outbox_->messages.at(0).order.message_id);
    EXPECT_EQ(outbox_->messages.size(), 1U) << "it has left already";
    for (const auto& bad : {std::string("a b"), std::string(65, 'a')}) {
        bob.idempotency_key = bad;
        EXPECT_EQ(reply(bob, order_).problem(), "bad-request");
    }
    Client carol = make_signed_in("carol@partner.test");
    EXPECT_EQ(release(carol, id_).status, 200);
    carol.idempotency_key = "8e03978e-40d5";
    EXPECT_EQ(reply(carol, order_).status, 202);
    EXPECT_NE(outbox_->messages.at(1).order.once, once);
}

TEST_F(Replying, TakesRepliesOfProvenRecipientsWhereTheLinkOpened)
{
    auto record = make_record(age_file_);
    record["assurance"] = "low";
    const std::string low = keys::make_envelope_id().value();
    Client gateway = make_gateway();
    ASSERT_EQ(ask(gateway, {Method::put, "/api/v1/envelopes/" + low, json::serialize(record)}).status, 201);
    Client link;
    EXPECT_EQ(release(link, low).status, 200);
    EXPECT_EQ(reply_to(low, link, order_).problem(), "not-signed-in");
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(reply_to(low, bob, order_).status, 202);
    EXPECT_EQ(outbox_->messages.at(0).order.person, "bob@partner.test");
}

TEST_F(Replying, CannotInjectHeaderFields)
{
    Client bob = make_reader();
    auto order = order_;
    order["subject"] = "x\r\nBcc: eve@elsewhere.test";
    EXPECT_EQ(reply(bob, order, {{"a%0d%0aX-Evil: 1", "text/html\tX-Evil: 1", "x"}}).status, 202);
    EXPECT_FALSE(head().find("Bcc"));
    EXPECT_THAT(outbox_->messages[0].message, testing::Not(testing::HasSubstr("\nX-Evil")));
    EXPECT_EQ(parts().at(1).type, "application/octet-stream");
}

TEST_F(Replying, CutsASubjectThatIsLongerThanALine)
{
    Client bob = make_reader();
    auto order = order_;
    order["subject"] = "Re: " + std::string(keys::KeyStore::max_subject_bytes, 's');
    EXPECT_EQ(reply(bob, order).status, 202);
    EXPECT_EQ(mail::decode_words(head().find("Subject").value()).size(), 900U);
}

TEST_F(Replying, RefusesAFormThatIsNotAReply)
{
    Client bob = make_reader();
    for (const char* order :
         {R"({"mode":"shout"})", R"({"mode":7})", R"({"mode":"reply","text":7})", R"({"mode":"forward","to":[]})"}) {
        const Answer answer = reply(bob, json::parse(order).as_object());
        EXPECT_EQ(answer.problem(), "bad-request") << order;
    }
    const auto send = [&](const std::string& form) {
        return ask(bob, {Method::post, "/api/v1/open/" + id_ + "/replies", form, "multipart/form-data; boundary=b"}).problem();
    };
    EXPECT_EQ(send("--b\r\nContent-Disposition: form-data; name=\"attachment\"\r\n\r\nx\r\n--b--"), "bad-request");
    EXPECT_EQ(send("--b--"), "bad-request");
    EXPECT_EQ(send("--b\r\nContent-Disposition: form-data; name=\"reply\"\r\n\r\n" + json::serialize(order_) +
                   "\r\n--b\r\nContent-Disposition: form-data; name=\"attachment\"; filename=\"a\"\r\n\r\ncut"),
              "bad-request");
    EXPECT_TRUE(outbox_->messages.empty());
}

TEST(CleanFileName, LeavesNoPathAndNothingDangerous)
{
    EXPECT_EQ(reader::clean_file_name("C:\\Users\\bob\\plan.pdf"), "plan.pdf");
    EXPECT_EQ(reader::clean_file_name("../../etc/passwd"), "passwd");
    EXPECT_EQ(reader::clean_file_name(".."), "attachment");
    EXPECT_EQ(reader::clean_file_name(""), "attachment");
    EXPECT_EQ(reader::clean_file_name("a\nb"), "a b");
    EXPECT_EQ(reader::clean_file_name(std::string(500, 'x')).size(), 200U);
    EXPECT_EQ(reader::clean_file_name("invoice\u202Egpj.exe"), "invoicegpj.exe");
    std::string protocol;
    for (int i = 0; i < 120; ++i) protocol += "я";
    const std::string cut = reader::clean_file_name(protocol + ".docx");
    EXPECT_LE(cut.size(), 200U);
    EXPECT_TRUE(cut.ends_with("я.docx")) << cut;
}

TEST(CleanMediaType, TakesPlainTypesOnly)
{
    EXPECT_EQ(reader::clean_media_type("Application/PDF; name=x"), "application/pdf");
    for (const std::string type :
         {"", "text", "text/", "/plain", "a/b/c", "text/pl ain", "message/rfc822", "multipart/mixed", "te(xt/plain"})
        EXPECT_EQ(reader::clean_media_type(type), "application/octet-stream") << type;
}

}  // namespace
}  // namespace sealpost::test
