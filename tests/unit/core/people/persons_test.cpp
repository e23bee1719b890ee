#include "core/people/persons_fixture.hpp"
#include "core/people/schema.hpp"
#include "deaf_database.hpp"

namespace sealpost::people {
namespace {

using test::answer_of;
using test::good_password;
using test::must;
using test::PersonsTest;
using test::secret;
using test::StoreTest;
using test::value_of;

TEST_F(PersonsTest, TheFirstRightCodeMakesThePersonAndTheNextOneFindsIt)
{
    const auto bob = make_person("Bob@Partner.TEST");
    EXPECT_EQ(bob.addresses, std::vector<std::string>{"bob@partner.test"});
    EXPECT_EQ(make_person("bob@partner.test").id, bob.id);
    EXPECT_EQ(value_of(persons().find_by_address("BOB@partner.test"))->id, bob.id);
    EXPECT_FALSE(value_of(persons().find_by_address("carol@partner.test")).has_value());
    EXPECT_FALSE(value_of(persons().find_by_address("not an address")).has_value());
}

TEST_F(PersonsTest, APersonOwnsSeveralProvenAddresses)
{
    const auto bob = make_person("bob@partner.test");
    clock_.advance(std::chrono::seconds(1));
    const auto grown = add_address(bob.id, "bob@example.org");
    ASSERT_EQ(grown.verdict, AddedAddress::Verdict::added);
    EXPECT_EQ(grown.person.addresses, (std::vector<std::string>{"bob@partner.test", "bob@example.org"}));
    EXPECT_EQ(value_of(persons().find_by_address("bob@example.org"))->id, bob.id);
    EXPECT_TRUE(grown.is_new);
    EXPECT_FALSE(add_address(bob.id, "bob@example.org").is_new) << "it is there";
}

TEST_F(PersonsTest, AnAddressMovesToWhoProvedItLastAndAnEmptyPersonIsErased)
{
    const auto first = make_person("bob@partner.test");
    const auto second = make_person("bob@example.org");
    add_address(second.id, "bob@partner.test");
    EXPECT_EQ(value_of(persons().find_by_address("bob@partner.test"))->id, second.id);
    EXPECT_FALSE(value_of(persons().find(first.id)).has_value());
    EXPECT_EQ(add_address(first.id, "bob@third.test").verdict, AddedAddress::Verdict::no_such_person);
}

// The same transaction looks and moves: a password that was set a moment before counts.
TEST_F(PersonsTest, AnAddressStaysWithAnOwnerWhoHasAPassword)
{
    const auto bob = make_person("bob@partner.test");
    const auto mallory = make_person("mallory@example.org");
    set_password(bob.id);
    EXPECT_EQ(add_address(mallory.id, "bob@partner.test").verdict, AddedAddress::Verdict::owner_has_password);
    EXPECT_EQ(value_of(persons().find_by_address("bob@partner.test"))->id, bob.id);
    EXPECT_EQ(add_address(bob.id, "bob@partner.test", Assurance::account).verdict, AddedAddress::Verdict::added);
}

// The same transaction judges and adds: a password or a factor that was set a moment before counts.
TEST_F(PersonsTest, WhoHasAPasswordAddsAnAddressWithItOnly)
{
    using Verdict = AddedAddress::Verdict;
    const auto bob = make_person("bob@partner.test");
    const auto eve = make_person("eve@evil.test");
    set_password(bob.id);
    EXPECT_EQ(add_address(bob.id, "eve@evil.test").verdict, Verdict::needs_account);
    EXPECT_EQ(value_of(persons().find_by_address("eve@evil.test"))->id, eve.id);
    EXPECT_EQ(add_address(bob.id, "bob@example.org", Assurance::account).verdict, Verdict::added);
    give_app(bob.id);
    EXPECT_EQ(add_address(bob.id, "eve@evil.test", Assurance::account).verdict, Verdict::needs_strong);
    EXPECT_EQ(add_address(bob.id, "bob@third.test", Assurance::strong).verdict, Verdict::added);
    EXPECT_EQ(value_of(persons().find(bob.id))->addresses.size(), 3U);
}

TEST_F(PersonsTest, ASessionThatIsOverOrSomebodyElsesAddsNoAddress)
{
    using Verdict = AddedAddress::Verdict;
    const auto bob = make_person("bob@partner.test");
    const auto eve = make_person("eve@evil.test");
    EXPECT_EQ(value_of(persons().add_address(bob.id, "bob@example.org", {}, "local")).verdict, Verdict::session_over);
    auto other = begin(eve.id, Assurance::strong);
    EXPECT_EQ(value_of(persons().add_address(bob.id, "bob@example.org", std::move(other), "local")).verdict,
              Verdict::session_over);
}

TEST_F(PersonsTest, APasswordSignsInOnlyWhoSetIt)
{
    const auto bob = make_person("bob@partner.test");
    EXPECT_FALSE(sign_in("bob@partner.test", "").has_value());
    EXPECT_EQ(set_password(bob.id), PasswordChange::done);
    EXPECT_TRUE(value_of(persons().find(bob.id))->has_password);
    EXPECT_EQ(sign_in("bob@partner.test")->who.id, bob.id);
    EXPECT_FALSE(sign_in("bob@partner.test", "correct horse battery!").has_value());
    EXPECT_FALSE(sign_in("nobody@partner.test").has_value());
}

TEST_F(PersonsTest, RefusesShortAndEndlessPasswords)
{
    const auto bob = make_person("bob@partner.test");
    EXPECT_EQ(set_password(bob.id, "elevenchars"), PasswordChange::too_short);
    EXPECT_EQ(set_password(bob.id, std::string(12, ' ')), PasswordChange::too_short);
    EXPECT_EQ(set_password(bob.id, "  short of it  "), PasswordChange::too_short);
    EXPECT_EQ(set_password(bob.id, "😀😀😀"), PasswordChange::too_short) << "twelve octets";
    EXPECT_EQ(set_password(bob.id, "éééééééééééé"), PasswordChange::done) << "twelve characters";
    EXPECT_EQ(set_password(bob.id, std::string(1025, 'x')), PasswordChange::too_long);
    EXPECT_EQ(set_password(PersonId(99)), PasswordChange::no_such_person);
}

TEST_F(PersonsTest, ANewPasswordEndsTheOtherSessions)
{
    const auto bob = make_person("bob@partner.test");
    auto mine = value_of(people_->sessions().begin(bob.id, Assurance::mailbox, {}));
    auto other = value_of(people_->sessions().begin(bob.id, Assurance::mailbox, {}));
    value_of(persons().set_password(bob.id, secret(good_password), mine.token.clone(), "local"));
    EXPECT_TRUE(value_of(people_->sessions().find(mine.token.clone())).has_value());
    EXPECT_FALSE(value_of(people_->sessions().find(other.token.clone())).has_value());
}

// Two changes at once, each from a session that may make one: the first ends the session of the second.
TEST_F(PersonsTest, AChangeFromASessionThatIsOverChangesNothing)
{
    const auto bob = make_person("bob@partner.test");
    auto mine = value_of(people_->sessions().begin(bob.id, Assurance::mailbox, {}));
    auto other = value_of(people_->sessions().begin(bob.id, Assurance::mailbox, {}));
    value_of(persons().set_password(bob.id, secret(good_password), mine.token.clone(), "local"));
    EXPECT_EQ(value_of(persons().set_password(bob.id, secret("a password of mine"), other.token.clone(), "local")),
              PasswordChange::session_over);
    EXPECT_EQ(sign_in("bob@partner.test")->who.id, bob.id);
    EXPECT_TRUE(value_of(people_->sessions().find(mine.token.clone())).has_value());
}

TEST_F(PersonsTest, APasswordThatChangesWhileItIsCheckedBeginsNoSession)
{
    const auto bob = make_person("bob@partner.test");
    set_password(bob.id);
    const auto right = sign_in("bob@partner.test");
    ASSERT_TRUE(right.has_value());
    auto& sessions = people_->sessions();
    EXPECT_TRUE(value_of(sessions.begin_with_password(bob.id, right->hash, {})).has_value());
    set_password(bob.id, "another long password");
    EXPECT_FALSE(value_of(sessions.begin_with_password(bob.id, right->hash, {})).has_value());
    EXPECT_FALSE(value_of(sessions.begin_with_password(bob.id, "", {})).has_value());
    EXPECT_EQ(count("select count(*) from people_session"), 0) << "the change ended what was there";
}

TEST_F(PersonsTest, AnOldHashIsMadeNewAtTheNextSignIn)
{
    const auto bob = make_person("bob@partner.test");
    // Argon2id of good_password at libsodium's least cost.
    execute(
        "update people_person set password_hash = "
        "'$argon2id$v=19$m=8,t=1,p=1$ajq+ZvMkYWvOhuKWHm15rw$E98NpEUJLUGWM6qfEvlo+0dOZFWX0ZC7iWfYCykpFvY'");
    EXPECT_FALSE(sign_in("bob@partner.test", "something else").has_value());
    let_posted_work_end();
    EXPECT_EQ(count("select count(*) from people_person where password_hash like '%m=8,%'"), 1);
    const auto right = sign_in("bob@partner.test");
    ASSERT_TRUE(right.has_value());
    EXPECT_EQ(count("select count(*) from people_person where password_hash like '%m=65536,t=3,p=1$%'"), 1);
    EXPECT_TRUE(value_of(people_->sessions().begin_with_password(bob.id, right->hash, {})).has_value());
    EXPECT_EQ(sign_in("bob@partner.test")->who.id, bob.id);
}

TEST_F(PersonsTest, ErasingAPersonLeavesNothingThatLeadsToThem)
{
    const auto bob = make_person("bob@partner.test");
    set_password(bob.id);
    auto session = value_of(people_->sessions().begin(bob.id, Assurance::account, {}));
    value_of(people_->codes().begin({"bob@partner.test", true, {}}));
    const GuardKey guess{GuardKey::Kind::password, "bob@partner.test", "192.0.2.0/24"};
    value_of(people_->guard().admit({guess}));
    must(people_->guard().note_success({guess}));
    value_of(people_->guard().admit({{GuardKey::Kind::password, "bob@partner.test", "203.0.113.0/24"}}));
    value_of(people_->guard().admit({{GuardKey::Kind::mail, "bob@partner.test", "203.0.113.0/24"}}));
    value_of(people_->guard().admit({{GuardKey::Kind::mail, "bob@partner.test", "203.0.113.0/24", "envelope"}}));
    const std::string name = "person:" + std::to_string(bob.id.value());
    value_of(people_->guard().admit({{GuardKey::Kind::password_change, name}, {GuardKey::Kind::release, "envelope " + name}}));
    value_of(people_->guard().admit({{GuardKey::Kind::reply, name}, {GuardKey::Kind::envelope_reply, "envelope " + name}}));
    value_of(people_->guard().admit({{GuardKey::Kind::compose, name}}));
    value_of(people_->guard().admit({{GuardKey::Kind::envelope, "envelope " + name}}));
    EXPECT_TRUE(value_of(persons().erase(bob.id, "operator", "local")));
    EXPECT_FALSE(value_of(persons().erase(bob.id, "operator", "local")));
    EXPECT_FALSE(value_of(persons().find(bob.id)).has_value());
    EXPECT_FALSE(value_of(people_->sessions().find(session.token.clone())).has_value());
    for (const auto* table :
         {"people_person", "people_address", "people_code", "people_guard", "people_known_network", "people_session"})
        EXPECT_EQ(count(std::string("select count(*) from ") + table), 0) << table;
    EXPECT_EQ(count("select count(*) from people_audit where who || subject || details like '%bob@%'"), 0);
    EXPECT_NE(make_person("bob@partner.test").id, bob.id);
}

TEST_F(PersonsTest, TheAuditTrailHoldsNoSecretAndCannotBeChanged)
{
    const auto bob = make_person("bob@partner.test");
    set_password(bob.id);
    const auto records = value_of(people_->audit().list({}));
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].entry.what, "person.password_set");
    EXPECT_EQ(all_octets().find(good_password), std::string::npos);
    auto change = [](db::Connection& connection) { return connection.execute("update people_audit set who = 'nobody'"); };
    EXPECT_TRUE(database_->write_now(change).has_error());
    auto shrink = [](db::Connection& connection) { return connection.execute("delete from people_audit"); };
    EXPECT_TRUE(database_->write_now(shrink).has_error());
    EXPECT_EQ(value_of(people_->audit().list({})).size(), 2U);
}

