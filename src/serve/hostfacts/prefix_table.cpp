#include "serve/hostfacts/prefix_table.hpp"

#include "base/text.hpp"
#include "core/config/schema.hpp"
#include "core/policy/address_key.hpp"
#include "core/policy/sender.hpp"

#include <algorithm>
#include <unordered_map>

namespace sealpost::hostfacts {
namespace {

struct Prefix {
    IpAddress low, high;
    int bits = 0;
    std::uint16_t value = 0;
    std::size_t line = 0;

    [[nodiscard]] bool is_same_range(const Prefix& other) const { return low == other.low && high == other.high; }
};

Result<Prefix> parse_prefix(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) return Error{Fault::config, config::quote_json(text) + " is not an address or prefix"};
    Prefix prefix{*address, *address, address->bits()};
    if (slash == std::string_view::npos) return prefix;
    const auto pattern = policy::parse_sender(text);
    const auto bits = parse_decimal(text.substr(slash + 1));
    if (!pattern) return config::to_error(pattern.error());
    if (!bits || pattern->kind != policy::SenderPattern::Kind::addresses)
        return Error{Fault::config, config::quote_json(text) + " is not a prefix"};
    if (pattern->ignored_host_bits) return Error{Fault::config, config::quote_json(text) + " has bits behind its prefix"};
    prefix.low = pattern->low;
    prefix.high = pattern->high;
    prefix.bits = static_cast<int>(*bits);
    return prefix;
}

}  // namespace

std::string_view format_subject(Subject subject) { return subject == Subject::country ? "country" : "reputation"; }

std::optional<std::string> normalise_value(Subject subject, std::string_view text)
{
    if (subject == Subject::country) return policy::parse_country(text);
    const auto score = policy::parse_score(text);
    return score ? std::optional(policy::format_score(*score)) : std::nullopt;
}

class PrefixTable::Reader {
public:
    explicit Reader(Subject subject) : subject_(subject) {}

    Result<PrefixTable> read(std::string_view text)
    {
        for (std::size_t number = 1; !text.empty(); ++number) {
            const auto end = std::min(text.find('\n'), text.size());
            auto done = read_line(text.substr(0, end), number);
            if (done.has_error()) return done.error().in("line " + std::to_string(number));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        SEALPOST_CHECK(build(v4_, [this](const Prefix& prefix, std::uint32_t entry) {
            v4_ranges_.push_back({policy::narrow_key(prefix.low), policy::narrow_key(prefix.high), entry});
            table_.v4_values_.push_back(prefix.value);
        }));
        SEALPOST_CHECK(build(v6_, [this](const Prefix& prefix, std::uint32_t entry) {
            v6_ranges_.push_back({policy::wide_key(prefix.low), policy::wide_key(prefix.high), entry});
            table_.v6_values_.push_back(prefix.value);
        }));
        table_.v4_ = policy::RangeTable<std::uint32_t>(std::move(v4_ranges_));
        table_.v6_ = policy::RangeTable<policy::WideKey>(std::move(v6_ranges_));
        return std::move(table_);
    }

private:
    Result<> read_line(std::string_view raw, std::size_t number)
    {
        const auto line = trim(raw);
        if (line.empty() || line.front() == '#') return {};
        if (raw.size() > max_source_line_bytes) return Error{Fault::config, "longer than 256 octets"};
        const auto comma = line.find(',');
        if (comma == std::string_view::npos) return Error{Fault::config, "not prefix,value"};
        SEALPOST_TRY(auto prefix, parse_prefix(trim(line.substr(0, comma))));
        auto value = normalise_value(subject_, trim(line.substr(comma + 1)));
        if (!value)
            return Error{Fault::config, config::quote_json(trim(line.substr(comma + 1))) +
                                            (subject_ == Subject::country ? " is no country code of two letters"
                                                                          : " is no score from -10.0 to 10.0")};
        prefix.value = place_of(std::move(*value));
        prefix.line = number;
        (prefix.low.is_v4() ? v4_ : v6_).push_back(prefix);
        return {};
    }

    std::uint16_t place_of(std::string value)
    {
        const auto [at, is_new] = places_.emplace(std::move(value), static_cast<std::uint16_t>(table_.values_.size()));
        if (is_new) table_.values_.push_back(at->first);
        return at->second;
    }

    // The longest prefixes first: in a RangeTable the lowest entry counts.
    template <class Add>
    Result<> build(std::vector<Prefix>& prefixes, const Add& add)
    {
        std::sort(prefixes.begin(), prefixes.end(), [](const Prefix& a, const Prefix& b) {
            return std::tie(b.bits, a.low, a.line) < std::tie(a.bits, b.low, b.line);
        });
        const Prefix* last = nullptr;
        std::uint32_t entry = 0;
        for (const auto& prefix : prefixes) {
            const bool is_again = last != nullptr && last->is_same_range(prefix);
            if (is_again && last->value != prefix.value)
                return Error{Fault::config, "line " + std::to_string(prefix.line) + ": the prefix has another value in line " +
                                                std::to_string(last->line)};
            if (!is_again) add(prefix, entry++);
            last = &prefix;
        }
        prefixes = {};
        return {};
    }

    Subject subject_;
    PrefixTable table_;
    std::unordered_map<std::string, std::uint16_t> places_;
    std::vector<Prefix> v4_, v6_;
    std::vector<policy::RangeTable<std::uint32_t>::Range> v4_ranges_;
    std::vector<policy::RangeTable<policy::WideKey>::Range> v6_ranges_;
};

Result<PrefixTable> PrefixTable::parse(std::string_view text, Subject subject)
{
    if (text.size() > max_source_bytes) return Error{Fault::config, "larger than 256 MiB"};
    return Reader(subject).read(text);
}

std::string_view PrefixTable::find(const IpAddress& address) const
{
    const auto entry = address.is_v4() ? v4_.find(policy::narrow_key(address)) : v6_.find(policy::wide_key(address));
    if (entry == UINT32_MAX) return {};
    return values_[(address.is_v4() ? v4_values_ : v6_values_)[entry]];
}

}  // namespace sealpost::hostfacts
