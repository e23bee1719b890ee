#include "serve/portal/portal_world.hpp"

namespace sealpost::test {
namespace {

TEST_F(Portal, IsDescribedForPrograms) { EXPECT_GE(expect_described(router_, "/api/v1/admin/"), 29); }

TEST_F(Portal, IsClosedToAnAdministratorOfTheNodeAlone)
{
    value_of(people_->administrators().add("mia", {std::nullopt, true}, Secret::copy_of("correct horse battery")));
    Client mia;
    const Answer in = post(mia, "session", R"({"name":"mia","password":"correct horse battery"})");
    EXPECT_EQ(in.object().at("areas"), json::array());
    for (const char* what : {"domains", "envelopes", "deliveries", "spf", "compose"})
        EXPECT_EQ(get(mia, what).problem(), "not-allowed") << what;
}

TEST_F(Portal, GoesFromADomainToItsTlsReplies)
{
    Client ada = make_administrator();
    const Answer added = post(ada, "domains", R"({"domain":"Acme.test"})");
    EXPECT_EQ(added.status, 201) << added.body;
    EXPECT_EQ(added.text("domain"), "acme.test");
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").problem(), "exists");
    const std::string on = R"({"tls_replies":true,"on_failure":"hold"})";
    EXPECT_EQ(put(ada, "domains/acme.test", on).problem(), "not-proven");
    const Answer unproven = post(ada, "domains/acme.test/verify");
    EXPECT_EQ(unproven.problem(), "not-proven");
    const auto proof = unproven.object().at("proof").as_object();
    EXPECT_EQ(proof.at("name"), "_sealpost.acme.test");
    resolver_->now =
        std::make_shared<dns::CannedResolver>("_sealpost.acme.test TXT " + std::string(proof.at("value").as_string()));
    EXPECT_TRUE(post(ada, "domains/acme.test/verify").object().at("proven").as_bool());
    EXPECT_EQ(put(ada, "domains/acme.test", on).problem(), "not-ready");
    const auto failed = test(ada, "acme.test").object().at("last_test").as_object();
    EXPECT_FALSE(failed.at("ready").as_bool());
    const auto& host = failed.at("hosts").as_array().at(0).as_object();
    EXPECT_EQ(host.at("verdict"), "missing_intermediate");
    EXPECT_FALSE(host.at("fix").as_string().empty());
    EXPECT_EQ(put(ada, "domains/acme.test", on).problem(), "not-ready");
    verdict_ = route::TlsVerdict::ok;
    EXPECT_TRUE(test(ada, "acme.test").object().at("last_test").as_object().at("ready").as_bool());
    const Answer switched = put(ada, "domains/acme.test", on);
    EXPECT_TRUE(switched.object().at("tls_replies").as_bool());
    EXPECT_EQ(switched.text("on_failure"), "hold");
    EXPECT_EQ(get(ada, "domains").object().at("domains").as_array().size(), 1U);
    EXPECT_EQ(ask(ada, {Method::remove, "/api/v1/admin/domains/acme.test"}).status, 204);
    EXPECT_EQ(get(ada, "domains/acme.test").status, 404);
}

TEST_F(Portal, TakesACodeFromThePostmasterAsProof)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    const Answer sent = post(ada, "domains/acme.test/code");
    EXPECT_EQ(sent.status, 202) << sent.body;
    EXPECT_EQ(sent.text("sent_to"), "postmaster@acme.test");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":"1"})").problem(), "wrong-code");
    const Answer proven = post(ada, "domains/acme.test/verify", R"({"code":")" + code_ + R"("})");
    EXPECT_EQ(proven.text("proven_by"), "code") << proven.body;
    EXPECT_EQ(proven.text("contact"), "postmaster@acme.test");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":")" + code_ + R"("})").problem(), "expired-code");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":7})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "domains/acme.test/verify", "no json").problem(), "bad-request");
}

