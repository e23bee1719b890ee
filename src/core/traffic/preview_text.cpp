// The preview for a terminal.
#include "base/text.hpp"
#include "core/traffic/preview.hpp"

#include <algorithm>

namespace sealpost::traffic {
namespace {

constexpr std::size_t bar_width = 24;
constexpr std::size_t examples_shown = 8;
constexpr std::size_t changes_shown = 12;

std::string format_count(std::uint64_t count, const char* one, const char* many)
{
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

std::string format_counts(const Counts& counts)
{
    return format_count(counts.messages, "message", "messages") + ", " +
           format_count(counts.connections, "connection", "connections");
}

std::string draw_bar(std::uint64_t part, std::uint64_t whole)
{
    const auto length = whole == 0 ? 0 : (part * bar_width + whole - 1) / whole;  // a part of it is never nothing
    return std::string(length, '#') + std::string(bar_width - length, '.');
}

std::uint64_t weight_of(const Counts& counts) { return counts.messages + counts.connections; }

std::string format_changes(const char* title, const std::vector<Change>& changes)
{
    if (changes.empty()) return "";
    std::size_t width = 0;
    std::uint64_t most = 0;
    const auto shown = std::min(changes.size(), changes_shown);
    for (std::size_t i = 0; i < shown; ++i) {
        width = std::max(width, changes[i].before.size() + changes[i].after.size() + 4);
        most = std::max(most, weight_of(changes[i].counts));
    }
    std::string out = std::string("\n") + title + '\n';
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& change = changes[i];
        const std::string words = change.before + " -> " + change.after;
        out += "  " + words + std::string(width - words.size() + 2, ' ') + draw_bar(weight_of(change.counts), most) + "  " +
               format_counts(change.counts) + '\n';
    }
    if (changes.size() > shown) out += "  and " + std::to_string(changes.size() - shown) + " more\n";
    return out;
}

std::string format_ending(const Ending& ending) { return ending.group + ", " + ending.policy + ": " + ending.verdict; }

std::string format_examples(const std::vector<Example>& examples)
{
    if (examples.empty()) return "";
    std::string out = "\nexamples\n";
    for (std::size_t i = 0; i < std::min(examples.size(), examples_shown); ++i) {
        const auto& example = examples[i];
        out += "  " + format_rfc3339(example.at) + "  " + example.listener + "  " + example.ip;
        if (!example.host.empty()) out += " (" + example.host + ')';
        if (!example.sender.empty()) out += "  " + example.sender + (example.recipient.empty() ? "" : " to " + example.recipient);
        out += "\n    was    " + format_ending(example.before) + "\n    would  " + format_ending(example.after) + '\n';
    }
    return out;
}

std::string format_share(const char* what, std::uint64_t part, std::uint64_t whole)
{
    return std::string(what) + "  " + draw_bar(part, whole) + "  " + std::to_string(part) + " of " + std::to_string(whole) +
           " would end differently\n";
}

std::string format_not_played(const std::vector<std::string>& keys)
{
    if (keys.empty()) return "";
    return "\nchanged, and not in these figures: " + join(keys, ", ") + '\n';
}

}  // namespace

std::string format_preview(const Preview& preview)
{
    if (preview.connections + preview.messages == 0)
        return "no connection and no message is known yet\n" + format_not_played(preview.not_played);
    std::string out = "from " + format_rfc3339(preview.since) + " to " + format_rfc3339(preview.until) + '\n';
    out += format_share("connections", preview.different.connections, preview.connections);
    out += format_share("messages   ", preview.different.messages, preview.messages);
    out += format_changes("sender groups", preview.groups);
    out += format_changes("mail flow policies", preview.policies);
    out += format_changes("verdicts", preview.verdicts);
    return out + format_examples(preview.examples) + format_not_played(preview.not_played);
}

}  // namespace sealpost::traffic
