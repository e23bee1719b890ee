#include "cli/completion.hpp"

#include <algorithm>
#include <set>

namespace sealpost::cli {
namespace {

using Words = std::span<const std::string_view>;

// How far the words were understood.
struct Place {
    const CLI::App* command = nullptr;
    const CLI::Option* wants_value = nullptr;  // the option before the last word
    std::set<const CLI::Option*> given = {};
};

const CLI::Option* find_option(const CLI::App& command, std::string_view word)
{
    for (const CLI::App* at = &command; at != nullptr; at = at->get_parent())
        if (const CLI::Option* option = at->get_option_no_throw(std::string(word))) return option;
    return nullptr;
}

const CLI::App* find_command(const CLI::App& command, std::string_view word)
{
    for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; }))
        if (below->check_name(std::string(word))) return below;
    return nullptr;
}

bool takes_value(const CLI::Option* option) { return option != nullptr && option->get_items_expected_max() > 0; }

// A shell may cut "--option=value" into three words.
Place find_place(const CLI::App& app, Words before)
{
    Place place{&app};
    for (const auto word : before) {
        if (word == "=") continue;
        const bool is_value = place.wants_value != nullptr;
        place.wants_value = nullptr;
        if (is_value) continue;
        if (word.starts_with('-')) {
            const auto* option = find_option(*place.command, word.substr(0, word.find('=')));
            place.given.insert(option);
            if (takes_value(option) && word.find('=') == std::string_view::npos) place.wants_value = option;
        } else if (const auto* below = find_command(*place.command, word)) {
            place.command = below;
        }
    }
    return place;
}

// The library tells a choice in the name of its type: "FORMAT:{text,json}".
std::vector<std::string> list_values(const CLI::Option& option)
{
    const std::string type = option.get_type_name();
    const auto begin = type.find('{'), end = type.find('}');
    std::vector<std::string> values;
    if (begin == std::string::npos || end == std::string::npos) return values;
    for (std::size_t at = begin + 1; at < end;) {
        const auto next = std::min(type.find(',', at), end);
        values.push_back(type.substr(at, next - at));
        at = next + 1;
    }
    return values;
}

void add_options(const Place& place, std::vector<std::string>& found)
{
    for (const CLI::App* at = place.command; at != nullptr; at = at->get_parent())
        for (const CLI::Option* option : at->get_options([](const CLI::Option*) { return true; })) {
            const bool may_come_again = option->get_items_expected_max() > 1;
            if (place.given.contains(option) && !may_come_again) continue;
            for (const auto& name : option->get_lnames()) found.push_back("--" + name);
        }
}

}  // namespace

std::vector<std::string> complete(const CLI::App& app, Words words)
{
    const std::string_view begun = words.empty() || words.back() == "=" ? "" : words.back();
    const Place place = find_place(app, words.first(words.empty() || words.back() == "=" ? words.size() : words.size() - 1));
    std::vector<std::string> found;
    if (place.wants_value != nullptr) {
        found = list_values(*place.wants_value);
    } else if (begun.starts_with('-')) {
        add_options(place, found);
    } else {
        for (const auto* below : place.command->get_subcommands([](const CLI::App*) { return true; }))
            found.push_back(below->get_name());
        for (const auto* option : place.command->get_options([](const CLI::Option*) { return true; }))
            if (option->get_positional()) std::ranges::copy(list_values(*option), std::back_inserter(found));
    }
    std::erase_if(found, [&](const std::string& word) { return !word.starts_with(begun); });
    std::ranges::sort(found);
    const auto doubles = std::ranges::unique(found);
    found.erase(doubles.begin(), doubles.end());
    return found;
}

}  // namespace sealpost::cli
