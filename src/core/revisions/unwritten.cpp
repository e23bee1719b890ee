#include "core/revisions/unwritten.hpp"

#include "base/text.hpp"
#include "core/policy/predefined.hpp"
#include "core/revisions/references.hpp"
#include "core/revisions/sender_lines.hpp"
#include "core/revisions/toml_text.hpp"

#include <algorithm>
#include <optional>

namespace sealpost::revisions {
namespace {

using config::say;
using config::Sentence;
using config::Value;
using Row = PolicyText::Row;

constexpr std::string_view policies = "mail_flow_policy", profiles = "encryption_profile", bounces = "bounce_profile";

// But for the name.
bool says_the_same(const Row& a, const Row& b)
{
    const auto& some = a.table->members;
    return some.size() == b.table->members.size() && std::ranges::all_of(some, [&](const config::Member& member) {
               const auto* other = b.table->find(member.key);
               return other != nullptr && (member.key == "name" || is_same(member.value, *other));
           });
}

// At least half of what it says, but for the name, stands in the other one.
bool resembles(const Row& row, const Row& other)
{
    const auto& members = row.table->members;
    const auto same = std::ranges::count_if(members, [&](const config::Member& member) {
        const auto* value = other.table->find(member.key);
        return member.key != "name" && value != nullptr && is_same(member.value, *value);
    });
    return 2 * same + 1 >= static_cast<std::ptrdiff_t>(members.size());  // the name is one of them
}

// The ids in front of a row and behind it.
std::pair<std::string, std::string> find_neighbours(const std::vector<Row>& rows, const Row& row)
{
    const auto at = static_cast<std::size_t>(&row - rows.data());
    return {at == 0 ? "" : rows[at - 1].id, at + 1 == rows.size() ? "" : rows[at + 1].id};
}

// What the live row probably is by now: a row with a name that is new, which says what it said or stands where it stood.
const Row* find_renamed(std::string_view section, const Row& row, const PolicyText& live, const PolicyText& staged)
{
    const auto place = find_neighbours(live.rows(section), row);
    for (const auto& now : staged.rows(section)) {
        if (live.find_row(section, now.id) != nullptr) continue;
        if (says_the_same(row, now) || find_neighbours(staged.rows(section), now) == place) return &now;
    }
    return nullptr;
}

bool takes_all(const Row& group)
{
    const auto* senders = group.table->find("senders");
    if (senders == nullptr) return false;
    const auto is_all = [](const Value& sender) { return normalise_sender(sender.text) == "ALL"; };
    return senders->kind == Value::Kind::list ? std::ranges::any_of(senders->items, is_all) : is_all(*senders);
}

// Whether the evaluation ends with the group.
bool decides(const Row& group, const PolicyText& text)
{
    const auto name = text_of(*group.table, "policy");
    if (name.empty() || name == "CONTINUE") return false;
    const auto* policy = text.find_row(policies, name);
    return policy == nullptr || text_of(*policy->table, "behavior") != "continue";  // none that is predefined goes on
}

// Whether a group decides about every host, so that none comes to ALL behind the groups.
bool has_catch_all(const PolicyText& text, std::string_view listener)
{
    return std::ranges::any_of(text.rows("sender_group"), [&](const Row& group) {
        return text_of(*group.table, "listener") == listener && takes_all(group) && decides(group, text);
    });
}

std::vector<std::string> list_groups_that_meet(std::string_view policy, const PolicyText& text,
                                               const std::vector<policy::ListenerInfo>& listeners)
{
    std::vector<std::string> ids;
    for (const auto& group : text.rows("sender_group"))
        if (text_of(*group.table, "policy") == policy) ids.push_back(group.id);
    for (const auto& listener : listeners)
        if (policy::find_last_policy(listener.kind) == policy && !has_catch_all(text, listener.name))
            ids.push_back(listener.name + "/ALL");
    return ids;
}

std::vector<std::string> list_rules_that_meet(std::string_view profile, const PolicyText& text)
{
    std::vector<std::string> ids;
    for (const auto& rule : text.rows("encryption_rule")) {
        const auto named = text_of(*rule.table, "profile");
        if (text_of(*rule.table, "action") != "clear" && (named.empty() || named == profile)) ids.push_back(rule.id);
    }
    return ids;
}

// Absent where nobody meets it.
std::optional<Sentence> say_who_meets(std::string_view section, const std::string& name, const PolicyText& text,
                                      const std::vector<policy::ListenerInfo>& listeners)
{
    if (section == bounces)
        return say("unwritten_bounce_profile",
                   "{profile} is written no more: what names no bounce profile meets the predefined one again", {name});
    const auto ids = section == policies ? list_groups_that_meet(name, text, listeners) : list_rules_that_meet(name, text);
    if (ids.empty()) return std::nullopt;
    if (section == policies)
        return say("unwritten_policy", "{policy} is written no more: hosts of {groups} meet the predefined policy of that name",
                   {name, join(ids, ", ")});
    return say("unwritten_profile", "{profile} is written no more: the encryption rules {rules} seal by the predefined one",
               {name, join(ids, ", ")});
}

}  // namespace

std::vector<Problem> find_unwritten(const PolicyText& live, const PolicyText& staged,
                                    const std::vector<policy::ListenerInfo>& listeners)
{
    std::vector<Problem> found;
    for (const auto section : {policies, profiles, bounces})
        for (const auto& predefined : predefined_text().rows(section)) {
            const auto* written = live.find_row(section, predefined.id);
            if (written == nullptr || staged.find_row(section, predefined.id) != nullptr) continue;
            const auto* renamed = find_renamed(section, *written, live, staged);
            // A renaming takes along what names the row, or was written by hand into that row.
            const bool is_gone =
                renamed == nullptr || (has_references(staged, section, predefined.id) && !resembles(*written, *renamed));
            if (is_gone && says_the_same(*written, predefined)) continue;
            auto what = say_who_meets(section, predefined.id, staged, listeners);
            if (!what) continue;
            found.push_back(config::make_problem("policy", renamed == nullptr ? 0 : renamed->line, std::string(section) + ".name",
                                                 std::move(*what),
                                                 say("write_name_too", "write {header} with name = \"{name}\", too, for them",
                                                     {"[[" + std::string(section) + "]]", predefined.id})));
        }
    return found;
}

std::vector<Problem> find_unwritten(const std::string& live, const std::string& staged,
                                    const std::vector<policy::ListenerInfo>& listeners)
{
    std::vector<Problem> none;
    const auto before = PolicyText::parse(live, "policy", none);
    const auto after = PolicyText::parse(staged, "policy", none);
    return before && after ? find_unwritten(*before, *after, listeners) : std::vector<Problem>();
}

}  // namespace sealpost::revisions
