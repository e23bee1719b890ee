#include "core/config/schema.hpp"

#include "base/network.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <limits>

namespace sealpost::config {
namespace {

std::optional<std::int64_t> parse_with_unit(std::string_view text, const std::vector<std::pair<char, std::int64_t>>& units)
{
    std::int64_t factor = 1;
    for (const auto& [letter, by] : units) {
        if (text.empty() || ascii_lower(text.back()) != letter) continue;
        factor = by;
        text.remove_suffix(1);
        break;
    }
    const auto number = parse_decimal(text);
    const auto most = static_cast<unsigned long long>(std::numeric_limits<std::int64_t>::max() / factor);
    if (!number || *number > most) return std::nullopt;
    return static_cast<std::int64_t>(*number) * factor;
}

std::vector<std::string> words_of(const Key& key)
{
    std::vector<std::string> words;
    for (const auto word : split(key.words, '|')) words.emplace_back(word);
    return words;
}

// No key takes a line break or another control character: texts go into SMTP replies and mail headers.
bool has_control(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// What is wrong with one string of the key's type; empty when nothing is.
Sentence check_text(const Key& key, const std::string& text)
{
    if (has_control(text)) return say("control_character", "holds a control character");
    switch (key.type) {
        case Type::choice:
        case Type::choices: {
            const auto words = words_of(key);
            if (std::find(words.begin(), words.end(), text) != words.end()) return {};
            return say("none_of", "{value} is none of {words}", {quote_json(text), join(words, ", ")});
        }
        case Type::domain:
            if (is_domain(text)) return {};
            return say("not_domain_name", "{value} is not a domain name", {quote_json(text)});
        case Type::url:
            if (istarts_with(text, "https://") || istarts_with(text, "http://")) return {};
            return say("not_url", "{value} is not an http or https address", {quote_json(text)});
        case Type::address:
        case Type::addresses:
            if (parse_ip(text)) return {};
            return say("not_ip", "{value} is not an IP address", {quote_json(text)});
        case Type::networks:
            if (parse_network(text)) return {};
            return say("not_network", "{value} is not a network such as \"10.0.0.0/24\", without bits behind its prefix",
                       {quote_json(text)});
        case Type::endpoint:
        case Type::endpoints:
            if (parse_endpoint(text)) return {};
            return say("not_endpoint", "{value} is not an address and port such as \"[::]:25\"", {quote_json(text)});
        case Type::path:
        case Type::paths: return text.empty() ? say("empty_path", "an empty path") : Sentence();
        default: return {};
    }
}

// The same as format_type() says, one code a type.
Sentence say_type(Type type, std::string is)
{
    switch (type) {
        case Type::text: return say("must_be_text", "is {is}, must be a string", {is});
        case Type::number: return say("must_be_number", "is {is}, must be a number", {is});
        case Type::flag: return say("must_be_flag", "is {is}, must be true or false", {is});
        case Type::texts: return say("must_be_texts", "is {is}, must be a list of strings", {is});
        case Type::size: return say("must_be_size", "is {is}, must be a size such as \"10M\"", {is});
        case Type::duration: return say("must_be_duration", "is {is}, must be a duration such as \"15m\"", {is});
        case Type::choice: return say("must_be_word", "is {is}, must be a word", {is});
        case Type::choices: return say("must_be_words", "is {is}, must be a list of words", {is});
        case Type::domain: return say("must_be_domain", "is {is}, must be a domain name", {is});
        case Type::url: return say("must_be_url", "is {is}, must be a URL", {is});
        case Type::path: return say("must_be_path", "is {is}, must be a file path", {is});
        case Type::paths: return say("must_be_paths", "is {is}, must be a list of file paths", {is});
        case Type::address: return say("must_be_ip", "is {is}, must be an IP address", {is});
        case Type::addresses: return say("must_be_ips", "is {is}, must be a list of IP addresses", {is});
        case Type::networks: return say("must_be_networks", "is {is}, must be a list of networks", {is});
        case Type::endpoint: return say("must_be_endpoint", "is {is}, must be an address and port", {is});
        case Type::endpoints: return say("must_be_endpoints", "is {is}, must be an address and port, or a list of them", {is});
    }
    return {};
}

Sentence say_example(const Key& key)
{
    return say("for_example", "for example {example}", {std::string(key.name) + " = " + std::string(key.example)});
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text)
{
    return parse_with_unit(text, {{'k', 1 << 10}, {'m', 1 << 20}, {'g', 1 << 30}, {'t', std::int64_t{1} << 40}});
}

std::optional<std::int64_t> parse_duration(std::string_view text)
{
    return parse_with_unit(text, {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}});
}

std::string format_quantity(Type type, std::int64_t number)
{
    const auto in_units = [number](std::initializer_list<std::pair<char, std::int64_t>> units) {
        for (const auto& [letter, by] : units)
            if (number % by == 0) return '"' + std::to_string(number / by) + letter + '"';
        return std::to_string(number);
    };
    if (number < 0) return std::to_string(number);
    if (type == Type::duration) return number == 0 ? "\"0s\"" : in_units({{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}});
    if (type != Type::size || number == 0) return std::to_string(number);
    return in_units({{'T', std::int64_t{1} << 40}, {'G', 1 << 30}, {'M', 1 << 20}, {'K', 1 << 10}});
}

bool is_domain(std::string_view text)
{
    if (text.empty() || text.size() > 253) return false;
    for (const auto label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        for (const char c : label) {
            const char low = ascii_lower(c);
            if (!(low >= 'a' && low <= 'z') && !is_ascii_digit(c) && c != '-' && c != '_') return false;
        }
    }
    return true;
}

bool is_list(Type type)
{
    return type == Type::texts || type == Type::choices || type == Type::paths || type == Type::addresses ||
           type == Type::networks || type == Type::endpoints;
}

std::string_view format_type(Type type)
{
    switch (type) {
        case Type::text: return "a string";
        case Type::number: return "a number";
        case Type::flag: return "true or false";
        case Type::texts: return "a list of strings";
        case Type::size: return "a size such as \"10M\"";
        case Type::duration: return "a duration such as \"15m\"";
        case Type::choice: return "a word";
        case Type::choices: return "a list of words";
        case Type::domain: return "a domain name";
        case Type::url: return "a URL";
        case Type::path: return "a file path";
        case Type::paths: return "a list of file paths";
        case Type::address: return "an IP address";
        case Type::addresses: return "a list of IP addresses";
        case Type::networks: return "a list of networks";
        case Type::endpoint: return "an address and port";
        case Type::endpoints: return "an address and port, or a list of them";
    }
    return "";
}

int CheckedTable::line_of(std::string_view key) const
{
    const auto at = values_.find(key);
    return at == values_.end() || at->second.line == 0 ? line_ : at->second.line;
}

bool CheckedTable::is_set(std::string_view key) const
{
    return std::find(written_.begin(), written_.end(), key) != written_.end();
}

const Value* CheckedTable::find(std::string_view key) const
{
    const auto at = values_.find(key);
    return at == values_.end() ? nullptr : &at->second;
}

std::string CheckedTable::text(std::string_view key) const
{
    const auto* value = find(key);
    return value == nullptr ? "" : value->text;
}

std::int64_t CheckedTable::number(std::string_view key) const
{
    const auto* value = find(key);
    return value == nullptr ? 0 : value->number;
}

bool CheckedTable::flag(std::string_view key) const
{
    const auto* value = find(key);
    return value != nullptr && value->flag;
}

const std::vector<Value>& CheckedTable::items(std::string_view key) const
{
    static const std::vector<Value> none;
    const auto* value = find(key);
    return value == nullptr ? none : value->items;
}

std::vector<std::string> CheckedTable::texts(std::string_view key) const
{
    std::vector<std::string> out;
    for (const auto& item : items(key)) out.push_back(item.text);
    return out;
}

const std::vector<CheckedTable>& CheckedFile::all(std::string_view section) const
{
    static const std::vector<CheckedTable> none;
    const auto at = tables_.find(section);
    return at == tables_.end() ? none : at->second;
}

const CheckedTable& CheckedFile::one(std::string_view section) const
{
    static const CheckedTable none;
    const auto& tables = all(section);
    return tables.empty() ? none : tables.front();
}

bool CheckedFile::is_written(std::string_view section) const
{
    return std::find(written_.begin(), written_.end(), section) != written_.end();
}

// Walks the tree beside the sections and collects every problem.
class Checker {
public:
    Checker(const std::vector<Section>& sections, std::string_view file, std::vector<Problem>& problems)
        : sections_(sections), file_(file), problems_(problems)
    {
    }

