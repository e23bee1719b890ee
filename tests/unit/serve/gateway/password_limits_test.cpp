// Passwords that a host guesses, and those that are checked at once.
#include "serve/gateway/limits_world.hpp"
#include "serve/gateway/password_hash.hpp"
#include "sys/async/task_group.hpp"

#include <algorithm>

namespace sealpost::gateway {
namespace {

using namespace std::chrono_literals;
using queue::wait_for;

class PasswordLimitsTest : public LimitsTest {
protected:
    PasswordLimitsTest()
    {
        parts_->users = std::make_shared<SubmissionUsers>(SubmissionUsers::List{{"alice", password_hash()}}, "");
    }
};

Task<void> guess(Intake& intake, std::vector<int>& codes)
{
    smtpd::Credentials credentials{"alice", Secret::copy_of("wrong"), ""};
    const auto reply = co_await intake.authenticate(std::move(credentials));
    codes.push_back(reply.code);
}

Task<void> guess_at_once(std::vector<std::unique_ptr<Intake>>& intakes, std::vector<int>& codes)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (const auto& intake : intakes) group.spawn(guess(*intake, codes));
    co_await group.join();
}

TEST_F(PasswordLimitsTest, TellAHostThatGuessedPasswordsNoMoreAboutThem)
{
    const auto sign_in = [](Intake& intake, std::string_view password) {
        return wait_for(intake.authenticate({"alice", Secret::copy_of(password), ""})).code;
    };
    const HostKey guesser(*parse_ip("192.0.2.60"));
    auto intake = come("192.0.2.60");
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(parts_->hosts->try_password(guesser, 100));
    EXPECT_EQ(sign_in(*intake, "wrong"), 535);
    EXPECT_EQ(sign_in(*intake, "right"), 454);
    EXPECT_EQ(sign_in(*come("192.0.2.60"), "right"), 454) << "also on the next connection";
    EXPECT_EQ(sign_in(*come("192.0.2.61"), "right"), 235) << "but not from another host";
    clock_.advance(1h);
    EXPECT_EQ(sign_in(*intake, "right"), 235);
}

TEST_F(PasswordLimitsTest, CountAPasswordBeforeItIsCheckedSoThatManyAtOnceAreNoMore)
{
    const HostKey guesser(*parse_ip("192.0.2.60"));
    for (int i = 0; i < 98; ++i) EXPECT_TRUE(parts_->hosts->try_password(guesser, 100));
    std::vector<std::unique_ptr<Intake>> intakes;
    for (int i = 0; i < 6; ++i) {
        intakes.push_back(std::make_unique<Intake>(parts_));
        auto admission = connect(*intakes.back(), "192.0.2.60", "public");
        ASSERT_TRUE(std::holds_alternative<smtpd::Accept>(admission));
    }
    std::vector<int> codes;
    async::run_here([&] { return guess_at_once(intakes, codes); });
    EXPECT_EQ(std::ranges::count(codes, 535), 2);
    EXPECT_EQ(std::ranges::count(codes, 454), 4);
}

TEST_F(PasswordLimitsTest, PutOffAPasswordThatFindsNoPlaceAmongThoseThatAreChecked)
{
    const auto with_room = parts_->passwords;
    parts_->passwords = std::make_shared<people::PasswordChecker>(people::PasswordChecker::Limits{1, 0});
    const HostKey host(*parse_ip("192.0.2.60"));
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(parts_->hosts->try_password(host, 100));
    auto intake = come("192.0.2.60");
    const auto sign_in = [&] { return wait_for(intake->authenticate({"alice", Secret::copy_of("right"), ""})); };
    const auto reply = sign_in();
    EXPECT_EQ(reply.code, 454);
    EXPECT_EQ(reply.enhanced, "4.7.0");
    parts_->passwords = with_room;
    EXPECT_EQ(sign_in().code, 235) << "what was not looked at was no guess";
}

}  // namespace
}  // namespace sealpost::gateway