TEST_F(Portal, AClaimOfAnotherAccountBlocksNobody)
{
    value_of(domains_->add("acme.test", people::AccountId(account_.value() + 1), "", "squatter"));
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    EXPECT_EQ(post(ada, "domains/acme.test/code").status, 202);
    EXPECT_EQ(post(ada, "domains/acme.test/verify", R"({"code":")" + code_ + R"("})").status, 200);
    EXPECT_EQ(value_of(domains_->find("acme.test"))->owner, domains::Owner(account_));
}

TEST_F(Portal, ShowsATestThatRunsAndThoseThatWere)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    EXPECT_EQ(post(ada, "domains", R"({"domain":"other.test"})").status, 201);
    const Answer begun = post(ada, "domains/acme.test/tests");
    EXPECT_EQ(begun.status, 202) << begun.body;
    EXPECT_EQ(begun.text("state"), "running");
    async::run_here([&] { return tests_->run_waiting(); });
    const Answer done = get(ada, "domains/acme.test/tests/" + begun.text("id"));
    EXPECT_EQ(done.text("state"), "done");
    const auto hosts = done.object().at("hosts").as_array();
    EXPECT_FALSE(hosts.at(0).at("fix").as_string().empty());
    const auto past = get(ada, "domains/acme.test/tests").object().at("tests").as_array();
    ASSERT_EQ(past.size(), 1U);
    EXPECT_EQ(past[0].at("cause"), "asked");
    EXPECT_FALSE(past[0].at("ready").as_bool());
    EXPECT_EQ(get(ada, "domains/other.test/tests/" + begun.text("id")).status, 404);
    EXPECT_EQ(get(ada, "domains/partner.test/tests").status, 404);
    Answer last;
    for (int i = 0; i < 6; ++i) {
        last = post(ada, "domains/acme.test/tests");
        async::run_here([&] { return tests_->run_waiting(); });
    }
    EXPECT_EQ(last.status, 429);
}

TEST_F(Portal, ShowsAClaimantNothingThatTheOwnersTestsFound)
{
    const people::AccountId owner(account_.value() + 1);
    value_of(domains_->add("acme.test", owner, "", "w"));
    value_of(domains_->proofs().trust_ownership({"acme.test", owner}, "operator"));
    const std::string report = R"({"hosts":[{"mx":"inner.acme.test","address":"10.0.0.1","verdict":"ok"}]})";
    value_of(domains_->record_test("acme.test", {clock_.now(), true, "", report}));
    value_of(domains_->set_replies({"acme.test", owner}, true, domains::OnFailure::hold, "w"));
    value_of(domains_->note_failed_delivery("acme.test", "expired"));
    Client ada = make_administrator();
    const Answer added = post(ada, "domains", R"({"domain":"acme.test"})");
    EXPECT_TRUE(added.object().at("last_test").is_null());
    EXPECT_TRUE(get(ada, "domains/acme.test").object().at("last_test").is_null());
    EXPECT_TRUE(get(ada, "domains").object().at("domains").as_array().at(0).at("last_test").is_null());
    EXPECT_TRUE(get(ada, "domains/acme.test/tests").object().at("tests").as_array().empty());

    const auto own = test(ada, "acme.test").object().at("last_test");
    EXPECT_EQ(own.at("hosts").as_array().at(0).at("verdict"), "missing_intermediate");
    EXPECT_EQ(get(ada, "domains/acme.test").object().at("last_test"), own) << "what they saw themselves they may see";
    EXPECT_EQ(get(ada, "domains/acme.test/tests").object().at("tests").as_array().size(), 1U);
    const auto domain = value_of(domains_->find("acme.test")).value();
    EXPECT_TRUE(domain.last_test->ready) << "the owner's history is his";
    EXPECT_TRUE(domain.needs_test);
}

TEST_F(Portal, TestsForAClaimantAsForAStranger)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    verdict_ = route::TlsVerdict::ok;
    address_ = "10.0.0.1";
    const auto verdict = [](const Answer& answer) {
        return answer.object().at("last_test").at("hosts").as_array().at(0).at("verdict");
    };
    EXPECT_EQ(verdict(test(ada, "acme.test")), "unreachable");
    value_of(domains_->proofs().trust_ownership({"acme.test", account_}, "operator"));
    EXPECT_EQ(verdict(test(ada, "acme.test")), "ok");
    Answer last;
    for (int i = 0; i < 6 && last.status != 429; ++i) last = test(ada, "acme.test");
    EXPECT_EQ(last.status, 429) << last.body;
}