    CheckedFile check(const Value& root)
    {
        for (const auto& [name, value] : root.members) check_member(name, value);
        for (const auto& section : sections_)
            if (!section.repeated && !checked_.is_written(section.name)) check_table(section, Value{}, false);
        return std::move(checked_);
    }

private:
    void refuse(int line, std::string key, Sentence what, Sentence hint = {})
    {
        problems_.push_back(make_problem(std::string(file_), line, std::move(key), std::move(what), std::move(hint)));
    }

    void check_member(const std::string& name, const Value& value)
    {
        const auto section = std::find_if(sections_.begin(), sections_.end(), [&](const Section& s) { return s.name == name; });
        if (section == sections_.end()) {
            std::vector<std::string> known;
            for (const auto& each : sections_) known.emplace_back(each.name);
            const auto similar = find_similar(name, known);
            refuse(value.line, name, say("unknown_table", "unknown table or key"),
                   similar.empty() ? say("tables_are", "the tables are {tables}", {join(known, ", ")}) : ask_if_meant(similar));
            return;
        }
        checked_.written_.push_back(name);
        const std::string header = section->repeated ? "[[" + name + "]]" : '[' + name + ']';
        const bool is_array_of_tables =
            value.kind == Value::Kind::list && std::all_of(value.items.begin(), value.items.end(),
                                                           [](const Value& item) { return item.kind == Value::Kind::table; });
        if (section->repeated ? !is_array_of_tables : value.kind != Value::Kind::table) {
            refuse(value.line, name, say("not_written_as", "not written as {header}", {header}),
                   say("write_header", "write {header} on a line of its own", {header}));
            return;
        }
        if (!section->repeated) return check_table(*section, value, true);
        for (const auto& item : value.items) check_table(*section, item, true);
    }

