#include "core/revisions/toml_text.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::revisions {
namespace {

constexpr std::size_t max_list_line = 100;

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text)
    {
        if (text.starts_with("\xef\xbb\xbf")) at_ = 3;
    }

    std::vector<TablePlace> find_tables()
    {
        std::vector<TablePlace> tables(1);
        while (true) {
            const auto line = at_;
            skip_any(" \t\r");
            if (at_ >= text_.size()) return tables;
            if (text_[at_] == '\n' || text_[at_] == '#') {
                skip_line();
            } else if (text_[at_] == '[') {
                tables.push_back(read_header(line));
            } else {
                tables.back().keys.push_back(read_key(line));
                tables.back().end = at_;
            }
        }
    }

    std::vector<ItemPlace> find_items()
    {
        std::vector<ItemPlace> items;
        at_ = std::min<std::size_t>(1, text_.size());
        while (true) {
            skip_space_and_comments();
            if (at_ >= text_.size() || text_[at_] == ']') return items;
            if (text_[at_] == ',') {
                if (!items.empty()) items.back().comma = at_;
                ++at_;
                continue;
            }
            ItemPlace item;
            item.begin = at_;
            item.end = skip_value();
            if (item.end == item.begin) return items;  // not a list
            items.push_back(item);
        }
    }

private:
    void skip_any(std::string_view characters) { at_ = std::min(text_.find_first_not_of(characters, at_), text_.size()); }
    void skip_line()
    {
        const auto end = text_.find('\n', at_);
        at_ = end == std::string_view::npos ? text_.size() : end + 1;
    }
    void skip_space_and_comments()
    {
        while (true) {
            skip_any(" \t\r\n");
            if (at_ >= text_.size() || text_[at_] != '#') return;
            skip_line();
        }
    }

    // "basic", 'literal', and both with three marks. A text of three marks may end in two more that are its own.
    void skip_string()
    {
        const char mark = text_[at_];
        const std::string three(3, mark);
        const bool is_long = text_.substr(at_, 3) == three;
        at_ += is_long ? 3 : 1;
        while (at_ < text_.size()) {
            if (text_[at_] == '\\' && mark == '"') {
                at_ = std::min(at_ + 2, text_.size());
            } else if (is_long && text_.substr(at_, 3) == three) {
                at_ += 3;
                for (int own = 0; own < 2 && at_ < text_.size() && text_[at_] == mark; ++own) ++at_;
                return;
            } else if (!is_long && (text_[at_] == mark || text_[at_] == '\n')) {
                at_ += text_[at_] == mark ? 1 : 0;
                return;
            } else {
                ++at_;
            }
        }
    }

    void skip_brackets()
    {
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"' || c == '\'') {
                skip_string();
                continue;
            }
            if (c == '#') {
                skip_line();
                continue;
            }
            ++at_;
            if (c == '[' || c == '{') ++depth;
            if ((c == ']' || c == '}') && --depth == 0) return;
        }
    }

    // Answers where the value ends.
    std::size_t skip_value()
    {
        if (at_ >= text_.size()) return at_;
        const char c = text_[at_];
        if (c == '"' || c == '\'') {
            skip_string();
            return at_;
        }
        if (c == '[' || c == '{') {
            skip_brackets();
            return at_;
        }
        const auto begin = at_;
        at_ = std::min(text_.find_first_of(",]}#\n", at_), text_.size());
        auto end = at_;
        while (end > begin && is_ascii_space(text_[end - 1])) --end;
        return end;
    }

    // A name up to `last`; of a quoted one without escapes what is inside.
    std::string read_name(char last)
    {
        const auto begin = at_;
        while (at_ < text_.size() && text_[at_] != last && text_[at_] != '\n') {
            if (text_[at_] == '"' || text_[at_] == '\'')
                skip_string();
            else
                ++at_;
        }
        auto name = trim(text_.substr(begin, at_ - begin));
        const bool is_quoted = name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front();
        const auto inner = is_quoted ? name.substr(1, name.size() - 2) : name;
        return std::string(inner.find_first_of("\"'\\") == std::string_view::npos ? inner : name);
    }

    TablePlace read_header(std::size_t line)
    {
        TablePlace table;
        table.begin = line;
        table.is_repeated = text_.substr(at_, 2) == "[[";
        at_ += table.is_repeated ? 2 : 1;
        table.name = read_name(']');
        skip_line();
        table.end = at_;
        return table;
    }

    KeyPlace read_key(std::size_t line)
    {
        KeyPlace place;
        place.begin = line;
        place.key = read_name('=');
        at_ = std::min(at_ + 1, text_.size());
        skip_any(" \t");
        place.value_begin = at_;
        place.value_end = skip_value();
        skip_line();
        place.end = at_;
        return place;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string join_list(const std::vector<std::string>& items)
{
    std::string line = '[' + join(items, ", ") + ']';
    if (line.size() <= max_list_line) return line;
    std::string out = "[\n";
    for (const auto& item : items) out += "    " + item + ",\n";
    return out + ']';
}

std::size_t line_begin(std::string_view text, std::size_t at)
{
    const auto before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    return before == std::string_view::npos ? 0 : before + 1;
}

// What goes with an item: its line where it stands there alone, else itself and its comma.
Splice cut_item(std::string_view list, const ItemPlace& item)
{
    const bool has_comma = item.comma != std::string_view::npos;
    const auto behind = has_comma ? item.comma + 1 : item.end;
    const auto begin = line_begin(list, item.begin);
    const auto line_end = list.find('\n', behind);
    const auto rest = trim(list.substr(behind, line_end - behind));
    const bool is_one_line = list.substr(item.end, behind - item.end).find_first_of("\n#") == std::string_view::npos;
    if (begin != 0 && line_end != std::string_view::npos && is_one_line && trim(list.substr(begin, item.begin - begin)).empty() &&
        (rest.empty() || rest.starts_with('#')))
        return {begin, line_end + 1, {}};
    if (!is_one_line) return {item.begin, item.end, {}};
    const auto next = list.find_first_not_of(" \t", behind);
    const bool has_next = has_comma && next != std::string_view::npos && list[next] != '\n' && list[next] != '#';
    return {item.begin, has_next ? next : behind, {}};
}

std::string edit_long_list(std::string_view list, const std::vector<ItemPlace>& items, const std::vector<bool>& goes,
                           const std::vector<std::string>& more)
{
    std::vector<Splice> splices;
    const ItemPlace* last = nullptr;
    bool is_loose = false;  // a comma stays where its item went
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!goes[i]) {
            last = &items[i];
            continue;
        }
        splices.push_back(cut_item(list, items[i]));
        is_loose |= items[i].comma != std::string_view::npos && splices.back().end <= items[i].comma;
    }
    if (is_loose) return {};
    std::string lines;
    const auto indent = items.empty()
                            ? std::string("    ")
                            : std::string(list.substr(line_begin(list, items.back().begin),
                                                      list.find_first_not_of(" \t", line_begin(list, items.back().begin)) -
                                                          line_begin(list, items.back().begin)));
    for (const auto& item : more) lines += (indent.empty() ? "    " : indent) + item + ",\n";
    if (more.empty()) return apply_splices(list, splices);
    if (last != nullptr && last->comma == std::string_view::npos) splices.push_back({last->end, last->end, ","});
    const auto close = list.size() - 1;
    const auto close_line = line_begin(list, close);
    if (close_line != 0 && trim(list.substr(close_line, close - close_line)).empty())
        splices.push_back({close_line, close_line, std::move(lines)});
    else
        splices.push_back({close, close, '\n' + lines});
    std::stable_sort(splices.begin(), splices.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return apply_splices(list, splices);
}

}  // namespace

