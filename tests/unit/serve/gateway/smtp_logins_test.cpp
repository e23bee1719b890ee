#include "serve/gateway/smtp_logins.hpp"

#include "core/queue/queue_fixture.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace sealpost::gateway {
namespace {

class SmtpLoginsTest : public queue::QueueFixture {
protected:
    std::filesystem::path write(const std::string& name, const std::string& text)
    {
        const std::filesystem::path file = std::filesystem::path(directory_) / name;
        std::ofstream(file, std::ios::trunc) << text;
        return file;
    }
};

TEST_F(SmtpLoginsTest, ReadPasswordsAgainEachByItself)
{
    const auto relay = write("relay.password", "one\n");
    const auto other = write("other.password", "two\n");
    const auto logins = SmtpLogins::load({{"relay", "acme", relay}, {"other", "acme2", other}}).value();
    const auto before = logins->find("relay");
    EXPECT_EQ(logins->find("nobody"), nullptr);
    EXPECT_EQ(before->password.reveal_text(), "one");
    EXPECT_THAT(logins->reload(), testing::IsEmpty());
    EXPECT_EQ(logins->find("relay"), before) << "its connections stay good";
    write("relay.password", "");
    write("other.password", "three\n");
    const auto problems = logins->reload();
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems.front().text, testing::HasSubstr("relay.password"));
    EXPECT_EQ(logins->find("relay"), before);
    EXPECT_EQ(logins->find("other")->password.reveal_text(), "three");
    EXPECT_EQ(logins->find("other")->user, "acme2");
}

TEST_F(SmtpLoginsTest, AreNotLoadedWithoutAPassword)
{
    EXPECT_TRUE(SmtpLogins::load({{"relay", "acme", std::filesystem::path(directory_) / "none"}}).has_error());
}

}  // namespace
}  // namespace sealpost::gateway
