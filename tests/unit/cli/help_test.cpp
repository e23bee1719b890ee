// What --help says of every command; what the commands do is tested in tests/system.
#include "cli/application.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

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

TEST_F(Help, TakesNoOptionOfACommandForTheVersionOfTheProgram)
{
    EXPECT_THROW(app_.parse("policy history --version"), CLI::ValidationError);
}

}  // namespace
}  // namespace sealpost::cli
