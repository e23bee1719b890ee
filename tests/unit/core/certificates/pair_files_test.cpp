#include "certificates_world.hpp"

#include <atomic>
#include <thread>

namespace sealpost::certificates {
namespace {

namespace fs = std::filesystem;

// An install that loses everything after step n, for every n: the folder as it is after each step is made by hand.
class PairInstall : public CertificatesWorld {
protected:
    PairInstall()
    {
        EXPECT_TRUE(files::make_directory(at_.folder()));
        EXPECT_TRUE(at_.install(old_));
        fs::remove(at_.folder() / "chain.pem.previous");
        fs::remove(at_.folder() / "key.pem.previous");
    }

    Pair make_pair()
    {
        auto key = crypto::PrivateKey::make_ecdsa_p256().value();
        auto chain = crypto::parse_chain_pem(leaf({"mx1.acme.test"}, key) + intermediate()).value();
        return {std::move(chain), std::move(key)};
    }
    void begin(const std::string& folder, bool with_key = true)
    {
        EXPECT_TRUE(files::make_directory(at_.folder() / folder));
        write_in(folder + "/chain.pem", crypto::format_chain_pem(new_.chain));
        if (with_key) write_in(folder + "/key.pem", std::string(new_.key.to_pem().reveal_text()));
    }
    void write_in(const std::string& file, const std::string& text)
    {
        EXPECT_TRUE(files::write_file(at_.folder() / file, text, files::Access::owner_only));
    }
    void move(const std::string& from, const std::string& to) { fs::rename(at_.folder() / from, at_.folder() / to); }

    // Before somebody mends it, and after.
    void expect(const Pair& wanted)
    {
        for (const bool recovered : {false, true}) {
            if (recovered) {
                EXPECT_TRUE(at_.recover());
            }
            const auto loaded = at_.load();
            ASSERT_TRUE(loaded);
            ASSERT_TRUE(loaded->has_value());
            EXPECT_EQ((*loaded)->chain.front(), wanted.chain.front()) << recovered;
            EXPECT_TRUE((*loaded)->key.belongs_to(wanted.chain.front())) << recovered;
        }
        EXPECT_FALSE(fs::exists(at_.folder() / "next"));
        EXPECT_FALSE(fs::exists(at_.folder() / "next.tmp"));
    }

    PairFiles at_{folder_ / "pair"};
    Pair old_ = make_pair();
    Pair new_ = make_pair();
};

TEST_F(PairInstall, LeavesTheOldPairWhenItWasBegunOnly)
{
    begin("next.tmp", false);
    expect(old_);
}

TEST_F(PairInstall, LeavesTheOldPairWhenItWasWrittenAndNotDecided)
{
    begin("next.tmp");
    expect(old_);
}

TEST_F(PairInstall, GivesTheNewPairOnceItIsDecided)
{
    begin("next");
    expect(new_);
}

TEST_F(PairInstall, GivesTheNewPairWhenTheOldChainMovedAway)
{
    begin("next");
    move("chain.pem", "chain.pem.previous");
    expect(new_);
}

TEST_F(PairInstall, GivesTheNewPairWhenItsChainIsInPlace)
{
    begin("next");
    move("chain.pem", "chain.pem.previous");
    move("next/chain.pem", "chain.pem");
    expect(new_);
}

TEST_F(PairInstall, GivesTheNewPairWhenTheOldKeyMovedAway)
{
    begin("next");
    move("chain.pem", "chain.pem.previous");
    move("next/chain.pem", "chain.pem");
    move("key.pem", "key.pem.previous");
    expect(new_);
}

TEST_F(PairInstall, GivesTheNewPairWhenOnlyTheEmptyFolderIsLeft)
{
    begin("next");
    move("chain.pem", "chain.pem.previous");
    move("next/chain.pem", "chain.pem");
    move("key.pem", "key.pem.previous");
    move("next/key.pem", "key.pem");
    expect(new_);
}

TEST_F(PairInstall, BeginsWithNothing)
{
    const PairFiles empty(folder_ / "empty");
    const auto loaded = empty.load();
    ASSERT_TRUE(loaded);
    EXPECT_FALSE(loaded->has_value());
    EXPECT_TRUE(empty.recover());
}

TEST_F(PairInstall, IsNeverTakenForNothingByAReaderInTheMiddleOfIt)
{
    std::atomic<bool> is_done = false;
    std::jthread installer([&] {
        for (int i = 0; i < 200; ++i) EXPECT_TRUE(at_.install(i % 2 == 0 ? new_ : old_));
        is_done = true;
    });
    int absent = 0;
    while (!is_done) {
        const auto loaded = at_.load();
        if (loaded.has_value() && !loaded->has_value()) ++absent;
    }
    EXPECT_EQ(absent, 0);
}

TEST_F(PairInstall, RefusesAKeyThatDoesNotBelongToTheChain)
{
    write_in("key.pem", std::string(new_.key.to_pem().reveal_text()));
    EXPECT_EQ(at_.load().error().fault, Fault::config);
}

}  // namespace
}  // namespace sealpost::certificates
