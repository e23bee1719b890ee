#include "core/policy/rewrite.hpp"

#include "base/text.hpp"
#include "wire/mail/address_rewrite.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace sealpost::policy {
namespace {

template <class Row>
bool is_here(const Row& row, std::string_view listener)
{
    return row.listeners.empty() || std::count(row.listeners.begin(), row.listeners.end(), listener) > 0;
}

// "@acme.test" takes the place of the domain only.
std::string replace_address(std::string_view address, std::string_view to)
{
    if (!to.starts_with('@')) return std::string(to);
    return std::string(address.substr(0, address.rfind('@'))).append(to);
}

class AliasWalk {
public:
    using HasUsers = std::function<bool(std::string_view)>;
    AliasWalk(const AddressTable& aliases, const std::vector<Alias>& rows, const HasUsers& has_users, Expansion& out)
        : aliases_(aliases), rows_(rows), has_users_(has_users), out_(out)
    {
    }

    void go(const std::string& address)
    {
        if (out_.too_many) return;
        const std::string name = ascii_lower(address);
        const bool leads_back = std::find(path_.begin(), path_.end(), name) != path_.end();
        const auto match = leads_back || path_.size() > max_alias_depth ? AddressMatch() : find(address);
        out_.too_many = ++lookups_ > max_alias_lookups;
        if (match.row == AddressTable::none) return take(address, name);
        if (path_.empty()) out_.matched = match.pattern;
        path_.push_back(name);
        for (const auto& to : rows_[match.row].to)
            if (to != alias_to_nobody) go(replace_address(address, to));
        path_.pop_back();
    }

private:
    [[nodiscard]] AddressMatch find(const std::string& address) const
    {
        return aliases_.find_closest_address(address,
                                             !has_users_ || has_users_(std::string_view(address).substr(address.rfind('@') + 1)));
    }

    void take(const std::string& address, const std::string& name)
    {
        if (!known_.insert(name).second) return;
        out_.recipients.push_back(address);
        out_.too_many = out_.too_many || out_.recipients.size() > max_alias_recipients;
    }

    const AddressTable& aliases_;
    const std::vector<Alias>& rows_;
    const HasUsers& has_users_;
    Expansion& out_;
    std::vector<std::string> path_;  // the entries that led here, in lower case
    std::set<std::string> known_;
    std::size_t lookups_ = 0;
};

}  // namespace

RewriteTables::RewriteTables(const Document& document, std::string_view listener) : document_(&document)
{
    for (std::uint32_t i = 0; i < document.domain_maps.size(); ++i)
        if (const auto& row = document.domain_maps[i]; is_here(row, listener))
            for (const auto& from : row.from) domain_map_.add(from, i);
    for (std::uint32_t i = 0; i < document.aliases.size(); ++i)
        if (const auto& row = document.aliases[i]; is_here(row, listener))
            for (const auto& address : row.addresses) aliases_.add(address, i);
    for (std::uint32_t i = 0; i < document.masquerades.size(); ++i) {
        const auto& row = document.masquerades[i];
        if (!is_here(row, listener)) continue;
        for (const auto& from : row.from) {
            if (row.envelope) envelope_.add(from, i);
            if (row.headers) headers_.add(from, i);
        }
    }
}

std::optional<std::string> RewriteTables::map_domain(std::string_view domain) const
{
    if (domain_map_.empty()) return std::nullopt;
    const std::string name = ascii_lower(domain);
    const auto match = domain_map_.find_closest_address('@' + name);
    if (match.row == AddressTable::none) return std::nullopt;
    const auto& to = document_->domain_maps[match.row].to;
    if (!to.starts_with('.')) return to;
    return name.substr(0, name.size() - match.pattern.size()) + to;
}

Expansion RewriteTables::expand(std::string_view address, const std::function<bool(std::string_view)>& has_users) const
{
    Expansion out;
    if (aliases_.empty())
        out.recipients.emplace_back(address);
    else
        AliasWalk(aliases_, document_->aliases, has_users, out).go(std::string(address));
    return out;
}

std::optional<std::string> RewriteTables::masquerade(MasqueradePlace place, std::string_view address) const
{
    const auto& table = place == MasqueradePlace::envelope ? envelope_ : headers_;
    if (table.empty() || address.empty()) return std::nullopt;
    const auto match = table.find_closest_address(address);
    if (match.row == AddressTable::none) return std::nullopt;
    return replace_address(address, document_->masquerades[match.row].to);
}

void RewriteTables::masquerade_head(mail::HeaderBlock& head) const
{
    if (headers_.empty()) return;
    const auto replacement = [this](const mail::Mailbox& mailbox) -> std::optional<mail::Mailbox> {
        const auto other = mailbox.empty() ? std::nullopt : masquerade(MasqueradePlace::headers, mail::format_mailbox(mailbox));
        if (!other) return std::nullopt;
        auto parsed = mail::parse_mailbox(*other);
        return parsed.has_error() ? std::nullopt : std::optional(std::move(*parsed));
    };
    constexpr std::array<std::string_view, 3> names = {"From", "Sender", "Reply-To"};
    head.rewrite_values(names, [&](const std::string& value) { return mail::replace_addresses(value, replacement); });
}

}  // namespace sealpost::policy
