#include "core/keys/kek_check.hpp"
#include "core/keys/fixture.hpp"

#include <filesystem>

namespace sealpost::keys {
namespace {

using test::value_of;

class KekCheck : public test::KeyStoreTest {
protected:
    [[nodiscard]] Result<> check(const std::string& path)
    {
        SEALPOST_TRY(const auto kek, KekFile::open(path));
        return check_kek(*database_, *kek);
    }
    // As the file is now.
    [[nodiscard]] std::string copy_file() const
    {
        const auto copy = kek_path() + ".copy";
        std::filesystem::copy_file(kek_path(), copy);
        return copy;
    }
    [[nodiscard]] std::string make_other(int number) const
    {
        auto other = kek_path() + ".other";
        EXPECT_TRUE(KekFile::make(other, clock_.now(), number).has_value());
        return other;
    }
};

TEST_F(KekCheck, TakesTheFileThatTheStoreWasWrittenWith)
{
    store(make_envelope());
    EXPECT_TRUE(check(kek_path()).has_value());
    EXPECT_TRUE(check(copy_file()).has_value());
}

TEST_F(KekCheck, FindsThatACopyOfBeforeARotationOpensNothingNew)
{
    store(make_envelope());
    const auto copy = copy_file();
    ASSERT_TRUE(kek_->add_version(clock_.now()).has_value());
    ASSERT_EQ(value_of(store_->rewrap_all()), 1);
    EXPECT_TRUE(check(kek_path()).has_value());
    EXPECT_EQ(check(copy).error().fault, Fault::config);
}

TEST_F(KekCheck, FindsAnotherKeyOfTheSameNumber) { EXPECT_EQ(check(make_other(1)).error().fault, Fault::config); }

TEST_F(KekCheck, FindsThatAFreshFileOpensNothing)
{
    store(make_envelope());
    EXPECT_EQ(check(make_other(2)).error().fault, Fault::config);
}

TEST_F(KekCheck, ChangesNothing)
{
    EXPECT_TRUE(check(make_other(2)).has_value()) << "nothing is wrapped yet";
    EXPECT_EQ(count("select count(*) from key_kek"), 1);
}

TEST_F(KekCheck, ReadsTheTablesOfAnOlderProgram)
{
    store(make_envelope());
    execute("update room_version set version = 2 where room = 'keys'");
    execute("alter table key_kek drop column name");
    EXPECT_TRUE(check(kek_path()).has_value());
    EXPECT_EQ(check(make_other(1)).error().fault, Fault::config);
}

}  // namespace
}  // namespace sealpost::keys
