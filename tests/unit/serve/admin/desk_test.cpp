#include "serve/admin/desk_world.hpp"
#include "serve/described.hpp"

namespace sealpost::test {
namespace {

TEST_F(AdminDesk, IsDescribedForPrograms)
{
    EXPECT_EQ(expect_described(router_, "/api/v1/admin/administrators"), 7);
    EXPECT_EQ(expect_described(router_, "/api/v1/admin/"), 15);
    Client anybody;
    const auto described = ask(anybody, {Method::get, "/api/v1/openapi/administrators.json"}).object();
    EXPECT_EQ(described.at("paths").as_object().size(), 9U);
}

TEST_F(AdminDesk, LetsAnAdministratorInAndOut)
{
    Client ada;
    EXPECT_EQ(session(ada).body, R"({"name":null})");
    EXPECT_EQ(sign_in(ada, "ada", "wrong horse battery").problem(), "wrong-password");
    EXPECT_EQ(sign_in(ada, "eve", "correct horse battery").problem(), "wrong-password");
    ada = signed_in("ada");
    EXPECT_EQ(session(ada).text("name"), "ada");
    EXPECT_EQ(session(ada).text("account"), "Acme Ltd");
    EXPECT_EQ(ask(ada, {Method::remove, "/api/v1/admin/session"}).status, 204);
    EXPECT_EQ(session(ada).body, R"({"name":null})");
}

TEST_F(AdminDesk, NotesInTheTrailWhoSignedInAndWhoFailedTo)
{
    Client ada;
    sign_in(ada, "ada", "wrong horse battery");
    sign_in(ada, "eve", "wrong horse battery");
    sign_in(ada, "ada", "correct horse battery");
    EXPECT_EQ(trail_of("ada"),
              "nobody 192.0.2.0/24 administrator.sign_in_refused\nadministrator:1 192.0.2.0/24 administrator.signed_in\n");
    EXPECT_EQ(trail_of("eve"), "") << "what strangers type as a name stays nowhere for ever";
    const auto all = value_of(people_->audit().list({}));
    for (const auto& record : all) EXPECT_EQ(record.entry.details.find("horse"), std::string::npos);
}

TEST_F(AdminDesk, NotesNoMoreInTheTrailThanItCanKeepForEver)
{
    Client mia;
    for (int i = 0; i < 24; ++i) EXPECT_EQ(sign_in(mia, "mia", "correct horse battery").status, 200);
    const auto told = trail_of("mia");
    EXPECT_EQ(std::ranges::count(told, '\n'), 20);
    clock_.advance(std::chrono::hours(1));
    sign_in(mia, "mia", "correct horse battery");
    EXPECT_EQ(std::ranges::count(trail_of("mia"), '\n'), 21);
}

TEST_F(AdminDesk, SlowsDownGuessing)
{
    Client eve;
    Answer last;
    for (int i = 0; i < 8; ++i) last = sign_in(eve, "ada", "guess number one");
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_TRUE(last.headers.has("Retry-After"));
}

TEST_F(AdminDesk, CountsNoPasswordThatItHadNoPlaceToCheck)
{
    auto busy = people::People::open(database_, clock_, {{}, {1, 0}, {}}).value();
    const auto desk = std::make_shared<const admin::Desk>(admin::Parts{busy, "https://keys.test", {Area::account}});
    http::Router idle = std::exchange(router_, http::Router());
    admin::add_routes(router_, desk);
    Client ada;
    for (int i = 0; i < 30; ++i) ASSERT_EQ(sign_in(ada, "ada", "correct horse battery").problem(), "try-later") << i;
    router_ = std::move(idle);
    EXPECT_EQ(sign_in(ada, "ada", "correct horse battery").status, 200);
}

TEST_F(AdminDesk, LetsAnAdministratorInWhomAStrangerGuessesAt)
{
    Client eve;
    eve.address = IpAddress::v4({203, 0, 113, 5});
    Answer last;
    for (int i = 0; i < 8; ++i) last = sign_in(eve, "ada", "guess number one");
    EXPECT_EQ(last.problem(), "too-many-requests");
    signed_in("ada");
}

TEST_F(AdminDesk, TellsTheAreasAndKeepsEverybodyInTheirs)
{
    Client ada = signed_in("ada");
    Client mia = signed_in("mia");
    Client max = signed_in("max");
    EXPECT_EQ(session(ada).object().at("areas"), json::array({"account"}));
    EXPECT_EQ(session(mia).object().at("areas"), json::array({"mail_policies"}));
    EXPECT_EQ(session(mia).text("account"), "");
    EXPECT_EQ(session(max).object().at("areas"), json::array({"account", "mail_policies"}));
    EXPECT_EQ(work(ada, "account"), "done");
    EXPECT_EQ(work(ada, "mail_policies"), "not-allowed");
    EXPECT_EQ(work(mia, "account"), "not-allowed");
    EXPECT_EQ(work(mia, "mail_policies"), "done");
    EXPECT_EQ(work(max, "account"), "done");
    EXPECT_EQ(work(max, "mail_policies"), "done");
}

TEST_F(AdminDesk, TakesChangesFromItsOwnPagesInASessionOnly)
{
    Client mia = signed_in("mia");
    Client elsewhere = mia;
    elsewhere.origin = "https://evil.test";
    EXPECT_EQ(work(elsewhere, "mail_policies"), "not-allowed");
    Client without_token = mia;
    without_token.csrf = "";
    EXPECT_EQ(work(without_token, "mail_policies"), "not-allowed");
    Client nobody;
    EXPECT_EQ(work(nobody, "mail_policies"), "not-signed-in");
    EXPECT_EQ(work(mia, "mail_policies"), "done");
}

TEST_F(AdminDesk, ManagesAdministratorsWithinWhatOneManages)
{
    people::Account other;
    other.name = "other";
    const auto other_account = value_of(people_->accounts().add(other)).id;
    add("otto", {other_account});
    Client ada = signed_in("ada");
    Client mia = signed_in("mia");
    const std::string all = "/api/v1/admin/administrators";
    EXPECT_EQ(names(ask(ada, {Method::get, all})), "ada");  // max manages the node, too
    EXPECT_EQ(names(ask(mia, {Method::get, all})), "ada max mia otto");
    Answer made = ask(ada, {Method::post, all, R"({"name":"bea","account":"acme"})"});
    EXPECT_EQ(made.status, 201);
    Client bea;
    EXPECT_EQ(sign_in(bea, "bea", made.text("password")).status, 200);
    EXPECT_EQ(ask(ada, {Method::post, all, R"({"name":"bea","account":"acme"})"}).problem(), "exists");
    EXPECT_EQ(ask(ada, {Method::post, all, R"({"name":"eve","account":"acme","node":true})"}).problem(), "not-allowed");
    EXPECT_EQ(ask(ada, {Method::post, all, R"({"name":"eve","account":"other"})"}).problem(), "not-allowed");
    EXPECT_EQ(ask(ada, {Method::post, all, R"({"name":"eve"})"}).problem(), "bad-request");
    for (const char* name : {"max", "otto", "nobody"})
        EXPECT_EQ(ask(ada, {Method::post, all + "/" + name + "/password"}).problem(), "not-found") << name;
    EXPECT_EQ(ask(ada, {Method::put, all + "/bea", R"({"account":"acme","node":true})"}).problem(), "not-allowed");
    const Answer changed = ask(mia, {Method::put, all + "/bea", R"({"account":"acme","node":true})"});
    EXPECT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(session(bea).body, R"({"name":null})");  // at once
    const auto records = value_of(people_->audit().list({.subject = "administrator:bea"}));
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].entry.what, "administrator.changed");
    EXPECT_EQ(records[1].entry.what, "administrator.signed_in");
    EXPECT_EQ(records[0].entry.who, "administrator:2");
    EXPECT_EQ(records[0].entry.network, "192.0.2.0/24");
    Client nobody;
    EXPECT_EQ(ask(nobody, {Method::get, all}).problem(), "not-signed-in");
    Client without_token = mia;
    without_token.csrf = "";
    EXPECT_EQ(ask(without_token, {Method::remove, all + "/bea"}).problem(), "not-allowed");
}

