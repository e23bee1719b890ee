#include "serve/certadmin/certadmin.hpp"

#include "core/certificates/certificates_world.hpp"
#include "serve/service_world.hpp"

#include <set>

namespace sealpost::test {
namespace {

using certificates::CertificateFolder;
using http::Method;
using testing::HasSubstr;
using testing::Not;

class CertificateCalls : public ServiceWorld {
protected:
    CertificateCalls()
    {
        certadmin::Parts parts;
        const std::vector<admin::Area> areas{admin::Area::account, admin::Area::node};
        parts.admin = std::make_shared<const admin::Desk>(admin::Parts{people_, "https://keys.test", areas});
        parts.store = node_.store_;
        parts.pool = &pool_;
        parts.reload = [this](std::string installed) { return count_reload(*this, std::move(installed)); };
        parts.renewals = &renewals_;
        admin::add_routes(router_, parts.admin);
        certadmin::add_routes(router_, std::move(parts));
        mia_ = signed_in("mia", {std::nullopt, true});
    }

    static Task<Result<>> count_reload(CertificateCalls& self, std::string installed)
    {
        EXPECT_EQ(installed, "mx1");
        ++self.reloads_;
        co_return Result<>();
    }
    Client signed_in(const std::string& name, people::Duties duties)
    {
        const auto id = value_of(people_->administrators().add(name, duties, Secret::copy_of("correct horse battery"))).id;
        const auto session = value_of(people_->administrator_sessions().begin(id, people::Assurance::account, Secret()));
        Client client;
        client.csrf = session.csrf;
        client.cookies["__Host-sealpost-admin"] = std::string(session.token.reveal_text());
        return client;
    }
    Answer get(const std::string& what) { return ask(mia_, {Method::get, "/api/v1/certificates" + what}); }
    Answer post(const std::string& what, const json::object& body = {})
    {
        return ask(mia_, {Method::post, "/api/v1/certificates/" + what, json::serialize(body)});
    }
    json::object good()
    {
        return {{"certificate", node_.leaf()}, {"intermediates", node_.intermediate()}, {"key", node_.key_text()}};
    }

    CertificateFolder node_;
    async::BlockingPool pool_{1};
    certadmin::Renewals renewals_;
    int reloads_ = 0;
    Client mia_;
};

TEST_F(CertificateCalls, AreForAdministratorsOfTheNode)
{
    Client ada = signed_in("ada", {account_});
    Client nobody;
    EXPECT_EQ(ask(nobody, {Method::get, "/api/v1/certificates"}).problem(), "not-signed-in");
    EXPECT_EQ(ask(ada, {Method::get, "/api/v1/certificates"}).problem(), "not-allowed");
    EXPECT_EQ(ask(ada, {Method::post, "/api/v1/certificates/mx1/request"}).problem(), "not-allowed");
    mia_.origin = "https://evil.test";
    EXPECT_EQ(post("mx1/install", good()).problem(), "not-allowed");
    EXPECT_EQ(ask(mia_, {Method::get, "/api/v1/admin/session"}).object().at("areas"), json::array({"node"}));
}

TEST_F(CertificateCalls, ChangeNothingWithoutTheTokenOfThePage)
{
    mia_.csrf.clear();
    for (const std::string what : {"mx1/request", "mx1/check", "mx1/install"})
        EXPECT_EQ(post(what, good()).problem(), "not-allowed") << what;
    EXPECT_EQ(node_.find().state, certificates::State::none);
    EXPECT_EQ(reloads_, 0);
    EXPECT_EQ(get("").status, 200) << "who only looks needs none";
}

TEST_F(CertificateCalls, ListWhatTheNodeHas)
{
    ASSERT_TRUE(node_.store_->prepare_start());
    const auto list = get("").object().at("certificates").as_array();
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0].at("state"), "demo");
    EXPECT_EQ(list[0].at("kept_by"), "node");
    EXPECT_EQ(list[0].at("used_by"), json::array({"listener public", "admin"}));
    EXPECT_EQ(list[2].at("kept_by"), "files");
    EXPECT_EQ(get("/mx1").object(), list[0]);
    EXPECT_EQ(get("/mx9").status, 404);
}

