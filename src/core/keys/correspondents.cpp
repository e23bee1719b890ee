#include "core/keys/key_store.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>
#include <set>

namespace sealpost::keys {
namespace {

// What somebody wrote at the service is no letter of the account that it is kept for. By the index of the recipients' addresses.
constexpr std::string_view latest_of_each_sender =
    "select account_id, sender_address, sender_name, sent_at from"
    " (select e.account_id as account_id, e.sender_address as sender_address, e.sender_name as sender_name,"
    "   e.sent_at as sent_at,"
    "   row_number() over (partition by e.account_id, e.sender_address order by e.sent_at desc, e.id) as place"
    "  from key_recipient r join key_envelope e on e.id = r.envelope_id where r.address = ?1 and e.by_service = 0) as named"
    " where place = 1 order by sent_at desc, sender_address, account_id limit ?2";
constexpr std::string_view accounts_that_wrote =
    "select distinct e.account_id from key_recipient r join key_envelope e on e.id = r.envelope_id"
    " where r.address = ?1 and e.by_service = 0";

Result<std::vector<Correspondent>> load_correspondents(db::Connection& connection, const std::string& address, int most)
{
    auto rows = connection.prepare(latest_of_each_sender);
    rows.bind(1, address).bind(2, most);
    return db::read_rows(rows, [](const db::Statement& row) -> Correspondent {
        return {AccountId(row.column_int(0)), {row.column_text(1), row.column_text(2)}, row.column_time(3)};
    });
}

// Of several addresses: the latest first, each once.
std::vector<Correspondent> merge(std::vector<Correspondent> all, int most)
{
    std::stable_sort(all.begin(), all.end(), [](const auto& one, const auto& other) { return one.sent_at > other.sent_at; });
    std::set<std::pair<std::int64_t, std::string>> seen;
    std::erase_if(all, [&](const Correspondent& one) { return !seen.emplace(one.account.value(), one.sender.address).second; });
    if (all.size() > static_cast<std::size_t>(most)) all.resize(static_cast<std::size_t>(most));
    return all;
}

}  // namespace

Task<Result<std::vector<Correspondent>>> KeyStore::list_correspondents(std::vector<std::string> addresses, int most)
{
    auto work = [addresses = std::move(addresses),
                 most = std::max(most, 1)](db::Connection& connection) -> Result<std::vector<Correspondent>> {
        std::vector<Correspondent> all;
        for (const auto& address : addresses) {
            SEALPOST_TRY(const auto found, load_correspondents(connection, address, most));
            all.insert(all.end(), found.begin(), found.end());
        }
        return merge(std::move(all), most);
    };
    return parts_.database->read(std::move(work));
}

Task<Result<std::vector<AccountId>>> KeyStore::list_accounts_that_wrote(std::vector<std::string> addresses)
{
    auto work = [addresses = std::move(addresses)](db::Connection& connection) -> Result<std::vector<AccountId>> {
        std::set<std::int64_t> numbers;
        for (const auto& address : addresses) {
            auto rows = connection.prepare(accounts_that_wrote);
            rows.bind(1, address);
            SEALPOST_TRY(const auto found, db::read_rows(rows, [](const db::Statement& row) { return row.column_int(0); }));
            numbers.insert(found.begin(), found.end());
        }
        std::vector<AccountId> accounts;
        for (const auto number : numbers) accounts.emplace_back(number);
        return accounts;
    };
    return parts_.database->read(std::move(work));
}

}  // namespace sealpost::keys
