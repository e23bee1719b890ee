#include "core/revisions/policy_text.hpp"

#include "core/policy/document_keys.hpp"
#include "core/policy/predefined.hpp"

#include <algorithm>

namespace sealpost::revisions {
namespace {

const config::Key* find_key(const config::Section& section, std::string_view name)
{
    const auto at = std::find_if(section.keys.begin(), section.keys.end(), [&](const auto& key) { return key.name == name; });
    return at == section.keys.end() ? nullptr : &*at;
}

PlacedProblem place_problem(Problem problem, const PolicyText& text)
{
    PlacedProblem out;
    const auto dot = std::min(problem.key.find('.'), problem.key.size());
    const auto* section = find_section(std::string_view(problem.key).substr(0, dot));
    if (section != nullptr) {
        out.section = section->name;
        if (dot < problem.key.size() && find_key(*section, std::string_view(problem.key).substr(dot + 1)) != nullptr)
            out.field = problem.key.substr(dot + 1);
        if (const auto* row = text.find_row_at(section->name, problem.line)) out.row = row->id;
    }
    out.problem = std::move(problem);
    return out;
}

}  // namespace

std::optional<Problem> find_emptiness(std::string_view text, std::string_view live, std::string_view name)
{
    const auto is_empty = [](std::string_view each) { return each.find_first_not_of(" \t\r\n") == std::string_view::npos; };
    if (!is_empty(text) || is_empty(live)) return std::nullopt;
    return config::make_problem(std::string(name), 0, "", config::say("document_empty", "there is nothing in it"),
                                config::say("export_first", "sealpost policy export prints what to begin with"));
}

const config::Section* find_section(std::string_view name)
{
    const auto& sections = policy::document_sections();
    const auto at = std::find_if(sections.begin(), sections.end(), [&](const auto& section) { return section.name == name; });
    return at == sections.end() ? nullptr : &*at;
}

bool has_named_rows(const config::Section& section)
{
    return section.name == "listener_defaults" || find_key(section, "name") != nullptr;
}

std::string text_of(const config::Value& table, std::string_view key)
{
    const auto* value = table.find(key);
    return value == nullptr ? "" : value->text;
}

std::string make_row_id(const config::Section& section, const config::Value& table, std::size_t place)
{
    if (!has_named_rows(section)) return std::to_string(place);
    const auto listener = text_of(table, "listener");
    if (section.name == "sender_group") return listener + '/' + text_of(table, "name");
    if (section.name != "listener_defaults") return text_of(table, "name");
    return listener.empty() ? "*" : listener;
}

std::shared_ptr<const PolicyText> PolicyText::parse(std::string text, std::string_view name, std::vector<Problem>& problems)
{
    auto tree = config::read_tree(text, name, problems);
    if (!tree) return nullptr;
    const std::shared_ptr<PolicyText> out(new PolicyText);
    out->text_ = std::move(text);
    out->tree_ = std::move(*tree);
    for (const auto& [key, value] : out->tree_.members) {
        const auto* section = find_section(key);
        if (section == nullptr) continue;
        auto& rows = out->rows_[key];
        const auto add = [&](const config::Value& table) {
            if (table.kind == config::Value::Kind::table)
                rows.push_back({make_row_id(*section, table, rows.size() + 1), &table, table.line});
        };
        if (value.kind == config::Value::Kind::list)
            std::for_each(value.items.begin(), value.items.end(), add);
        else
            add(value);
    }
    return out;
}

const std::vector<PolicyText::Row>& PolicyText::rows(std::string_view section) const
{
    static const std::vector<Row> none;
    const auto at = rows_.find(section);
    return at == rows_.end() ? none : at->second;
}

const PolicyText::Row* PolicyText::find_row(std::string_view section, std::string_view id) const
{
    const auto& all = rows(section);
    const auto at = std::find_if(all.begin(), all.end(), [&](const Row& row) { return row.id == id; });
    return at == all.end() ? nullptr : &*at;
}

const PolicyText::Row* PolicyText::find_row_at(std::string_view section, int line) const
{
    const auto& all = rows(section);
    const auto behind =
        std::upper_bound(all.begin(), all.end(), line, [](int wanted, const Row& row) { return wanted < row.line; });
    return behind == all.begin() ? nullptr : &*std::prev(behind);
}

const PolicyText& predefined_text()
{
    static const auto text = [] {
        std::vector<Problem> none;
        return PolicyText::parse(std::string(policy::predefined_policies()), "predefined", none);
    }();
    return *text;
}

void add_wording(boost::json::object& out, const std::string& name, const config::Wording& wording)
{
    if (wording.code.empty()) return;
    out[name + "_code"] = wording.code;
    boost::json::object facts;
    for (const auto& [fact, value] : wording.facts) facts[fact] = value;
    out[name + "_facts"] = std::move(facts);
}

boost::json::object to_json(const PlacedProblem& placed)
{
    boost::json::object out{
        {"line", placed.problem.line}, {"key", placed.problem.key}, {"what", placed.problem.what}, {"hint", placed.problem.hint}};
    add_wording(out, "what", placed.problem.said);
    add_wording(out, "hint", placed.problem.advised);
    if (!placed.section.empty()) out["section"] = placed.section;
    if (!placed.row.empty()) out["row"] = placed.row;
    if (!placed.field.empty()) out["field"] = placed.field;
    return out;
}

std::vector<PlacedProblem> place_problems(std::vector<Problem> problems, const PolicyText& text)
{
    std::vector<PlacedProblem> out;
    out.reserve(problems.size());
    for (auto& problem : problems) out.push_back(place_problem(std::move(problem), text));
    return out;
}

}  // namespace sealpost::revisions
