#include "cli/completion.hpp"

#include "base/text.hpp"
#include "cli/policy_rows.hpp"
#include "core/revisions/policy_text.hpp"

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
    std::vector<std::string_view> words = {};  // of the command, beside options
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
            place.words.clear();
        } else {
            place.words.push_back(word);
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

// What the next word beside options stands for; the last one takes all that follow.
const CLI::Option* find_positional(const Place& place)
{
    const CLI::Option* last = nullptr;
    std::size_t at = 0;
    for (const auto* option : place.command->get_options([](const CLI::Option*) { return true; })) {
        if (!option->get_positional()) continue;
        last = option;
        if (at++ == place.words.size()) return option;
    }
    return last != nullptr && last->get_items_expected_max() > 1 ? last : nullptr;
}

std::vector<std::string> list_values(const config::Key& key)
{
    if (key.type == config::Type::flag) return {"false", "true"};
    std::vector<std::string> values;
    for (const auto word : split(key.words, '|'))
        if (!word.empty()) values.emplace_back(word);
    return values;
}

// "tls=" for the keys of the table; behind the "=", which a shell may cut off, the words of a choice.
void add_settings(const Place& place, Words before, std::string_view begun, std::vector<std::string>& found)
{
    const auto* section = place.words.empty() ? nullptr : revisions::find_section(place.words.front());
    if (section == nullptr) return;
    const bool is_cut = before.size() > 1 && before.back() == "=";
    const auto equals = begun.find('=');
    const auto name = is_cut ? before[before.size() - 2] : begun.substr(0, equals);
    for (const auto& key : section->keys) {
        if (!is_cut && equals == std::string_view::npos) {
            found.push_back(std::string(key.name) + '=');
        } else if (key.name == name) {
            for (const auto& value : list_values(key)) found.push_back(is_cut ? value : std::string(name) + '=' + value);
        }
    }
}

void add_words(const Place& place, Words before, std::string_view begun, std::vector<std::string>& found)
{
    for (const auto* below : place.command->get_subcommands([](const CLI::App*) { return true; }))
        found.push_back(below->get_name());
    const auto* positional = find_positional(place);
    if (positional == nullptr) return;
    std::ranges::copy(list_values(*positional), std::back_inserter(found));
    if (positional->get_name(true) == row_settings) add_settings(place, before, begun, found);
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
    const Words before = words.first(words.empty() || words.back() == "=" ? words.size() : words.size() - 1);
    const Place place = find_place(app, before);
    std::vector<std::string> found;
    if (place.wants_value != nullptr) {
        found = list_values(*place.wants_value);
    } else if (begun.starts_with('-')) {
        add_options(place, found);
    } else {
        add_words(place, before, begun, found);
    }
    std::erase_if(found, [&](const std::string& word) { return !word.starts_with(begun); });
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}  // namespace sealpost::cli
