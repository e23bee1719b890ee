#include "wire/dkim/chain.hpp"

#include "base/text.hpp"
#include "wire/dkim/tags.hpp"

#include <algorithm>
#include <map>

namespace sealpost::dkim {
namespace {

constexpr unsigned most_instances = 50;  // RFC 8617 §4.2.1

using Instances = std::map<unsigned, std::size_t>;  // to the field

std::optional<unsigned> instance_of(std::string_view value)
{
    const auto tags = TagList::parse(value);
    const auto text = tags.has_value() ? tags->value("i") : std::nullopt;
    const auto number = text ? parse_decimal(*text) : std::nullopt;
    if (!number || *number == 0 || *number > most_instances) return std::nullopt;
    return static_cast<unsigned>(*number);
}

// Every field of the name by its instance; what is wrong goes to the chain.
Instances read_instances(const Head& head, const std::string& name, ChainShape& chain)
{
    const bool is_results = name == "arc-authentication-results";
    Instances found;
    for (const std::size_t field : head.find_all(name)) {
        const auto instance = is_results ? find_instance(head.value(field)) : instance_of(head.value(field));
        if (!instance) {
            chain.problem = "an ARC field without an instance";
            chain.highest = std::max(chain.highest, 1U);
            continue;
        }
        if (!found.emplace(*instance, field).second) chain.problem = "two ARC fields of one kind and instance";
        chain.highest = std::max(chain.highest, *instance);
    }
    return found;
}

bool has_each_once(const Instances& instances, unsigned highest)
{
    return instances.size() == highest && instances.begin()->first == 1;  // sorted and distinct, none above `highest`
}

void read_seals(const Head& head, ChainShape& chain)
{
    for (std::size_t i = 0; i < chain.sets.size(); ++i) {
        auto& field = chain.sets[i].seal_field;
        const Judgement read = read_signature(head.value(chain.sets[i].seal), FieldKind::arc_seal, field);
        if (!read.is_good()) chain.problem = "ARC-Seal " + std::to_string(i + 1) + ": " + read.problem;
        const bool is_newest = i + 1 == chain.sets.size();
        if (is_newest && field.chain == ChainVerdict::fail) {
            chain.is_closed = true;
            chain.problem = "it had failed already";
            return;
        }
        // RFC 8617 §5.2: "The "cv" value for all ARC-Seal header fields is … "none" for i=1, "pass" for others.
        if (field.chain != (i == 0 ? ChainVerdict::none : ChainVerdict::pass) && chain.is_sound())
            chain.problem = "ARC-Seal " + std::to_string(i + 1) + " has an impossible cv=";
    }
}

}  // namespace

std::optional<unsigned> find_instance(std::string_view value)
{
    const std::size_t end = value.find(';');
    return end == std::string_view::npos ? std::nullopt : instance_of(value.substr(0, end));
}

ChainShape read_chain(const Head& head, std::size_t max_sets)
{
    ChainShape chain;
    const Instances results = read_instances(head, "arc-authentication-results", chain);
    const Instances messages = read_instances(head, "arc-message-signature", chain);
    const Instances seals = read_instances(head, "arc-seal", chain);
    if (chain.highest == 0 || !chain.is_sound()) return chain;
    const unsigned count = chain.highest;
    if (count > max_sets || !has_each_once(results, count) || !has_each_once(messages, count) || !has_each_once(seals, count)) {
        chain.problem = count > max_sets ? "too many ARC sets" : "the ARC sets are not whole";
        return chain;
    }
    for (unsigned i = 1; i <= count; ++i) chain.sets.push_back({results.at(i), messages.at(i), seals.at(i)});
    read_seals(head, chain);
    if (!chain.is_sound()) return chain;
    const Judgement read = read_signature(head.value(chain.sets.back().message), FieldKind::arc_message, chain.message);
    if (!read.is_good()) chain.problem = "ARC-Message-Signature: " + read.problem;
    return chain;
}

crypto::Digest256 hash_seal(const Head& head, const ChainShape& chain, std::size_t instance)
{
    crypto::Sha256 sha;
    for (std::size_t i = 0; i < instance; ++i) {
        const ArcSet& set = chain.sets[i];
        head.hash(sha, {set.results, set.message}, Canon::relaxed);
        if (i + 1 < instance) head.hash(sha, set.seal, Canon::relaxed);
    }
    sha.update(format_unsigned(head.raw(chain.sets[instance - 1].seal), Canon::relaxed));
    return sha.finish();
}

}  // namespace sealpost::dkim
