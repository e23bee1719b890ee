#include "sys/log/log.hpp"

#include <boost/json/parse.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace sealpost::log {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class LogFile : public ::testing::Test {
protected:
    LogFile() : path_(std::filesystem::temp_directory_path() / ("log-test-" + std::to_string(::getpid()))) {}
    ~LogFile() override { std::filesystem::remove(path_); }

    [[nodiscard]] std::string read() const
    {
        std::ostringstream text;
        text << std::ifstream(path_).rdbuf();
        return text.str();
    }
    // Until the text is there, for at most ten seconds.
    [[nodiscard]] std::string wait_for(const std::string& text) const
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (read().find(text) == std::string::npos && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return read();
    }

    std::filesystem::path path_;
};

TEST_F(LogFile, HoldsOneJsonObjectForEachEvent)
{
    const std::string odd = "a \"quote\", a \\ and a\ttab \x01 – ü";
    {
        const Log log = Log::to_file(path_, Format::json, Level::info).with("role", "gateway");
        log.info("smtp.accepted",
                 {{"text", odd}, {"bytes", -12}, {"whole", true}, {"part", 0.5}, {"empty", ""}, {"na\"me", "value"}});
    }
    const auto object = boost::json::parse(read()).as_object();
    EXPECT_EQ(object.at("event").as_string(), "smtp.accepted");
    EXPECT_EQ(object.at("level").as_string(), "info");
    EXPECT_EQ(object.at("role").as_string(), "gateway");
    EXPECT_EQ(object.at("text").as_string(), odd.c_str());
    EXPECT_EQ(object.at("bytes").as_int64(), -12);
    EXPECT_EQ(object.at("whole").as_bool(), true);
    EXPECT_EQ(object.at("part").as_double(), 0.5);
    EXPECT_EQ(object.at("empty").as_string(), "");
    EXPECT_EQ(object.at("na\"me").as_string(), "value");
    EXPECT_TRUE(parse_rfc3339(std::string(object.at("time").as_string())).has_value());
}

// RFC 8259 §8.1; what a mail host says may come in any octets.
TEST_F(LogFile, IsJsonWhateverOthersSay)
{
    {
        const Log log = Log::to_file(path_, Format::json, Level::info);
        log.info("an.event",
                 {{"latin", "550 Bo\xeete pleine"}, {"cut", "\xc3"}, {"overlong", "\xc0\xaf \"x\""}, {"good", "boîte"}});
    }
    const auto object = boost::json::parse(read()).as_object();
    EXPECT_EQ(object.at("latin").as_string(), "550 Bo?te pleine");
    EXPECT_EQ(object.at("cut").as_string(), "?");
    EXPECT_EQ(object.at("overlong").as_string(), "?? \"x\"");
    EXPECT_EQ(object.at("good").as_string(), "boîte");
}

TEST_F(LogFile, QuotesInTextOnlyWhatIsNotOneWord)
{
    Log::to_file(path_, Format::text, Level::info).info("an.event", {{"word", "word"}, {"words", "two words"}, {"none", ""}});
    EXPECT_THAT(read(), EndsWith(" info an.event word=word words=\"two words\" none=\"\"\n"));
}

TEST_F(LogFile, HasWarningsAtOnceWithWhatWasBefore)
{
    const Log log = Log::to_file(path_, Format::json, Level::info);
    log.info("an.event", {});
    log.warning("a.warning", {});
    EXPECT_THAT(read(), HasSubstr("an.event"));
    EXPECT_THAT(read(), HasSubstr("a.warning"));
}

TEST_F(LogFile, HasTheRestSoon)
{
    const Log log = Log::to_file(path_, Format::json, Level::info);
    log.info("first.event", {});
    EXPECT_THAT(wait_for("first.event"), HasSubstr("first.event"));
    log.info("second.event", {});
    EXPECT_THAT(wait_for("second.event"), HasSubstr("second.event"));
}

TEST_F(LogFile, HasAllWhenItIsClosed)
{
    {
        const Log log = Log::to_file(path_, Format::json, Level::info);
        for (int i = 0; i < 1000; ++i) log.info("an.event", {{"number", i}});
    }
    EXPECT_THAT(read(), HasSubstr("\"number\":999}"));
}

TEST_F(LogFile, IsOpenedAnewOnceItWasRenamedOrRemoved)
{
    const Log log = Log::to_file(path_, Format::json, Level::info);
    log.warning("first.event", {});
    const std::filesystem::path renamed = path_.string() + ".1";
    std::filesystem::rename(path_, renamed);
    log.with("role", "gateway").warning("second.event", {});
    EXPECT_THAT(read(), AllOf(HasSubstr("second.event"), Not(HasSubstr("first.event"))));
    std::filesystem::remove(path_);
    log.warning("third.event", {});
    EXPECT_THAT(read(), AllOf(HasSubstr("third.event"), Not(HasSubstr("second.event"))));
    std::filesystem::rename(renamed, path_);
    EXPECT_THAT(read(), AllOf(HasSubstr("first.event"), Not(HasSubstr("second.event"))));
}

TEST_F(LogFile, KeepsItsOldFileWhileTheNewOneCannotBeOpened)
{
    const Log log = Log::to_file(path_, Format::json, Level::info);
    log.warning("first.event", {});
    const std::filesystem::path renamed = path_.string() + ".1";
    std::filesystem::rename(path_, renamed);
    std::filesystem::create_directory(path_);
    log.warning("second.event", {});
    std::filesystem::remove(path_);
    std::filesystem::rename(renamed, path_);
    EXPECT_THAT(read(), HasSubstr("second.event"));
}

TEST_F(LogFile, LeavesOutWhatIsBelowItsLevel)
{
    Log::to_file(path_, Format::json, Level::warning).info("an.event", {});
    EXPECT_EQ(read(), "");
}

}  // namespace
}  // namespace sealpost::log
