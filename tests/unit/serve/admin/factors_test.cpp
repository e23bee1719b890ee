#include "base32_text.hpp"
#include "serve/admin/desk_world.hpp"

namespace sealpost::test {
namespace {

// Administrators with an authenticator app, whose codes are computed here.
class AdminFactors : public AdminDesk {
protected:
    std::string code(int off = 0) { return crypto::make_one_time_code(key_, crypto::one_time_step_of(clock_.now()) + off); }
    // With the app set up; the client's session is a strong one then.
    void set_up_app(Client& client)
    {
        const Answer offer = ask(client, {Method::post, "/api/v1/admin/totp"});
        ASSERT_EQ(offer.status, 200) << offer.body;
        key_ = parse_base32(offer.text("secret"));
        const Answer in = confirm(client, code());
        ASSERT_EQ(in.status, 200) << in.body;
        client.csrf = in.text("csrf");
        clock_.advance(std::chrono::seconds(60));
    }
    Answer confirm(Client& client, const std::string& typed)
    {
        return ask(client, {Method::put, "/api/v1/admin/totp", json::serialize(json::object{{"code", typed}})});
    }
    json::object factors(Client& client) { return ask(client, {Method::get, "/api/v1/admin/factors"}).object(); }
    std::vector<std::string> make_recovery_codes(Client& client)
    {
        std::vector<std::string> codes;
        const auto answer = ask(client, {Method::post, "/api/v1/admin/recovery-codes"}).object();
        for (const auto& code : answer.at("codes").as_array()) codes.emplace_back(code.as_string());
        return codes;
    }

    // Another node on the same store, with a key of its own: as a gateway beside a service.
    void move_to_another_node()
    {
        const auto file = directory_ + "/administrators.key";
        ASSERT_TRUE(keys::KekFile::make(file, clock_.now()).has_value());
        auto key = keys::KekFile::open(file).value();
        people::People::Options options;
        options.vault = std::make_shared<keys::KekVault>(std::move(key), keys::KekThreads::longest_call, "node-0123456789abcdef");
        people_ = people::People::open(database_, clock_, std::move(options)).value();
        open_desk(false);
    }

    Secret key_;
};

TEST_F(AdminFactors, AreSetUpByTheFirstCodeOfTheApp)
{
    Client ada = signed_in("ada");
    EXPECT_EQ(factors(ada), (json::object{{"totp", nullptr}, {"recovery_codes", 0}}));
    const Answer offer = ask(ada, {Method::post, "/api/v1/admin/totp"});
    EXPECT_EQ(offer.text("uri"), "otpauth://totp/keys.test:ada?secret=" + offer.text("secret") +
                                     "&issuer=keys.test&algorithm=SHA1&digits=6&period=30");
    EXPECT_EQ(confirm(ada, "000000").problem(), "wrong-code");
    Client same = ada;
    set_up_app(ada);
    EXPECT_EQ(session(same).body, R"({"name":null})") << "the session goes on under a new token";
    EXPECT_EQ(session(ada).text("name"), "ada");
    EXPECT_TRUE(session(ada).object().at("second_factor").as_bool());
    EXPECT_TRUE(factors(ada).at("totp").is_object());
    EXPECT_EQ(trail_of("ada"),
              "administrator:1 192.0.2.0/24 administrator.signed_in\nadministrator:1 192.0.2.0/24 administrator.totp_added\n");
}

TEST_F(AdminFactors, EndTheOtherSessionsWithEachChange)
{
    Client ada = signed_in("ada");
    Client other = signed_in("ada");
    set_up_app(ada);
    EXPECT_EQ(session(other).body, R"({"name":null})") << "the password alone began it";
    EXPECT_EQ(sign_in_with(other, "ada", "totp", code()).status, 200);
    make_recovery_codes(ada);
    EXPECT_EQ(session(other).body, R"({"name":null})");
    clock_.advance(std::chrono::seconds(60));
    EXPECT_EQ(sign_in_with(other, "ada", "totp", code()).status, 200);
    EXPECT_EQ(ask(ada, {Method::remove, "/api/v1/admin/totp"}).status, 204);
    EXPECT_EQ(session(other).body, R"({"name":null})");
    EXPECT_EQ(factors(ada), (json::object{{"totp", nullptr}, {"recovery_codes", 0}}));
    EXPECT_EQ(ask(ada, {Method::remove, "/api/v1/admin/totp"}).problem(), "not-found");
    EXPECT_EQ(ask(ada, {Method::post, "/api/v1/admin/recovery-codes"}).problem(), "not-found");
    EXPECT_EQ(sign_in(other, "ada", "correct horse battery").status, 200);
}

TEST_F(AdminFactors, AreAskedForBehindTheRightPasswordOnly)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    Client another;
    EXPECT_EQ(sign_in(another, "ada", "wrong horse battery").problem(), "wrong-password");
    const Answer half = sign_in(another, "ada", "correct horse battery");
    EXPECT_EQ(half.status, 403);
    EXPECT_EQ(half.problem(), "needs-second-factor");
    EXPECT_TRUE(another.cookies.empty()) << "no session between the two steps";
    EXPECT_NE(trail_of("ada").find("nobody 192.0.2.0/24 administrator.code_asked\n"), std::string::npos);
    EXPECT_EQ(sign_in_with(another, "ada", "totp", "000000").problem(), "wrong-code");
    EXPECT_TRUE(another.cookies.empty());
    const std::string typed = code();
    EXPECT_EQ(sign_in_with(another, "ada", "totp", typed.substr(0, 3) + ' ' + typed.substr(3)).status, 200);
    EXPECT_EQ(session(another).text("name"), "ada");
    EXPECT_EQ(session(ada).text("name"), "ada");
    Client third;
    EXPECT_EQ(sign_in_with(third, "ada", "totp", typed).problem(), "wrong-code") << "each code works once";
    const auto trail = trail_of("ada");
    EXPECT_NE(trail.find("nobody 192.0.2.0/24 administrator.code_refused\n"), std::string::npos);
    EXPECT_EQ(count_sessions(), 2) << "what failed leaves none";
}

TEST_F(AdminFactors, LeaveNoSessionOfThePasswordAlone)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    const auto id = value_of(people_->administrators().find_by_name("ada"))->id;
    Client weak;
    const auto begun = value_of(people_->administrator_sessions().begin(id, people::Assurance::account, {}));
    weak.cookies["__Host-sealpost-admin"] = begun.token.reveal_text();
    weak.csrf = begun.csrf;
    EXPECT_EQ(session(weak).body, R"({"name":null})");
    EXPECT_EQ(work(weak, "account"), "not-signed-in");
    EXPECT_EQ(ask(weak, {Method::remove, "/api/v1/admin/totp"}).problem(), "not-signed-in");
}