TEST_F(Portal, TellsNoProofFromNoAnswer)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    resolver_->now = std::make_shared<dns::CannedResolver>("_sealpost.acme.test TEMPORARY");
    EXPECT_EQ(post(ada, "domains/acme.test/verify").problem(), "try-later");
}

TEST_F(Portal, SaysUnderWhichNameThePeopleOfADomainSendAndWhatToPublish)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    resolver_->now =
        std::make_shared<dns::CannedResolver>("acme.test TXT v=spf1 mx ~all\n_dmarc.acme.test TXT v=DMARC1; p=reject");
    auto answer = get(ada, "domains/acme.test/sending").object();
    EXPECT_EQ(answer.at("sent_as"), "service");
    EXPECT_EQ(answer.at("reason"), "spf_not_pass");
    EXPECT_EQ(answer.at("include"), "keys.test");
    EXPECT_EQ(answer.at("spf").as_array().at(0).at("address"), "192.0.2.10");
    EXPECT_EQ(answer.at("spf").as_array().at(0).at("result"), "softfail");
    EXPECT_EQ(answer.at("dmarc").at("policy"), "reject");
    EXPECT_EQ(get(ada, "domains/partner.test/sending").status, 404) << "no domain of this account";
    clock_.advance(std::chrono::minutes(5));
    resolver_->now = std::make_shared<dns::CannedResolver>("acme.test TXT v=spf1 ip4:192.0.2.10 ~all");
    EXPECT_EQ(get(ada, "domains/acme.test/sending").text("sent_as"), "person");
}

TEST_F(Portal, SaysWhoMayBeginAMessageToTheAccount)
{
    Client ada = make_administrator();
    EXPECT_EQ(get(ada, "compose").body, R"({"from":"known","domains":["acme.test"]})") << "from the start";
    value_of(domains_->add("acme.org", account_, "postmaster@acme.org", "ada"));
    value_of(domains_->proofs().trust_ownership({"acme.org", account_}, "operator"));
    const Answer changed = put(ada, "compose", R"({"from":"anyone"})");
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(changed.body, R"({"from":"anyone","domains":["acme.test","acme.org"]})");
    EXPECT_EQ(get(ada, "compose").body, changed.body);
    for (const char* body : {R"({"from":"everybody"})", R"({"from":1})", "{}"})
        EXPECT_EQ(put(ada, "compose", body).problem(), "bad-request") << body;
    const auto trail = value_of(people_->audit().list({.what = "account.compose_set"}));
    ASSERT_EQ(trail.size(), 1U);
    EXPECT_EQ(trail[0].entry.who, "administrator:1");
    EXPECT_EQ(trail[0].entry.subject, "account:acme");
    EXPECT_EQ(trail[0].entry.network, "192.0.2.0/24");
    Client stranger;
    EXPECT_EQ(get(stranger, "compose").problem(), "not-signed-in");
    ada.csrf = "";
    EXPECT_EQ(put(ada, "compose", R"({"from":"nobody"})").problem(), "not-allowed");
}

TEST_F(Portal, ShowsEnvelopesWithoutContent)
{
    const std::string id = store_envelope();
    Client ada = make_administrator();
    const Answer answer = get(ada, "envelopes?query=bob&page=1");
    const auto rows = answer.object().at("envelopes").as_array();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].as_object().at("id"), json::string(id));
    EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr("contract")));
    EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr("AGE-SECRET-KEY")));
    EXPECT_TRUE(get(ada, "envelopes?query=nobody").object().at("envelopes").as_array().empty());
    EXPECT_EQ(get(ada, "envelopes?page=0").text("field"), "page");
}

