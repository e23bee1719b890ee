#include "cli/usage_errors.hpp"

#include "base/text.hpp"
#include "core/config/tree.hpp"

#include <algorithm>

namespace sealpost::cli {
namespace {

using Names = std::vector<std::string>;

// The innermost command that was understood.
const CLI::App& find_innermost(const CLI::App& app)
{
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
    return *at;
}

// "sealpost queue list"
std::string full_name(const CLI::App& command)
{
    const CLI::App* parent = command.get_parent();
    return parent == nullptr ? command.get_name() : full_name(*parent) + ' ' + command.get_name();
}

Names list_commands(const CLI::App& command)
{
    Names names;
    for (const CLI::App* each : command.get_subcommands([](const CLI::App*) { return true; })) names.push_back(each->get_name());
    return names;
}

// Of the command and of those around it, whose options it takes too.
Names list_options(const CLI::App& command)
{
    Names names;
    for (const CLI::App* at = &command; at != nullptr; at = at->get_parent())
        for (const CLI::Option* option : at->get_options([](const CLI::Option*) { return true; }))
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::string did_you_mean(const std::string& word, const Names& known)
{
    const auto similar = config::find_similar(word, known);
    return similar.empty() ? std::string() : "; did you mean " + similar + '?';
}

std::string explain_unknown(const CLI::App& command, const std::string& word)
{
    if (word.starts_with('-')) {
        const std::string name = word.substr(0, word.find('='));
        return full_name(command) + " has no option " + name + did_you_mean(name, list_options(command));
    }
    const auto commands = list_commands(command);
    if (commands.empty()) return full_name(command) + ": " + config::quote_json(word) + " is one word too many";
    const auto similar = did_you_mean(word, commands);
    return full_name(command) + " has no command " + config::quote_json(word) +
           (similar.empty() ? "; there are: " + join(commands, ", ") : similar);
}

// The library says "Could not convert: ID = x", of numbers only: all other values are taken as they are.
std::string explain_conversion(const std::string& said)
{
    constexpr std::string_view begin = "Could not convert: ", between = " = ";
    const auto at = said.find(between);
    if (!said.starts_with(begin) || at == std::string::npos) return said;
    const auto name = said.substr(begin.size(), at - begin.size());
    const auto value = said.substr(at + between.size());
    const auto digits = value.substr(value.starts_with('-') ? 1 : 0);
    const bool is_number = !digits.empty() && std::ranges::all_of(digits, is_ascii_digit);
    if (is_number) return name + ": " + value + " is out of range";
    return name + " wants a whole number, not " + config::quote_json(value);
}

}  // namespace

std::string explain_usage_error(const CLI::App& app, const CLI::ParseError& error)
{
    const auto& command = find_innermost(app);
    const std::string help = "\n`" + full_name(command) + " --help` says more.";
    // By code: the name of an error about words is the command's.
    const bool is_required = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
    const bool is_about_words = is_required || error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
    const auto unknown = app.remaining(true);
    if (is_about_words && !unknown.empty()) return explain_unknown(command, unknown.front()) + help;
    const auto commands = list_commands(command);
    if (is_required && !commands.empty())
        return full_name(command) + ": which command? There are: " + join(commands, ", ") + help;
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConversionError))
        return explain_conversion(error.what()) + help;
    return error.what() + help;
}

}  // namespace sealpost::cli
