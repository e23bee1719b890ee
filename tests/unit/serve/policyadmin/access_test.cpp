#include "serve/policyadmin/policy_world.hpp"

namespace sealpost::test {
namespace {

using http::Method;
using PolicyAccess = PolicyWorld;

struct Known {
    Method method;
    std::string path;
};

const std::vector<Known>& all_calls()
{
    static const std::vector<Known> calls{
        {Method::get, "state"},
        {Method::get, "sections/mail_flow_policy"},
        {Method::get, "parameters?listener=public"},
        {Method::get, "sender-groups/public/UNKNOWNLIST/senders"},
        {Method::get, "find-senders?text=a"},
        {Method::get, "changes"},
        {Method::get, "history"},
        {Method::get, "export"},
        {Method::get, "warnings"},
        {Method::post, "edit"},
        {Method::post, "check-senders"},
        {Method::post, "preset"},
        {Method::post, "import"},
        {Method::post, "discard"},
        {Method::post, "commit"},
        {Method::post, "rollback"},
        {Method::post, "hat-check"},
    };
    return calls;
}

std::vector<std::string> ask_all(const std::function<Answer(const Call&)>& ask)
{
    std::vector<std::string> wrong;
    for (const auto& known : all_calls()) {
        const Answer answer = ask({known.method, "/api/v1/policy/" + known.path, known.method == Method::post ? "{}" : ""});
        wrong.push_back(known.path + ": " + answer.problem());
    }
    return wrong;
}

std::vector<std::string> everywhere(const std::string& problem)
{
    std::vector<std::string> all;
    for (const auto& known : all_calls()) all.push_back(known.path + ": " + problem);
    return all;
}

TEST_F(PolicyAccess, IsClosedToNobody)
{
    Client nobody;
    EXPECT_EQ(ask_all([&](const Call& call) { return ask(nobody, call); }), everywhere("not-signed-in"));
}

TEST_F(PolicyAccess, IsClosedToAnAdministratorOfAnAccountAlone)
{
    Client ada = signed_in("ada", {account_});
    EXPECT_EQ(ask_all([&](const Call& call) { return ask(ada, call); }), everywhere("not-allowed"));
    EXPECT_EQ(store_->has_pending().value(), false);
}

TEST_F(PolicyAccess, TakesChangesFromItsOwnPagesOnly)
{
    Client mia = signed_in("mia");
    Client elsewhere = mia;
    elsewhere.origin = "https://evil.test";
    Client without_token = mia;
    without_token.csrf = "";
    for (const auto& known : all_calls()) {
        if (known.method != Method::post) continue;
        const Call call{known.method, "/api/v1/policy/" + known.path, "{}"};
        EXPECT_EQ(ask(elsewhere, call).problem(), "not-allowed") << known.path;
        EXPECT_EQ(ask(without_token, call).problem(), "not-allowed") << known.path;
        EXPECT_EQ(ask(mia, call).problem(), "bad-request") << known.path << " an empty body is not understood";
    }
}

TEST_F(PolicyAccess, OpensToAdministratorsOfTheNodeWithOrWithoutAnAccount)
{
    Client mia = signed_in("mia");
    Client max = signed_in("max", {account_, true});
    for (Client* each : {&mia, &max}) EXPECT_EQ(get(*each, "state").status, 200);
}

TEST_F(PolicyAccess, TakesALargeDocumentAndNoLargerOne)
{
    const auto limit_of = [&](const std::string& call) {
        return router_.find(Method::post, "/api/v1/policy/" + call).route->options.max_body_bytes;
    };
    constexpr std::uint64_t mebibyte = 1024 * 1024;
    EXPECT_EQ(limit_of("edit"), 16 * mebibyte);
    EXPECT_EQ(limit_of("check-senders"), 16 * mebibyte);
    EXPECT_EQ(limit_of("import"), 32 * mebibyte + 64 * 1024) << "16 MiB of TOML may take twice that in JSON";
    for (const char* call : {"preset", "discard", "commit", "rollback", "hat-check"})
        EXPECT_EQ(limit_of(call), 64 * 1024U) << call;
}

}  // namespace
}  // namespace sealpost::test