TEST_F(AdminDesk, EndsWhatAnotherMayDoAtOnceButKeepsTheLast)
{
    Client mia = signed_in("mia");
    Client max = signed_in("max");
    const std::string all = "/api/v1/admin/administrators";
    EXPECT_EQ(ask(mia, {Method::put, all + "/max/enabled", R"({"enabled":false})"}).status, 200);
    EXPECT_EQ(session(max).body, R"({"name":null})");
    EXPECT_EQ(sign_in(max, "max", "correct horse battery").problem(), "wrong-password");
    const Answer last = ask(mia, {Method::remove, all + "/mia"});
    EXPECT_EQ(last.problem(), "last-administrator");
    EXPECT_EQ(last.text("of"), "node");
    EXPECT_EQ(ask(mia, {Method::remove, all + "/ada"}).text("of"), "account");
    EXPECT_EQ(ask(mia, {Method::put, all + "/max/enabled", R"({"enabled":true})"}).status, 200);
    max = signed_in("max");
    EXPECT_EQ(ask(max, {Method::put, all + "/mia", R"({"account":"acme","node":false})"}).status, 200);
    EXPECT_EQ(session(mia).body, R"({"name":null})");
    EXPECT_EQ(ask(max, {Method::remove, all + "/mia"}).status, 204);
    EXPECT_EQ(sign_in(mia, "mia", "correct horse battery").problem(), "wrong-password");
}

