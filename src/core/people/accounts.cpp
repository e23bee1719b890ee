#include "core/people/accounts.hpp"

#include "base/text.hpp"
#include "core/people/address.hpp"
#include "core/people/audit.hpp"
#include "core/people/token_text.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"
#include "wire/mail/visible_text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace sealpost::people {
namespace {

namespace json = boost::json;

constexpr std::string_view token_prefix = "spt_";
constexpr std::chrono::minutes note_use_every{1};

constexpr std::string_view account_columns =
    "select id, name, organisation, logo, language, disabled, compose from people_account ";
constexpr std::string_view token_columns =
    "select id, account_id, label, scopes, created_at, last_used_at, revoked_at from people_token ";

Result<std::vector<std::string>> load_domains(db::Connection& connection, AccountId id)
{
    auto rows = connection.prepare("select domain from people_account_domain where account_id = ?1 order by place");
    rows.bind(1, id.value());
    return db::read_rows(rows, [](const db::Statement& row) { return row.column_text(0); });
}

Result<std::vector<Account>> load_accounts(db::Connection& connection, db::Statement rows)
{
    std::vector<Account> accounts;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) break;
        accounts.push_back({AccountId(rows.column_int(0)),
                            rows.column_text(1),
                            rows.column_text(2),
                            rows.column_text(3),
                            rows.column_text(4),
                            {},
                            rows.column_int(5) == 0,
                            static_cast<ComposeFrom>(std::clamp<std::int64_t>(rows.column_int(6), 0, 2))});
    }
    for (auto& account : accounts) {
        SEALPOST_TRY(account.domains, load_domains(connection, account.id));
    }
    return accounts;
}

template <class Value>
std::optional<Value> first_of(std::vector<Value> values)
{
    if (values.empty()) return std::nullopt;
    return std::move(values.front());
}

// As the trail names what is done with it: "gateway:3" (doc/ops/administrators.md).
std::string name_of(TokenId id) { return "gateway:" + std::to_string(id.value()); }

// Accounts and tokens are made by command alone: by whoever has a shell on the machine.
Result<> tell(db::Connection& connection, WallTime now, std::string_view what, std::string subject, json::object details)
{
    return append_audit(connection, now, {"operator", "local", std::string(what), std::move(subject), json::serialize(details)});
}

Result<bool> exists(db::Connection& connection, std::string_view sql, const std::string& value)
{
    auto row = connection.prepare(sql);
    row.bind(1, value);
    return row.step();
}

// Behind the domains that it has.
Result<> insert_domains(db::Connection& connection, AccountId id, const std::vector<std::string>& domains)
{
    auto last = connection.prepare("select coalesce(max(place) + 1, 0) from people_account_domain where account_id = ?1");
    last.bind(1, id.value());
    SEALPOST_CHECK(last.step());
    std::int64_t place = last.column_int(0);
    for (const auto& domain : domains) {
        SEALPOST_TRY(const bool owned, exists(connection, "select 1 from people_account_domain where domain = ?1", domain));
        if (owned) return Error{Fault::denied, "the domain " + domain + " belongs to an account already"};
        auto row = connection.prepare("insert into people_account_domain (domain, account_id, place) values (?1, ?2, ?3)");
        SEALPOST_CHECK(row.bind(1, domain).bind(2, id.value()).bind(3, place++).run());
    }
    return {};
}

Result<Account> insert_account(db::Connection& connection, Account account, WallTime now)
{
    SEALPOST_TRY(const bool taken, exists(connection, "select 1 from people_account where name = ?1", account.name));
    if (taken) return Error{Fault::denied, "there is an account " + account.name + " already"};
    auto insert = connection.prepare(
        "insert into people_account (name, organisation, logo, language, created_at, compose) values (?1, ?2, ?3, ?4, ?5, ?6)");
    insert.bind(1, account.name).bind(2, account.organisation).bind(3, account.logo).bind(4, account.language).bind(5, now);
    SEALPOST_CHECK(insert.bind(6, static_cast<int>(account.compose)).run());
    account.id = AccountId(connection.last_insert_id());
    SEALPOST_CHECK(insert_domains(connection, account.id, account.domains));
    json::object details{{"id", account.id.value()},
                         {"domains", json::array(account.domains.begin(), account.domains.end())},
                         {"compose", format_compose_from(account.compose)}};
    SEALPOST_CHECK(tell(connection, now, "account.added", "account:" + account.name, std::move(details)));
    return account;
}

