#include "sys/http/router.hpp"

#include "sys/http/respond.hpp"

#include <gtest/gtest.h>

namespace sealpost::http {
namespace {

Task<Response> nothing(Request&) { co_return empty_response(204); }

Router make_router()
{
    Router router;
    router.add(Method::get, "/open", nothing);
    router.add(Method::get, "/open/{ref}", nothing);
    router.add(Method::get, "/open/help", nothing);
    router.add(Method::post, "/open/{ref}", nothing);
    router.add(Method::get, "/assets/{path...}", nothing);
    return router;
}

TEST(Router, FindsPatternsAndDecodesTheirParameters)
{
    const Router router = make_router();
    const auto match = router.find(Method::get, "/open/a%2Fb%20c");
    ASSERT_NE(match.route, nullptr);
    EXPECT_EQ(match.route->pattern, "/open/{ref}");
    EXPECT_EQ(match.parameters.at(0).second, "a/b c");
    EXPECT_EQ(router.find(Method::get, "/assets/js/app.js").parameters.at(0).second, "js/app.js");
}

TEST(Router, PrefersLiteralSegments)
{
    const Router router = make_router();
    EXPECT_EQ(router.find(Method::get, "/open/help").route->pattern, "/open/help");
}

TEST(Router, FindsNothingForOddPaths)
{
    const Router router = make_router();
    for (const std::string path :
         {"", "open", "/", "/open/", "/open/a/b", "/open/%", "/open/%zz", "/open/%00", "/open/%0a", "/OPEN"})
        EXPECT_EQ(router.find(Method::get, path).route, nullptr) << path;
}

TEST(Router, NamesTheMethodsOfAKnownPath)
{
    const Router router = make_router();
    const auto match = router.find(Method::put, "/open/abc");
    EXPECT_EQ(match.route, nullptr);
    EXPECT_EQ(match.allowed, (std::vector<Method>{Method::get, Method::post}));
    EXPECT_TRUE(router.find(Method::put, "/nowhere").allowed.empty());
}

TEST(Router, AnswersHeadAsGet)
{
    const Router router = make_router();
    EXPECT_EQ(router.find(Method::head, "/open").route->method, Method::get);
}

TEST(OwnOrigin, RefusesEveryOtherOriginAndNone)
{
    const Guard guard = require_own_origin("https://keys.test");
    Request request;
    EXPECT_EQ(guard(request)->status, 403);
    for (const std::string origin : {"null", "https://keys.test.evil.test", "http://keys.test", "https://keys.test:444", ""}) {
        request.headers.set("Origin", origin);
        EXPECT_EQ(guard(request)->status, 403) << origin;
    }
    request.headers.set("Origin", "https://keys.test");
    EXPECT_FALSE(guard(request).has_value());
}

TEST(CsrfToken, MustBeThereAndEqual)
{
    Request request;
    EXPECT_FALSE(has_csrf_token(request, "abc"));
    request.headers.set("X-CSRF-Token", "");
    EXPECT_FALSE(has_csrf_token(request, ""));
    request.headers.set("x-csrf-token", "abc");
    EXPECT_TRUE(has_csrf_token(request, "abc"));
    EXPECT_FALSE(has_csrf_token(request, "abd"));
}

TEST(Request, ReadsCookiesAndQueries)
{
    Request request;
    request.headers.add("Cookie", "a=1; __Host-sealpost=tok=en");
    request.headers.add("Cookie", "b=2");
    EXPECT_EQ(request.find_cookie("__Host-sealpost"), "tok=en");
    EXPECT_EQ(request.find_cookie("b"), "2");
    EXPECT_FALSE(request.find_cookie("host-sealpost"));
    request.query = "address=a%40acme.test&address=b&q=x+y&broken=%";
    EXPECT_EQ(request.find_query_all("address"), (std::vector<std::string>{"a@acme.test", "b"}));
    EXPECT_EQ(request.find_query("q"), "x y");
    EXPECT_FALSE(request.find_query("broken"));
}

TEST(Percent, GoesThereAndBack)
{
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_EQ(decode_percent(encode_percent(all)), all);
    EXPECT_FALSE(decode_percent("%4"));
}

TEST(AssetResponse, AnswersNotModifiedToTheSameTag)
{
    const Asset asset{"text/css", "body{}", "\"abc\"", true};
    Request request;
    EXPECT_EQ(asset_response(request, asset).status, 200);
    request.headers.set("If-None-Match", "\"xyz\", W/\"abc\"");
    EXPECT_EQ(asset_response(request, asset).status, 304);
    request.headers.set("If-None-Match", "\"ab\"");
    EXPECT_EQ(asset_response(request, asset).status, 200);
}

TEST(Problem, SaysTypeStatusAndWhatElseIsKnown)
{
    Problem problem = not_allowed("why");
    problem.more["tries_left"] = 3;
    const Response response = problem_response(problem);
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
    EXPECT_EQ(
        std::get<std::string>(response.body),
        R"({"type":"urn:sealpost:problem:not-allowed","title":"This is not allowed","status":403,"detail":"why","tries_left":3})");
}

}  // namespace
}  // namespace sealpost::http
