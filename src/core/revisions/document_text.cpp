#include "core/revisions/document_text.hpp"

#include "base/text.hpp"
#include "core/revisions/toml_text.hpp"

#include <algorithm>

namespace sealpost::revisions {
namespace {

using Row = DocumentText::Row;

// Where the comment directly above `begin` starts; lines in front of `least` are not looked at.
std::size_t find_lead(std::string_view text, std::size_t begin, std::size_t least)
{
    auto lead = begin;
    while (lead > least) {
        const auto before = lead < 2 ? std::string_view::npos : text.rfind('\n', lead - 2);
        const auto line = before == std::string_view::npos ? 0 : before + 1;
        if (line < least || !trim(text.substr(line, lead - line)).starts_with('#')) break;
        lead = line;
    }
    return lead == 0 ? begin : lead;
}

bool is_blank(std::string_view text) { return trim(text).empty(); }

bool ends_blank(std::string_view text) { return text.empty() || text == "\n" || text.ends_with("\n\n"); }

std::string_view drop_blank_lines(std::string_view text)
{
    while (true) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos || !is_blank(text.substr(0, end))) return text;
        text.remove_prefix(end + 1);
    }
}

std::string_view drop_comment_lines(std::string_view text)
{
    while (true) {
        const auto end = std::min(text.find('\n'), text.size() - (text.empty() ? 0 : 1));
        if (text.empty() || is_blank(text.substr(0, end + 1))) return text;
        text.remove_prefix(end + 1);
    }
}

void end_line(std::string& text)
{
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
}

bool has_same_keys(const TablePlace& place, const config::Value& table)
{
    return place.keys.size() == table.members.size() &&
           std::all_of(place.keys.begin(), place.keys.end(), [&](const auto& key) { return table.find(key.key) != nullptr; });
}

// Takes the tables of each section out of the tree, in order.
class TreeTaker {
public:
    explicit TreeTaker(config::Value& tree) : tree_(tree) {}

    config::Value* next(const TablePlace& place)
    {
        const auto at =
            std::find_if(tree_.members.begin(), tree_.members.end(), [&](const auto& m) { return m.key == place.name; });
        if (at == tree_.members.end()) return nullptr;
        const auto nth = taken_[place.name]++;
        if (!place.is_repeated) return nth == 0 && at->value.kind == config::Value::Kind::table ? &at->value : nullptr;
        return nth < at->value.items.size() ? &at->value.items[nth] : nullptr;
    }

    // Sections of which not every table, or too many, were taken.
    [[nodiscard]] std::vector<std::string> list_foreign() const
    {
        std::vector<std::string> out;
        for (const auto& [key, value] : tree_.members) {
            const auto taken = taken_.find(key);
            const auto count = value.kind == config::Value::Kind::list ? value.items.size() : 1;
            if (taken == taken_.end() || taken->second != count) out.push_back(key);
        }
        return out;
    }

private:
    config::Value& tree_;
    std::map<std::string, std::size_t> taken_;
};

// The keys of a row's text, by their places.
std::vector<KeyPlace> find_keys(const Row& row) { return find_tables(row.text).back().keys; }

const KeyPlace* find_key(const std::vector<KeyPlace>& keys, std::string_view key)
{
    const auto at = std::find_if(keys.begin(), keys.end(), [&](const auto& each) { return each.key == key; });
    return at == keys.end() ? nullptr : &*at;
}

config::Value* find_member(Row& row, std::string_view key)
{
    const auto at =
        std::find_if(row.table.members.begin(), row.table.members.end(), [&](const auto& each) { return each.key == key; });
    return at == row.table.members.end() ? nullptr : &at->value;
}

// How the list that is written becomes `value` with its comments: items go, and others come behind. Empty when
// the order changed, too.
std::string rewrite_list(std::string_view written, const config::Value& before, const config::Value& value)
{
    std::vector<bool> goes(before.items.size(), true);
    std::size_t next = 0;
    for (std::size_t i = 0; i < before.items.size() && next < value.items.size(); ++i)
        if (is_same(before.items[i], value.items[next])) {
            goes[i] = false;
            ++next;
        }
    std::vector<std::string> more;
    for (std::size_t i = next; i < value.items.size(); ++i) more.push_back(format_toml(value.items[i]));
    return edit_list(written, goes, more);
}

}  // namespace

DocumentText DocumentText::parse(const PolicyText& source)
{
    const std::string_view text = source.text();
    auto tree = source.tree();
    DocumentText out;
    const auto tables = find_tables(text);
    TreeTaker taker(tree);
    std::size_t begin = tables.size() > 1 ? find_lead(text, tables[1].begin, tables[0].end) : text.size();
    out.prologue_ = text.substr(0, begin);
    for (std::size_t i = 1; i < tables.size(); ++i) {
        const auto& table = tables[i];
        const auto next = i + 1 < tables.size() ? find_lead(text, tables[i + 1].begin, table.end) : text.size();
        Row row;
        row.text = text.substr(begin, table.end - begin);
        row.gap = text.substr(table.end, next - table.end);
        begin = next;
        auto* value = taker.next(table);
        row.section = find_section(table.name);
        row.is_editable = value != nullptr && has_same_keys(table, *value);
        if (value != nullptr) row.table = std::move(*value);
        out.rows_.push_back(std::move(row));
    }
    out.foreign_ = taker.list_foreign();
    return out;
}