TokenFacts read_token(const db::Statement& row)
{
    TokenFacts facts{TokenId(row.column_int(0)), AccountId(row.column_int(1)), row.column_text(2),          {},
                     row.column_time(4),         row.column_optional_time(5),  row.column_optional_time(6), true};
    const std::string scopes = row.column_text(3);
    for (const auto scope : split(scopes, ' ')) facts.scopes.emplace_back(scope);
    return facts;
}

Result<> check_name(const std::string& name)
{
    if (name.empty() || name.size() > 64) return Error{Fault::give_up, "an account's name has 1 to 64 octets"};
    if (!mail::is_all_visible(name))
        return Error{Fault::give_up,
                     "an account's name has no line ends, control characters or others that the eye does not see"};
    return {};
}

// Recipients see it: a mark that turns text around would turn what stands behind it, too.
Result<> check_organisation(const std::string& organisation)
{
    if (mail::is_plain_line(organisation)) return {};
    return Error{Fault::give_up, "the organisation has no line ends, control characters or marks of a direction"};
}

Result<> normalise_all(std::vector<std::string>& domains)
{
    for (auto& domain : domains) {
        SEALPOST_TRY(domain, normalise_domain(domain));
    }
    return {};
}

Result<> check_account(Account& account)
{
    SEALPOST_CHECK(check_name(account.name));
    if (account.organisation.empty()) account.organisation = account.name;
    SEALPOST_CHECK(check_organisation(account.organisation));
    return normalise_all(account.domains);
}

Result<std::optional<Account>> find_row(db::Connection& connection, AccountId id)
{
    auto rows = connection.prepare(std::string(account_columns) + "where id = ?1");
    rows.bind(1, id.value());
    SEALPOST_TRY(auto accounts, load_accounts(connection, std::move(rows)));
    return first_of(std::move(accounts));
}

// Of the first name that is somebody's.
Result<std::optional<DomainOwner>> find_owner(db::Connection& connection, const std::vector<std::string>& names)
{
    for (const auto& name : names) {
        auto row = connection.prepare("select account_id from people_account_domain where domain = ?1");
        row.bind(1, name);
        SEALPOST_TRY(const bool found, row.step());
        if (found) return std::optional(DomainOwner{AccountId(row.column_int(0)), name});
    }
    return std::optional<DomainOwner>();
}

Result<> remove_domains(db::Connection& connection, const Account& account, const std::vector<std::string>& domains)
{
    for (const auto& domain : domains) {
        auto row = connection.prepare("delete from people_account_domain where domain = ?1 and account_id = ?2");
        SEALPOST_CHECK(row.bind(1, domain).bind(2, account.id.value()).run());
        if (connection.changes() == 0) return Error{Fault::denied, "the domain " + domain + " is none of " + account.name};
    }
    return {};
}

// What the trail says of it: the new values, but for the picture.
json::object describe(const AccountChange& change)
{
    json::object details;
    if (change.name) details.emplace("name", *change.name);
    if (change.organisation) details.emplace("organisation", *change.organisation);
    if (change.language) details.emplace("language", *change.language);
    if (change.logo) details.emplace("logo", change.logo->empty() ? "removed" : "replaced");
    if (change.compose) details.emplace("compose", format_compose_from(*change.compose));
    if (!change.new_domains.empty())
        details.emplace("new_domains", json::array(change.new_domains.begin(), change.new_domains.end()));
    if (!change.gone_domains.empty())
        details.emplace("gone_domains", json::array(change.gone_domains.begin(), change.gone_domains.end()));
    return details;
}

Result<std::optional<Account>> update_account(db::Connection& connection, AccountId id, const AccountChange& change, WallTime now)
{
    SEALPOST_TRY(const auto known, find_row(connection, id));
    if (!known) return std::optional<Account>();
    Account account = *known;
    if (change.name && *change.name != account.name) {
        SEALPOST_TRY(const bool taken, exists(connection, "select 1 from people_account where name = ?1", *change.name));
        if (taken) return Error{Fault::denied, "there is an account " + *change.name + " already"};
    }
    account.name = change.name.value_or(account.name);
    account.organisation = change.organisation.value_or(account.organisation);
    account.logo = change.logo.value_or(account.logo);
    account.language = change.language.value_or(account.language);
    account.compose = change.compose.value_or(account.compose);
    auto update = connection.prepare(
        "update people_account set name = ?2, organisation = ?3, logo = ?4, language = ?5, compose = ?6 where id = ?1");
    update.bind(1, id.value()).bind(2, account.name).bind(3, account.organisation).bind(4, account.logo);
    SEALPOST_CHECK(update.bind(5, account.language).bind(6, static_cast<int>(account.compose)).run());
    SEALPOST_CHECK(remove_domains(connection, *known, change.gone_domains));
    SEALPOST_CHECK(insert_domains(connection, id, change.new_domains));
    SEALPOST_CHECK(tell(connection, now, "account.changed", "account:" + known->name, describe(change)));
    return find_row(connection, id);
}

}  // namespace

