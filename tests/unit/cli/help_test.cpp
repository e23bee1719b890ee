// What --help says of every command; what the commands do is tested in tests/system.
#include "cli/application.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <regex>
#include <sstream>

namespace sealpost::cli {
namespace {

class Help : public testing::Test {
protected:
    Help() { add_everything(app_, context_); }

    using Look = std::function<void(const CLI::App&, const std::string& words)>;
    static void look_at(const CLI::App& command, const std::string& words, const Look& look)
    {
        look(command, words);
        for (const auto* below : command.get_subcommands([](const CLI::App*) { return true; }))
            look_at(*below, words + ' ' + below->get_name(), look);
    }
    void look_at_all(const Look& look) const { look_at(app_, "sealpost", look); }

    static std::vector<const CLI::Option*> options_of(const CLI::App& command)
    {
        return command.get_options([](const CLI::Option*) { return true; });
    }

    Context context_;
    CLI::App app_;
};

// Letters in upper case before what the validators add.
bool is_value_name(const std::string& name)
{
    const auto own = name.substr(0, name.find(':'));
    return !own.empty() && std::ranges::none_of(own, [](char c) { return c >= 'a' && c <= 'z'; });
}

TEST_F(Help, HasAnExampleOfEveryCommand)
{
    int count = 0;
    look_at_all([&](const CLI::App& command, const std::string& words) {
        ++count;
        EXPECT_FALSE(command.get_description().empty()) << words;
        const auto footer = command.get_footer();
        const auto at = footer.find("Example");
        ASSERT_NE(at, std::string::npos) << words;
        // The global options stand before the words of the command in some.
        const auto last = words.substr(words.find(' ') == std::string::npos ? 0 : words.find(' ') + 1);
        EXPECT_NE(footer.find(last, at), std::string::npos) << words << " is not in its example:\n" << footer;
    });
    EXPECT_GT(count, 90);
}

TEST_F(Help, SaysOfEveryOptionWhatItIs)
{
    look_at_all([](const CLI::App& command, const std::string& words) {
        for (const auto* option : options_of(command))
            EXPECT_FALSE(option->get_description().empty()) << words << ' ' << option->get_name();
    });
}

TEST_F(Help, NamesEveryValueInUpperCase)
{
    look_at_all([](const CLI::App& command, const std::string& words) {
        for (const auto* option : options_of(command)) {
            if (option->get_positional()) {
                EXPECT_TRUE(is_value_name(option->get_name(true))) << words << ' ' << option->get_name(true);
            } else if (option->get_items_expected_max() > 0) {
                EXPECT_TRUE(is_value_name(option->get_type_name())) << words << ' ' << option->get_name();
            }
        }
    });
}

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

// What people are told to do, in the texts of the jobs: `sealpost dkim check`, sealpost --format json dkim check.
TEST_F(Help, KnowsEveryCommandThatATextNames)
{
    const auto find_below = [](const CLI::App& command, const std::string& name) -> const CLI::App* {
        const auto below = command.get_subcommands([&](const CLI::App* each) { return each->get_name() == name; });
        return below.empty() ? nullptr : below.front();
    };
    const std::regex named("sealpost(?: --[a-z-]+ [a-z.]+)* ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?");
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(SEALPOST_SOURCE_DIR "/src/serve")) {
        if (entry.path().extension() != ".cpp") continue;
        std::istringstream lines(read_file(entry.path()));
        for (std::string line; std::getline(lines, line);) {
            line.resize(std::min(line.find("//"), line.size()));
            std::smatch match;
            if (line.find('"') == std::string::npos || !std::regex_search(line, match, named)) continue;
            ++count;
            const auto* command = find_below(app_, match[1]);
            ASSERT_NE(command, nullptr) << entry.path() << ": " << line;
            const bool is_group = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
            EXPECT_TRUE(!is_group || find_below(*command, match[2]) != nullptr) << entry.path() << ": " << line;
        }
    }
    EXPECT_GT(count, 12);
}

TEST_F(Help, TakesNoOptionOfACommandForTheVersionOfTheProgram)
{
    EXPECT_THROW(app_.parse("policy history --version"), CLI::ValidationError);
}

}  // namespace
}  // namespace sealpost::cli
