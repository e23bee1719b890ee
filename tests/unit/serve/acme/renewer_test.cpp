#include "serve/acme/renewer.hpp"

#include "serve/acme/scripted_authority.hpp"
#include "sys/async/workers.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sealpost::acme {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* rate_limited = R"({"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many"})";

class RenewerTest : public testing::Test {
protected:
    Renewer::Parts parts()
    {
        Renewer::Parts parts;
        parts.authorities.push_back({"ca", authority_.directory_url, "ops@acme.test", "http-01", authority_.send()});
        parts.jobs.push_back({"mx1", "ca", names_, "ecdsa"});
        parts.data_dir = folder_;
        parts.answers = answers_;
        parts.pool = &pool_;
        parts.clock = &clock_;
        parts.install = [this](std::string name, std::string chain_pem, Secret key_pem) {
            return install(std::move(name), std::move(chain_pem), std::move(key_pem));
        };
        parts.find_chain = [this](const std::string&) { return installed_; };
        return parts;
    }

    Task<Result<>> install(std::string name, std::string chain_pem, Secret key_pem)
    {
        if (disk_is_full_) co_return Error{Fault::retry_later, "disk full"};
        EXPECT_EQ(name, "mx1");
        auto pair = tls::parse_key_pair(chain_pem, key_pem.reveal_text());
        EXPECT_TRUE(pair.has_value());
        installed_ = pair->chain;
        ++installs_;
        chain_text_ = chain_pem;
        co_return Result<>();
    }

    // One look of a node that has just started.
    void look()
    {
        async::run_here([this] { return look_once(); });
    }
    Task<void> look_once()
    {
        Executor executor = co_await async::this_executor();
        Renewer renewer(executor, parts());
        if (asks_) renewer.ask("mx1");
        next_ = co_await renewer.look();
        told_ = renewer.find_state("mx1");
    }

    RenewalState state() { return load_renewal_state(folder_, "ca", "mx1"); }
    milliseconds wait() { return *state().next - clock_.now(); }

    ManualClock clock_{parse_rfc3339("2026-11-26T08:00:00Z").value()};
    test::ScriptedAuthority authority_{clock_};
    async::BlockingPool pool_{1};
    std::shared_ptr<Answers> answers_ = std::make_shared<Answers>(std::make_shared<tls::ChallengePairs>());
    sealpost::test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    std::vector<std::string> names_{"mx1.acme.test"};
    std::optional<std::vector<crypto::Certificate>> installed_;
    std::string chain_text_;
    int installs_ = 0;
    bool asks_ = false;
    bool disk_is_full_ = false;
    WallTime next_{};
    std::optional<RenewalState> told_;
};

TEST_F(RenewerTest, HasACertificateIssuedWhereNoneIs)
{
    look();
    ASSERT_EQ(installs_, 1);
    EXPECT_THAT(installed_->front().dns_names(), ElementsAre("mx1.acme.test"));
    EXPECT_THAT(*installed_, SizeIs(2));
    EXPECT_TRUE(chain_text_.starts_with("-----BEGIN CERTIFICATE-----")) << "what stands around the chain is left out";
    EXPECT_EQ(state().last_problem, "");
    EXPECT_EQ(next_, *state().next);
    EXPECT_THAT(authority_.challenges_answered, IsEmpty());
}

TEST_F(RenewerTest, WaitsAMinuteWhenATryCannotBeNoted)
{
    std::ofstream(folder_ / "acme") << "no folder";
    look();
    EXPECT_EQ(installs_, 0);
    EXPECT_EQ(next_, clock_.now() + minutes(1));
}

TEST_F(RenewerTest, ProvesEachNameThatIsNotProvenYet)
{
    authority_.authorization_status = "pending";
    look();
    EXPECT_EQ(installs_, 1);
    EXPECT_THAT(authority_.challenges_answered, ElementsAre("mx1.acme.test"));
    EXPECT_FALSE(answers_->find_key_authorization("DGyRejmCefe7v4NfDGDKfA").has_value()) << "the answer is withdrawn";
}

TEST_F(RenewerTest, LeavesAGoodCertificateAlone)
{
    look();
    clock_.advance(hours(24 * 50));
    look();
    EXPECT_EQ(authority_.directories, 1);
    EXPECT_EQ(installs_, 1);
}

