// Rows of the tables of addresses that are never asked.
#include "core/policy/snapshot_state.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_set>

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

template <class Row>
bool is_for(const Row& row, const std::string& listener)
{
    return row.listeners.empty() || std::ranges::count(row.listeners, listener) > 0;
}

// Of aliases, domain maps and masquerading the closest entry counts, so that no wider one takes anything from it: only the same
// entry in an earlier row does.
class RepeatedRows {
public:
    RepeatedRows(const Snapshot::State& state, std::vector<Problem>& found) : state_(state), found_(found) {}

    // `places`: what a row is asked for on a listener; dead is an entry that some earlier row has in each of them.
    template <class Row>
    void look_at(const Row& row, std::string_view section, const char* key, const std::vector<std::string>& entries,
                 const std::vector<std::string_view>& places)
    {
        std::vector<std::unordered_set<std::string_view>*> tables;
        for (const auto& [name, table] : state_.listeners)
            if (is_for(row, name))
                for (const auto place : places) tables.push_back(&known_[{section, name, place}]);
        for (const auto& entry : entries)
            if (!tables.empty() && std::ranges::all_of(tables, [&](const auto* known) { return known->contains(entry); }))
                found_.push_back(config::make_problem(
                    "policy", row.line, std::string(section) + '.' + key,
                    say("repeated_row", "{address} is never asked: it stands in an earlier row already", {entry}),
                    say("in_one_table", "write it in one table")));
        for (auto* known : tables) known->insert(entries.begin(), entries.end());
    }

private:
    const Snapshot::State& state_;
    std::vector<Problem>& found_;
    std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::unordered_set<std::string_view>> known_;
};

// Whether what leads to `to` may come to a name that `domain` takes; ".domain" stands for the names below it.
bool meets(std::string_view to, std::string_view domain)
{
    if (to == domain || (to.starts_with('.') && domain.ends_with(to))) return true;
    return domain.starts_with('.') && to.ends_with(domain);
}

// Aliases of a domain that the domain map renames before they are asked: only what the map or another alias leads to meets them.
class RenamedAliases {
public:
    explicit RenamedAliases(const Snapshot::State& state) : state_(state) {}

    bool has(const Alias& row, const std::string& entry)
    {
        const auto domain = entry.substr(entry.rfind('@') + 1);
        if (domain.empty()) return false;
        bool is_somewhere = false;
        for (const auto& [name, table] : state_.listeners) {
            if (!is_for(row, name)) continue;
            is_somewhere = true;
            const auto known = known_.try_emplace({name, domain}, false);
            if (known.second) known.first->second = is_lost(name, table.rewrite, domain);
            if (!known.first->second) return false;
        }
        return is_somewhere;
    }

private:
    [[nodiscard]] bool is_lost(const std::string& listener, const RewriteTables& rewrite, const std::string& domain) const
    {
        if (!rewrite.map_domain(domain.starts_with('.') ? "nobody" + domain : domain)) return false;
        const auto& document = state_.document;
        const auto leads_there = [&](std::string_view to) { return meets(to.substr(to.rfind('@') + 1), domain); };
        return std::ranges::none_of(document.domain_maps,
                                    [&](const DomainMap& map) { return is_for(map, listener) && leads_there(map.to); }) &&
               std::ranges::none_of(document.aliases, [&](const Alias& alias) {
                   return is_for(alias, listener) && std::ranges::any_of(alias.to, leads_there);
               });
    }

    const Snapshot::State& state_;
    std::map<std::pair<std::string_view, std::string>, bool> known_;  // by listener and domain
};

void find_renamed_aliases(const Snapshot::State& state, std::vector<Problem>& found)
{
    RenamedAliases renamed(state);
    for (const auto& row : state.document.aliases)
        for (const auto& entry : row.addresses)
            if (renamed.has(row, entry))
                found.push_back(config::make_problem(
                    "policy", row.line, "alias.address",
                    say("renamed_alias", "{address} is never asked: the domain map renames its domain before", {entry}),
                    say("write_renamed", "write it for the domain that it is renamed to, or leave it out")));
}

void find_repeated_rows(const Snapshot::State& state, std::vector<Problem>& found)
{
    RepeatedRows rows(state, found);
    for (const auto& row : state.document.domain_maps) rows.look_at(row, "domain_map", "from", row.from, {""});
    for (const auto& row : state.document.aliases) rows.look_at(row, "alias", "address", row.addresses, {""});
    for (const auto& row : state.document.masquerades) {
        std::vector<std::string_view> places;
        if (row.envelope) places.emplace_back("envelope");
        if (row.headers) places.emplace_back("headers");
        rows.look_at(row, "masquerade", "from", row.from, places);
    }
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
    find_repeated_rows(state, found);
    find_renamed_aliases(state, found);
    return found;
}

}  // namespace sealpost::policy
