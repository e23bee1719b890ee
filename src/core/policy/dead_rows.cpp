// Rows of the recipient access table and the exception table that are never asked.
#include "core/policy/snapshot_state.hpp"

#include <algorithm>

namespace sealpost::policy {
namespace {

using config::say;

// The pattern of an earlier row that takes all that `pattern` would; empty: there is none.
std::string find_cover(const AddressTable& table, const std::string& pattern, std::uint32_t row)
{
    // An address that the pattern takes, in a domain that nobody else names.
    std::string sample = pattern;
    if (pattern == "ALL")
        sample = "@nobody.invalid";
    else if (pattern.ends_with('@'))
        sample += "nobody.invalid";
    else if (pattern.starts_with('.'))
        sample = "@nobody" + pattern;
    else if (pattern.find('@') == std::string::npos)
        sample = '@' + pattern;
    const auto match = table.find_first(sample);
    return match.row < row ? match.pattern : std::string();
}

Problem tell(int line, const std::string& section, const std::string& address, const std::string& cover)
{
    return config::make_problem("policy", line, section + ".address",
                                say("dead_row", "{address} is never asked: {cover} stands in an earlier row", {address, cover}),
                                say("move_in_front", "move it in front of that row, or leave it out"));
}

// On every public listener that its row is for.
std::string find_cover_everywhere(const Snapshot::State& state, std::uint32_t row, const std::string& address)
{
    const auto& listeners = state.document.recipients[row].listeners;
    std::string cover;
    for (const auto& [name, table] : state.listeners) {
        if (table.info.kind != ListenerKind::public_mail) continue;
        if (!listeners.empty() && std::ranges::count(listeners, name) == 0) continue;
        cover = find_cover(table.recipients, address, row);
        if (cover.empty()) return {};
    }
    return cover;
}

bool asks_exceptions(const Snapshot::State& state)
{
    return std::ranges::any_of(state.listeners, [](const auto& listener) {
        return std::ranges::any_of(listener.second.policies,
                                   [](const auto& policy) { return policy.second.parameters->exception_table; });
    });
}

}  // namespace

std::vector<Problem> find_dead_rows(const Snapshot::State& state)
{
    std::vector<Problem> found;
    const auto& recipients = state.document.recipients;
    for (std::uint32_t i = 0; i < recipients.size(); ++i)
        for (const auto& address : recipients[i].addresses)
            if (const auto cover = find_cover_everywhere(state, i, address); !cover.empty())
                found.push_back(tell(recipients[i].line, "recipient", address, cover));
    const auto& exceptions = state.document.exceptions;
    for (std::uint32_t i = 0; i < exceptions.size(); ++i)
        for (const auto& address : exceptions[i].addresses)
            if (const auto cover = find_cover(state.exceptions, address, i); !cover.empty())
                found.push_back(tell(exceptions[i].line, "exception", address, cover));
    if (!exceptions.empty() && !asks_exceptions(state))
        found.push_back(config::make_problem(
            "policy", exceptions.front().line, "exception",
            say("exceptions_unasked", "no mail flow policy asks the exception table"),
            say("ask_exceptions", "exception_table = true in the policies, or the listener's defaults, that are to ask it")));
    return found;
}

}  // namespace sealpost::policy