TEST_F(CertificateCalls, MakeARequestAndInstallWhatWasSigned)
{
    const json::object order{{"subject", {{"organization", "Acme, Inc."}, {"country", "FR"}}}, {"key_type", "rsa"}};
    const Answer asked = post("mx1/request", order);
    ASSERT_EQ(asked.status, 200) << asked.body;
    EXPECT_EQ(asked.object().at("request").at("key"), "RSA 3072");
    const auto pem = files::read_secret(node_.kept("request.key"), 100000).value();
    const auto key = crypto::PrivateKey::parse_pem(pem.reveal_text()).value();
    const json::object signed_one{{"certificate", node_.intermediate() + node_.leaf({"mx1.acme.test"}, key)}};
    EXPECT_EQ(post("mx1/check", signed_one).text("verdict"), "ok");
    EXPECT_EQ(reloads_, 0);
    const Answer installed = post("mx1/install", signed_one);
    ASSERT_EQ(installed.status, 200) << installed.body;
    EXPECT_EQ(installed.text("state"), "installed");
    EXPECT_TRUE(installed.object().at("request").is_null());
    EXPECT_THAT(installed.body, Not(HasSubstr("PRIVATE KEY")));
    EXPECT_EQ(reloads_, 1);
}

TEST_F(CertificateCalls, RefuseAChainThatDoesNotVerifyAndNameWhatIsMissing)
{
    json::object body{{"certificate", node_.leaf()}, {"key", node_.key_text()}};
    const Answer refused = post("mx1/install", body);
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.problem(), "does-not-verify");
    EXPECT_EQ(refused.object().at("finding").at("verdict"), "missing_intermediate");
    EXPECT_THAT(refused.text("fix"), HasSubstr("Acme Issuing"));
    EXPECT_EQ(reloads_, 0);
    body["even_though_it_does_not_verify"] = true;
    EXPECT_EQ(post("mx1/install", body).status, 200);
    const Answer mended = post("mx1/install", {{"intermediates", node_.intermediate()}});
    EXPECT_EQ(mended.object().at("finding").at("verdict"), "ok") << mended.body;
    EXPECT_EQ(reloads_, 2);
}

TEST_F(CertificateCalls, SayEachRefusalInItsOwnWords)
{
    EXPECT_EQ(post("mx1/install", {{"certificate", node_.leaf()}}).problem(), "no-key");
    EXPECT_EQ(post("mx1/check", {{"certificate", node_.leaf()}}).problem(), "no-key");
    EXPECT_EQ(post("mx1/install", {{"key", node_.key_text()}}).problem(), "no-certificate");
    EXPECT_EQ(post("mx1/install").problem(), "no-certificate");
    const auto other = crypto::PrivateKey::make_ecdsa_p256().value();
    EXPECT_EQ(post("mx1/install", {{"certificate", node_.leaf()}, {"key", other.to_pem().reveal_text()}}).problem(), "wrong-key");
    EXPECT_EQ(post("mx3/install", good()).problem(), "not-kept-by-node");
    EXPECT_EQ(post("mx9/install", good()).problem(), "not-found");
    EXPECT_EQ(post("mx1/install", {{"certificate", "nothing of the kind"}}).problem(), "bad-request");
    EXPECT_EQ(post("mx1/install", {{"pkcs12", "§"}}).problem(), "bad-request");
    EXPECT_EQ(post("mx1/request", {{"key_type", "dsa"}}).problem(), "bad-request");
    EXPECT_EQ(post("mx1/request", {{"names", {"no host name"}}}).problem(), "bad-request");
    EXPECT_EQ(post("mx1/request", {{"subject", {{"country", "F"}}}}).problem(), "bad-request");
    EXPECT_EQ(reloads_, 0);
}

TEST_F(CertificateCalls, RenewWhereAnAuthorityDoesSo)
{
    EXPECT_EQ(post("mx1/renew").problem(), "not-acme");
    renewals_.renew_now = [](const std::string&) { FAIL() << "no authority is named"; };
    EXPECT_EQ(post("mx1/renew").problem(), "not-acme");
}

TEST_F(CertificateCalls, AreDescribedEachAndNoOther)
{
    Client anybody;
    const auto described = ask(anybody, {Method::get, "/api/v1/openapi/certificates.json"}).object();
    std::set<std::string> named;
    for (const auto& path : described.at("paths").as_object())
        for (const auto& method : path.value().as_object())
            named.insert(std::string(method.key()) + " " + std::string(path.key()));
    std::set<std::string> served;
    for (const auto& route : router_.routes())
        if (route.pattern.starts_with("/api/v1/certificates") || route.pattern.ends_with("/certificates.json"))
            served.insert((route.method == Method::get ? "get " : "post ") + route.pattern);
    EXPECT_EQ(named, served);
}

}  // namespace
}  // namespace sealpost::test