Task<Result<Account>> Accounts::add(Account account)
{
    SEALPOST_CO_CHECK(check_account(account));
    auto work = [account = std::move(account), now = store_.clock->now()](db::Connection& connection) {
        return insert_account(connection, account, now);
    };
    auto added = co_await store_.database->write(std::move(work));
    co_return added;
}

Task<Result<std::optional<Account>>> Accounts::change(AccountId id, AccountChange change)
{
    if (change.name) SEALPOST_CO_CHECK(check_name(*change.name));
    if (change.organisation && change.organisation->empty())
        co_return Error{Fault::give_up, "recipients see the organisation: it needs a name"};
    if (change.organisation) SEALPOST_CO_CHECK(check_organisation(*change.organisation));
    SEALPOST_CO_CHECK(normalise_all(change.new_domains));
    SEALPOST_CO_CHECK(normalise_all(change.gone_domains));
    auto work = [id, change = std::move(change), now = store_.clock->now()](db::Connection& connection) {
        return update_account(connection, id, change, now);
    };
    auto changed = co_await store_.database->write(std::move(work));
    co_return changed;
}

Task<Result<bool>> Accounts::set_enabled(AccountId id, bool enabled)
{
    auto work = [id, enabled, now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        auto update = connection.prepare("update people_account set disabled = ?2 where id = ?1 and disabled = ?3");
        SEALPOST_CHECK(update.bind(1, id.value()).bind(2, enabled ? 0 : 1).bind(3, enabled ? 1 : 0).run());
        if (connection.changes() == 0) return false;
        SEALPOST_TRY(const auto account, find_row(connection, id));
        const std::string_view what = enabled ? "account.enabled" : "account.disabled";
        SEALPOST_CHECK(tell(connection, now, what, "account:" + account->name, {}));
        return true;
    };
    return store_.database->write(std::move(work));
}

Task<Result<bool>> Accounts::set_compose(AccountId id, ComposeFrom from, std::string who, std::string network)
{
    auto work = [id, from, who = std::move(who), network = std::move(network),
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto account, find_row(connection, id));
        if (!account) return false;
        auto update = connection.prepare("update people_account set compose = ?2 where id = ?1");
        SEALPOST_CHECK(update.bind(1, id.value()).bind(2, static_cast<int>(from)).run());
        const json::object details{{"from", format_compose_from(from)}};
        SEALPOST_CHECK(append_audit(connection, now,
                                    {who, network, "account.compose_set", "account:" + account->name, json::serialize(details)}));
        return true;
    };
    return store_.database->write(std::move(work));
}