TEST_F(PersonsTest, BeyondItsPlacesThePasswordCheckerAsksToComeBack)
{
    PasswordChecker busy({1, 0});
    const auto answer = answer_of(busy.check("", secret(good_password)));
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().fault, Fault::retry_later);
}

TEST_F(PersonsTest, TheAuditTrailIsFilteredByPersonDeedSubjectAndTime)
{
    auto& audit = people_->audit();
    const auto append = [&](const char* who, const char* what, const char* subject) {
        ASSERT_TRUE(answer_of(audit.append({who, "local", what, subject, "{}"})).has_value());
        clock_.advance(std::chrono::hours(1));
    };
    const auto begun = clock_.now();
    append("operator", "key.released", "a");
    append("administrator:1", "keyring.made", "b");
    append("administrator:1", "key.locked", "a");
    const auto found = [&](AuditFilter filter) {
        std::string subjects;
        for (const auto& record : value_of(audit.list(std::move(filter)))) subjects += record.entry.what + ' ';
        return subjects;
    };
    EXPECT_EQ(found({}), "key.locked keyring.made key.released ");
    EXPECT_EQ(found({.who = "administrator:1"}), "key.locked keyring.made ");
    EXPECT_EQ(found({.what = "key"}), "key.locked key.released ");
    EXPECT_EQ(found({.what = "key.locked"}), "key.locked ");
    EXPECT_EQ(found({.subject = "b"}), "keyring.made ");
    EXPECT_EQ(found({.since = begun + std::chrono::hours(1)}), "key.locked keyring.made ");
    EXPECT_EQ(found({.until = begun + std::chrono::hours(1)}), "key.released ");
    EXPECT_EQ(found({.most = 1}), "key.locked ");
    const auto last = value_of(audit.list({.most = 1})).front().number;
    EXPECT_EQ(found({.before = last, .most = 1}), "keyring.made ");
}