TEST_F(RenewerTest, RenewsWhenAThirdOfTheLifeIsLeft)
{
    look();
    const auto first = installed_->front();
    clock_.advance(hours(24 * 60));
    look();
    EXPECT_EQ(installs_, 2);
    EXPECT_FALSE(installed_->front() == first);
    EXPECT_NE(installed_->front().to_der(), first.to_der());
    EXPECT_EQ(authority_.accounts, 1) << "the account is made once";
}

TEST_F(RenewerTest, AsksAnewWhenTheNamesChange)
{
    look();
    names_ = {"mx1.acme.test", "mail.acme.test"};
    look();
    EXPECT_EQ(installs_, 2);
    EXPECT_THAT(installed_->front().dns_names(), ElementsAre("mx1.acme.test", "mail.acme.test"));
    names_ = {"mail.acme.test", "mx1.acme.test"};  // the same ones
    look();
    EXPECT_EQ(installs_, 2);
}

TEST_F(RenewerTest, AsksAnewWhenSomethingElseWasInstalled)
{
    look();
    installed_ = std::vector<crypto::Certificate>{};
    clock_.advance(hours(1));
    look();
    EXPECT_EQ(installs_, 2);
}

TEST_F(RenewerTest, AsksOnceAnHourForWhatIsIssuedAndNeverSeen)
{
    for (int minute = 0; minute < 120; ++minute) {
        look();
        installed_.reset();
        clock_.advance(minutes(1));
    }
    EXPECT_EQ(authority_.orders, 2);
}

TEST_F(RenewerTest, AsksWhenAnAdministratorWantsIt)
{
    look();
    clock_.advance(hours(1));
    asks_ = true;
    look();
    EXPECT_EQ(installs_, 2);
    clock_.advance(seconds(4));
    look();
    EXPECT_EQ(installs_, 2) << "twice within ten seconds is once";
    EXPECT_EQ(next_ - clock_.now(), seconds(6));
}

TEST_F(RenewerTest, AnswersABadNonceWithTheNextOne)
{
    authority_.nonces_to_refuse = 4;
    look();
    EXPECT_EQ(installs_, 1);
}

TEST_F(RenewerTest, GivesUpWhenEveryNonceIsBad)
{
    authority_.nonces_to_refuse = 100;
    look();
    EXPECT_EQ(installs_, 0);
    EXPECT_EQ(authority_.nonces_to_refuse, 89);
    EXPECT_THAT(state().last_problem, HasSubstr("badNonce"));
}

TEST_F(RenewerTest, NeverAsksMoreThanOnceAnHourForWhatIsRefusedAndInTheEndOnceADay)
{
    authority_.refusal = rate_limited;
    std::vector<int> waits;
    for (int i = 0; i < 7; ++i) {
        look();  // as if the node had restarted
        waits.push_back(static_cast<int>(wait() / hours(1)));
        clock_.advance(wait() - seconds(1));
        look();
        EXPECT_EQ(authority_.orders, i + 1) << "a second too soon";
        clock_.advance(seconds(1));
    }
    EXPECT_THAT(waits, ElementsAre(1, 2, 4, 8, 16, 24, 24));
    EXPECT_THAT(state().last_problem, HasSubstr("too many"));
    EXPECT_EQ(told_->last_problem, state().last_problem);
    EXPECT_EQ(installs_, 0);
}

TEST_F(RenewerTest, WaitsLongerWhenTheAuthoritySaysSo)
{
    authority_.refusal = rate_limited;
    authority_.retry_after = "36000";
    look();
    EXPECT_EQ(wait(), hours(10));
    authority_.retry_after = "99999999";
    clock_.advance(hours(10));
    look();
    EXPECT_EQ(wait(), hours(24 * 7)) << "but not for ever";
}

TEST_F(RenewerTest, KeepsTheOldCertificateWhenRenewalFails)
{
    look();
    const auto first = installed_->front();
    clock_.advance(hours(24 * 61));
    authority_.authorization_status = "invalid";
    look();
    EXPECT_TRUE(installed_->front() == first);
    EXPECT_THAT(state().last_problem, HasSubstr("no address found"));
    EXPECT_EQ(state().failures, 1U);
    authority_.authorization_status = "valid";
    clock_.advance(hours(1));
    look();
    EXPECT_FALSE(installed_->front() == first);
    EXPECT_EQ(state().failures, 0U);
    EXPECT_EQ(state().last_problem, "");
}