std::vector<TablePlace> find_tables(std::string_view text) { return Scanner(text).find_tables(); }

std::vector<ItemPlace> find_items(std::string_view list) { return Scanner(list).find_items(); }

std::string apply_splices(std::string_view text, const std::vector<Splice>& splices)
{
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    for (const auto& splice : splices) {
        if (splice.begin > at) out += text.substr(at, splice.begin - at);
        out += splice.text;
        at = std::max(at, splice.end);
    }
    return out += text.substr(at);
}

std::string edit_list(std::string_view list, const std::vector<bool>& goes, const std::vector<std::string>& more)
{
    const auto items = find_items(list);
    if (items.size() != goes.size() || !list.ends_with(']')) return {};
    const bool is_long = list.find('\n') != std::string_view::npos;
    if (is_long)
        if (auto edited = edit_long_list(list, items, goes, more); !edited.empty()) return edited;
    std::vector<std::string> all;
    for (std::size_t i = 0; i < items.size(); ++i)
        if (!goes[i]) all.emplace_back(list.substr(items[i].begin, items[i].end - items[i].begin));
    all.insert(all.end(), more.begin(), more.end());
    return join_list(all);
}

std::string quote_toml(std::string_view text)
{
    auto out = config::quote_json(text);
    for (std::size_t at = 0; (at = out.find('\x7f', at)) != std::string::npos;) out.replace(at, 1, "\\u007f");
    return out;
}

std::string format_toml(const config::Value& value)
{
    switch (value.kind) {
        case config::Value::Kind::text: return quote_toml(value.text);
        case config::Value::Kind::list: break;
        default: return config::format_json(value);
    }
    std::vector<std::string> items;
    for (const auto& item : value.items) items.push_back(format_toml(item));
    return join_list(items);
}

bool is_same(const config::Value& a, const config::Value& b)
{
    return a.kind == b.kind && a.text == b.text && a.number == b.number && a.real == b.real && a.flag == b.flag &&
           std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), is_same) &&
           std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                      [](const auto& x, const auto& y) { return x.key == y.key && is_same(x.value, y.value); });
}

}  // namespace sealpost::revisions