class AdministratorsTest : public test::PeopleTest {};

TEST_F(AdministratorsTest, SignsInWithTheRightPasswordOnly)
{
    auto& administrators = people_->administrators();
    const auto ada = value_of(administrators.add("ada", {AccountId(1)}, secret(good_password)));
    EXPECT_EQ(value_of(administrators.check_password("ada", secret(good_password)))->who.id, ada.id);
    EXPECT_FALSE(value_of(administrators.check_password("ada", secret("something else"))).has_value());
    EXPECT_FALSE(value_of(administrators.check_password("eve", secret(good_password))).has_value());
    EXPECT_EQ(value_of(administrators.find(ada.id))->name, "ada");
    EXPECT_TRUE(answer_of(administrators.add("ada", {AccountId(1)}, secret(good_password))).has_error());
    EXPECT_TRUE(answer_of(administrators.add("bea", {AccountId(1)}, secret("short"))).has_error());
}

TEST_F(AdministratorsTest, HasANameThatTheEyeSeesWholeAndOtherwiseANumber)
{
    auto& administrators = people_->administrators();
    for (const char* bad :
         {"", " ada", "ada ", "a\nb", "x\x1b[2J", "x\xE2\x80\xAEy", "x\xE2\x80\x8By", "x\xC2\x9B", "\xFF", "administrator:7"})
        EXPECT_TRUE(answer_of(administrators.add(bad, {AccountId(1)}, secret(good_password))).has_error()) << bad;
    EXPECT_TRUE(answer_of(administrators.add(std::string(65, 'a'), {AccountId(1)}, secret(good_password))).has_error());
    const auto ada = value_of(administrators.add("Ada O'Hara", {AccountId(1)}, secret(good_password)));
    EXPECT_EQ(value_of(administrators.find_said("Ada O'Hara"))->id, ada.id);
    EXPECT_EQ(value_of(administrators.find_said(format_administrator(ada.id)))->name, "Ada O'Hara");
    EXPECT_FALSE(value_of(administrators.find_said("administrator:77")).has_value());
    EXPECT_FALSE(value_of(administrators.find_said("administrator:")).has_value());
    auto insert = [](db::Connection& connection) -> Result<> {
        auto row = connection.prepare(
            "insert into people_administrator (name, account_id, password_hash, created_at) values (?1, 1, '', 0)");
        return row.bind(1, "x\x1b").run();
    };
    ASSERT_TRUE(database_->write_now(std::move(insert)).has_value());
    const auto former = value_of(administrators.find_by_name("x\x1b"));
    ASSERT_TRUE(former.has_value());
    const auto odd = value_of(administrators.find_said(format_administrator(former->id)));
    ASSERT_TRUE(odd.has_value());
    EXPECT_EQ(value_of(administrators.set_enabled(odd->name, false, LastOne::stays)), AdministratorChange::done);
    EXPECT_EQ(value_of(administrators.remove(odd->name, LastOne::stays)), AdministratorChange::done);
}

