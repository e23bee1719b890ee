#include "serve/node/kek.hpp"

#include "core/people/fixture.hpp"

namespace sealpost::node {
namespace {

namespace fs = std::filesystem;
using test::answer_of;
using test::value_of;

class AdministratorsKey : public test::StoreTest {
protected:
    std::shared_ptr<people::Vault> open(const std::string& folder)
    {
        config::NodeConfig config;
        config.node.data_dir = fs::path(directory_) / folder;
        fs::create_directories(config.node.data_dir);
        return open_administrators_vault(config, clock_.now()).value();
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

}  // namespace
}  // namespace sealpost::node