TEST_F(Portal, LocksUnlocksExpiresAndRecallsTheAccountsEnvelopes)
{
    const std::string id = store_envelope();
    Client ada = make_administrator();
    const auto row = [&](const char* key) { return get(ada, "envelopes").object().at("envelopes").as_array().at(0).at(key); };
    EXPECT_EQ(post(ada, "envelopes/" + id + "/lock", R"({"reason":"sent to the wrong Bob"})").status, 204);
    EXPECT_EQ(row("state"), "locked");
    EXPECT_EQ(row("lock_reason"), "sent to the wrong Bob");
    EXPECT_EQ(post(ada, "envelopes/" + id + "/unlock").status, 204);
    EXPECT_EQ(row("state"), "open");
    const std::string soon = format_rfc3339(clock_.now() + std::chrono::hours(1));
    EXPECT_EQ(post(ada, "envelopes/" + id + "/expiry", R"({"expires_at":")" + soon + "\"}").status, 204);
    EXPECT_EQ(row("expires_at"), json::string(soon));
    EXPECT_EQ(post(ada, "envelopes/" + id + "/expiry", R"({"expires_at":"tomorrow"})").text("field"), "expires_at");
    EXPECT_EQ(post(ada, "envelopes/" + id + "/recall").status, 204);
    EXPECT_EQ(row("state"), "erased");
    EXPECT_EQ(post(ada, "envelopes/" + id + "/unlock").status, 410);
    EXPECT_EQ(post(ada, "envelopes/x/recall").text("field"), "id");
    const auto trail = value_of(people_->audit().list({}));
    const auto by_ada = std::ranges::count_if(
        trail, [&](const auto& each) { return each.entry.who.starts_with("administrator:") && each.entry.subject == id; });
    EXPECT_EQ(by_ada, 4);
}

TEST_F(Portal, KeepsAccountsApart)
{
    const std::string id = store_envelope();
    const auto message = queue_reply(id);
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    people::Account other;
    other.name = "other";
    other.organisation = "Other";
    const auto account = value_of(people_->accounts().add(other)).id;
    const auto made = value_of(people_->administrators().add("otto", {account}, Secret::copy_of("correct horse battery")));
    Client otto;
    const Answer in = post(otto, "session", R"({"name":"otto","password":"correct horse battery"})");
    otto.csrf = in.text("csrf");
    EXPECT_TRUE(get(otto, "domains").object().at("domains").as_array().empty());
    EXPECT_TRUE(get(otto, "envelopes").object().at("envelopes").as_array().empty());
    EXPECT_TRUE(get(otto, "deliveries").object().at("deliveries").as_array().empty());
    EXPECT_EQ(post(otto, "deliveries/" + std::to_string(message.value()) + "-0/release").status, 404);
    for (const std::string& what : {std::string("domains/acme.test/verify"), std::string("domains/acme.test/test"),
                                    "envelopes/" + id + "/recall", "envelopes/" + id + "/unlock"})
        EXPECT_EQ(post(otto, what).status, 404) << what;
    EXPECT_EQ(put(otto, "domains/acme.test", "{}").status, 404);
    EXPECT_EQ(ask(otto, {Method::remove, "/api/v1/admin/domains/acme.test"}).status, 404);
}

TEST_F(Portal, WantsASessionOurOriginAndTheToken)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    const std::vector<std::pair<Method, std::string>> changes{{Method::post, "domains"},
                                                              {Method::put, "domains/acme.test"},
                                                              {Method::remove, "domains/acme.test"},
                                                              {Method::post, "domains/acme.test/verify"},
                                                              {Method::post, "envelopes/aaaaaaaaaaaaaaaaaaaaaaaaaa/recall"},
                                                              {Method::post, "domains/acme.test/test"},
                                                              {Method::post, "domains/acme.test/tests"},
                                                              {Method::post, "domains/acme.test/code"},
                                                              {Method::post, "deliveries/1-0/release"},
                                                              {Method::remove, "session"}};
    for (const auto& [method, what] : changes) {
        Client forged = ada;
        forged.origin = "https://evil.test";
        EXPECT_EQ(ask(forged, {method, "/api/v1/admin/" + what, "{}"}).problem(), "not-allowed") << what;
        forged = ada;
        forged.csrf = "wrong";
        EXPECT_EQ(ask(forged, {method, "/api/v1/admin/" + what, "{}"}).problem(), "not-allowed") << what;
    }
    Client nobody;
    for (const std::string what : {"domains", "domains/acme.test", "domains/acme.test/sending", "envelopes", "deliveries"})
        EXPECT_EQ(get(nobody, what).status, 401) << what;
    // The session of a person is none of an administrator, and the other way round.
    nobody.cookies["__Host-sealpost-admin"] = std::string(
        value_of(people_->sessions().begin(people::PersonId(1), people::Assurance::strong, Secret())).token.reveal_text());
    EXPECT_EQ(get(nobody, "domains").status, 401);
}

