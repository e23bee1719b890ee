#include "wire/dkim/head.hpp"

#include "base/text.hpp"
#include "wire/dkim/tags.hpp"

#include <algorithm>

namespace sealpost::dkim {

bool Head::append(std::string_view raw)
{
    if (raw.size() > room_) {
        room_ = 0;
        return false;
    }
    room_ -= raw.size();
    Field field{std::string(raw), std::min(raw.find(':'), raw.size())};
    by_name_[ascii_lower(trim(raw.substr(0, field.colon)))].push_back(fields_.size());
    fields_.push_back(std::move(field));
    return true;
}

std::string_view Head::value(std::size_t field) const
{
    const Field& found = fields_[field];
    return std::string_view(found.raw).substr(std::min(found.colon + 1, found.raw.size()));
}

const std::vector<std::size_t>& Head::find_all(const std::string& name) const
{
    static const std::vector<std::size_t> nothing;
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nothing : found->second;
}

std::vector<std::size_t> Head::select(const std::vector<std::string>& names, std::optional<std::size_t> except) const
{
    std::unordered_map<std::string_view, std::size_t> left;  // of a name, from the top
    std::vector<std::size_t> selected;
    for (const auto& name : names) {
        const auto& fields = find_all(name);
        auto& count = left.try_emplace(name, fields.size()).first->second;
        if (count > 0 && fields[count - 1] == except) --count;
        if (count > 0) selected.push_back(fields[--count]);
    }
    return selected;
}

void Head::hash(crypto::Sha256& into, std::size_t field, Canon canon) const
{
    const Field& found = fields_[field];
    std::string& text = found.canonical[canon == Canon::simple ? 0 : 1];
    if (text.empty()) text = canonical_field(found.raw, canon);
    into.update(text);
}

void Head::hash(crypto::Sha256& into, const std::vector<std::size_t>& fields, Canon canon) const
{
    for (const std::size_t field : fields) hash(into, field, canon);
}

std::string format_unsigned(std::string_view raw, Canon canon)
{
    const std::size_t start = std::min(raw.find(':') + 1, raw.size());
    const auto tags = TagList::parse(raw.substr(start));
    std::string text(raw);
    const Tag* tag = tags.has_value() ? tags->find("b") : nullptr;
    if (tag != nullptr) text.erase(start + tag->begin, tag->end - tag->begin);
    std::string canonical = canonical_field(text, canon);
    canonical.resize(canonical.size() - 2);
    return canonical;
}

}  // namespace sealpost::dkim
