#include "sys/tls/name_choice.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <map>

namespace sealpost::tls {
namespace {

using Pairs = NameChoice::Pairs;

// RFC 6125 §6.4.3: a wildcard is one whole left-most label.
std::string wildcard_over(std::string_view host)
{
    const std::size_t dot = host.find('.');
    return dot == std::string_view::npos ? std::string() : "*" + std::string(host.substr(dot));
}

// In which order listeners prefer them (settings.cpp) where the client takes several.
int preference(const std::string& key_type)
{
    if (key_type == "EC") return 0;
    return key_type.starts_with("ED") ? 1 : 2;  // RSA and RSA-PSS last
}

// The first pair of each key type of `exact`. One of `wild` stands beside them only where every one of those is preferred to
// it: a client that takes both is to see the name itself.
Pairs choose(std::span<const KeyPair> pairs, const Pairs& exact, const Pairs& wild)
{
    Pairs chosen;
    const auto has_type = [&](const std::string& type) {
        return std::ranges::any_of(chosen, [&](std::size_t at) { return pairs[at].key.type() == type; });
    };
    for (const std::size_t at : exact)
        if (!has_type(pairs[at].key.type())) chosen.push_back(at);
    const Pairs named = chosen;
    const auto goes_after = [&](std::size_t at) {
        const int own = preference(pairs[at].key.type());
        return std::ranges::all_of(named, [&](std::size_t each) { return preference(pairs[each].key.type()) < own; });
    };
    for (const std::size_t at : wild)
        if (goes_after(at) && !has_type(pairs[at].key.type())) chosen.push_back(at);
    return chosen;
}

}  // namespace

NameChoice::NameChoice(std::span<const KeyPair> pairs)
{
    std::map<std::string, Pairs> named;
    for (std::size_t at = 0; at < pairs.size(); ++at)
        for (const std::string& name : pairs[at].chain.front().dns_names()) named[ascii_lower(name)].push_back(at);
    const auto naming = [&](const std::string& pattern) {
        const auto found = named.find(pattern);
        return found == named.end() ? Pairs() : found->second;
    };
    const auto names = pairs.front().chain.front().dns_names();
    const std::string first = names.empty() ? std::string() : ascii_lower(names.front());
    Pairs for_all = naming(first);
    for_all.insert(for_all.begin(), 0);  // whatever else has that name, and even without any
    groups_.push_back(choose(pairs, for_all, {}));
    for (const auto& [pattern, exact] : named)
        place(pattern, choose(pairs, exact, pattern.starts_with('*') ? Pairs() : naming(wildcard_over(pattern))));
}

void NameChoice::place(const std::string& pattern, Pairs pairs)
{
    const auto same = std::ranges::find(groups_, pairs);
    by_pattern_[pattern] = static_cast<std::size_t>(same - groups_.begin());
    if (same == groups_.end()) groups_.push_back(std::move(pairs));
}

std::size_t NameChoice::find(std::string_view host) const
{
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::string name = ascii_lower(host);
    auto found = by_pattern_.find(name);
    if (found == by_pattern_.end()) found = by_pattern_.find(wildcard_over(name));
    return found == by_pattern_.end() ? 0 : found->second;
}

}  // namespace sealpost::tls
