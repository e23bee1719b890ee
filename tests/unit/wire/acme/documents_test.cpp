#include "wire/acme/documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::acme {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view token = "DGyRejmCefe7v4NfDGDKfA";

std::string authorization_with(const std::string& challenge, const std::string& status = "pending")
{
    return R"({"status":")" + status + R"(","identifier":{"type":"dns","value":"Www.Example.org"},"challenges":[)" + challenge +
           "]}";
}

std::string challenge_with(std::string_view its_token, std::string_view url = "https://example.com/acme/chall/prV_B7yEyA4")
{
    return R"({"type":"http-01","url":")" + std::string(url) + R"(","token":")" + std::string(its_token) +
           R"(","status":"pending"})";
}

// RFC 8555 §7.1.1, shortened.
TEST(DirectoryDocument, IsReadAsTheStandardShowsIt)
{
    const auto directory = parse_directory(R"({"newNonce":"https://example.com/acme/new-nonce",
        "newAccount":"https://example.com/acme/new-account","newOrder":"https://example.com/acme/new-order",
        "newAuthz":"https://example.com/acme/new-authz","meta":{"website":"https://www.example.com/","externalAccountRequired":true}})");
    ASSERT_TRUE(directory.has_value());
    EXPECT_EQ(directory->new_nonce, "https://example.com/acme/new-nonce");
    EXPECT_EQ(directory->new_order, "https://example.com/acme/new-order");
    EXPECT_TRUE(directory->external_account_required);
}