TEST_F(AdministratorsTest, ChangesNobodyForWhoLostTheRightMeanwhile)
{
    using enum AdministratorChange;
    auto& administrators = people_->administrators();
    const auto ada = value_of(administrators.add("ada", {AccountId(1)}, secret(good_password)));
    const auto bea = value_of(administrators.add("bea", {AccountId(1)}, secret(good_password)));
    const Actor by_ada{format_administrator(ada.id), "net", ada.id};
    EXPECT_TRUE(value_of(administrators.set_password("bea", secret("another long password"), by_ada)));
    // The name is one's of the node by now.
    EXPECT_EQ(value_of(administrators.set_duties("bea", {AccountId(1), true}, LastOne::stays)), done);
    EXPECT_FALSE(value_of(administrators.set_password("bea", secret("a password of ada's"), by_ada)));
    EXPECT_TRUE(value_of(administrators.check_password("bea", secret("another long password"))).has_value());
    EXPECT_EQ(value_of(administrators.set_enabled("bea", false, LastOne::stays, by_ada)), unknown);
    EXPECT_EQ(value_of(administrators.set_duties("bea", {AccountId(1)}, LastOne::stays, by_ada)), unknown);
    EXPECT_EQ(value_of(administrators.remove("bea", LastOne::stays, by_ada)), unknown);
    EXPECT_EQ(value_of(administrators.set_duties("ada", {AccountId(1), true}, LastOne::stays, by_ada)), unknown);
    EXPECT_EQ(answer_of(administrators.add("cleo", {AccountId(2)}, secret(good_password), by_ada)).error().fault, Fault::denied);
    // Nor for who may not sign in any more.
    value_of(administrators.add("dora", {AccountId(1)}, secret(good_password)));
    EXPECT_EQ(value_of(administrators.set_enabled("ada", false, LastOne::stays)), done);
    EXPECT_EQ(value_of(administrators.remove("dora", LastOne::stays, by_ada)), unknown);
    EXPECT_EQ(value_of(administrators.remove("dora", LastOne::stays, Actor{format_administrator(bea.id), "net", bea.id})), done);
}