constexpr std::string_view spf_zone =
    "acme.test TXT v=spf1 ip4:203.0.113.4 -all\n"
    "keys.test TXT v=spf1 exists:%{i}.spf.keys.test -all\n"
    "192.0.2.10.spf.keys.test A 127.0.0.2\n";

TEST_F(Portal, AdvisesOnAnSpfRecord)
{
    Client ada = make_administrator();
    EXPECT_EQ(post(ada, "domains", R"({"domain":"acme.test"})").status, 201);
    const auto choices = get(ada, "spf").object();
    EXPECT_EQ(json::serialize(choices.at("domains")), R"(["acme.test"])");
    EXPECT_EQ(choices.at("include"), "keys.test");
    resolver_->now = std::make_shared<dns::CannedResolver>(spf_zone);
    const auto advice = post(ada, "spf/advise", R"({"domain":"acme.test"})").object();
    EXPECT_EQ(advice.at("conclusion"), "publish");
    EXPECT_EQ(advice.at("publish"), "v=spf1 ip4:203.0.113.4 include:keys.test -all");
    EXPECT_EQ(advice.at("proof").as_object().at("include_probes"), 1);
    EXPECT_EQ(post(ada, "spf/advise", R"({"domain":"not a domain"})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "spf/advise", R"({"domain":"acme.test","include":"gone.test"})").text("conclusion"), "none");
}

TEST_F(Portal, ChecksAnAddressAgainstSpf)
{
    Client ada = make_administrator();
    resolver_->now = std::make_shared<dns::CannedResolver>(spf_zone);
    const auto passed = post(ada, "spf/check", R"({"address":"203.0.113.4","sender":"alice@acme.test"})").object();
    EXPECT_EQ(passed.at("result"), "pass");
    EXPECT_EQ(passed.at("identity"), "mailfrom");
    EXPECT_EQ(passed.at("mechanism"), "ip4:203.0.113.4");
    EXPECT_GE(passed.at("trace").as_array().size(), 2U);
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"203.0.113.5","sender":"alice@acme.test"})").text("result"), "fail");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})").text("identity"), "helo");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"host","sender":"alice@acme.test"})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10"})").problem(), "bad-request");
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10","sender":"no address"})").problem(), "bad-request");
}

TEST_F(Portal, AnswersAboutSpfToAdministratorsOnlyAndNotWithoutEnd)
{
    Client nobody;
    EXPECT_EQ(get(nobody, "spf").status, 401);
    EXPECT_EQ(post(nobody, "spf/advise", R"({"domain":"acme.test"})").status, 401);
    EXPECT_EQ(post(nobody, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})").status, 401);
    Client ada = make_administrator();
    Client forged = ada;
    forged.csrf = "other";
    EXPECT_EQ(post(forged, "spf/advise", R"({"domain":"acme.test"})").problem(), "not-allowed");
    resolver_->now = std::make_shared<dns::CannedResolver>(spf_zone);
    Answer last;
    for (int i = 0; i < 25 && last.status != 429; ++i)
        last = post(ada, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})");
    EXPECT_EQ(last.problem(), "too-many-requests");
    EXPECT_TRUE(last.headers.has("Retry-After"));
    clock_.advance(std::chrono::minutes(2));
    EXPECT_EQ(post(ada, "spf/check", R"({"address":"192.0.2.10","helo":"keys.test"})").status, 200);
}

}  // namespace
}  // namespace sealpost::test