TEST_F(RenewerTest, AsksAtOnceForOtherNamesThanThoseThatWereRefused)
{
    authority_.refusal = rate_limited;
    look();
    authority_.refusal.clear();
    names_ = {"mail.acme.test"};
    look();
    EXPECT_EQ(installs_, 1);
}

TEST_F(RenewerTest, TriesAnAuthorityThatIsDownAgainSoonAndThenHourly)
{
    authority_.is_down = true;
    std::vector<long> waits;
    for (int i = 0; i < 10; ++i) {
        look();
        waits.push_back(static_cast<long>(wait() / seconds(1)));
        clock_.advance(wait());
    }
    EXPECT_THAT(waits, ElementsAre(15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600));
    EXPECT_EQ(state().failures, 0U);
    authority_.is_down = false;
    look();
    EXPECT_EQ(installs_, 1);
}

TEST_F(RenewerTest, TakesAServerErrorWithoutAProblemForAnAuthorityThatIsDown)
{
    authority_.status_of_all = 503;
    authority_.retry_after = "120";
    look();
    EXPECT_EQ(state().unreachable, 1U);
    EXPECT_EQ(wait(), seconds(120));
}

TEST_F(RenewerTest, CountsATryThatWasCutOff)
{
    ASSERT_TRUE(save_renewal_state(folder_, "ca", "mx1", begin_try({}, names_, clock_.now())).has_value());
    look();
    EXPECT_EQ(authority_.directories, 0) << "a node that crashes at each try does not hammer";
    clock_.advance(minutes(5));
    look();
    EXPECT_EQ(installs_, 1);
    const RenewalState again = begin_try(begin_try({}, names_, clock_.now()), names_, clock_.now());
    EXPECT_EQ(*again.next - clock_.now(), hours(2));
}

TEST_F(RenewerTest, MakesTheAccountAgainWhenTheAuthorityForgotIt)
{
    look();
    authority_.forgets_accounts = true;
    clock_.advance(hours(24 * 61));
    look();
    EXPECT_EQ(authority_.accounts, 2);
    EXPECT_EQ(installs_, 2);
}

TEST_F(RenewerTest, KeepsTheAccountKeyToItself)
{
    look();
    const auto key = folder_ / "acme/ca/account.key";
    EXPECT_EQ(std::filesystem::status(key).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto account = open_account(folder_ / "acme/ca", authority_.directory_url);
    EXPECT_EQ(account->url, "https://ca.test/account/1");
    EXPECT_EQ(open_account(folder_ / "acme/ca", "https://other.test/directory")->url, "") << "an account is one directory's";
}

TEST_F(RenewerTest, RefusesAnAuthorityThatWantsAnAccountOfAnotherKind)
{
    authority_.wants_external_account = true;
    look();
    EXPECT_THAT(state().last_problem, HasSubstr("externalAccountRequired"));
    EXPECT_EQ(authority_.accounts, 0);
}

TEST_F(RenewerTest, InstallsNoCertificateForOtherNames)
{
    authority_.name_in_certificate = "www.partner.test";
    look();
    EXPECT_EQ(installs_, 0);
    EXPECT_THAT(state().last_problem, HasSubstr("www.partner.test"));
}

TEST_F(RenewerTest, InstallsNoCertificateForAnotherKey)
{
    authority_.certifies_own_key = true;
    look();
    EXPECT_EQ(installs_, 0);
    EXPECT_EQ(state().failures, 1U);
}

TEST_F(RenewerTest, CountsACertificateThatCouldNotBeInstalledAsAFailure)
{
    disk_is_full_ = true;
    look();
    EXPECT_EQ(state().failures, 1U);
    EXPECT_THAT(state().last_problem, HasSubstr("disk full"));
    look();
    EXPECT_EQ(authority_.orders, 1);
}

TEST_F(RenewerTest, StartsAfreshWithAStateFileThatIsDamaged)
{
    look();
    std::ofstream(folder_ / "acme/ca/certificates/mx1.json") << R"({"names":7})";
    look();
    EXPECT_EQ(installs_, 2);
}

}  // namespace
}  // namespace sealpost::acme
