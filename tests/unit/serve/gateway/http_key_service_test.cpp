#include "serve/gateway/http_key_service.hpp"

#include "serve/task_answers.hpp"
#include "sys/http/loopback.hpp"

#include <boost/json/parse.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>

namespace sealpost::gateway {
namespace {

using queue::wait_for;

// What the service is asked, and what it answers.
struct Desk {
    std::mutex lock;
    std::string path, authorization, content_type, body;
    std::optional<std::uint64_t> length;
    int status = 201;
    std::string answer = R"({"id":"x","open_url":"u","ingest_url":"i","organisation":"Acme Ltd",)"
                         R"("recipients":[{"address":"bob@partner.test","language":"fr"}]})";
};

Task<http::Response> serve(std::shared_ptr<Desk> desk, http::Request& request)
{
    auto body = co_await http::read_body(request);
    const std::lock_guard hold(desk->lock);
    desk->path = request.path;
    desk->authorization = std::string(request.headers.find("Authorization").value_or(""));
    desk->content_type = std::string(request.headers.find("Content-Type").value_or(""));
    desk->length = request.content_length;
    desk->body = body.value();
    http::Response response;
    response.status = desk->status;
    response.body = desk->answer;
    co_return response;
}

http::Router make_router(const std::shared_ptr<Desk>& desk)
{
    http::Router router;
    const http::Handler handler = [desk](http::Request& request) { return serve(desk, request); };
    router.add(http::Method::put, "/api/v1/envelopes/{id}", handler);
    router.add(http::Method::get, "/api/v1/envelopes/{id}", handler);
    router.add(http::Method::post, "/api/v1/envelopes/{id}/recall", handler);
    router.add(http::Method::put, "/api/v1/envelopes/{id}/content", handler, {.max_body_bytes = 4'000'000, .guards = {}});
    return router;
}

const std::string id = "abcdefghijklmnopqrstuvwxya";

sealer::KeyRecord make_record()
{
    sealer::KeyRecord record;
    record.id = id;
    record.identity = Secret::copy_of("AGE-SECRET-KEY-1TEST");
    record.sha256.fill(0xab);
    record.size = 12345;
    record.sender_address = "alice@acme.test";
    record.sender_name = "Alice \"A\"";
    record.subject = "Été";
    record.message_id = "<1@acme.test>";
    record.recipients = {"bob@partner.test", "carol@partner.test"};
    record.profile = "default";
    record.assurance = "mailbox";
    record.expires_at = parse_rfc3339("2027-02-22T00:00:00Z").value();
    record.receipt = true;
    return record;
}

class HttpKeyServiceTest : public testing::Test {
protected:
    Result<sealer::StoredEnvelope> store() { return wait_for(store_and_close()); }
    Result<> put(std::string content) { return wait_for(put_and_close(std::move(content))); }

    Result<> discard() { return wait_for(discard_and_close()); }
    sealer::ServiceTrouble trouble() const { return trouble_; }
    Result<sealer::Ending> find_ending() { return wait_for(find_ending_and_close()); }

    void answer(int status, std::string body = "")
    {
        desk_->status = status;
        desk_->answer = std::move(body);
    }

    std::shared_ptr<Desk> desk_ = std::make_shared<Desk>();
    http::Loopback loopback_{make_router(desk_)};
    std::string url_ = loopback_.origin();
    std::filesystem::path token_file_ = write_token("spt_token");
    std::shared_ptr<ServiceToken> token_ = ServiceToken::load(token_file_).value();

    static std::filesystem::path write_token(const std::string& token)
    {
        const std::filesystem::path file = testing::TempDir() + "service" + std::to_string(::getpid()) + ".token";
        std::ofstream(file) << token << '\n';
        std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        return file;
    }
    ~HttpKeyServiceTest() override { std::filesystem::remove(token_file_); }

private:
    sealer::ServiceTrouble trouble_ = sealer::ServiceTrouble::other;  // of the last store()

