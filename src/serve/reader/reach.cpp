#include "serve/reader/reach.hpp"

#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::reader {

using people::AccountId;
using people::ComposeFrom;

namespace {

bool holds(const std::vector<AccountId>& all, AccountId one) { return std::find(all.begin(), all.end(), one) != all.end(); }

}  // namespace

bool takes_messages(const people::Account& account, bool has_written)
{
    if (!account.is_enabled) return false;
    return account.compose == ComposeFrom::anyone || (account.compose == ComposeFrom::known && has_written);
}

Task<Result<>> Reach::look_who_wrote()
{
    if (writers_) co_return Result<>();
    SEALPOST_CO_TRY(writers_, co_await parts_.keys->list_accounts_that_wrote(addresses_));
    co_return Result<>();
}

Task<Result<Reach::Found>> Reach::look_up(std::string domain)
{
    SEALPOST_CO_TRY(auto owner, co_await parts_.people->accounts().find_domain_owner(domain));
    SEALPOST_CO_TRY(const auto prover, co_await parts_.domains->find_prover(domain));
    // Both are the domain or above it: the longer is the nearer.
    if (prover && (!owner || prover->name.size() > owner->name.size())) owner = prover;
    if (!owner) co_return Found();
    SEALPOST_CO_TRY(const auto account, co_await parts_.people->accounts().find(owner->account));
    SEALPOST_CO_CHECK(co_await look_who_wrote());
    if (!account || !takes_messages(*account, holds(*writers_, account->id))) co_return Found();
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

// Absent: it takes none, or has no domain.
Task<Result<std::optional<Reach::Organisation>>> Reach::describe(AccountId id)
{
    SEALPOST_CO_TRY(const auto account, co_await parts_.people->accounts().find(id));
    if (!account || !takes_messages(*account, holds(*writers_, id))) co_return std::optional<Organisation>();
    SEALPOST_CO_TRY(auto domains, co_await parts_.domains->list_names(*account));
    if (domains.empty()) co_return std::optional<Organisation>();
    co_return std::optional(Organisation{account->organisation, std::move(domains)});
}

Task<Result<std::vector<Reach::Organisation>>> Reach::list_organisations()
{
    SEALPOST_CO_CHECK(co_await look_who_wrote());
    std::vector<Organisation> organisations;
    for (const auto writer : *writers_) {
        SEALPOST_CO_TRY(auto organisation, co_await describe(writer));
        if (organisation) organisations.push_back(std::move(*organisation));
    }
    std::ranges::sort(organisations, {}, &Organisation::name);
    co_return organisations;
}

Task<Result<bool>> Reach::is_any()
{
    SEALPOST_CO_CHECK(co_await look_who_wrote());
    SEALPOST_CO_TRY(auto candidates, co_await parts_.people->accounts().list_open_to_anyone());
    candidates.insert(candidates.begin(), writers_->begin(), writers_->end());
    for (const auto candidate : candidates) {
        SEALPOST_CO_TRY(const auto organisation, co_await describe(candidate));
        if (organisation) co_return true;
    }
    co_return false;
}

}  // namespace sealpost::reader
