#include "serve/node/kek.hpp"

#include "core/people/fixture.hpp"

namespace sealpost::node {
namespace {

namespace fs = std::filesystem;
using test::answer_of;
using test::value_of;

class AdministratorsKey : public test::StoreTest {
protected:
    config::NodeConfig gateway(const std::string& folder)
    {
        config::NodeConfig config;
        config.node.data_dir = fs::path(directory_) / folder;
        config.node.is_gateway = true;
        config.admin.listen.emplace_back();
        fs::create_directories(config.node.data_dir);
        return config;
    }
    std::shared_ptr<people::Vault> open(const std::string& folder)
    {
        return open_administrators_vault(gateway(folder), clock_.now()).value();
    }
};

TEST_F(AdministratorsKey, IsMadeOnceAndReadableByItsOwnerOnly)
{
    const auto first = open("data");
    const auto mode = fs::status(fs::path(directory_) / "data/administrators.key").permissions();
    EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write);
    const auto wrapped = value_of(first->wrap("administrator:1", Secret::copy_of("twenty random octets")));
    const auto again = open("data");
    EXPECT_EQ(again->ring(), first->ring());
    EXPECT_EQ(value_of(again->unwrap("administrator:1", wrapped)).reveal_text(), "twenty random octets");
}

TEST_F(AdministratorsKey, OfTwoNodesIsOneOnlyWhereItWasCopied)
{
    const auto one = open("one");
    EXPECT_NE(open("other")->ring(), one->ring());
    EXPECT_NE(one->ring(), people::Vault::service_ring);
    fs::create_directories(fs::path(directory_) / "third");
    fs::copy(fs::path(directory_) / "one/administrators.key", fs::path(directory_) / "third");
    EXPECT_EQ(open("third")->ring(), one->ring());
}

TEST_F(AdministratorsKey, IsLookedAtBeforeAStartWhereItIsThere)
{
    auto config = gateway("data");
    EXPECT_TRUE(check_administrators_key(config).empty()) << "it is made at the start";
    EXPECT_TRUE(fs::is_empty(config.node.data_dir));
    (void)open("data");
    const auto key = config.node.data_dir / "administrators.key";
    EXPECT_TRUE(check_administrators_key(config).empty());
    fs::permissions(key, fs::perms::group_read, fs::perm_options::add);
    EXPECT_EQ(check_administrators_key(config).size(), 1U);
    fs::permissions(key, fs::perms::group_read, fs::perm_options::remove);
    fs::resize_file(key, fs::file_size(key) / 2);
    EXPECT_EQ(check_administrators_key(config).size(), 1U);
    fs::resize_file(key, 0);
    EXPECT_EQ(check_administrators_key(config).size(), 1U);
    EXPECT_TRUE(open_administrators_vault(config, clock_.now()).has_error()) << "nothing is written over it";
    config.admin.listen.clear();
    EXPECT_TRUE(check_administrators_key(config).empty()) << "nothing would open it";
}

TEST_F(AdministratorsKey, ThatCannotBeOpenedPutsCodesOffAndSaysWhy)
{
    const auto closed = make_closed_vault("administrators.key is empty");
    EXPECT_EQ(closed->ring(), "");
    const auto wrapped = answer_of(closed->wrap("administrator:1", Secret::copy_of("s")));
    ASSERT_TRUE(wrapped.has_error());
    EXPECT_EQ(wrapped.error().fault, Fault::retry_later);
    EXPECT_EQ(wrapped.error().text, "administrators.key is empty");
    const auto opened = answer_of(closed->unwrap("administrator:1", {}));
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().fault, Fault::retry_later);
}

}  // namespace
}  // namespace sealpost::node