    static std::shared_ptr<http::HttpClient> make_client()
    {
        http::ClientOptions options;
        options.allow_plain_http = true;
        return std::make_shared<http::HttpClient>(std::move(options));
    }
    Task<Result<sealer::StoredEnvelope>> store_and_close()
    {
        auto client = make_client();
        HttpKeyService service(client, url_, token_);
        auto stored = co_await service.store(make_record());
        trouble_ = service.last_trouble();
        co_await client->close_idle();
        co_return stored;
    }
    Task<Result<>> discard_and_close()
    {
        auto client = make_client();
        HttpKeyService service(client, url_, token_);
        auto discarded = co_await service.discard(id);
        co_await client->close_idle();
        co_return discarded;
    }
    Task<Result<sealer::Ending>> find_ending_and_close()
    {
        auto client = make_client();
        HttpKeyService service(client, url_, token_);
        auto ending = co_await service.find_ending(id);
        co_await client->close_idle();
        co_return ending;
    }
    Task<Result<>> put_and_close(std::string content)
    {
        auto client = make_client();
        HttpKeyService service(client, url_, token_);
        const auto size = content.size();
        auto source = std::make_unique<async::StringSource>(std::move(content));
        auto stored = co_await service.put_content(id, std::move(source), size);
        co_await client->close_idle();
        co_return stored;
    }
};

// doc/spec/key-api.md, PUT /api/v1/envelopes/{id}
TEST_F(HttpKeyServiceTest, SaysExactlyWhatTheSpecificationWants)
{
    const auto stored = store();
    ASSERT_TRUE(stored.has_value()) << stored.error().text;
    EXPECT_EQ(desk_->path, "/api/v1/envelopes/" + id);
    EXPECT_EQ(desk_->authorization, "Bearer spt_token");
    EXPECT_EQ(desk_->content_type, "application/json");
    std::string sha256;
    for (int i = 0; i < 32; ++i) sha256 += "ab";
    EXPECT_EQ(boost::json::parse(desk_->body), boost::json::parse(R"({
        "identity": "AGE-SECRET-KEY-1TEST",
        "ciphertext": { "sha256": ")" + sha256 + R"(", "size": 12345 },
        "sender": { "address": "alice@acme.test", "name": "Alice \"A\"" },
        "subject": "Été",
        "message_id": "<1@acme.test>",
        "recipients": ["bob@partner.test", "carol@partner.test"],
        "profile": "default",
        "assurance": "mailbox",
        "expires_at": "2027-02-22T00:00:00.000Z",
        "rights": { "reply": true, "reply_all": true, "forward": false },
        "receipt": true,
        "hosted": true })"));
    EXPECT_EQ(stored->organisation, "Acme Ltd");
    EXPECT_EQ(stored->service_url, url_);
    ASSERT_EQ(stored->recipients.size(), 1U);
    EXPECT_EQ(stored->recipients[0].address, "bob@partner.test");
    EXPECT_EQ(stored->recipients[0].language, "fr");
}

TEST_F(HttpKeyServiceTest, StreamsTheHostedCopyWithItsSize)
{
    const std::string content(1'000'000, 'q');
    answer(204);
    const auto stored = put(content);
    ASSERT_TRUE(stored.has_value()) << stored.error().text;
    EXPECT_EQ(desk_->path, "/api/v1/envelopes/" + id + "/content");
    EXPECT_EQ(desk_->content_type, "application/octet-stream");
    EXPECT_EQ(desk_->length, content.size());
    EXPECT_EQ(desk_->body, content);
}

TEST_F(HttpKeyServiceTest, RecallsAKeyThatNobodyNeeds)
{
    answer(204);
    EXPECT_TRUE(discard().has_value());
    EXPECT_EQ(desk_->path, "/api/v1/envelopes/" + id + "/recall");
    EXPECT_EQ(desk_->authorization, "Bearer spt_token");
    for (const int status : {404, 410}) {
        answer(status);
        EXPECT_TRUE(discard().has_value()) << "it is not there";
    }
    answer(503);
    EXPECT_EQ(discard().error().fault, Fault::retry_later);
}

// doc/spec/key-api.md, GET /api/v1/envelopes/{id}
TEST_F(HttpKeyServiceTest, KnowsHowAnEnvelopeEnded)
{
    using sealer::Ending;
    for (const auto& [state, ending] : {std::pair("open", Ending::none), std::pair("locked", Ending::none),
                                        std::pair("expired", Ending::expired), std::pair("erased", Ending::recalled)}) {
        answer(200, R"({"id":")" + id + R"(","state":")" + state + R"(","recipients":[]})");
        const auto found = find_ending();
        ASSERT_TRUE(found.has_value()) << found.error().text;
        EXPECT_EQ(*found, ending) << state;
    }
    EXPECT_EQ(desk_->path, "/api/v1/envelopes/" + id);
    answer(404);
    EXPECT_EQ(find_ending().value(), Ending::none);
    for (const auto& [status, body] : {std::pair(200, ""), std::pair(200, "{}"), std::pair(503, "")}) {
        answer(status, body);
        EXPECT_EQ(find_ending().error().fault, Fault::retry_later) << status;
    }
}

TEST_F(HttpKeyServiceTest, TellsWhatIsFinalFromWhatCanBeMended)
{
    for (const int status : {400, 409, 413, 422}) {
        answer(status);
        EXPECT_EQ(store().error().fault, Fault::give_up) << status;
    }
    for (const int status : {302, 401, 403, 404, 429, 500, 503}) {
        answer(status);
        EXPECT_EQ(store().error().fault, Fault::retry_later) << status;
    }
}

TEST_F(HttpKeyServiceTest, NamesTheProblemForTheOperator)
{
    answer(403, R"({"type":"urn:sealpost:problem:not-allowed","status":403})");
    EXPECT_NE(store().error().text.find("not-allowed"), std::string::npos);
    const std::vector<std::string> odd_names = {R"(two\nlines)", R"(\u001b[2J)", "", "Not-Allowed", std::string(65, 'a')};
    for (const auto& odd : odd_names) {
        answer(403, R"({"type":"urn:sealpost:problem:)" + odd + R"("})");
        EXPECT_TRUE(store().error().text.ends_with("the service answered status 403")) << odd;
    }
    answer(401, R"({"type":"urn:sealpost:problem:not-signed-in","status":401})");
    EXPECT_NE(store().error().text.find("does not take the token in " + token_file_.string()), std::string::npos);
}

TEST_F(HttpKeyServiceTest, SaysThatItsAccountIsDisabledAndKeepsTheMail)
{
    answer(403, R"({"type":"urn:sealpost:problem:account-disabled","status":403})");
    const auto refused = store();
    EXPECT_EQ(refused.error().fault, Fault::retry_later);
    EXPECT_NE(refused.error().text.find("the account of this gateway is disabled"), std::string::npos);
}

TEST_F(HttpKeyServiceTest, KnowsWhatKeepsItFromTheService)
{
    using sealer::ServiceTrouble;
    answer(401);
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(trouble(), ServiceTrouble::token_refused);
    answer(403, R"({"type":"urn:sealpost:problem:account-disabled","status":403})");
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(trouble(), ServiceTrouble::account_disabled);
    for (const auto& [status, body] : {std::pair(403, R"({"type":"urn:sealpost:problem:not-allowed"})"), std::pair(503, "")}) {
        answer(status, body);
        EXPECT_TRUE(store().has_error());
        EXPECT_EQ(trouble(), ServiceTrouble::other) << status;
    }
    url_ = "http://127.0.0.1:1";
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(trouble(), ServiceTrouble::unreachable);
}

TEST_F(HttpKeyServiceTest, SaysWhyTheTokensFileCannotBeReadAgain)
{
    answer(401);
    std::filesystem::remove(token_file_);
    for (int i = 0; i < 2; ++i)
        EXPECT_NE(store().error().text.find("cannot be given another: "), std::string::npos) << "also within the minute";
}

TEST_F(HttpKeyServiceTest, TakesAnotherTokenAfterARefusalOnceAMinuteAndWheneverItIsTold)
{
    answer(401);
    write_token("spt_second");
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(desk_->authorization, "Bearer spt_token");
    write_token("spt_third");
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(desk_->authorization, "Bearer spt_second");
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(desk_->authorization, "Bearer spt_second");
    ASSERT_TRUE(token_->reload());
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(desk_->authorization, "Bearer spt_third");
    std::filesystem::remove(token_file_);
    EXPECT_FALSE(token_->reload());
    EXPECT_TRUE(store().has_error());
    EXPECT_EQ(desk_->authorization, "Bearer spt_third");
}

TEST_F(HttpKeyServiceTest, TriesAgainAfterADamagedCopy)
{
    answer(422, R"({"type":"urn:sealpost:problem:damaged","status":422})");
    EXPECT_EQ(put("bytes").error().fault, Fault::retry_later);
}

TEST_F(HttpKeyServiceTest, TriesAgainWhenTheAnswerIsNotUnderstood)
{
    for (const char* body :
         {"", "[]", "{}", R"({"organisation":1,"recipients":[]})", R"({"organisation":"A","recipients":[{}]})"}) {
        answer(201, body);
        EXPECT_EQ(store().error().fault, Fault::retry_later) << body;
    }
}

TEST_F(HttpKeyServiceTest, TriesAgainWhenTheServiceIsAway)
{
    url_ = "http://127.0.0.1:1";
    EXPECT_EQ(store().error().fault, Fault::retry_later);
    url_ = "https://127.0.0.1:1";
    EXPECT_EQ(store().error().fault, Fault::retry_later) << "no trust is the operator's to mend";
}

}  // namespace
}  // namespace sealpost::gateway