Task<Result<std::vector<AccountId>>> Accounts::list_open_to_anyone()
{
    auto work = [](db::Connection& connection) -> Result<std::vector<AccountId>> {
        auto rows = connection.prepare("select id from people_account where disabled = 0 and compose = ?1 order by id");
        rows.bind(1, static_cast<int>(ComposeFrom::anyone));
        return db::read_rows(rows, [](const db::Statement& row) { return AccountId(row.column_int(0)); });
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::vector<Account>>> Accounts::list()
{
    auto work = [](db::Connection& connection) -> Result<std::vector<Account>> {
        return load_accounts(connection, connection.prepare(std::string(account_columns) + "order by name"));
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Account>>> Accounts::find(AccountId id)
{
    auto work = [id](db::Connection& connection) { return find_row(connection, id); };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Account>>> Accounts::find_by_name(std::string name)
{
    auto work = [name = std::move(name)](db::Connection& connection) -> Result<std::optional<Account>> {
        auto rows = connection.prepare(std::string(account_columns) + "where name = ?1");
        rows.bind(1, name);
        SEALPOST_TRY(auto accounts, load_accounts(connection, std::move(rows)));
        return first_of(std::move(accounts));
    };
    return store_.database->read(std::move(work));
}

std::string_view format_compose_from(ComposeFrom from)
{
    switch (from) {
        case ComposeFrom::nobody: return "nobody";
        case ComposeFrom::known: return "known";
        case ComposeFrom::anyone: break;
    }
    return "anyone";
}

std::optional<ComposeFrom> parse_compose_from(std::string_view text)
{
    for (const auto from : {ComposeFrom::nobody, ComposeFrom::known, ComposeFrom::anyone})
        if (format_compose_from(from) == text) return from;
    return std::nullopt;
}

std::string_view format_sender_domain(SenderDomain domain)
{
    switch (domain) {
        case SenderDomain::own: return "own";
        case SenderDomain::foreign: return "foreign";
        case SenderDomain::unknown: break;
    }
    return "unknown";
}

Task<Result<SenderDomain>> Accounts::judge_sender_domain(AccountId id, std::string domain)
{
    auto work = [id, names = list_domains_above(domain)](db::Connection& connection) -> Result<SenderDomain> {
        SEALPOST_TRY(const auto owner, find_owner(connection, names));
        if (owner) return owner->account == id ? SenderDomain::own : SenderDomain::foreign;
        SEALPOST_TRY(const auto own, load_domains(connection, id));
        return own.empty() ? SenderDomain::unknown : SenderDomain::foreign;
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<DomainOwner>>> Accounts::find_domain_owner(std::string domain)
{
    auto work = [names = list_domains_above(domain)](db::Connection& connection) { return find_owner(connection, names); };
    return store_.database->read(std::move(work));
}

Task<Result<NewToken>> Accounts::make_token(AccountId account, std::string label, std::vector<std::string> scopes)
{
    if (!mail::is_all_visible(label))
        co_return Error{Fault::give_up, "a label has no line ends, control characters or others that the eye does not see"};
    Secret token = make_token_text(token_prefix);
    auto work = [account, label = std::move(label), scopes = join(scopes, " "), digest = digest_token(token),
                 now = store_.clock->now()](db::Connection& connection) -> Result<TokenId> {
        auto insert = connection.prepare(
            "insert into people_token (account_id, label, scopes, digest, created_at) values (?1, ?2, ?3, ?4, ?5)");
        insert.bind(1, account.value()).bind(2, label).bind(3, scopes).bind(4, ByteView(digest)).bind(5, now);
        SEALPOST_CHECK(insert.run());
        const TokenId id(connection.last_insert_id());
        json::object details{{"account", account.value()}, {"label", label}, {"scopes", scopes}};
        SEALPOST_CHECK(tell(connection, now, "token.made", name_of(id), std::move(details)));
        return id;
    };
    auto id = co_await store_.database->write(std::move(work));
    if (!id) co_return id.error();
    co_return NewToken{*id, std::move(token)};
}

Task<Result<std::optional<TokenFacts>>> Accounts::check_token(Secret token, std::string scope)
{
    const WallTime now = store_.clock->now();
    auto look = [digest = digest_token(token)](db::Connection& connection) -> Result<std::optional<TokenFacts>> {
        auto row = connection.prepare(std::string(token_columns) + "where digest = ?1 and revoked_at is null");
        row.bind(1, ByteView(digest));
        SEALPOST_TRY(const bool found, row.step());
        if (!found) return std::optional<TokenFacts>();
        auto facts = read_token(row);
        SEALPOST_TRY(const auto account, find_row(connection, facts.account));
        facts.is_of_enabled_account = account && account->is_enabled;
        return std::optional(std::move(facts));
    };
    auto facts = co_await store_.database->read(std::move(look));
    if (!facts || !*facts) co_return facts;
    const auto& scopes = (*facts)->scopes;
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) co_return std::optional<TokenFacts>();
    if (const auto last = (*facts)->last_used_at; !last || now - *last >= note_use_every) {
        store_.database->post([id = (*facts)->id, now](db::Connection& connection) -> Result<> {
            return connection.prepare("update people_token set last_used_at = ?2 where id = ?1")
                .bind(1, id.value())
                .bind(2, now)
                .run();
        });
    }
    co_return facts;
}

Task<Result<std::vector<TokenFacts>>> Accounts::list_tokens(std::optional<AccountId> account)
{
    auto work = [account](db::Connection& connection) -> Result<std::vector<TokenFacts>> {
        auto rows = connection.prepare(std::string(token_columns) + "where ?1 = 0 or account_id = ?1 order by id");
        rows.bind(1, account ? account->value() : 0);
        return db::read_rows(rows, read_token);
    };
    return store_.database->read(std::move(work));
}

Task<Result<bool>> Accounts::revoke_token(TokenId id)
{
    auto work = [id, now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        auto update = connection.prepare("update people_token set revoked_at = ?2 where id = ?1 and revoked_at is null");
        SEALPOST_CHECK(update.bind(1, id.value()).bind(2, now).run());
        if (connection.changes() == 0) return false;
        SEALPOST_CHECK(tell(connection, now, "token.revoked", name_of(id), {}));
        return true;
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people
