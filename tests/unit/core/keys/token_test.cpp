#include "core/keys/fixture.hpp"
#include "core/keys/kek.hpp"
#include "core/keys/kek_chain.hpp"
#include "core/keys/kek_token.hpp"
#include "core/keys/records.hpp"
#include "tests/pkcs11/soft_token.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

namespace sealpost::keys {
namespace {

using namespace std::chrono_literals;
using test::answer_of;
using test::value_of;
using testing::HasSubstr;
using testing::Not;

class TokenTest : public test::KeyStoreTest {
protected:
    TokenTest() : soft_(directory_ + "/token")
    {
        store_.reset();
        std::filesystem::remove(kek_path());
        soft_.make_key("kek-1");
    }

    std::shared_ptr<KekToken> token(const std::string& label)
    {
        return std::make_shared<KekToken>(pkcs11::Key::open(modules_, pkcs11::KeyUri::parse(soft_.uri(label)).value()).value());
    }
    std::shared_ptr<KeyWrapper> chain(std::shared_ptr<KeyWrapper> current, std::vector<std::shared_ptr<KeyWrapper>> former)
    {
        return std::make_shared<KekChain>(std::move(current), std::move(former));
    }
    Result<std::shared_ptr<KeyStore>> open_with(std::shared_ptr<KeyWrapper> kek, bool may_introduce = true)
    {
        return KeyStore::open({database_, &clock_, std::move(kek), log::Log::silent(), {}, may_introduce});
    }
    // The next call that opens something waits in the token until let_go().
    void hold_the_next() { soft_.set_faults("C_Decrypt hold 1\n"); }
    void wait_until_held()
    {
        EXPECT_TRUE(comes_to_be([&] { return soft_.count_calls("C_Decrypt held") == 1; }));
    }
    void let_go() { soft_.set_faults(""); }
    template <class Question>
    static bool comes_to_be(Question question)
    {
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (!question()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(10ms);
        }
        return true;
    }
    std::string released() { return std::string(std::get<Released>(release_to_bob()).identity.reveal_text()); }

    test::SoftToken soft_;
    pkcs11::Modules modules_;
};

// The store of the fixture was made with a key file; these begin with a token in a store of their own.
class TokenAloneTest : public TokenTest {
protected:
    TokenAloneTest()
    {
        execute("delete from key_kek");
        kek_ = token("kek-1");
        store_ = open_with(kek_).value();
    }
    void execute(const std::string& sql)
    {
        ASSERT_TRUE(
            database_->write_now([&](db::Connection& connection) { return connection.execute(sql.c_str()); }).has_value());
    }
    std::shared_ptr<KekToken> kek_;
};

TEST_F(TokenAloneTest, GivesOutWhatItStoredAndNothingThatWasChanged)
{
    EXPECT_EQ(store(make_envelope()), StoreVerdict::created);
    EXPECT_EQ(store(make_envelope()), StoreVerdict::same);
    EXPECT_EQ(released(), test::an_identity);
    EXPECT_EQ(all_octets().find(test::an_identity), std::string::npos);
    store_ = open_with(token("kek-1"), false).value();
    EXPECT_EQ(released(), test::an_identity);
    execute("update key_envelope set sender_address = 'mallory@acme.test'");
    EXPECT_EQ(try_release({"bob@partner.test"}).error().fault, Fault::config);
}

TEST_F(TokenAloneTest, RefusesAnotherKeyAndNamesTheOneThatIsNeeded)
{
    store(make_envelope());
    soft_.make_key("kek-2");
    const auto opened = open_with(token("kek-2"));
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().fault, Fault::config);
    EXPECT_THAT(opened.error().text, HasSubstr("pkcs11:token=keys;object=kek-1"));
    EXPECT_THAT(opened.error().text, Not(HasSubstr("pin-source")));
}

TEST_F(TokenAloneTest, AnswersThatTheTokenIsAwayButForWhatNeedsItNot)
{
    store(make_envelope());
    soft_.set_faults("away\n");
    auto other = make_envelope();
    other.policy.id = make_envelope_id();
    EXPECT_EQ(answer_of(store_->store(std::move(other))).error().fault, Fault::retry_later);
    EXPECT_EQ(try_release({"bob@partner.test"}).error().fault, Fault::retry_later);
    EXPECT_EQ(answer_of(store_->probe()).error().fault, Fault::retry_later);
    EXPECT_EQ(audits("key.released"), 0);
    EXPECT_TRUE(std::holds_alternative<NotRecipient>(release({"eve@partner.test"})));
    EXPECT_EQ(value_of(store_->lock(id_, account_, "lost", "account:1")), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->unlock(id_, account_, "account:1")), ChangeVerdict::done);

    soft_.set_faults("");
    ASSERT_TRUE(comes_to_be([&] { return answer_of(store_->probe()).has_value(); }));
    EXPECT_EQ(released(), test::an_identity);
    soft_.set_faults("away\n");
    EXPECT_EQ(answer_of(store_->change_expiry(id_, account_, clock_.now() + 1h, "account:1")).error().fault, Fault::retry_later);
    EXPECT_EQ(value_of(store_->change_expiry(id_, account_, clock_.now(), "account:1")), ChangeVerdict::done);
    EXPECT_TRUE(std::holds_alternative<Expired>(release_to_bob()));
}