TEST_F(AdminFactors, RecoveryCodesStandInOnceEach)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    const auto codes = make_recovery_codes(ada);
    ASSERT_EQ(codes.size(), 10U);
    Client another;
    EXPECT_EQ(sign_in_with(another, "ada", "recovery_code", codes[0]).status, 200);
    EXPECT_EQ(factors(another).at("recovery_codes").as_int64(), 9);
    Client third;
    EXPECT_EQ(sign_in_with(third, "ada", "recovery_code", codes[0]).problem(), "wrong-code");
    EXPECT_NE(trail_of("ada").find("administrator.recovery_code_used"), std::string::npos);
    for (const auto& record : value_of(people_->audit().list({})))
        EXPECT_EQ(record.entry.details.find(codes[0].substr(0, 4)), std::string::npos);
}

TEST_F(AdminFactors, SlowDownGuessesOfWhoeverHasThePassword)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    Client eve;
    eve.address = IpAddress::v4({203, 0, 113, 5});
    Answer last;
    for (int i = 0; i < 8; ++i) last = sign_in_with(eve, "ada", "totp", "000000");
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_TRUE(last.headers.has("Retry-After"));
    EXPECT_EQ(sign_in(eve, "ada", "correct horse battery").problem(), "needs-second-factor") << "the password was right";
    Client home;
    EXPECT_EQ(sign_in_with(home, "ada", "totp", code()).status, 200) << "strangers do not lock the owner out";
}

TEST_F(AdminFactors, MakeTheNetworkWhereTheyAreSetUpAKnownOne)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    bool admitted = true;  // strangers' tries, each from a network of its own
    for (int i = 0; i < 60 && admitted; ++i) {
        people::GuardKey key{people::GuardKey::Kind::second_factor, "administrator:1", "203.0." + std::to_string(i) + ".0/24"};
        admitted = value_of(people_->guard().admit({std::move(key)})).admitted;
    }
    EXPECT_FALSE(admitted);
    Client home;
    EXPECT_EQ(sign_in_with(home, "ada", "totp", code()).status, 200) << "who set the app up here is not kept out";
}

TEST_F(AdminFactors, ARightPasswordAloneIsInTheTrailAsOftenAsItCanKeepForEver)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    Client eve;
    for (int i = 0; i < 22; ++i) ASSERT_EQ(sign_in(eve, "ada", "correct horse battery").problem(), "needs-second-factor") << i;
    std::size_t told = 0;
    const auto trail = trail_of("ada");
    for (auto at = trail.find("code_asked"); at != std::string::npos; at = trail.find("code_asked", at + 1)) ++told;
    EXPECT_EQ(told, 20U);
    EXPECT_EQ(trail_of("mia").find("code_asked"), std::string::npos) << "who has no factor is asked for none";
}

TEST_F(AdminFactors, ARightPasswordAloneForgivesNoGuesses)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    Client eve;
    eve.address = IpAddress::v4({203, 0, 113, 5});
    for (int i = 0; i < 4; ++i) sign_in(eve, "ada", "guess number one");
    EXPECT_EQ(sign_in(eve, "ada", "correct horse battery").problem(), "needs-second-factor");
    sign_in(eve, "ada", "guess number one");
    EXPECT_EQ(sign_in(eve, "ada", "guess number one").problem(), "too-many-requests");
}

