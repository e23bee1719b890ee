#include "serve/gateway/service_check.hpp"

#include "serve/task_answers.hpp"
#include "sys/http/loopback.hpp"

#include <gmock/gmock.h>

#include <mutex>

namespace sealpost::gateway {
namespace {

using Verdict = ServiceFinding::Verdict;
using queue::wait_for;
using testing::HasSubstr;
using testing::IsEmpty;

// What the service is asked, and what it answers.
struct Desk {
    std::mutex lock;
    std::string path, authorization;
    int status = 200;
    std::string answer = R"({"organisation":"Acme Ltd","recipients":[]})";
};

Task<http::Response> serve(std::shared_ptr<Desk> desk, http::Request& request)
{
    const std::lock_guard hold(desk->lock);
    desk->path = request.path;
    desk->authorization = std::string(request.headers.find("Authorization").value_or(""));
    http::Response response;
    response.status = desk->status;
    response.body = desk->answer;
    co_return response;
}

http::Router make_router(const std::shared_ptr<Desk>& desk)
{
    http::Router router;
    router.add(http::Method::get, "/api/v1/languages", [desk](http::Request& request) { return serve(desk, request); });
    return router;
}

class ServiceCheckTest : public testing::Test {
protected:
    ServiceFinding check(const std::string& url)
    {
        http::ClientOptions options;
        options.allow_plain_http = true;
        auto client = std::make_shared<http::HttpClient>(std::move(options));
        return wait_for(check_service(client, url, Secret::copy_of("spt_token"), Deadline::after(http::generous)));
    }
    ServiceFinding check(int status, std::string body)
    {
        desk_->status = status;
        desk_->answer = std::move(body);
        return check(loopback_.origin());
    }

    std::shared_ptr<Desk> desk_ = std::make_shared<Desk>();
    http::Loopback loopback_{make_router(desk_)};
};

// doc/spec/key-api.md, GET /api/v1/languages
TEST_F(ServiceCheckTest, AsksWithTheTokenForTheLanguagesOfNobody)
{
    const auto found = check(loopback_.origin());
    EXPECT_EQ(found.verdict, Verdict::good) << found.problem;
    EXPECT_EQ(found.organisation, "Acme Ltd");
    EXPECT_THAT(found.problem, IsEmpty());
    EXPECT_EQ(desk_->path, "/api/v1/languages");
    EXPECT_EQ(desk_->authorization, "Bearer spt_token");
}

TEST_F(ServiceCheckTest, IsContentWithAServiceThatDoesNotSayWhoseTheTokenIs)
{
    const auto found = check(200, R"({"recipients":[]})");
    EXPECT_EQ(found.verdict, Verdict::good);
    EXPECT_THAT(found.organisation, IsEmpty());
}

TEST_F(ServiceCheckTest, ShowsNoControlCharacterOfTheOrganisation)
{
    EXPECT_EQ(check(200, R"({"organisation":"Acme\u001b[2J","recipients":[]})").organisation, "Acme [2J");
}

TEST_F(ServiceCheckTest, TellsATokenThatIsRefusedFromAnAccountThatIsDisabled)
{
    const auto refused = check(401, R"({"type":"urn:sealpost:problem:not-signed-in"})");
    EXPECT_EQ(refused.verdict, Verdict::token_refused);
    EXPECT_FALSE(refused.may_pass);
    EXPECT_THAT(refused.problem, HasSubstr(loopback_.origin()));
    const auto disabled = check(403, R"({"type":"urn:sealpost:problem:account-disabled"})");
    EXPECT_EQ(disabled.verdict, Verdict::account_disabled);
    EXPECT_FALSE(disabled.may_pass);
    EXPECT_EQ(check(403, R"({"type":"urn:sealpost:problem:not-allowed"})").verdict, Verdict::refused);
}

TEST_F(ServiceCheckTest, TellsAServiceInTroubleFromWhatIsNone)
{
    for (const int status : {429, 500, 503}) {
        const auto found = check(status, "");
        EXPECT_EQ(found.verdict, Verdict::refused) << status;
        EXPECT_TRUE(found.may_pass) << status;
    }
    for (const auto& [status, body] : {std::pair(404, ""), std::pair(301, ""), std::pair(200, "<html>"), std::pair(200, "{}"),
                                       std::pair(200, R"({"recipients":1})")}) {
        const auto found = check(status, body);
        EXPECT_EQ(found.verdict, Verdict::refused) << status << body;
        EXPECT_FALSE(found.may_pass) << status << body;
    }
}

TEST_F(ServiceCheckTest, MayReachLaterWhatDoesNotAnswerNow)
{
    const auto found = check("http://127.0.0.1:1");
    EXPECT_EQ(found.verdict, Verdict::unreachable);
    EXPECT_TRUE(found.may_pass);
}

TEST_F(ServiceCheckTest, TellsNothingToWhatDoesNotProveItsName)
{
    http::ClientOptions options;  // clear text proves nothing either
    auto client = std::make_shared<http::HttpClient>(std::move(options));
    const auto found =
        wait_for(check_service(client, loopback_.origin(), Secret::copy_of("spt_token"), Deadline::after(http::generous)));
    EXPECT_EQ(found.verdict, Verdict::unproven);
    EXPECT_THAT(desk_->authorization, IsEmpty());
}

}  // namespace
}  // namespace sealpost::gateway
