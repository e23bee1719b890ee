#include "serve/signin/signin.hpp"

#include "sys/async/wait.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sealpost::signin {
namespace {

constexpr std::string_view cookie = "__Host-test";

struct Session {
    std::string csrf;
};

// Knows one token.
struct Sessions {
    Task<Result<std::optional<Session>>> find(Secret token)
    {
        if (token.reveal_text() != "known") co_return std::optional<Session>();
        co_return std::optional<Session>(Session{"right"});
    }
};

http::Request make_request(const std::string& cookies, const std::string& csrf = "")
{
    http::Request request;
    if (!cookies.empty()) request.headers.set("Cookie", cookies);
    if (!csrf.empty()) request.headers.set("X-CSRF-Token", csrf);
    return request;
}

enum class Outcome { nobody, found, refused, failed };

Outcome find(const http::Request& request, Purpose purpose)
{
    Sessions sessions;
    const auto found = async::wait_here(find_session<Session>(sessions, request, cookie, purpose));
    if (found.has_error()) return found.error().name == "not-allowed" ? Outcome::refused : Outcome::failed;
    if (!found->has_value()) return Outcome::nobody;
    return (*found)->token.reveal_text() == "known" ? Outcome::found : Outcome::failed;
}

TEST(SignIn, FindsTheSessionOfItsOwnCookieAlone)
{
    EXPECT_EQ(find(make_request("__Host-other=known; __Host-test=known"), Purpose::look), Outcome::found);
    EXPECT_EQ(find(make_request("__Host-other=known"), Purpose::look), Outcome::nobody);
    EXPECT_EQ(find(make_request("__Host-test=unknown"), Purpose::look), Outcome::nobody);
    EXPECT_EQ(find(make_request(""), Purpose::change), Outcome::nobody);
}

TEST(SignIn, AsksForTheSessionsOwnTokenBeforeAChange)
{
    EXPECT_EQ(find(make_request("__Host-test=known"), Purpose::change), Outcome::refused);
    EXPECT_EQ(find(make_request("__Host-test=known", "wrong"), Purpose::change), Outcome::refused);
    EXPECT_EQ(find(make_request("__Host-test=known", "right"), Purpose::change), Outcome::found);
}

TEST(SignIn, TakesAnEmptyCookieForNone) { EXPECT_FALSE(find_token(make_request("__Host-test="), cookie).has_value()); }

TEST(SignIn, DeletesACookieAtOnce)
{
    http::Response response;
    delete_token(response, cookie);
    const auto set = response.headers.find("Set-Cookie");
    ASSERT_TRUE(set.has_value());
    EXPECT_NE(set->find("__Host-test=;"), std::string_view::npos) << *set;
    EXPECT_NE(set->find("Max-Age=0"), std::string_view::npos) << *set;
}

}  // namespace
}  // namespace sealpost::signin
