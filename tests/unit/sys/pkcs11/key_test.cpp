#include "sys/pkcs11/key.hpp"

#include "temporary_folder.hpp"
#include "tests/pkcs11/soft_token.hpp"

#include <gmock/gmock.h>

#include <stdlib.h>

#include <atomic>
#include <thread>

namespace sealpost::pkcs11 {
namespace {

using testing::HasSubstr;
using testing::Not;

const Bytes nonce(Key::nonce_bytes, 7);
const auto bound = as_bytes("what it is bound to");
const auto text = as_bytes("what nobody else may see");

class Pkcs11KeyTest : public testing::Test {
protected:
    Result<std::shared_ptr<Key>> open(const std::string& label)
    {
        return Key::open(modules_, KeyUri::parse(token_.uri(label)).value());
    }
    std::shared_ptr<Key> make(const std::string& label)
    {
        token_.make_key(label);
        return open(label).value();
    }

    test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    const test::SoftToken token_{folder_};
    Modules modules_;
};

TEST_F(Pkcs11KeyTest, OpensWhatItSealedAndNothingElse)
{
    const auto key = make("kek-1");
    const auto sealed = key->seal(nonce, bound, text).value();
    EXPECT_EQ(sealed.size(), text.size() + Key::tag_bytes);
    EXPECT_EQ(key->open_sealed(nonce, bound, sealed)->reveal_text(), as_text(text));

    auto changed = sealed;
    changed[3] ^= 1;
    const auto other = make("kek-2");
    EXPECT_EQ(key->open_sealed(nonce, bound, changed).error().fault, Fault::denied);
    EXPECT_EQ(key->open_sealed(nonce, as_bytes("another"), sealed).error().fault, Fault::denied);
    EXPECT_EQ(key->open_sealed(Bytes(Key::nonce_bytes, 8), bound, sealed).error().fault, Fault::denied);
    EXPECT_EQ(other->open_sealed(nonce, bound, sealed).error().fault, Fault::denied);
    EXPECT_EQ(token_.count_calls("C_Initialize"), 1) << "a tag that does not verify is no token that went away";
    EXPECT_EQ(key->open_sealed(nonce, bound, sealed)->reveal_text(), as_text(text));
}

TEST_F(Pkcs11KeyTest, TakesOnlyAKeyThatCannotLeaveItsToken)
{
    token_.make_key("open", "--key-type AES:32");
    token_.make_key("extractable", "--key-type AES:32 --sensitive --extractable");
    token_.make_key("short", "--key-type AES:16 --sensitive");
    token_.make_key("twice");
    token_.make_key("twice");
    for (const auto& [label, why] : {std::pair{"open", "may leave"},
                                     {"extractable", "may leave"},
                                     {"short", "256 bits"},
                                     {"twice", "several"},
                                     {"none", "no such"}}) {
        const auto key = open(label);
        ASSERT_TRUE(key.has_error()) << label;
        EXPECT_EQ(key.error().fault, Fault::config);
        EXPECT_THAT(key.error().text, HasSubstr(why));
    }
}

TEST_F(Pkcs11KeyTest, SaysWhenModuleTokenOrPinAreNotThere)
{
    token_.make_key("kek-1");
    const std::string query = "?module-path=" SEALPOST_FAULTY_PKCS11_MODULE "&pin-source=file:" + token_.pin_file().string();
    const auto open_uri = [&](const std::string& uri) { return Key::open(modules_, KeyUri::parse(uri).value()).error(); };
    EXPECT_EQ(open_uri("pkcs11:token=keys;object=kek-1?module-path=/nowhere.so&pin-source=file:/p").fault, Fault::config);
    EXPECT_EQ(open_uri("pkcs11:token=others;object=kek-1" + query).fault, Fault::retry_later);
    std::filesystem::permissions(token_.pin_file(), std::filesystem::perms::others_read, std::filesystem::perm_options::add);
    EXPECT_THAT(open("kek-1").error().text, HasSubstr("chmod"));
    std::filesystem::remove(token_.pin_file());
    EXPECT_EQ(open("kek-1").error().fault, Fault::config);
    EXPECT_EQ(token_.count_calls("C_Login"), 0);
}

TEST_F(Pkcs11KeyTest, ShowsAWrongPinOnceOnly)
{
    token_.make_key("kek-1");
    token_.make_key("kek-2");
    token_.write_pin("99999999\n");
    const auto first = open("kek-1");
    ASSERT_TRUE(first.has_error());
    EXPECT_EQ(first.error().fault, Fault::config);
    EXPECT_THAT(first.error().text, HasSubstr("restart"));
    EXPECT_THAT(first.error().text, Not(HasSubstr("99999999")));
    token_.write_pin("88888888\n");
    EXPECT_EQ(open("kek-1").error().fault, Fault::config);
    EXPECT_EQ(open("kek-2").error().fault, Fault::config);
    EXPECT_EQ(token_.count_calls("C_Login"), 1);
}

TEST_F(Pkcs11KeyTest, ShowsNoPinAtAllWhenTheTokenLocksAfterOneMore)
{
    token_.make_key("kek-1");
    token_.set_faults("flags " + std::to_string(0x20000) + "\n");
    EXPECT_EQ(open("kek-1").error().fault, Fault::config);
    EXPECT_EQ(token_.count_calls("C_Login"), 0);
}

TEST_F(Pkcs11KeyTest, AnswersThatATokenIsAwayAndFindsItAgain)
{
    const auto key = make("kek-1");
    const auto other = make("kek-2");
    const auto sealed = key->seal(nonce, bound, text).value();
    token_.set_faults("away\n");
    EXPECT_EQ(key->open_sealed(nonce, bound, sealed).error().fault, Fault::retry_later);
    const int begun = token_.count_calls("C_Initialize");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(key->seal(nonce, bound, text).error().fault, Fault::retry_later);
    EXPECT_EQ(token_.count_calls("C_Initialize"), begun) << "it is looked for every few seconds, not at each call";
    token_.set_faults("");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto opened = key->open_sealed(nonce, bound, sealed);
    while (opened.has_error() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        opened = key->open_sealed(nonce, bound, sealed);
    }
    EXPECT_EQ(opened.value().reveal_text(), as_text(text));
    EXPECT_TRUE(other->seal(nonce, bound, text).has_value()) << "its sessions ended with those of the first";
}

TEST_F(Pkcs11KeyTest, ACallThatLostItsSessionIsDoneAgainAtOnce)
{
    const auto key = make("kek-1");
    const auto other = make("kek-2");
    const auto sealed = key->seal(nonce, bound, text).value();
    token_.set_faults("away\n");
    EXPECT_TRUE(other->seal(nonce, bound, text).has_error());  // begins the module anew: the sessions of `key` are gone
    token_.set_faults("");
    EXPECT_EQ(key->open_sealed(nonce, bound, sealed).value().reveal_text(), as_text(text));
}

TEST_F(Pkcs11KeyTest, ServesManyThreadsWhileTheTokenComesAndGoes)
{
    const auto key = make("kek-1");
    const auto sealed = key->seal(nonce, bound, text).value();
    std::atomic<bool> is_over = false;
    std::atomic<int> opened = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            while (!is_over) {
                const auto answer = key->open_sealed(nonce, bound, sealed);
                if (answer.has_value()) ++opened;
                EXPECT_TRUE(answer.has_value() ? answer->reveal_text() == as_text(text)
                                               : answer.error().fault == Fault::retry_later);
            }
        });
    while (opened < 100) std::this_thread::yield();
    token_.set_faults("away\n");
    EXPECT_TRUE(key->seal(nonce, bound, text).has_error());
    token_.set_faults("");
    const int before = opened;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (opened < before + 100 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    is_over = true;
    for (auto& thread : threads) thread.join();
    EXPECT_GE(opened, before + 100);
}

}  // namespace
}  // namespace sealpost::pkcs11
