#include "sys/dns/canned_resolver.hpp"

#include "base/text.hpp"

#include <stdexcept>

namespace sealpost::dns {
namespace {

constexpr std::size_t max_aliases = 8;

std::string_view take_word(std::string_view& rest)
{
    rest = trim(rest);
    std::size_t end = 0;
    while (end < rest.size() && !is_ascii_space(rest[end])) ++end;
    const std::string_view word = rest.substr(0, end);
    rest = trim(rest.substr(end));
    return word;
}

std::optional<Type> parse_type(std::string_view word)
{
    for (const Type type : {Type::a, Type::cname, Type::ptr, Type::mx, Type::txt, Type::aaaa, Type::tlsa})
        if (iequals(word, format_type(type))) return type;
    return std::nullopt;
}

std::string parse_owner(std::string_view word)
{
    if (const auto address = parse_ip(word)) return format_reverse_name(*address);
    if (auto name = normalise_name(word)) return *name;
    throw std::invalid_argument("not a name: " + std::string(word));
}

std::string normalise_data(Type type, std::string_view data)
{
    if (type == Type::txt && data.size() >= 2 && data.front() == '"' && data.back() == '"')
        data = data.substr(1, data.size() - 2);
    const bool is_name = type == Type::mx || type == Type::ptr || type == Type::cname;
    if (is_name && data.size() > 1 && data.ends_with('.') && !data.ends_with(" .")) data.remove_suffix(1);
    if (const auto address = parse_ip(data); address && (type == Type::a || type == Type::aaaa)) return format_ip(*address);
    return std::string(data);
}

Answer make_answer(Status status)
{
    Answer answer;
    answer.status = status;
    answer.ttl = std::chrono::seconds(300);
    return answer;
}

}  // namespace

CannedResolver::CannedResolver(std::string_view zone_lines)
{
    for (const std::string_view line : split(zone_lines, '\n'))
        if (const auto text = trim(line); !text.empty() && text.front() != '#') add_line(text);
}

void CannedResolver::add_line(std::string_view line)
{
    const std::string owner = parse_owner(take_word(line));
    const std::string_view kind = take_word(line);
    if (kind == "TEMPORARY") {
        temporary_.emplace(owner, std::nullopt);
        return;
    }
    if (kind == "SECURE") {
        secure_.insert(owner);
        return;
    }
    if (kind == "UNVALIDATED") {
        unvalidated_.insert(owner);
        return;
    }
    const auto type = parse_type(kind);
    if (!type) throw std::invalid_argument("not a record type: " + std::string(kind));
    if (line == "TEMPORARY") {
        temporary_.emplace(owner, *type);
        return;
    }
    records_[owner][*type].push_back(normalise_data(*type, line));
}

bool CannedResolver::exists(const std::string& name) const
{
    const auto is_or_is_below = [&](const std::string& known) { return known == name || known.ends_with("." + name); };
    for (const auto& [owner, types] : records_)
        if (is_or_is_below(owner)) return true;
    for (const auto& [owner, type] : temporary_)
        if (is_or_is_below(owner)) return true;
    return false;
}

Answer CannedResolver::answer_here(const std::string& name, Type type) const
{
    if (temporary_.contains({name, std::nullopt}) || temporary_.contains({name, type})) {
        Answer failed = make_answer(Status::temporary);
        failed.problem = "SERVFAIL for " + name + " " + std::string(format_type(type));
        return failed;
    }
    Answer answer = make_answer(exists(name) ? Status::no_data : Status::no_such_name);
    answer.secure = secure_.contains(name);
    answer.unvalidated = unvalidated_.contains(name);
    const auto owner = records_.find(name);
    if (owner == records_.end()) return answer;
    const auto wanted = owner->second.find(type);
    if (wanted == owner->second.end()) return answer;
    answer.status = Status::found;
    answer.records = wanted->second;
    return answer;
}

Answer CannedResolver::answer(std::string_view name, Type type) const
{
    const auto normal = normalise_name(name);
    if (!normal) return make_answer(Status::no_such_name);
    if (auto local = answer_localhost(*normal, type)) return *local;
    std::string at = *normal;
    for (std::size_t i = 0; i < max_aliases; ++i) {
        Answer here = answer_here(at, type);
        if (at != *normal) here.canonical_name = at;
        if (here.status != Status::no_data || type == Type::cname) return here;
        const Answer alias = answer_here(at, Type::cname);
        if (alias.status != Status::found) return here;
        at = ascii_lower(alias.records.front());
    }
    Answer endless = make_answer(Status::temporary);
    endless.problem = "too many aliases from " + *normal;
    return endless;
}

Task<Answer> CannedResolver::query(std::string name, Type type, Deadline)
{
    {
        const std::lock_guard hold(lock_);
        asked_.push_back(name + " " + std::string(format_type(type)));
    }
    co_return answer(name, type);
}

std::vector<std::string> CannedResolver::asked() const
{
    const std::lock_guard hold(lock_);
    return asked_;
}

}  // namespace sealpost::dns