    void check_table(const Section& section, const Value& table, bool written)
    {
        const auto problems_before = problems_.size();
        CheckedTable out;
        out.line_ = table.line;
        for (const auto& [name, value] : table.members) check_key(section, name, value, out);
        for (const auto& key : section.keys) {
            if (table.find(key.name) != nullptr) continue;
            if (!key.fallback.empty()) out.values_[std::string(key.name)] = find_fallback(key);
            if (key.required && written)
                refuse(table.line, full_name(section, key.name), say("missing", "missing"),
                       say("write", "{example}", {std::string(key.name) + " = " + std::string(key.example)}));
        }
        if (problems_.size() == problems_before) checked_.tables_[std::string(section.name)].push_back(std::move(out));
    }

    void check_key(const Section& section, const std::string& name, const Value& value, CheckedTable& out)
    {
        const auto key = std::find_if(section.keys.begin(), section.keys.end(), [&](const Key& k) { return k.name == name; });
        if (key == section.keys.end()) {
            std::vector<std::string> known;
            for (const auto& each : section.keys) known.emplace_back(each.name);
            const auto similar = find_similar(name, known);
            refuse(value.line, full_name(section, name), say("unknown_key", "unknown key"),
                   similar.empty() ? say("keys_are", "the keys are {keys}", {join(known, ", ")}) : ask_if_meant(similar));
            return;
        }
        auto normal = normalise(*key, full_name(section, name), value);
        if (!normal) return;
        out.written_.push_back(name);
        out.values_[name] = std::move(*normal);
    }

    static std::string full_name(const Section& section, std::string_view key)
    {
        return std::string(section.name) + '.' + std::string(key);
    }

    std::optional<Value> refuse_type(const Key& key, const std::string& name, const Value& value)
    {
        refuse(value.line, name, say_type(key.type, std::string(format_kind(value.kind))), say_example(key));
        return std::nullopt;
    }

    std::optional<Value> normalise(const Key& key, const std::string& name, const Value& value)
    {
        if (is_list(key.type)) return normalise_list(key, name, value);
        switch (key.type) {
            case Type::flag: return value.kind == Value::Kind::flag ? value : refuse_type(key, name, value);
            case Type::number:
                return value.kind == Value::Kind::number ? in_range(key, name, value) : refuse_type(key, name, value);
            case Type::size:
            case Type::duration: return normalise_quantity(key, name, value);
            default: break;
        }
        if (value.kind != Value::Kind::text) return refuse_type(key, name, value);
        return check_one(key, name, value) ? std::optional(value) : std::nullopt;
    }

    bool check_one(const Key& key, const std::string& name, const Value& value)
    {
        const auto wrong = check_text(key, value.text);
        if (wrong.empty()) return true;
        const auto similar = key.words.empty() ? "" : find_similar(value.text, words_of(key));
        refuse(value.line, name, wrong, similar.empty() ? say_example(key) : ask_if_meant(similar));
        return false;
    }

    std::optional<Value> normalise_list(const Key& key, const std::string& name, const Value& value)
    {
        Value list = value;
        if (value.kind == Value::Kind::text) {
            list.kind = Value::Kind::list;
            list.text.clear();
            list.items = {value};
        }
        if (list.kind != Value::Kind::list) return refuse_type(key, name, value);
        bool good = true;
        for (const auto& item : list.items) {
            if (item.kind != Value::Kind::text) return refuse_type(key, name, item);
            good = check_one(key, name, item) && good;
        }
        return good ? std::optional(std::move(list)) : std::nullopt;
    }