TEST_F(AdministratorsTest, BelongsToAnAccountToTheNodeOrToBoth)
{
    auto& administrators = people_->administrators();
    const auto both = value_of(administrators.add("both", {AccountId(2), true}, secret(good_password)));
    const auto node = value_of(administrators.add("node", {std::nullopt, true}, secret(good_password)));
    EXPECT_TRUE(answer_of(administrators.add("none", {}, secret(good_password))).has_error());
    const auto found = value_of(administrators.find(both.id));
    EXPECT_EQ(found->duties.account, AccountId(2));
    EXPECT_TRUE(found->duties.of_node);
    const auto signed_in = value_of(administrators.check_password("node", secret(good_password)));
    EXPECT_EQ(signed_in->who.id, node.id);
    EXPECT_FALSE(signed_in->who.duties.account.has_value());
    EXPECT_TRUE(signed_in->who.duties.of_node);
}

TEST_F(StoreTest, AnAdministratorOfAnOlderStoreKeepsTheAccountAndNothingElse)
{
    ASSERT_TRUE(database_->migrate("people", {schema_steps().front()}).has_value());
    execute("insert into people_administrator (name, account_id, password_hash, created_at) values ('ada', 3, '', 0)");
    const ManualClock clock{WallTime{}};
    const auto people = People::open(database_, clock, {});
    ASSERT_TRUE(people.has_value());
    const auto all = value_of((*people)->administrators().list());
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].duties.account, AccountId(3));
    EXPECT_FALSE(all[0].duties.of_node);
}

