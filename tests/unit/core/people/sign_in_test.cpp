#include "core/people/fixture.hpp"

#include <regex>
#include <set>

namespace sealpost::people {
namespace {

using namespace std::chrono_literals;
using test::answer_of;
using test::must;
using test::secret;
using test::value_of;

class CodesTest : public test::PeopleTest {
protected:
    Challenge begin(bool may_sign_in = true, std::optional<std::string> replaces = {})
    {
        return value_of(people_->codes().begin({"bob@partner.test", may_sign_in, std::move(replaces)}));
    }
    CodeVerdict check(const Challenge& challenge, std::string_view code)
    {
        return value_of(people_->codes().check(challenge.challenge, secret(code)));
    }
    static std::string wrong_for(const Challenge& challenge)
    {
        return challenge.code.reveal_text() == "00000000" ? "00000001" : "00000000";
    }
};

TEST_F(CodesTest, ARightCodeNamesTheAddressOnce)
{
    const auto challenge = begin();
    const auto verdict = check(challenge, challenge.code.reveal_text());
    ASSERT_TRUE(std::holds_alternative<CodeRight>(verdict));
    EXPECT_EQ(std::get<CodeRight>(verdict).address, "bob@partner.test");
    EXPECT_TRUE(std::holds_alternative<CodeExpired>(check(challenge, challenge.code.reveal_text())));
}

TEST_F(CodesTest, ACodeHasEightDigitsAndTheReferenceTwoWords)
{
    std::set<std::string> codes;
    for (int i = 0; i < 20; ++i) {
        const auto challenge = begin();
        EXPECT_TRUE(std::regex_match(std::string(challenge.code.reveal_text()), std::regex("[0-9]{8}")));
        EXPECT_TRUE(std::regex_match(challenge.reference, std::regex("[A-Z]+-[A-Z]+")));
        EXPECT_EQ(challenge.challenge.size(), 43U);
        codes.emplace(challenge.code.reveal_text());
    }
    EXPECT_GT(codes.size(), 18U);
}

TEST_F(CodesTest, TakesACodeAsPeopleTypeIt)
{
    const auto challenge = begin();
    std::string spaced(challenge.code.reveal_text());
    spaced.insert(4, " ");
    EXPECT_TRUE(std::holds_alternative<CodeRight>(check(challenge, spaced)));
}

TEST_F(CodesTest, AfterFiveWrongTriesTheRightCodeIsVoid)
{
    const auto challenge = begin();
    for (int left = 4; left >= 0; --left) {
        const auto verdict = check(challenge, wrong_for(challenge));
        ASSERT_TRUE(std::holds_alternative<CodeWrong>(verdict));
        EXPECT_EQ(std::get<CodeWrong>(verdict).tries_left, left);
    }
    EXPECT_TRUE(std::holds_alternative<CodeExpired>(check(challenge, challenge.code.reveal_text())));
}

TEST_F(CodesTest, ACodeLivesTenMinutes)
{
    const auto early = begin();
    const auto late = begin();
    clock_.advance(10min - 1ms);
    EXPECT_TRUE(std::holds_alternative<CodeRight>(check(early, early.code.reveal_text())));
    clock_.advance(1ms);
    EXPECT_TRUE(std::holds_alternative<CodeExpired>(check(late, late.code.reveal_text())));
    must(people_->codes().sweep());
    EXPECT_EQ(count("select count(*) from people_code"), 0);
}

TEST_F(CodesTest, ANewCodeOfTheSameBrowserVoidsTheFormer)
{
    const auto former = begin();
    const auto newer = begin(true, former.challenge);
    EXPECT_TRUE(std::holds_alternative<CodeExpired>(check(former, former.code.reveal_text())));
    EXPECT_TRUE(std::holds_alternative<CodeRight>(check(newer, newer.code.reveal_text())));
}

TEST_F(CodesTest, ACodeOfAnotherChallengeIsWrong)
{
    const auto mine = begin();
    auto theirs = begin();
    while (mine.code.equals(theirs.code.reveal())) theirs = begin();  // once in a hundred million
    EXPECT_TRUE(std::holds_alternative<CodeWrong>(check(mine, theirs.code.reveal_text())));
}

TEST_F(CodesTest, AnUnknownAddressGetsAChallengeThatNothingOpens)
{
    const auto challenge = begin(false);
    const auto verdict = check(challenge, challenge.code.reveal_text());
    ASSERT_TRUE(std::holds_alternative<CodeWrong>(verdict));
    EXPECT_EQ(std::get<CodeWrong>(verdict).tries_left, 4);
}

TEST_F(CodesTest, ACodeFromBehindAnotherPepperIsWrong)
{
    const auto challenge = begin();
    Codes stranger({database_, &clock_}, secret("another pepper"));
    const auto verdict = value_of(stranger.check(challenge.challenge, challenge.code.clone()));
    EXPECT_TRUE(std::holds_alternative<CodeWrong>(verdict));
}

TEST_F(CodesTest, KeepsNeitherCodeNorChallengeInTheStore)
{
    const auto challenge = begin();
    const auto octets = all_octets();
    EXPECT_EQ(octets.find(challenge.code.reveal_text()), std::string::npos);
    EXPECT_EQ(octets.find(challenge.challenge), std::string::npos);
}

class SessionsTest : public test::PeopleTest {
protected:
    NewSession begin(Assurance assurance = Assurance::mailbox, Secret former = {})
    {
        return value_of(people_->sessions().begin(PersonId(7), assurance, std::move(former)));
    }
    std::optional<Session> find(const NewSession& session) { return value_of(people_->sessions().find(session.token.clone())); }
};

TEST_F(SessionsTest, ATokenFindsItsOwnerAndAssurance)
{
    const auto begun = begin(Assurance::account);
    const auto session = find(begun);
    ASSERT_TRUE(session.has_value());
    EXPECT_EQ(std::get<PersonId>(session->owner), PersonId(7));
    EXPECT_EQ(session->assurance, Assurance::account);
    EXPECT_FALSE(begun.csrf.empty());
    EXPECT_EQ(session->csrf, begun.csrf);
}

TEST_F(SessionsTest, EndsAfterFifteenIdleMinutes)
{
    const auto session = begin();
    for (int i = 0; i < 3; ++i) {
        clock_.advance(14min);
        EXPECT_TRUE(find(session).has_value());
        let_posted_work_end();
    }
    clock_.advance(15min);
    EXPECT_FALSE(find(session).has_value());
}

TEST_F(SessionsTest, EndsAfterTwelveHoursHoweverBusy)
{
    const auto session = begin();
    for (auto passed = 0min; passed < 12h - 10min; passed += 10min) {
        clock_.advance(10min);
        ASSERT_TRUE(find(session).has_value());
        let_posted_work_end();
    }
    clock_.advance(10min);
    EXPECT_FALSE(find(session).has_value());
    must(people_->sessions().sweep());
    EXPECT_EQ(count("select count(*) from people_session"), 0);
}

TEST_F(SessionsTest, SigningInAgainEndsTheFormerSession)
{
    const auto former = begin();
    const auto newer = begin(Assurance::account, former.token.clone());
    EXPECT_FALSE(find(former).has_value());
    EXPECT_TRUE(find(newer).has_value());
}

TEST_F(SessionsTest, ARenewedSessionKeepsItsAssuranceAndItsEnd)
{
    const auto former = begin(Assurance::account);
    clock_.advance(14min);
    const auto renewed = value_of(people_->sessions().renew(former.token.clone()));
    ASSERT_TRUE(renewed.has_value());
    EXPECT_FALSE(find(former).has_value());
    ASSERT_TRUE(find(*renewed).has_value());
    EXPECT_EQ(find(*renewed)->assurance, Assurance::account);
    EXPECT_EQ(find(*renewed)->signed_in_at, clock_.now() - 14min);
    EXPECT_FALSE(value_of(people_->sessions().renew(former.token.clone())).has_value()) << "it is over";
}

TEST_F(SessionsTest, SigningOutEndsTheSession)
{
    const auto session = begin();
    must(people_->sessions().end(session.token.clone()));
    EXPECT_FALSE(find(session).has_value());
}

TEST_F(SessionsTest, APersonsCookieIsNoAdministrators)
{
    const auto session = begin();
    EXPECT_FALSE(value_of(people_->administrator_sessions().find(session.token.clone())).has_value());
}

TEST_F(SessionsTest, KeepsNoTokenInTheStore)
{
    const auto session = begin();
    EXPECT_EQ(all_octets().find(session.token.reveal_text()), std::string::npos);
}

class GuardTest : public test::PeopleTest {
protected:
    using Kind = GuardKey::Kind;
    GuardVerdict admit(std::vector<GuardKey> keys) { return value_of(people_->guard().admit(std::move(keys))); }
    const GuardKey bob_{Kind::password, "bob@partner.test"};
    const GuardKey network_{Kind::network, "192.0.2.0/24"};
};

TEST_F(GuardTest, PausesAfterFiveTriesAndDoublesThePause)
{
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(admit({bob_}).admitted);
    for (const auto pause : {2s, 4s, 8s, 16s}) {
        const auto verdict = admit({bob_});
        EXPECT_FALSE(verdict.admitted);
        EXPECT_EQ(verdict.retry_after, pause);
        clock_.advance(pause - 1s);
        EXPECT_EQ(admit({bob_}).retry_after, 1s);
        clock_.advance(1s);
        EXPECT_TRUE(admit({bob_}).admitted);
    }
}

TEST_F(GuardTest, APauseNeverExceedsAnHour)
{
    for (int i = 0; i < 60; ++i) {
        const auto verdict = admit({bob_});
        EXPECT_LE(verdict.retry_after, 1h);
        if (!verdict.admitted) clock_.advance(verdict.retry_after);
    }
}

TEST_F(GuardTest, ALockOutEndsByTimeAlone)
{
    for (int i = 0; i < 200; ++i) {
        const auto verdict = admit({bob_});
        if (!verdict.admitted) clock_.advance(verdict.retry_after);
    }
    clock_.advance(48h);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(admit({bob_}).admitted);
}

TEST_F(GuardTest, ARefusedTryCountsForNoKey)
{
    const GuardKey alice{Kind::password, "alice@acme.test"};
    for (int i = 0; i < 5; ++i) admit({bob_});
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(admit({bob_, alice}).admitted);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(admit({alice}).admitted);
}

TEST_F(GuardTest, OneNetworkPausesForAllItsAddresses)
{
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(admit({{Kind::password, "p" + std::to_string(i)}, network_}).admitted);
    EXPECT_FALSE(admit({{Kind::password, "fresh"}, network_}).admitted);
    EXPECT_TRUE(admit({{Kind::password, "fresh"}, {Kind::network, "198.51.100.0/24"}}).admitted);
}

TEST_F(GuardTest, ARightTryForgetsTheAccountsFailures)
{
    for (int i = 0; i < 4; ++i) admit({bob_, network_});
    must(people_->guard().note_success({bob_, network_}));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(admit({bob_}).admitted);
    EXPECT_EQ(count("select failures from people_guard where name = '192.0.2.0/24'"), 3);
}

TEST_F(GuardTest, ARightTryTakesBackThePauseThatItBeganAndNoOther)
{
    const GuardKey envelope{Kind::envelope, "envelope 192.0.2.0/24"};
    for (int i = 0; i < 10; ++i) admit({envelope});
    EXPECT_EQ(admit({envelope}).retry_after, 2s);
    clock_.advance(2s);
    const auto right = admit({envelope});
    ASSERT_TRUE(right.admitted);
    EXPECT_EQ(admit({envelope}).retry_after, 4s);
    must(people_->guard().note_success({envelope}, right.at));
    const auto slow = admit({envelope});
    ASSERT_TRUE(slow.admitted) << "its pause is over";
    clock_.advance(4s);
    ASSERT_TRUE(admit({envelope}).admitted);
    must(people_->guard().note_success({envelope}, slow.at));
    EXPECT_EQ(admit({envelope}).retry_after, 8s) << "of the one that came in between";
}

TEST_F(GuardTest, AStrangersTriesFromElsewhereDoNotLockTheOwnerOut)
{
    for (const auto kind : {Kind::password, Kind::code, Kind::administrator, Kind::mail}) {
        const GuardKey stranger{kind, "bob@partner.test", "203.0.113.0/24"};
        while (admit({stranger}).admitted) {
        }
        EXPECT_TRUE(admit({{kind, "bob@partner.test", "192.0.2.0/24"}}).admitted);
    }
}

TEST_F(GuardTest, TriesFromEverywhereAreBoundedButWhereTheOwnerSignsIn)
{
    const GuardKey home{Kind::password, "bob@partner.test", "192.0.2.0/24"};
    ASSERT_TRUE(admit({home}).admitted);
    must(people_->guard().note_success({home}));
    int admitted = 0;
    for (int i = 0; i < 200; ++i)
        if (admit({{Kind::password, "bob@partner.test", "10.0." + std::to_string(i) + ".0/24"}}).admitted) ++admitted;
    EXPECT_EQ(admitted, 50);
    EXPECT_LE(admit({{Kind::password, "bob@partner.test", "10.1.0.0/24"}}).retry_after, 15min);
    EXPECT_TRUE(admit({{Kind::administrator, "bob@partner.test", "10.1.0.0/24"}}).admitted) << "of another kind";
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(admit({home}).admitted);
    EXPECT_FALSE(admit({home}).admitted) << "nor may anybody guess there without end";
    EXPECT_TRUE(admit({{Kind::mail, "bob@partner.test", "192.0.2.0/24"}}).admitted);
}

TEST_F(GuardTest, AThousandTriesFromEverywhereTakeDays)
{
    const auto begun = clock_.now();
    for (int i = 0; i < 1000; ++i) {
        const GuardKey stranger{Kind::password, "bob@partner.test", "network " + std::to_string(i)};
        const auto verdict = admit({stranger});
        if (verdict.admitted) continue;
        clock_.advance(verdict.retry_after);
        EXPECT_TRUE(admit({stranger}).admitted);
    }
    EXPECT_GT(clock_.now() - begun, 9 * 24h);
}

TEST_F(GuardTest, ARightTryFromElsewhereTakesNoneOfTheStrangersBack)
{
    for (int i = 0; i < 49; ++i) admit({{Kind::password, "bob@partner.test", "10.0." + std::to_string(i) + ".0/24"}});
    const GuardKey travelling{Kind::password, "bob@partner.test", "198.51.100.0/24"};
    ASSERT_TRUE(admit({travelling}).admitted);
    must(people_->guard().note_success({travelling}));
    EXPECT_EQ(count("select failures from people_guard where name = 'bob@partner.test'"), 49);
}

TEST_F(GuardTest, ForgetsAfterAWhileFromWhereSomebodySignedIn)
{
    const GuardKey home{Kind::password, "bob@partner.test", "192.0.2.0/24"};
    must(people_->guard().note_success({home}));
    clock_.advance(Guard::known_for);
    for (int i = 0; i < 50; ++i) admit({{Kind::password, "bob@partner.test", "10.0." + std::to_string(i) + ".0/24"}});
    EXPECT_FALSE(admit({home}).admitted);
    must(people_->guard().sweep());
    EXPECT_EQ(count("select count(*) from people_known_network"), 0);
}

TEST_F(GuardTest, AnIpv6CustomerIsCountedByTheWholeNetworkToo)
{
    const auto network = [](int number) {
        return format_ip(IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, static_cast<std::uint8_t>(number)})) + "/64";
    };
    int admitted = 0;
    for (int i = 0; i < 250; ++i)
        if (admit({{Kind::network, network(i)}}).admitted) ++admitted;
    EXPECT_EQ(admitted, 200);
    EXPECT_TRUE(admit({{Kind::network, "2001:db8:2::/64"}}).admitted) << "of another customer";
    EXPECT_TRUE(admit({network_}).admitted);
    const auto verdict = admit({{Kind::challenge, network(0)}});
    must(people_->guard().note_success({{Kind::challenge, network(0)}}, verdict.at));
    EXPECT_EQ(count("select count(*) from people_guard where name = '2001:db8:1::/48'"), 2);
}