    std::optional<Value> normalise_quantity(const Key& key, const std::string& name, const Value& value)
    {
        Value number = value;
        if (value.kind == Value::Kind::text && !key.words.empty() && value.text == key.words) return value;
        if (value.kind == Value::Kind::text) {
            const auto parsed = key.type == Type::size ? parse_size(value.text) : parse_duration(value.text);
            if (!parsed) return refuse_type(key, name, value);
            number.kind = Value::Kind::number;
            number.number = *parsed;
            number.text.clear();
        }
        if (number.kind != Value::Kind::number) return refuse_type(key, name, value);
        return in_range(key, name, number);
    }

    std::optional<Value> in_range(const Key& key, const std::string& name, const Value& value)
    {
        const bool has_most = key.most != 0;
        if (value.number >= key.least && (!has_most || value.number <= key.most)) return value;
        const auto written = [&key](std::int64_t number) { return format_quantity(key.type, number); };
        refuse(value.line, name, say("out_of_range", "{value} is out of range", {written(value.number)}),
               has_most ? say("from_to", "from {least} to {most}", {written(key.least), written(key.most)})
                        : say("from_up", "from {least} up", {written(key.least)}));
        return std::nullopt;
    }

    // Defaults stand in the table as TOML literals and pass the same checks; each is read once.
    const Value& find_fallback(const Key& key)
    {
        const auto known = fallbacks_.find(&key);
        return known != fallbacks_.end() ? known->second : fallbacks_.emplace(&key, make_fallback(key)).first->second;
    }

    Value make_fallback(const Key& key)
    {
        const auto tree = read_tree("x = " + std::string(key.fallback), "defaults", problems_);
        if (!tree) return {};
        auto value = normalise(key, std::string(key.name), tree->members.front().value).value_or(Value{});
        value.line = 0;
        return value;
    }

    const std::vector<Section>& sections_;
    std::string_view file_;
    std::vector<Problem>& problems_;
    CheckedFile checked_;
    std::map<const Key*, Value> fallbacks_;
};

CheckedFile check_tree(const Value& root, const std::vector<Section>& sections, std::string_view file,
                       std::vector<Problem>& problems)
{
    return Checker(sections, file, problems).check(root);
}

std::string explain_one(const Section& section, const Key& key)
{
    std::string out = std::string(section.name) + '.' + std::string(key.name) + "\n    " + std::string(key.doc) + "\n    ";
    const bool is_quantity = key.type == Type::size || key.type == Type::duration;
    out += key.words.empty() || is_quantity ? std::string(format_type(key.type)) : "one of " + std::string(key.words);
    if (is_quantity && !key.words.empty()) out += " or \"" + std::string(key.words) + "\"";
    if (key.type == Type::choices) out = out.substr(0, out.rfind("one of")) + "a list of " + std::string(key.words);
    if (key.least != 0 || key.most != 0) {
        out += ", from " + format_quantity(key.type, key.least);
        if (key.most != 0) out += " to " + format_quantity(key.type, key.most);
    }
    out += key.required ? "; required" : key.fallback.empty() ? "; no default" : "; default " + std::string(key.fallback);
    return out + "; example: " + std::string(key.name) + " = " + std::string(key.example) + '\n';
}

std::string explain_section(const Section& section)
{
    std::string out = (section.repeated ? "[[" : "[") + std::string(section.name) + (section.repeated ? "]]" : "]") + "  " +
                      std::string(section.doc) + "\n\n";
    for (const auto& key : section.keys) out += explain_one(section, key);
    return out;
}

std::optional<std::string> explain_in(const std::vector<Section>& sections, std::string_view key)
{
    std::string out;
    for (const auto& section : sections) {
        if (key.empty() || key == section.name) out += (out.empty() ? "" : "\n") + explain_section(section);
        for (const auto& each : section.keys)
            if (key == std::string(section.name) + '.' + std::string(each.name)) return explain_one(section, each);
    }
    return out.empty() ? std::nullopt : std::optional(out);
}

std::vector<std::string> find_similar_in(const std::vector<Section>& sections, std::string_view key)
{
    std::vector<std::string> known, out;
    for (const auto& section : sections) {
        known.emplace_back(section.name);
        for (const auto& each : section.keys) known.push_back(std::string(section.name) + '.' + std::string(each.name));
    }
    for (const auto& name : known)
        if (name.ends_with('.' + std::string(key))) out.push_back(name);
    if (const auto similar = find_similar(key, known); out.empty() && !similar.empty()) out.push_back(similar);
    return out;
}

}  // namespace sealpost::config