TEST_F(AdministratorsTest, APasswordThatChangesWhileItIsCheckedBeginsNoSession)
{
    auto& administrators = people_->administrators();
    const auto ada = value_of(administrators.add("ada", {AccountId(1)}, secret(good_password)));
    const auto right = value_of(administrators.check_password("ada", secret(good_password)));
    ASSERT_TRUE(right.has_value());
    auto& sessions = people_->administrator_sessions();
    EXPECT_TRUE(value_of(sessions.begin_with_password(ada.id, right->hash, {})).has_value());
    value_of(administrators.set_password("ada", secret("another long password")));
    EXPECT_FALSE(value_of(sessions.begin_with_password(ada.id, right->hash, {})).has_value());
}

TEST_F(AdministratorsTest, WhoIsDisabledWhileTheirPasswordIsCheckedBeginsNoSession)
{
    auto& administrators = people_->administrators();
    const auto ada = value_of(administrators.add("ada", {AccountId(1)}, secret(good_password)));
    const auto right = value_of(administrators.check_password("ada", secret(good_password)));
    ASSERT_TRUE(right.has_value());
    EXPECT_EQ(value_of(administrators.set_enabled("ada", false, LastOne::may_go)), AdministratorChange::done);
    EXPECT_FALSE(value_of(people_->administrator_sessions().begin_with_password(ada.id, right->hash, {})).has_value());
}

TEST_F(AdministratorsTest, ANewPasswordAndARemovalEndTheSessions)
{
    auto& administrators = people_->administrators();
    const auto ada = value_of(administrators.add("ada", {AccountId(1)}, secret(good_password)));
    auto session = value_of(people_->administrator_sessions().begin(ada.id, Assurance::account, {}));
    EXPECT_TRUE(value_of(administrators.set_password("ada", secret("another long password"))));
    EXPECT_FALSE(value_of(people_->administrator_sessions().find(session.token.clone())).has_value());
    session = value_of(people_->administrator_sessions().begin(ada.id, Assurance::account, {}));
    EXPECT_EQ(value_of(administrators.remove("ada", LastOne::may_go)), AdministratorChange::done);
    EXPECT_EQ(value_of(administrators.remove("ada", LastOne::may_go)), AdministratorChange::unknown);
    EXPECT_FALSE(value_of(people_->administrator_sessions().find(session.token.clone())).has_value());
    EXPECT_TRUE(value_of(administrators.list()).empty());
}

TEST_F(AdministratorsTest, EveryChangeEndsTheSessionsAndIsAudited)
{
    auto& administrators = people_->administrators();
    const auto ada = value_of(administrators.add("ada", {AccountId(1), true}, secret(good_password), {"administrator:7", "net"}));
    const auto begin = [&] { return value_of(people_->administrator_sessions().begin(ada.id, Assurance::account, {})); };
    const auto is_over = [&](const NewSession& session) {
        return !value_of(people_->administrator_sessions().find(session.token.clone())).has_value();
    };
    auto session = begin();
    EXPECT_EQ(value_of(administrators.set_duties("ada", {AccountId(2), true}, LastOne::may_go)), AdministratorChange::done);
    EXPECT_TRUE(is_over(session));
    EXPECT_EQ(value_of(administrators.find(ada.id))->duties.account, AccountId(2));
    session = begin();
    EXPECT_EQ(value_of(administrators.set_enabled("ada", false, LastOne::may_go)), AdministratorChange::done);
    EXPECT_TRUE(is_over(session));
    EXPECT_FALSE(value_of(administrators.check_password("ada", secret(good_password))).has_value());
    EXPECT_EQ(value_of(administrators.set_enabled("ada", true, LastOne::stays)), AdministratorChange::done);
    EXPECT_TRUE(value_of(administrators.check_password("ada", secret(good_password))).has_value());
    EXPECT_EQ(value_of(administrators.set_duties("eve", {AccountId(2)}, LastOne::stays)), AdministratorChange::unknown);
    EXPECT_TRUE(answer_of(administrators.set_duties("ada", {}, LastOne::may_go)).has_error());
    std::vector<std::string> told;
    for (const auto& record : value_of(people_->audit().list({.subject = "administrator:ada"})))
        told.push_back(record.entry.who + ' ' + record.entry.what + ' ' + record.entry.details);
    EXPECT_EQ(told, (std::vector<std::string>{"operator administrator.enabled {}", "operator administrator.disabled {}",
                                              R"(operator administrator.changed {"id":1,"account":2,"node":true})",
                                              R"(administrator:7 administrator.added {"id":1,"account":1,"node":true})"}));
}