TEST_F(AdminDesk, TakesNoNameThatSteersATerminalAndRemovesOneThatIsThere)
{
    Client ada = signed_in("ada");
    const std::string all = "/api/v1/admin/administrators";
    for (const char* name : {"", "a\nb  acme  yes", "x\x1b[2J", "x\xE2\x80\xAEy", "administrator:1"}) {
        const Answer answer = ask(ada, {Method::post, all, json::serialize(json::object{{"name", name}, {"account", "acme"}})});
        EXPECT_EQ(answer.problem(), "bad-request") << name;
        EXPECT_EQ(answer.text("field"), "name") << name;
    }
    auto insert = [account = account_.value()](db::Connection& connection) -> Result<> {
        auto row = connection.prepare(
            "insert into people_administrator (name, account_id, password_hash, created_at) values (?1, ?2, '', 0)");
        return row.bind(1, "x\x1b[2J").bind(2, account).run();
    };
    ASSERT_TRUE(database_->write_now(std::move(insert)).has_value());
    const auto listed = ask(ada, {Method::get, all}).object().at("administrators").as_array();
    const std::string id(listed.back().at("id").as_string());
    EXPECT_EQ(ask(ada, {Method::remove, all + "/x%1b[2J"}).problem(), "not-found");
    EXPECT_EQ(ask(ada, {Method::put, all + "/" + id + "/enabled", R"({"enabled":false})"}).status, 200);
    EXPECT_EQ(ask(ada, {Method::remove, all + "/" + id}).status, 204);
    EXPECT_EQ(names(ask(ada, {Method::get, all})), "ada");
    EXPECT_EQ(ask(ada, {Method::remove, all + "/administrator:2"}).problem(), "not-found");  // mia manages the node
}

TEST_F(AdminDesk, ServesItsPageWithAPolicyForContent)
{
    Client anybody;
    const Answer page = ask(anybody, {Method::get, "/portal/policies/host-access"});
    if (page.status == 404) GTEST_SKIP() << "built without pages";
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.headers.has("Content-Security-Policy"));
}

}  // namespace
}  // namespace sealpost::test
