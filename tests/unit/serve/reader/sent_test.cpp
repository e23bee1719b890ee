// What a sender sees and decides about the envelopes that name them.
#include "serve/reader/reader_world.hpp"

#include <algorithm>

namespace sealpost::test {
namespace {

class Sent : public ReaderWorld {
protected:
    Sent() { store(true); }

    // Alice of make_record(), who was never here; there is no envelope in her hand.
    Client make_sender(const std::string& address = "alice@acme.test")
    {
        Client client;
        const Answer challenge = post(client, "/api/v1/codes", {{"address", address}, {"ref", ""}, {"language", "en"}});
        EXPECT_EQ(challenge.status, 202);
        if (outbox_->codes.empty()) return client;
        EXPECT_EQ(sign_in(client, challenge.text("challenge"), outbox_->codes.back().code).status, 200);
        return client;
    }
    json::array rows(Client& client) { return get(client, "/api/v1/sent").object().at("envelopes").as_array(); }
    Answer change(Client& client, const std::string& what, const json::object& body = {})
    {
        return post(client, "/api/v1/sent/" + id_ + '/' + what, body);
    }
};

TEST_F(Sent, IsListedForWhoProvesTheSendersAddress)
{
    Client alice = make_sender();
    ASSERT_EQ(outbox_->codes.size(), 1U);
    EXPECT_EQ(outbox_->codes[0].address, "alice@acme.test");
    const auto all = rows(alice);
    ASSERT_EQ(all.size(), 1U);
    const auto& row = all[0].as_object();
    EXPECT_EQ(row.at("id").as_string(), id_);
    EXPECT_EQ(row.at("state"), "open");
    EXPECT_FALSE(row.contains("subject"));
    EXPECT_EQ(row.at("recipients").as_array()[0].as_object().at("released_at"), nullptr);
    Client bob = make_signed_in("bob@partner.test");
    ASSERT_EQ(release(bob, id_).status, 200);
    EXPECT_EQ(rows(alice)[0].as_object().at("recipients").as_array()[0].as_object().at("assurance"), "mailbox");
    EXPECT_EQ(get(alice, "/api/v1/sent?query=bob").object().at("envelopes").as_array().size(), 1U);
    EXPECT_EQ(get(alice, "/api/v1/sent?query=nobody").object().at("envelopes").as_array().size(), 0U);
    EXPECT_EQ(get(alice, "/api/v1/sent?page=0").problem(), "bad-request");
}

TEST_F(Sent, IsLockedUnlockedAndRecalledByItsSender)
{
    Client alice = make_sender();
    Client bob = make_signed_in("bob@partner.test");
    EXPECT_EQ(change(alice, "lock", {{"reason", "the wrong file"}}).status, 204);
    EXPECT_EQ(release(bob, id_).problem(), "locked");
    EXPECT_EQ(change(alice, "unlock").status, 204);
    EXPECT_EQ(release(bob, id_).status, 200);
    const std::string soon = format_rfc3339(clock_.now() + std::chrono::hours(1));
    EXPECT_EQ(change(alice, "expiry", {{"expires_at", soon}}).status, 204);
    EXPECT_EQ(rows(alice)[0].as_object().at("expires_at").as_string(), soon);
    EXPECT_EQ(change(alice, "recall").status, 204);
    EXPECT_EQ(release(bob, id_).problem(), "erased");
    EXPECT_EQ(change(alice, "unlock").problem(), "erased");
    people::AuditFilter filter;
    filter.subject = id_;
    const auto trail = value_of(people_->audit().list(filter));
    EXPECT_TRUE(std::ranges::any_of(trail, [](const auto& record) {
        const auto& entry = record.entry;
        return entry.what == "envelope.recalled" && entry.who.starts_with("person:") && !entry.network.empty();
    }));
}

TEST_F(Sent, StaysLockedWhenTheOrganisationHasLockedIt)
{
    Client alice = make_sender();
    EXPECT_EQ(rows(alice)[0].as_object().at("locked_by"), nullptr);
    ASSERT_EQ(change(alice, "lock", {{"reason", "the wrong file"}}).status, 204);
    EXPECT_EQ(rows(alice)[0].as_object().at("locked_by"), "sender");
    const auto id = *keys::parse_envelope_id(id_);
    const auto account = value_of(keys_->find(id))->policy.account;
    ASSERT_EQ(value_of(keys_->lock(id, account, "legal hold", "administrator:1")), keys::ChangeVerdict::done);
    EXPECT_EQ(change(alice, "unlock").problem(), "locked-by-account");
    EXPECT_EQ(change(alice, "lock", {{"reason", "mine"}}).problem(), "locked-by-account");
    const auto row = rows(alice)[0].as_object();
    EXPECT_EQ(row.at("locked_by"), "account");
    EXPECT_EQ(row.at("lock_reason"), "legal hold");
}

TEST_F(Sent, ExpiresSoonerAtItsSendersWishAndNeverLater)
{
    Client alice = make_sender();
    const std::string before(rows(alice)[0].as_object().at("expires_at").as_string());
    EXPECT_EQ(change(alice, "expiry", {{"expires_at", "2090-01-01T00:00:00Z"}}).problem(), "not-allowed");
    EXPECT_EQ(rows(alice)[0].as_object().at("expires_at").as_string(), before);
}

TEST_F(Sent, IsNothingToOthers)
{
    Client bob = make_signed_in("bob@partner.test"), stranger;
    EXPECT_TRUE(rows(bob).empty());
    EXPECT_EQ(change(bob, "lock", {{"reason", "mine"}}).problem(), "not-found");
    EXPECT_EQ(change(bob, "recall").problem(), "not-found");
    EXPECT_EQ(get(stranger, "/api/v1/sent").problem(), "not-signed-in");
    EXPECT_EQ(change(stranger, "recall").problem(), "not-signed-in");
    outbox_->codes.clear();
    make_sender("nobody@elsewhere.test");
    EXPECT_TRUE(outbox_->codes.empty());
}

TEST_F(Sent, GoesWithItsSendersAddress)
{
    Client alice = make_sender();
    const std::string challenge = ask_code(alice, "bob@partner.test").text("challenge");
    ASSERT_EQ(sign_in(alice, challenge, outbox_->codes.back().code, true).status, 200);
    ASSERT_EQ(rows(alice).size(), 1U);
    ASSERT_EQ(ask(alice, {http::Method::remove, "/api/v1/me/addresses/alice@acme.test"}).status, 204);
    EXPECT_TRUE(rows(alice).empty());
    EXPECT_EQ(change(alice, "recall").problem(), "not-found");
    Client anew = make_sender();
    EXPECT_EQ(rows(anew).size(), 1U) << "whoever proves it decides";
    EXPECT_EQ(change(anew, "lock", {{"reason", ""}}).status, 204);
}

TEST_F(Sent, IsNotChangedWithoutThePagesToken)
{
    Client alice = make_sender();
    alice.csrf = "another";
    EXPECT_EQ(change(alice, "recall").problem(), "not-allowed");
    EXPECT_EQ(rows(alice)[0].as_object().at("state"), "open");
}

TEST_F(Sent, IsNotChangedWithoutEnd)
{
    Client alice = make_sender();
    for (int i = 0; i < 60; ++i) ASSERT_EQ(change(alice, i % 2 == 0 ? "lock" : "unlock", {{"reason", ""}}).status, 204);
    EXPECT_EQ(change(alice, "lock", {{"reason", ""}}).problem(), "too-many-requests");
}

}  // namespace
}  // namespace sealpost::test