TEST_F(GuardTest, WhoHoldsTheLinkOfAnEnvelopeWaitsForNobodyWithoutIt)
{
    const auto ask = [&](int network, const std::string& envelope) {
        return admit({{Kind::mail, "bob@partner.test", "10.0." + std::to_string(network) + ".0/24", envelope}}).admitted;
    };
    int admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += ask(i, "") ? 1 : 0;
    EXPECT_EQ(admitted, 15);
    EXPECT_FALSE(ask(200, ""));
    admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += ask(100 + i, "envelope1") ? 1 : 0;
    EXPECT_EQ(admitted, 5) << "others who hold it, each with a share of his own, have no mails without end";
    EXPECT_TRUE(ask(201, "envelope2")) << "of another envelope";
    EXPECT_FALSE(admit({{Kind::mail_anywhere, "bob@partner.test", "10.1.0.0/24"}}).admitted);
}

TEST_F(GuardTest, LinksOfManyEnvelopesAreBoundedTogether)
{
    int admitted = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string number = std::to_string(i);
        if (admit({{Kind::mail, "bob@partner.test", "10.0." + number + ".0/24", "envelope" + number}}).admitted) ++admitted;
    }
    EXPECT_EQ(admitted, 60);
    const GuardKey home{Kind::mail, "bob@partner.test", "192.0.2.0/24", "envelope"};
    must(people_->guard().note_success({home}));
    EXPECT_TRUE(admit({home}).admitted) << "from where bob signed in";
}