TEST(DirectoryDocument, IsRefusedWithoutAUrlThatIsNeededAndWithOneInClear)
{
    EXPECT_EQ(parse_directory(R"({"newNonce":"https://a/n","newAccount":"https://a/a"})").error().fault, Fault::peer_broke_it);
    EXPECT_EQ(parse_directory(R"({"newNonce":"https://a/n","newAccount":"https://a/a","newOrder":"http://a/o"})").error().fault,
              Fault::peer_broke_it);
    EXPECT_EQ(parse_directory("[]").error().fault, Fault::peer_broke_it);
    EXPECT_EQ(parse_directory("<html>").error().fault, Fault::peer_broke_it);
    EXPECT_EQ(parse_directory(std::string(max_document_bytes, ' ') + "{}").error().fault, Fault::peer_broke_it);
}

// RFC 8555 §7.1.3.
TEST(OrderDocument, IsReadAsTheStandardShowsIt)
{
    const auto order = parse_order(R"({"status":"valid","expires":"2016-01-20T14:09:07.99Z",
        "identifiers":[{"type":"dns","value":"www.example.org"}],
        "authorizations":["https://example.com/acme/authz/PAniVnsZcis","https://example.com/acme/authz/r4HqLzrSrpI"],
        "finalize":"https://example.com/acme/order/TOlocE8rfgo/finalize","certificate":"https://example.com/acme/cert/mAt3xBGaobw"})");
    ASSERT_TRUE(order.has_value());
    EXPECT_EQ(order->status, Status::valid);
    EXPECT_THAT(order->authorizations, SizeIs(2));
    EXPECT_EQ(order->certificate, "https://example.com/acme/cert/mAt3xBGaobw");
}

TEST(OrderDocument, IsRefusedWhenItIsValidWithoutACertificate)
{
    EXPECT_EQ(parse_order(R"({"status":"valid","authorizations":["https://a/1"],"finalize":"https://a/f"})").error().fault,
              Fault::peer_broke_it);
}

TEST(OrderDocument, IsRefusedWithMoreAuthorizationsThanAnOrderHasNames)
{
    std::string list;
    for (std::size_t i = 0; i <= max_names; ++i) list += (i == 0 ? "" : ",") + std::string("\"https://a/1\"");
    EXPECT_EQ(parse_order(R"({"status":"pending","authorizations":[)" + list + R"(],"finalize":"https://a/f"})").error().fault,
              Fault::peer_broke_it);
    EXPECT_EQ(parse_order(R"({"status":"pending","authorizations":[],"finalize":"https://a/f"})").error().fault,
              Fault::peer_broke_it);
}

TEST(OrderDocument, HasAStatusOfItsOwnForWordsThatAreNotKnown)
{
    const auto order = parse_order(R"({"status":"revoked","authorizations":["https://a/1"],"finalize":"https://a/f"})");
    EXPECT_EQ(order->status, Status::other);
}

TEST(AuthorizationDocument, ShowsItsChallengesByType)
{
    const auto authorization = parse_authorization(
        authorization_with(challenge_with(token) + R"(,{"type":"dns-account-07","url":"https://a/x","status":"pending"})"));
    ASSERT_TRUE(authorization.has_value());
    EXPECT_EQ(authorization->name, "www.example.org");
    EXPECT_EQ(authorization->status, Status::pending);
    ASSERT_NE(authorization->find_challenge("http-01"), nullptr);
    EXPECT_EQ(authorization->find_challenge("http-01")->token, token);
    EXPECT_EQ(authorization->find_challenge("tls-alpn-01"), nullptr);
}

// RFC 8555 §8.1: the token becomes a part of a path that strangers ask for.
TEST(AuthorizationDocument, IsRefusedWithATokenOutsideTheAlphabetOrTooShort)
{
    for (const char* bad : {"../../../../etc/passwd", "short", "DGyRejmCefe7v4NfDGDKf=", ""})
        EXPECT_EQ(parse_authorization(authorization_with(challenge_with(bad))).error().fault, Fault::peer_broke_it) << bad;
    EXPECT_EQ(parse_authorization(authorization_with(challenge_with(std::string(129, 'a')))).error().fault, Fault::peer_broke_it);
}

TEST(AuthorizationDocument, IsRefusedForSomethingThatIsNoHostName)
{
    EXPECT_EQ(parse_authorization(R"({"status":"pending","identifier":{"type":"ip","value":"192.0.2.1"},"challenges":[]})")
                  .error()
                  .fault,
              Fault::peer_broke_it);
    EXPECT_EQ(
        parse_authorization(R"({"status":"pending","identifier":{"type":"dns","value":"a b"},"challenges":[]})").error().fault,
        Fault::peer_broke_it);
}

TEST(AuthorizationDocument, TellsWhyItsChallengesFailed)
{
    const auto authorization = parse_authorization(
        authorization_with(R"({"type":"http-01","url":"https://a/x","token":"DGyRejmCefe7v4NfDGDKfA","status":"invalid",)"
                           R"("error":{"type":"urn:ietf:params:acme:error:dns","detail":"no address\u000afound"}})",
                           "invalid"));
    ASSERT_TRUE(authorization.has_value());
    EXPECT_EQ(authorization->status, Status::invalid);
    EXPECT_EQ(authorization->problem_text(), "urn:ietf:params:acme:error:dns: no address found");
}

TEST(ProblemDocument, KnowsTheTypesThatMatterToUs)
{
    EXPECT_EQ(parse_problem(R"({"type":"urn:ietf:params:acme:error:badNonce","detail":"again"})")->type, ProblemType::bad_nonce);
    EXPECT_EQ(parse_problem(R"({"type":"urn:ietf:params:acme:error:accountDoesNotExist"})")->type,
              ProblemType::account_does_not_exist);
    EXPECT_EQ(parse_problem(R"({"type":"urn:ietf:params:acme:error:rateLimited"})")->type, ProblemType::rate_limited);
    EXPECT_EQ(parse_problem(R"({"type":"urn:ietf:params:acme:error:caa"})")->type, ProblemType::other);
    EXPECT_FALSE(parse_problem("<html>").has_value());
    EXPECT_FALSE(parse_problem("{}").has_value());
}

// RFC 8555 §6.7.1.
TEST(ProblemDocument, TellsWhatEachSubproblemSays)
{
    const auto problem =
        parse_problem(R"({"type":"urn:ietf:params:acme:error:malformed","detail":"Some identifiers were rejected",
        "subproblems":[{"type":"urn:ietf:params:acme:error:caa","detail":"forbidden","identifier":{"type":"dns","value":"b.test"}}]})");
    EXPECT_THAT(problem->text, HasSubstr("b.test: urn:ietf:params:acme:error:caa: forbidden"));
}

TEST(ProblemDocument, IsCutWhereNobodyReadsOnAndNotInsideACharacter)
{
    std::string detail;
    for (int i = 0; i < 400; ++i) detail += "é";
    const auto problem = parse_problem(R"({"type":"x","detail":")" + detail + "\"}");
    EXPECT_LE(problem->text.size(), 500U);
    EXPECT_THAT(problem->text, Not(HasSubstr("\xc3\xc3")));
    const auto near_the_end = parse_problem(R"({"type":"abcdefg","detail":")" + std::string(480, 'a') + detail + "\"}");
    EXPECT_EQ(near_the_end->text, "abcdefg: " + std::string(480, 'a') + "ééééé");
}

TEST(RetryAfter, IsSecondsOrADate)
{
    const WallTime now = parse_rfc3339("2026-11-26T08:00:00Z").value();
    EXPECT_EQ(parse_retry_after("120", now), seconds(120));
    EXPECT_EQ(parse_retry_after(" 3 ", now), seconds(3));
    EXPECT_EQ(parse_retry_after("Thu, 26 Nov 2026 08:01:30 GMT", now), seconds(90));
    EXPECT_EQ(parse_retry_after("Thu, 26 Nov 2026 07:00:00 GMT", now), seconds(0));
    EXPECT_EQ(parse_retry_after("99999999999999", now), seconds(31'536'000));
    for (const char* bad : {"", "-1", "soon", "Thu, 26 Foo 2026 08:01:30 GMT", "Thu, 99 Nov 2026 08:01:30 GMT"})
        EXPECT_FALSE(parse_retry_after(bad, now).has_value()) << bad;
}

}  // namespace
}  // namespace sealpost::acme
