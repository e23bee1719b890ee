#include "serve/keyserver/keyserver.hpp"

#include "serve/service_world.hpp"

namespace sealpost::test {
namespace {

using http::Method;

class Keyserver : public ServiceWorld {
protected:
    Keyserver()
    {
        keyserver::add_routes(router_, {people_, keys_, "https://keys.test", log::Log::silent()});
        gateway_ = make_gateway();
    }

    Answer put(const json::object& record) { return ask(gateway_, {Method::put, path_, json::serialize(record)}); }
    Answer put_content(const std::string& content)
    {
        return ask(gateway_, {Method::put, path_ + "/content", content, "application/octet-stream"});
    }
    Answer post(const std::string& what, const std::string& body) { return ask(gateway_, {Method::post, path_ + what, body}); }
    std::string state() { return ask(gateway_, {Method::get, path_}).text("state"); }

    const std::string age_file_ = seal("From: alice@acme.test\r\n\r\nhello\r\n");
    const std::string path_ = "/api/v1/envelopes/" + keys::make_envelope_id().value();
    Client gateway_;
};

TEST_F(Keyserver, StoresAnEnvelopeOnce)
{
    const auto record = make_record(age_file_);
    const Answer created = put(record);
    EXPECT_EQ(created.status, 201) << created.body;
    EXPECT_EQ(created.text("organisation"), "Acme Ltd");
    EXPECT_EQ(created.text("open_url"), "https://keys.test/open/" + path_.substr(18));
    EXPECT_EQ(json::serialize(created.object().at("recipients")),
              R"([{"address":"bob@partner.test","language":"en"},{"address":"carol@partner.test","language":"en"}])");
    EXPECT_EQ(put(record).status, 200);
    auto other = record;
    other["subject"] = "Another";
    EXPECT_EQ(put(other).problem(), "conflict");
}

TEST_F(Keyserver, WantsATokenThatIsKnown)
{
    const std::string good = gateway_.authorization;
    for (const std::string& field :
         {std::string(), std::string("Bearer "), std::string("Bearer spt_nothing"), "Basic " + good.substr(7), good + "x"}) {
        gateway_.authorization = field;
        EXPECT_EQ(put(make_record(age_file_)).status, 401) << field;
        EXPECT_EQ(ask(gateway_, {Method::get, path_}).status, 401) << field;
    }
}

TEST_F(Keyserver, RefusesTheTokensOfADisabledAccountAndItsEnvelopesStayOpen)
{
    EXPECT_EQ(put(make_record(age_file_)).status, 201);
    const auto account = value_of(people_->accounts().list()).front().id;
    EXPECT_TRUE(value_of(people_->accounts().set_enabled(account, false)));
    for (const Answer& refused : {put(make_record(age_file_)), put_content(age_file_), post("/recall", "{}"),
                                  ask(gateway_, {Method::get, path_}), ask(gateway_, {Method::get, "/api/v1/languages"})}) {
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(refused.problem(), "account-disabled");
    }
    EXPECT_TRUE(value_of(people_->accounts().set_enabled(account, true)));
    EXPECT_EQ(state(), "open");
}

TEST_F(Keyserver, NamesTheFieldThatIsWrong)
{
    const auto faults = json::parse(R"([["identity","secret"],["identity",7],["recipients",[]],["recipients",["nobody"]],
        ["assurance","total"],["expires_at","soon"],["rights","all"],["receipt","yes"],["ciphertext",null]])");
    for (const auto& fault : faults.as_array()) {
        const std::string field(fault.as_array()[0].as_string());
        auto record = make_record(age_file_);
        record[field] = fault.as_array()[1];
        const Answer answer = put(record);
        EXPECT_EQ(answer.status, 400) << field;
        EXPECT_THAT(answer.text("field"), testing::StartsWith(field));
    }
    auto record = make_record(age_file_);
    record["ciphertext"].get_object()["sha256"] = "abc";
    EXPECT_EQ(put(record).text("field"), "ciphertext.sha256");
    EXPECT_EQ(ask(gateway_, {Method::put, path_, "not json"}).problem(), "bad-request");
    EXPECT_EQ(ask(gateway_, {Method::put, "/api/v1/envelopes/SHORT", "{}"}).text("field"), "id");
    EXPECT_EQ(state(), "");
}

TEST_F(Keyserver, KeepsAHostedCopyOnlyWhenItIsTheRecordsFile)
{
    EXPECT_EQ(put_content(age_file_).status, 404);
    EXPECT_EQ(put(make_record(age_file_)).status, 201);
    std::string damaged = age_file_;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    EXPECT_EQ(put_content(damaged).problem(), "damaged");
    EXPECT_EQ(put_content(age_file_ + "x").problem(), "damaged");
    EXPECT_EQ(put_content(age_file_.substr(1)).problem(), "damaged");
    EXPECT_EQ(put_content(age_file_).status, 204);
}

TEST_F(Keyserver, LocksUnlocksProlongsAndRecalls)
{
    EXPECT_EQ(put(make_record(age_file_)).status, 201);
    EXPECT_EQ(state(), "open");
    EXPECT_EQ(post("/lock", R"({"reason":"sent by mistake"})").status, 204);
    EXPECT_EQ(state(), "locked");
    EXPECT_EQ(post("/unlock", "").status, 204);
    EXPECT_EQ(state(), "open");
    EXPECT_EQ(post("/expiry", R"({"expires_at":"2026-12-24T00:00:00Z"})").status, 204);
    EXPECT_EQ(post("/expiry", R"({"expires_at":"tomorrow"})").text("field"), "expires_at");
    EXPECT_EQ(post("/lock", "{}").text("field"), "reason");
    EXPECT_EQ(post("/recall", "").status, 204);
    EXPECT_EQ(state(), "erased");
    EXPECT_EQ(post("/unlock", "").problem(), "erased");
}

TEST_F(Keyserver, ShowsNobodyElsesEnvelopes)
{
    EXPECT_EQ(put(make_record(age_file_)).status, 201);
    people::Account other;
    other.name = "other";
    other.organisation = "Other";
    account_ = value_of(people_->accounts().add(other)).id;
    Client stranger = make_gateway();
    EXPECT_EQ(ask(stranger, {Method::get, path_}).status, 404);
    EXPECT_EQ(ask(stranger, {Method::post, path_ + "/recall"}).status, 404);
    EXPECT_EQ(ask(stranger, {Method::put, path_ + "/content", age_file_}).status, 404);
    EXPECT_EQ(state(), "open");
}

TEST_F(Keyserver, TellsTheLanguageOfEachAddress)
{
    const auto bob = value_of(people_->persons().ensure("bob@partner.test", "fr", "192.0.2.0/24"));
    const Answer answer = ask(gateway_, {Method::get, "/api/v1/languages?address=Bob%40Partner.test&address=eve%40partner.test"});
    EXPECT_EQ(answer.body,
              R"({"organisation":"Acme Ltd",)"
              R"("recipients":[{"address":"bob@partner.test","language":"fr"},{"address":"eve@partner.test","language":"en"}]})");
    EXPECT_EQ(ask(gateway_, {Method::get, "/api/v1/languages"}).body, R"({"organisation":"Acme Ltd","recipients":[]})")
        << "of nobody: what `config check --service` asks";
    EXPECT_EQ(ask(gateway_, {Method::get, "/api/v1/languages?address=nobody"}).status, 400);
}

}  // namespace
}  // namespace sealpost::test
