#include "core/keys/kek_vault.hpp"

#include "core/keys/fixture.hpp"

#include <future>

namespace sealpost::keys {
namespace {

using test::answer_of;
using test::value_of;

class KekVaultTest : public test::StoreTest {
protected:
    KekVaultTest() { EXPECT_TRUE(KekFile::make(path(), clock_.now()).has_value()); }
    [[nodiscard]] std::string path() const { return directory_ + "/vault.key"; }
};

TEST_F(KekVaultTest, OpensWhatItWrappedForThatPersonOnly)
{
    KekVault vault(KekFile::open(path()).value());
    const auto wrapped = value_of(vault.wrap("person:1", Secret::copy_of("twenty random octets")));
    EXPECT_EQ(value_of(vault.unwrap("person:1", wrapped)).reveal_text(), "twenty random octets");
    EXPECT_EQ(answer_of(vault.unwrap("person:2", wrapped)).error().fault, Fault::config);
    auto changed = wrapped;
    changed.sealed[0] ^= 1;
    EXPECT_EQ(answer_of(vault.unwrap("person:1", changed)).error().fault, Fault::config);
    changed = wrapped;
    changed.nonce.clear();
    EXPECT_EQ(answer_of(vault.unwrap("person:1", changed)).error().fault, Fault::config);
}

TEST_F(KekVaultTest, OutlivesRotationAndNotRetirement)
{
    const auto kek = KekFile::open(path()).value();
    KekVault vault(kek);
    const auto old = value_of(vault.wrap("person:1", Secret::copy_of("secret")));
    ASSERT_TRUE(kek->add_version(clock_.now()).has_value());
    EXPECT_EQ(vault.newest_version(), 2);
    const auto anew = value_of(vault.wrap("person:1", value_of(vault.unwrap("person:1", old))));
    ASSERT_TRUE(kek->retire_old_versions().has_value());
    EXPECT_EQ(answer_of(vault.unwrap("person:1", old)).error().fault, Fault::config);
    EXPECT_EQ(value_of(vault.unwrap("person:1", anew)).reveal_text(), "secret");
}

// Wraps nothing, and says so only when it is let go.
class HangingKey final : public KeyWrapper {
public:
    Result<std::vector<KnownVersion>> recognise(const std::vector<KnownVersion>&, bool) override
    {
        return std::vector<KnownVersion>();
    }
    Result<> need(int) override { return {}; }
    [[nodiscard]] int newest() const override { return 1; }
    [[nodiscard]] int oldest() const override { return 1; }
    [[nodiscard]] Secret derive(std::string_view) const override { return {}; }
    Result<Wrapped> wrap(const Policy&, const Secret&, std::string_view) override { return Wrapped{}; }
    Result<Unwrapped> unwrap(const Policy&, const Wrapped&) override
    {
        begun.set_value();
        let_go.get_future().wait();
        return Error{Fault::retry_later, "away"};
    }
    Result<> probe() override { return {}; }

    std::promise<void> begun, let_go;
};

TEST(KekVault, AnswersAtOnceWhileACallHangs)
{
    const auto kek = std::make_shared<HangingKey>();
    KekVault vault(kek, std::chrono::milliseconds(1));
    auto hanging = std::async(std::launch::async, [&] { return answer_of(vault.unwrap("person:1", {})); });
    kek->begun.get_future().wait();
    Result<people::WrappedSecret> answer = people::WrappedSecret();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (answer.has_value() && std::chrono::steady_clock::now() < deadline)
        answer = answer_of(vault.wrap("person:1", Secret::copy_of("secret")));
    kek->let_go.set_value();
    EXPECT_TRUE(hanging.get().has_error());
    ASSERT_TRUE(answer.has_error());
    EXPECT_EQ(answer.error().fault, Fault::retry_later);
}

}  // namespace
}  // namespace sealpost::keys
