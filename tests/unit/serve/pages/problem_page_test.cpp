#include "serve/pages/problem_page.hpp"

#include "serve/pages/show.hpp"
#include "sys/async/workers.hpp"

#include <gmock/gmock.h>

namespace sealpost::pages {
namespace {

using testing::HasSubstr;

http::Request make_request(std::string accept, std::string language = "en", http::Method method = http::Method::get)
{
    http::Request request;
    request.method = method;
    request.path = "/nothing";
    request.headers.set("Accept", std::move(accept));
    request.headers.set("Accept-Language", std::move(language));
    return request;
}

std::string text_of(const http::Response& response) { return std::get<std::string>(response.body); }

Task<void> answer_unknown(http::Request& request, http::Response& answer) { answer = co_await show_unknown(request); }

http::Response ask(http::Request request)
{
    http::Response answer;
    async::run_here([&] { return answer_unknown(request, answer); });
    return answer;
}

constexpr const char* browser = "text/html,application/xhtml+xml,*/*;q=0.8";

TEST(ProblemPage, TellsAPersonInTheirLanguageAndLeadsOn)
{
    const auto english = ask(make_request(browser));
    EXPECT_EQ(english.status, 404);
    EXPECT_THAT(text_of(english), testing::AllOf(HasSubstr("lang=\"en\""), HasSubstr("does not exist"), HasSubstr("href=\"/\"")));
    EXPECT_THAT(text_of(ask(make_request(browser, "fr-FR,fr;q=0.9"))), HasSubstr("Cette page n’existe pas"));
}

TEST(ProblemPage, IsWholeInItselfOnAnyScreen)
{
    const auto page = ask(make_request(browser));
    EXPECT_THAT(text_of(page),
                testing::AllOf(HasSubstr("<main><h1>"), HasSubstr("initial-scale=1"), HasSubstr("color-scheme:light dark"),
                               testing::Not(HasSubstr("<script")), testing::Not(HasSubstr("src="))));
    EXPECT_THAT(std::string(page.headers.find("Content-Security-Policy").value_or("")),
                testing::AllOf(HasSubstr("default-src 'none'"), HasSubstr("style-src 'unsafe-inline'")));
}

TEST(ProblemPage, LeavesProgramsTheirProblemDetails)
{
    EXPECT_THAT(text_of(ask(make_request("*/*"))), HasSubstr("urn:sealpost:problem:not-found"));
    EXPECT_THAT(text_of(ask(make_request(browser, "en", http::Method::post))), HasSubstr("urn:sealpost:problem:not-found"));
    auto call = make_request(browser);
    call.path = "/api/v1/nothing";
    EXPECT_THAT(text_of(ask(std::move(call))), HasSubstr("urn:sealpost:problem:not-found"));
}

TEST(ProblemPage, HasWordsForAProblemThatItDoesNotKnow)
{
    const auto page = show_problem(make_request(browser, "fr"), http::Problem(500, "our-fault", "title", "<detail>"), "/open");
    EXPECT_EQ(page.status, 500);
    EXPECT_THAT(text_of(page),
                testing::AllOf(HasSubstr("de notre côté"), HasSubstr("href=\"/open\""), testing::Not(HasSubstr("detail"))));
}

TEST(ProblemPage, StandsBehindEveryOtherRoute)
{
    http::Router router;
    router.add(http::Method::post, "/ingest", show_unknown);
    add_file_routes(router);
    EXPECT_EQ(router.find(http::Method::get, "/assets/x.js").route->pattern, "/assets/{path...}");
    EXPECT_EQ(router.find(http::Method::get, "/ingest").route, nullptr) << "another method is wanted";
    ASSERT_NE(router.find(http::Method::get, "/nothing").route, nullptr);
    EXPECT_EQ(router.find(http::Method::get, "/nothing").route->pattern, "");
}

}  // namespace
}  // namespace sealpost::pages