TEST_F(AdministratorsTest, TheLastOfTheNodeOrOfAnAccountStays)
{
    using enum AdministratorChange;
    auto& administrators = people_->administrators();
    value_of(administrators.add("ada", {AccountId(1), true}, secret(good_password)));
    value_of(administrators.add("bea", {AccountId(1)}, secret(good_password)));
    value_of(administrators.add("cleo", {AccountId(2)}, secret(good_password)));
    EXPECT_EQ(value_of(administrators.remove("ada", LastOne::stays)), last_of_node);
    EXPECT_EQ(value_of(administrators.set_enabled("ada", false, LastOne::stays)), last_of_node);
    EXPECT_EQ(value_of(administrators.set_duties("ada", {AccountId(1), false}, LastOne::stays)), last_of_node);
    EXPECT_EQ(value_of(administrators.remove("cleo", LastOne::stays)), last_of_account);
    EXPECT_EQ(value_of(administrators.list()).size(), 3U);
    // Who may not sign in stands in for nobody.
    value_of(administrators.add("dora", {AccountId(2), true}, secret(good_password)));
    EXPECT_EQ(value_of(administrators.set_enabled("dora", false, LastOne::stays)), done);
    EXPECT_EQ(value_of(administrators.remove("cleo", LastOne::stays)), last_of_account);
    EXPECT_EQ(value_of(administrators.remove("dora", LastOne::stays)), done);
    EXPECT_EQ(value_of(administrators.set_duties("ada", {std::nullopt, true}, LastOne::stays)), done);
    EXPECT_EQ(value_of(administrators.remove("bea", LastOne::stays)), last_of_account);
    EXPECT_EQ(value_of(administrators.remove("bea", LastOne::may_go)), done);
}

TEST_F(PersonsTest, AsksTheWriterOnlyForAnotherLanguage)
{
    const auto bob = make_person("bob@partner.test").id;
    const auto busy = std::make_shared<test::DeafDatabase>(database_);
    people_ = People::open(busy, clock_, {secret("a pepper for tests only"), {}}).value();
    const auto set = [&](const std::string& language) { return answer_of(persons().set_language(bob, language)); };
    busy->refuses = 1;
    EXPECT_TRUE(set("en").value());
    EXPECT_TRUE(set("fr").has_error());
    EXPECT_TRUE(set("fr").value());
    EXPECT_EQ(value_of(persons().find(bob))->language, "fr");
    EXPECT_FALSE(value_of(persons().set_language(PersonId(999), "fr")));
}

TEST(Address, IsComparedWithoutCaseAndWithItsNetwork)
{
    EXPECT_EQ(*normalise_address(" Bob.Smith@Partner.TEST "), "bob.smith@partner.test");
    for (const auto* bad : {"", "bob", "@partner.test", "bob@", "a b@partner.test", "bob@partner.test, eve@partner.test"})
        EXPECT_TRUE(normalise_address(bad).has_error()) << bad;
    EXPECT_EQ(*normalise_domain("ACME.test"), "acme.test");
    EXPECT_TRUE(normalise_domain("localhost").has_error());
    EXPECT_EQ(network_of(*parse_ip("192.0.2.77")), "192.0.2.0/24");
    EXPECT_EQ(network_of(*parse_ip("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
}

TEST(Assurance, GrowsFromLowToStrong)
{
    EXPECT_LT(Assurance::low, Assurance::mailbox);
    EXPECT_LT(Assurance::mailbox, Assurance::account);
    EXPECT_LT(Assurance::account, Assurance::strong);
    EXPECT_EQ(parse_assurance("account"), Assurance::account);
    EXPECT_FALSE(parse_assurance("Account").has_value());
}

}  // namespace
}  // namespace sealpost::people