TEST_F(AdminFactors, SetUpWithAnotherKeyAreNoWrongCodes)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    const auto codes = make_recovery_codes(ada);
    move_to_another_node();
    Client away;
    away.address = IpAddress::v4({203, 0, 113, 5});
    for (int i = 0; i < 8; ++i) {
        const Answer in = sign_in_with(away, "ada", "totp", code());
        ASSERT_EQ(in.status, 409) << i;
        ASSERT_EQ(in.problem(), "other-node") << i;
    }
    EXPECT_TRUE(away.cookies.empty());
    EXPECT_EQ(count_sessions(), 1) << "what was not checked begins none";
    EXPECT_EQ(trail_of("ada").find("code_refused"), std::string::npos);
    EXPECT_EQ(sign_in_with(away, "ada", "recovery_code", codes[0]).status, 200) << "no key is needed for those";
    set_up_app(away);
    clock_.advance(std::chrono::seconds(60));
    EXPECT_EQ(sign_in_with(away, "ada", "totp", code()).status, 200);
}

TEST_F(AdminFactors, BegunWithAnotherKeyAreBegunAnew)
{
    Client ada = signed_in("ada");
    ASSERT_EQ(ask(ada, {Method::post, "/api/v1/admin/totp"}).status, 200);
    move_to_another_node();
    EXPECT_EQ(confirm(ada, "123456").problem(), "expired-code");
    set_up_app(ada);
    EXPECT_TRUE(factors(ada).at("totp").is_object());
}

TEST_F(AdminFactors, AreTakenAwayByWhoeverManagesTheOwner)
{
    Client ada = signed_in("ada");
    set_up_app(ada);
    Client mia = signed_in("mia");
    const std::string all = "/api/v1/admin/administrators";
    const auto listed = ask(mia, {Method::get, all}).object().at("administrators").as_array();
    EXPECT_TRUE(listed[0].at("second_factor").as_bool());
    EXPECT_FALSE(listed[1].at("second_factor").as_bool());
    EXPECT_EQ(ask(ada, {Method::remove, all + "/mia/factors"}).problem(), "not-found");
    Client without_token = mia;
    without_token.csrf = "";
    EXPECT_EQ(ask(without_token, {Method::remove, all + "/ada/factors"}).problem(), "not-allowed");
    const Answer removed = ask(mia, {Method::remove, all + "/ada/factors"});
    EXPECT_EQ(removed.status, 200) << removed.body;
    EXPECT_FALSE(removed.object().at("second_factor").as_bool());
    EXPECT_EQ(session(ada).body, R"({"name":null})");
    EXPECT_NE(trail_of("ada").find("administrator:2 192.0.2.0/24 administrator.factors_removed\n"), std::string::npos);
    EXPECT_EQ(sign_in(ada, "ada", "correct horse battery").status, 200);
    EXPECT_EQ(ask(mia, {Method::remove, all + "/ada/factors"}).status, 200) << "there was nothing, and nothing is told";
    EXPECT_EQ(session(ada).text("name"), "ada");
}

TEST_F(AdminFactors, WhereTheyAreRequiredNothingElseIsDoneBefore)
{
    open_desk(true);
    Client max = signed_in("max");
    EXPECT_TRUE(session(max).object().at("must_add_factor").as_bool());
    EXPECT_EQ(session(max).object().at("areas"), json::array());
    EXPECT_EQ(work(max, "mail_policies"), "must-add-factor");
    EXPECT_EQ(ask(max, {Method::get, "/api/v1/admin/administrators"}).problem(), "must-add-factor");
    set_up_app(max);
    EXPECT_FALSE(session(max).object().at("must_add_factor").as_bool());
    EXPECT_EQ(work(max, "mail_policies"), "done");
    EXPECT_EQ(ask(max, {Method::get, "/api/v1/admin/administrators"}).status, 200);
}

TEST_F(AdminFactors, ChangesAreTakenFromOwnPagesInASessionOnly)
{
    Client nobody;
    EXPECT_EQ(ask(nobody, {Method::get, "/api/v1/admin/factors"}).problem(), "not-signed-in");
    EXPECT_EQ(ask(nobody, {Method::post, "/api/v1/admin/totp"}).problem(), "not-signed-in");
    Client ada = signed_in("ada");
    Client elsewhere = ada;
    elsewhere.origin = "https://evil.test";
    EXPECT_EQ(ask(elsewhere, {Method::post, "/api/v1/admin/totp"}).problem(), "not-allowed");
    Client without_token = ada;
    without_token.csrf = "";
    EXPECT_EQ(ask(without_token, {Method::post, "/api/v1/admin/totp"}).problem(), "not-allowed");
    EXPECT_EQ(confirm(without_token, "123456").problem(), "not-allowed");
    EXPECT_EQ(confirm(ada, "123456").problem(), "expired-code") << "nothing is pending";
}

}  // namespace
}  // namespace sealpost::test
