#include "serve/reader/reach.hpp"

#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::reader {

using people::AccountId;
using people::ComposeFrom;

bool takes_messages(const people::Account& account, bool has_written)
{
    if (!account.is_enabled) return false;
    return account.compose == ComposeFrom::anyone || (account.compose == ComposeFrom::known && has_written);
}

Task<Result<bool>> Reach::has_written(AccountId account)
{
    if (!writers_) {
        SEALPOST_CO_TRY(writers_, co_await parts_.keys->list_accounts_that_wrote(addresses_));
    }
    co_return std::find(writers_->begin(), writers_->end(), account) != writers_->end();
}

Task<Result<Reach::Found>> Reach::look_up(std::string domain)
{
    SEALPOST_CO_TRY(auto owner, co_await parts_.people->accounts().find_domain_owner(domain));
    SEALPOST_CO_TRY(const auto prover, co_await parts_.domains->find_prover(domain));
    // Both are the domain or above it: the longer is the nearer.
    if (prover && (!owner || prover->name.size() > owner->name.size())) owner = prover;
    if (!owner) co_return Found();
    SEALPOST_CO_TRY(const auto account, co_await parts_.people->accounts().find(owner->account));
    SEALPOST_CO_TRY(const bool knows, co_await has_written(owner->account));
    if (!account || !takes_messages(*account, knows)) co_return Found();
    co_return Found(account->id);
}

Task<Result<std::optional<AccountId>>> Reach::find_account(std::string recipient)
{
    const std::string domain = mail::domain_of(recipient);
    const auto seen = by_domain_.find(domain);
    if (seen != by_domain_.end()) co_return seen->second;
    SEALPOST_CO_TRY(const auto found, co_await look_up(domain));
    by_domain_.emplace(domain, found);
    co_return found;
}

Task<Result<std::vector<Reach::Organisation>>> Reach::list_organisations()
{
    std::vector<Organisation> organisations;
    SEALPOST_CO_TRY(const auto accounts, co_await parts_.people->accounts().list());
    for (const auto& account : accounts) {
        SEALPOST_CO_TRY(const bool knows, co_await has_written(account.id));
        if (!knows || !takes_messages(account, true)) continue;
        SEALPOST_CO_TRY(auto domains, co_await parts_.domains->list_names(account));
        if (!domains.empty()) organisations.push_back({account.organisation, std::move(domains)});
    }
    co_return organisations;
}

Task<Result<bool>> Reach::is_any()
{
    SEALPOST_CO_TRY(const auto accounts, co_await parts_.people->accounts().list());
    bool is_one = false;
    for (const auto& account : accounts) {
        SEALPOST_CO_TRY(const bool knows, co_await has_written(account.id));
        if (!takes_messages(account, knows)) continue;
        SEALPOST_CO_TRY(const auto domains, co_await parts_.domains->list_names(account));
        is_one = is_one || !domains.empty();
    }
    co_return is_one;
}

}  // namespace sealpost::reader
