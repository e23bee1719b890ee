#include "cli/value_names.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace sealpost::cli {
namespace {

constexpr std::array value_names = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"account", "NAME"},      {"author", "NAME"},      {"config", "FILE"},       {"contact", "ADDRESS"},
    {"country", "CODE"},      {"dir", "DIR"},          {"helo", "NAME"},         {"host", "NAME"},
    {"label", "NAME"},        {"listed", "ZONE"},      {"listener", "NAME"},     {"logo", "URI"},
    {"mail-from", "ADDRESS"}, {"message", "TEXT"},     {"not-listed", "ZONE"},   {"older-than", "DURATION"},
    {"only", "WHAT"},         {"open-host", "NAME"},   {"organisation", "NAME"}, {"rcpt-to", "ADDRESS"},
    {"receiver", "NAME"},     {"reputation", "SCORE"}, {"sender", "ADDRESS"},    {"since", "TIME"},
    {"subject", "TEXT"},      {"text", "TEXT"},        {"unit", "NAME"},         {"until", "TIME"},
    {"user", "NAME"},
});

std::string find_value_name(const std::string& option, const std::string& type)
{
    if (!type.starts_with("TEXT")) return "N";
    for (const auto& [name, value] : value_names)
        if (name == option) return std::string(value);
    std::string upper = option;
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return upper;
}

// What the library names by the C++ type.
bool is_unnamed(const CLI::Option& option)
{
    const auto type = option.get_type_name();
    return type.starts_with("TEXT") || type.starts_with("INT") || type.starts_with("UINT") || type.starts_with("FLOAT");
}

}  // namespace

void name_values(CLI::App& app)
{
    for (auto* option : app.get_options([](const CLI::Option*) { return true; })) {
        if (!is_unnamed(*option)) continue;
        const bool says_its_choice = option->get_type_name().find(':') != std::string::npos;
        if (option->get_positional() && says_its_choice) continue;
        if (option->get_positional())
            option->type_name("");  // its own name says it
        else
            option->type_name(find_value_name(option->get_lnames().front(), option->get_type_name()));
    }
    for (auto* command : app.get_subcommands([](const CLI::App*) { return true; })) name_values(*command);
}

}  // namespace sealpost::cli
