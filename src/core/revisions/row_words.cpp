#include "core/revisions/row_words.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::revisions {
namespace {

using config::Key;
using config::quote_json;
using config::Section;
using config::Type;
using config::Value;

constexpr std::string_view groups = "sender_group";

Error refuse(const std::string& key, const std::string& what) { return {Fault::config, key + ": " + what}; }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known)
{
    const auto similar = config::find_similar(word, known);
    return similar.empty() ? "" : "; did you mean " + similar + '?';
}

Result<const Key*> find_key(const Section& section, std::string_view name)
{
    std::vector<std::string> known;
    for (const auto& key : section.keys) {
        if (key.name == name) return &key;
        known.emplace_back(key.name);
    }
    return refuse(std::string(section.name), "has no key " + quote_json(name) + did_you_mean(name, known));
}

// Whether it stands for itself; a quote or, in a list, a bracket begins TOML.
bool is_bare(Type type, const std::string& word)
{
    if (type == Type::number || type == Type::flag) return false;
    if (word.starts_with('"') || word.starts_with('\'')) return false;
    if (is_list(type)) return !word.starts_with('[');
    const bool is_quantity = type == Type::size || type == Type::duration;
    return !is_quantity || !parse_decimal(word);
}

bool is_plain(const Value& value)
{
    if (value.kind == Value::Kind::list)
        return std::ranges::all_of(value.items,
                                   [](const Value& item) { return item.kind != Value::Kind::list && is_plain(item); });
    return value.kind == Value::Kind::text || value.kind == Value::Kind::number || value.kind == Value::Kind::flag;
}

std::string describe_wanted(Type type)
{
    if (type == Type::number) return "a whole number";
    if (type == Type::flag) return "true or false";
    if (is_list(type)) return "one word, or a list such as [\"one\", \"two\"]";
    return "a word, or a string in quotes";
}

// Whether it is one that the key may have is for the document's check to say, which knows words and ranges.
Result<Value> read_value(const Key& key, const std::string& name, const std::string& word)
{
    if (is_bare(key.type, word)) return Value::of_text(word);
    std::vector<Problem> problems;
    auto tree = config::read_tree("value = " + word, name, problems);
    if (!tree || tree->members.size() != 1 || !is_plain(tree->members.front().value))
        return refuse(name, quote_json(word) + " is not " + describe_wanted(key.type));
    return std::move(tree->members.front().value);
}

// Beside their ids: a row that is called by its place is called by what its first key lists, too.
std::vector<std::string> list_names(const Section& section, const PolicyText::Row& row)
{
    if (section.name == groups) return {text_of(*row.table, "name")};
    std::vector<std::string> names;
    const auto* value = has_named_rows(section) ? nullptr : row.table->find(section.keys.front().name);
    if (value == nullptr) return names;
    if (value->kind == Value::Kind::text) names.push_back(value->text);
    for (const auto& item : value->items) names.push_back(item.text);
    return names;
}

// Addresses and domains in any letters; a group's name as it is written.
bool is_called(const Section& section, const std::string& name, std::string_view which)
{
    return section.name == groups ? name == which : ascii_lower(name) == ascii_lower(which);
}

bool is_only_predefined(const PolicyText& text, const Section& section, std::string_view id)
{
    return text.find_row(section.name, id) == nullptr && predefined_text().find_row(section.name, id) != nullptr;
}

Error deny_unknown(const PolicyText& text, const Section& section, std::string_view which, Unwritten unwritten)
{
    const auto what = std::string(section.name) + ' ' + quote_json(which);
    if (unwritten == Unwritten::left && is_only_predefined(text, section, which))
        return {Fault::denied, what + " is predefined and not written"};
    std::vector<std::string> known;
    for (const auto& row : text.rows(section.name)) {
        if (has_named_rows(section)) known.push_back(row.id);
        for (auto& name : list_names(section, row)) known.push_back(std::move(name));
    }
    if (unwritten == Unwritten::taken)
        for (const auto& row : predefined_text().rows(section.name)) known.push_back(row.id);
    return {Fault::denied, "there is no " + what + did_you_mean(which, known)};
}

// The pages write a group without them as it was: they have calls of their own.
Result<> check_left_out(const Section& section, const RowValues& values, const std::vector<std::string>& left_out)
{
    for (const auto& name : left_out) {
        SEALPOST_TRY(const auto* key, find_key(section, name));
        const auto place = std::string(section.name) + '.' + name;
        if (values.contains(name)) return refuse(place, "has a value, and is to be left out");
        if (key->required) return refuse(place, "cannot be left out");
        if (section.name == groups && name == "senders")
            return refuse(place, "cannot be left out; senders=[] takes out each of them");
        if (section.name == groups && name == "order") return refuse(place, "cannot be left out");
    }
    return {};
}

}  // namespace

Result<RowValues> parse_assignments(const Section& section, const std::vector<std::string>& words)
{
    RowValues values;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) return refuse(quote_json(word), "is no KEY=VALUE");
        const auto name = word.substr(0, equals);
        SEALPOST_TRY(const auto* key, find_key(section, name));
        const auto place = std::string(section.name) + '.' + name;
        SEALPOST_TRY(auto value, read_value(*key, place, word.substr(equals + 1)));
        if (!values.emplace(name, std::move(value)).second) return refuse(place, "has two values");
    }
    return values;
}

Result<std::string> find_row_id(const PolicyText& text, const Section& section, std::string_view which, Unwritten unwritten)
{
    if (text.find_row(section.name, which) != nullptr) return std::string(which);
    if (unwritten == Unwritten::taken && is_only_predefined(text, section, which)) return std::string(which);
    std::vector<std::string> found;
    for (const auto& row : text.rows(section.name)) {
        const auto names = list_names(section, row);
        if (std::ranges::any_of(names, [&](const auto& name) { return is_called(section, name, which); }))
            found.push_back(row.id);
    }
    if (found.empty()) return deny_unknown(text, section, which, unwritten);
    if (found.size() == 1) return std::move(found.front());
    return Error{Fault::denied, "more than one " + std::string(section.name) + " is called " + quote_json(which) +
                                    "; name one of these: " + join(found, ", ")};
}

Result<std::string> find_row_behind(const PolicyText& text, const Section& section, const RowValues& values,
                                    std::string_view which)
{
    const auto at = values.find("listener");
    const auto listener = at == values.end() ? "" : at->second.text;
    if (section.name != groups || listener.empty() || which.find('/') != which.npos) return find_row_id(text, section, which);
    return find_row_id(text, section, listener + '/' + std::string(which));
}

Result<Edit> change_row(const PolicyText& text, const Section& section, std::string_view which, RowValues values,
                        const std::vector<std::string>& left_out)
{
    SEALPOST_TRY(auto id, find_row_id(text, section, which, Unwritten::taken));
    SEALPOST_CHECK(check_left_out(section, values, left_out));
    const auto* row = text.find_row(section.name, id);
    if (row == nullptr) row = predefined_text().find_row(section.name, id);
    Edit edit;
    edit.section = section.name;
    edit.row = std::move(id);
    edit.values = std::move(values);
    for (const auto& [name, value] : row->table->members) {
        // A place that nobody wrote anew is kept by the edit itself, also on another listener.
        const bool is_kept_anyway = section.name == groups && (name == "order" || name == "senders");
        if (!is_kept_anyway && std::ranges::find(left_out, name) == left_out.end()) edit.values.emplace(name, value);
    }
    return edit;
}

}  // namespace sealpost::revisions