TEST_F(TokenAloneTest, ARecallThatComesWhileTheTokenOpensTheKeyIsHeard)
{
    store(make_envelope());
    hold_the_next();
    auto verdict = std::async(std::launch::async, [&] { return try_release({"bob@partner.test"}); });
    wait_until_held();
    EXPECT_EQ(value_of(store_->recall(id_, account_, "account:1")), ChangeVerdict::done);
    let_go();
    EXPECT_TRUE(std::holds_alternative<Erased>(verdict.get().value()));
    EXPECT_EQ(audits("key.released"), 0);
}

TEST_F(TokenAloneTest, AChangeOfExpiryWhileTheTokenOpensTheKeyIsNotLost)
{
    store(make_envelope());
    hold_the_next();
    const auto later = clock_.now() + 48h;
    auto verdict = std::async(std::launch::async, [&] { return try_release({"bob@partner.test"}); });
    wait_until_held();
    EXPECT_EQ(value_of(store_->change_expiry(id_, account_, later, "account:1")), ChangeVerdict::done);
    let_go();
    EXPECT_EQ(std::get<Released>(verdict.get().value()).identity.reveal_text(), test::an_identity);
    EXPECT_EQ(facts().policy.expires_at, later);
}

// What nothing needs any more is told to be destroyed.
TEST_F(TokenAloneTest, IsNotAFormerKeyOfItselfByOtherWords)
{
    const auto by_other_words = [&] { return chain(token("kek-1"), {token("kek-1;type=secret-key")}); };
    EXPECT_EQ(open_with(by_other_words(), false).error().fault, Fault::config);
    execute("delete from key_kek");
    EXPECT_EQ(open_with(by_other_words()).error().fault, Fault::config) << "which the store did not know";
    EXPECT_EQ(count("select count(*) from key_kek"), 0);
}

TEST_F(TokenAloneTest, DerivesTheSameInEveryProcess)
{
    const auto again = token("kek-1");
    store_ = open_with(again, false).value();
    EXPECT_TRUE(again->derive("people codes").equals(kek_->derive("people codes").reveal()));
    EXPECT_FALSE(again->derive("people codes").equals(kek_->derive("domain codes").reveal()));
}

TEST_F(TokenTest, WrapsAnewFromFileToTokenToTokenAndBackWhileAllOpen)
{
    ASSERT_TRUE(KekFile::make(kek_path(), clock_.now(), 2).has_value());
    const auto file = KekFile::open(kek_path()).value();
    store_ = open_with(file).value();
    store(make_envelope());
    const auto first = token("kek-1");
    store_ = open_with(chain(first, {file})).value();
    EXPECT_EQ(first->newest(), 3);
    EXPECT_EQ(released(), test::an_identity) << "what the file wrapped";
    EXPECT_EQ(value_of(store_->rewrap_all()), 1);
    EXPECT_EQ(value_of(store_->rewrap_all()), 0);

    soft_.make_key("kek-2");
    const auto second = token("kek-2");
    store_ = open_with(chain(second, {token("kek-1")})).value();
    EXPECT_EQ(released(), test::an_identity) << "what the first token wrapped";
    EXPECT_EQ(value_of(store_->rewrap_all()), 1);
    store_ = open_with(token("kek-2")).value();
    EXPECT_EQ(released(), test::an_identity) << "without the former ones";

    store_ = open_with(chain(file, {second})).value();
    ASSERT_TRUE(file->add_version(clock_.now(), database_->read_now(find_highest_version).value() + 1).has_value());
    EXPECT_EQ(value_of(store_->rewrap_all()), 1);
    store_ = open_with(KekFile::open(kek_path()).value()).value();
    EXPECT_EQ(released(), test::an_identity) << "back in the file";
}

TEST_F(TokenTest, OnlyTheServiceItselfBeginsWithAKeyThatTheStoreDoesNotKnow)
{
    ASSERT_TRUE(KekFile::make(kek_path(), clock_.now(), 2).has_value());
    const auto file = KekFile::open(kek_path()).value();
    store_ = open_with(file).value();
    store(make_envelope());
    const auto fresh = token("kek-1");
    store_ = open_with(chain(fresh, {file}), false).value();
    EXPECT_EQ(fresh->newest(), 0);
    EXPECT_EQ(released(), test::an_identity);
    EXPECT_EQ(answer_of(store_->rewrap_all()).error().fault, Fault::config);
    EXPECT_EQ(count("select count(*) from key_wrapped where kek_version = 2"), 1);
}

TEST(KekThreads, AnswerAtOnceWhileACallHangs)
{
    std::promise<void> let_go;
    KekThreads threads(20ms);
    auto hanging = std::async(std::launch::async, [&] {
        auto work = [&]() -> Result<> {
            let_go.get_future().wait();
            return {};
        };
        return test::answer_of(threads.run(std::move(work)));
    });
    auto work = []() -> Result<> { return {}; };
    Result<> answer;
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (answer.has_value() && std::chrono::steady_clock::now() < deadline) answer = test::answer_of(threads.run(work));
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().fault, Fault::retry_later);
    let_go.set_value();
    EXPECT_TRUE(hanging.get().has_value());
    EXPECT_TRUE(test::answer_of(threads.run(work)).has_value());
}

}  // namespace
}  // namespace sealpost::keys
