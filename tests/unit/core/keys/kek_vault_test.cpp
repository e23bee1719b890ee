#include "core/keys/kek_vault.hpp"

#include "core/keys/fixture.hpp"

namespace sealpost::keys {
namespace {

class KekVaultTest : public test::StoreTest {
protected:
    KekVaultTest() { EXPECT_TRUE(KekFile::make(path(), clock_.now()).has_value()); }
    [[nodiscard]] std::string path() const { return directory_ + "/vault.key"; }
};

TEST_F(KekVaultTest, OpensWhatItWrappedForThatPersonOnly)
{
    KekVault vault(KekFile::open(path()).value());
    const auto wrapped = vault.wrap("person:1", Secret::copy_of("twenty random octets")).value();
    EXPECT_EQ(vault.unwrap("person:1", wrapped)->reveal_text(), "twenty random octets");
    EXPECT_EQ(vault.unwrap("person:2", wrapped).error().fault, Fault::config);
    auto changed = wrapped;
    changed.sealed[0] ^= 1;
    EXPECT_EQ(vault.unwrap("person:1", changed).error().fault, Fault::config);
    changed = wrapped;
    changed.nonce.clear();
    EXPECT_EQ(vault.unwrap("person:1", changed).error().fault, Fault::config);
}

TEST_F(KekVaultTest, OutlivesRotationAndNotRetirement)
{
    const auto kek = KekFile::open(path()).value();
    KekVault vault(kek);
    const auto old = vault.wrap("person:1", Secret::copy_of("secret")).value();
    ASSERT_TRUE(kek->add_version(clock_.now()).has_value());
    EXPECT_EQ(vault.newest_version(), 2);
    EXPECT_TRUE(vault.unwrap("person:1", old).has_value());
    const auto anew = vault.wrap("person:1", vault.unwrap("person:1", old).value()).value();
    ASSERT_TRUE(kek->retire_old_versions().has_value());
    EXPECT_EQ(vault.unwrap("person:1", old).error().fault, Fault::config);
    EXPECT_EQ(vault.unwrap("person:1", anew)->reveal_text(), "secret");
}

}  // namespace
}  // namespace sealpost::keys