TEST_F(GuardTest, AnIpv6CustomerHasOneShareOfTheCodesToAnAddress)
{
    int admitted = 0;
    for (int i = 0; i < 10; ++i)
        if (admit({{Kind::mail, "bob@partner.test", "2001:db8:1:" + std::to_string(i) + "::/64"}}).admitted) ++admitted;
    EXPECT_EQ(admitted, 3);
    EXPECT_TRUE(admit({{Kind::mail, "bob@partner.test", "2001:db8:2:1::/64"}}).admitted);
}

TEST_F(GuardTest, ATryThatWasNeverJudgedCountsForNobody)
{
    const GuardKey bob{Kind::password, "bob@partner.test", "192.0.2.0/24"};
    for (int i = 0; i < 100; ++i) {
        const auto verdict = admit({bob, network_});
        ASSERT_TRUE(verdict.admitted) << i;
        must(people_->guard().take_back({bob, network_}, verdict.at));
    }
    EXPECT_EQ(count("select count(*) from people_guard where failures > 0"), 0);
    EXPECT_EQ(count("select count(*) from people_known_network"), 0);
    // Wrong ones stay, and so does a pause that another began.
    for (int i = 0; i < 5; ++i) admit({bob});
    clock_.advance(2s);
    const auto unjudged = admit({bob});
    ASSERT_TRUE(unjudged.admitted);
    must(people_->guard().take_back({bob}, unjudged.at));
    EXPECT_EQ(count("select failures from people_guard where name = '192.0.2.0/24 bob@partner.test'"), 5);
    EXPECT_TRUE(admit({bob}).admitted) << "the pause that it began itself is over";
    EXPECT_EQ(admit({bob}).retry_after, 4s);
}

TEST_F(GuardTest, ALockedPasswordDoesNotStopACodeByMail)
{
    for (int i = 0; i < 6; ++i) admit({bob_});
    EXPECT_FALSE(admit({bob_}).admitted);
    EXPECT_TRUE(admit({{Kind::code, "bob@partner.test"}}).admitted);
}

}  // namespace
}  // namespace sealpost::people