std::string DocumentText::text() const
{
    auto out = prologue_;
    for (const auto& row : rows_) {
        out += row.text;
        out += row.gap;
    }
    return out;
}

std::vector<std::size_t> DocumentText::list_rows(std::string_view section) const
{
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < rows_.size(); ++i)
        if (rows_[i].section != nullptr && rows_[i].section->name == section) out.push_back(i);
    return out;
}

config::Checked<> DocumentText::check_editable(std::string_view section) const
{
    const auto rows = list_rows(section);
    const bool is_foreign = std::find(foreign_.begin(), foreign_.end(), section) != foreign_.end();
    if (!is_foreign && std::all_of(rows.begin(), rows.end(), [&](auto row) { return rows_[row].is_editable; })) return {};
    return config::say("not_editable",
                       "{section} is written in a way that cannot be edited: write each of its tables as [[{section}]] on a line "
                       "of its own, and a key a line",
                       {std::string(section)});
}

std::optional<std::size_t> DocumentText::find_row(std::string_view section, std::string_view id) const
{
    std::size_t place = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_[i].section == nullptr || rows_[i].section->name != section) continue;
        if (make_row_id(*rows_[i].section, rows_[i].table, ++place) == id) return i;
    }
    return std::nullopt;
}

std::size_t DocumentText::find_end(std::string_view section) const
{
    const auto rows = list_rows(section);
    return rows.empty() ? rows_.size() : rows.back() + 1;
}

void DocumentText::insert(std::size_t index, Row row)
{
    auto& before = index == 0 ? prologue_ : rows_[index - 1].gap;
    if (index != 0) end_line(rows_[index - 1].text);
    end_line(row.text);
    const bool is_behind = index != 0 && (index == rows_.size() || rows_[index].section != row.section);
    if (is_behind) {
        // Comments behind an empty line speak of what comes next.
        const auto own = before.size() - drop_comment_lines(before).size();
        row.gap = before.substr(own);
        before = before.substr(0, own) + '\n';
    } else {
        end_line(before);
        if (!ends_blank(before) || (before.empty() && index != 0)) before += '\n';
        row.gap = index == rows_.size() ? "" : "\n";
    }
    rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(index), std::move(row));
}

Row DocumentText::take(std::size_t index)
{
    Row row = std::move(rows_.at(index));
    rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(index));
    auto& before = index == 0 ? prologue_ : rows_[index - 1].gap;
    std::string gap = std::exchange(row.gap, "");
    if (index == rows_.size() && is_blank(gap) && is_blank(before) && index != 0)
        before = gap;
    else if (ends_blank(before) && !(before.empty() && index != 0))
        before += drop_blank_lines(gap);
    else
        before += gap;
    return row;
}

Row make_row(const config::Section& section, const std::map<std::string, config::Value>& values)
{
    Row row;
    row.section = &section;
    row.table.kind = config::Value::Kind::table;
    row.text = (section.repeated ? "[[" : "[") + std::string(section.name) + (section.repeated ? "]]\n" : "]\n");
    for (const auto& key : section.keys) {
        const auto at = values.find(std::string(key.name));
        if (at == values.end()) continue;
        row.text += std::string(key.name) + " = " + format_toml(at->second) + '\n';
        row.table.members.push_back({std::string(key.name), at->second});
    }
    return row;
}

void write_key(Row& row, const std::string& key, const config::Value& value)
{
    auto* member = find_member(row, key);
    if (member != nullptr && is_same(*member, value)) return;
    const auto keys = find_keys(row);
    const auto* place = find_key(keys, key);
    if (member == nullptr || place == nullptr) {
        end_line(row.text);
        row.text += key + " = " + format_toml(value) + '\n';
        row.table.members.push_back({key, value});
        return;
    }
    const auto written = std::string_view(row.text).substr(place->value_begin, place->value_end - place->value_begin);
    std::string text;
    if (member->kind == config::Value::Kind::list && value.kind == config::Value::Kind::list)
        text = rewrite_list(written, *member, value);
    if (text.empty()) text = format_toml(value);
    row.text = apply_splices(row.text, {{place->value_begin, place->value_end, std::move(text)}});
    *member = value;
}

void remove_key(Row& row, std::string_view key)
{
    const auto keys = find_keys(row);
    if (const auto* place = find_key(keys, key)) row.text.erase(place->begin, place->end - place->begin);
    std::erase_if(row.table.members, [&](const auto& member) { return member.key == key; });
}

void replace_text(Row& row, std::string_view key, const std::string& from, const std::string& to)
{
    auto* member = find_member(row, key);
    if (member == nullptr) return;
    const auto is_it = [&](const config::Value& value) { return value.kind == config::Value::Kind::text && value.text == from; };
    if (is_it(*member)) return write_key(row, std::string(key), config::Value::of_text(to));
    if (member->kind != config::Value::Kind::list || std::ranges::none_of(member->items, is_it)) return;
    const auto keys = find_keys(row);
    const auto* place = find_key(keys, key);
    if (place == nullptr) return;
    const auto items = find_items(std::string_view(row.text).substr(place->value_begin, place->value_end - place->value_begin));
    std::vector<Splice> splices;
    for (std::size_t i = 0; i < items.size() && i < member->items.size(); ++i) {
        if (!is_it(member->items[i])) continue;
        splices.push_back({place->value_begin + items[i].begin, place->value_begin + items[i].end, quote_toml(to)});
        member->items[i].text = to;
    }
    row.text = apply_splices(row.text, splices);
}

}  // namespace sealpost::revisions
