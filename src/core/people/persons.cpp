#include "core/people/persons.hpp"

#include "base/text.hpp"
#include "core/people/address.hpp"
#include "core/people/audit.hpp"
#include "core/people/factor_rows.hpp"
#include "core/people/guard.hpp"
#include "core/people/password_proof.hpp"
#include "core/people/session_rows.hpp"
#include "core/people/token_text.hpp"
#include "sys/db/database.hpp"

#include <algorithm>

namespace sealpost::people {
namespace {

Result<std::optional<Person>> load_person(db::Connection& connection, PersonId id)
{
    auto row = connection.prepare("select language, password_hash <> '', created_at from people_person where id = ?1");
    row.bind(1, id.value());
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Person>();
    Person person{id, {}, row.column_text(0), row.column_bool(1), row.column_time(2), {}};
    SEALPOST_TRY(person.factors, count_factors(connection, id));
    auto rows = connection.prepare("select address from people_address where person_id = ?1 order by proven_at, address");
    rows.bind(1, id.value());
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return std::optional(std::move(person));
        person.addresses.push_back(rows.column_text(0));
    }
}

Result<std::optional<PersonId>> find_owner(db::Connection& connection, const std::string& address)
{
    auto row = connection.prepare("select person_id from people_address where address = ?1");
    row.bind(1, address);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<PersonId>();
    return std::optional(PersonId(row.column_int(0)));
}

// What the guard keeps of an address.
Result<> forget_address(db::Connection& connection, const std::string& address)
{
    using Kind = GuardKey::Kind;
    auto counts = connection.prepare(
        "delete from people_guard where kind in (?2, ?3, ?4, ?5, ?6, ?7, ?8) and (name = ?1 or substr(name, instr(name, ' ') + "
        "1) = ?1)");
    counts.bind(1, address).bind(2, static_cast<int>(Kind::password)).bind(3, static_cast<int>(Kind::code));
    counts.bind(4, static_cast<int>(Kind::mail)).bind(5, static_cast<int>(Kind::password_anywhere));
    counts.bind(6, static_cast<int>(Kind::mail_anywhere)).bind(7, static_cast<int>(Kind::mail_envelope));
    SEALPOST_CHECK(counts.bind(8, static_cast<int>(Kind::mail_envelopes)).run());
    auto networks = connection.prepare("delete from people_known_network where of_administrator = 0 and name = ?1");
    return networks.bind(1, address).run();
}

// What the guard keeps of a person.
Result<> forget_counts(db::Connection& connection, const std::string& name)
{
    using Kind = GuardKey::Kind;
    auto counts = connection.prepare(
        "delete from people_guard where kind in (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) and (name = ?1 or name like '% ' || "
        "?1)");
    counts.bind(1, name).bind(2, static_cast<int>(Kind::password_change)).bind(3, static_cast<int>(Kind::release));
    counts.bind(4, static_cast<int>(Kind::reply)).bind(5, static_cast<int>(Kind::envelope_reply));
    counts.bind(6, static_cast<int>(Kind::second_factor)).bind(7, static_cast<int>(Kind::second_factor_anywhere));
    counts.bind(8, static_cast<int>(Kind::factor_change)).bind(9, static_cast<int>(Kind::envelope));
    counts.bind(10, static_cast<int>(Kind::compose)).bind(11, static_cast<int>(Kind::custody));
    SEALPOST_CHECK(counts.run());
    auto networks = connection.prepare("delete from people_known_network where of_administrator = 0 and name = ?1");
    return networks.bind(1, name).run();
}

// Addresses, codes, counts, factors, sessions, and the person: everything but the audit trail.
Result<> delete_person(db::Connection& connection, PersonId id)
{
    auto codes =
        connection.prepare("delete from people_code where address in (select address from people_address where person_id = ?1)");
    SEALPOST_CHECK(codes.bind(1, id.value()).run());
    auto addresses = connection.prepare("select address from people_address where person_id = ?1");
    addresses.bind(1, id.value());
    while (true) {
        SEALPOST_TRY(const bool more, addresses.step());
        if (!more) break;
        SEALPOST_CHECK(forget_address(connection, addresses.column_text(0)));
    }
    SEALPOST_CHECK(forget_counts(connection, name_of(id)));
    SEALPOST_CHECK(delete_factors(connection, id));
    auto sessions = connection.prepare("delete from people_session where kind = ?2 and owner_id = ?1");
    SEALPOST_CHECK(sessions.bind(1, id.value()).bind(2, static_cast<int>(Sessions::Kind::person)).run());
    SEALPOST_CHECK(connection.prepare("delete from people_address where person_id = ?1").bind(1, id.value()).run());
    return connection.prepare("delete from people_person where id = ?1").bind(1, id.value()).run();
}

Result<> give_address(db::Connection& connection, PersonId id, const std::string& address, WallTime now)
{
    return connection
        .prepare(
            "insert into people_address (address, person_id, proven_at) values (?1, ?2, ?3)"
            " on conflict (address) do update set person_id = excluded.person_id, proven_at = excluded.proven_at")
        .bind(1, address)
        .bind(2, id.value())
        .bind(3, now)
        .run();
}

Result<Person> make_person(db::Connection& connection, const std::string& address, const std::string& language, WallTime now,
                           const std::string& network)
{
    auto insert = connection.prepare("insert into people_person (language, password_hash, created_at) values (?1, '', ?2)");
    SEALPOST_CHECK(insert.bind(1, language).bind(2, now).run());
    const PersonId id(connection.last_insert_id());
    SEALPOST_CHECK(give_address(connection, id, address, now));
    SEALPOST_CHECK(append_audit(connection, now, {name_of(id), network, "person.made", name_of(id), "{}"}));
    return Person{id, {address}, language, false, now, {}};
}

// The row, and what the guard keeps of the address.
Result<> delete_address(db::Connection& connection, const std::string& address)
{
    SEALPOST_CHECK(connection.prepare("delete from people_address where address = ?1").bind(1, address).run());
    return forget_address(connection, address);
}

// The address leaves its former owner, whom we erase when nothing is left that could sign in.
Result<> take_address_away(db::Connection& connection, PersonId owner, const std::string& address, WallTime now,
                           const std::string& network)
{
    SEALPOST_CHECK(delete_address(connection, address));
    SEALPOST_CHECK(append_audit(connection, now, {"service", network, "person.address_moved", name_of(owner), "{}"}));
    SEALPOST_TRY(const auto left, load_person(connection, owner));
    if (left && !left->addresses.empty()) return {};
    SEALPOST_CHECK(delete_person(connection, owner));
    return append_audit(connection, now, {"service", network, "person.erased", name_of(owner), "{}"});
}

// Of one address of a person, by one of their sessions; a digest that is no session's: by the operator.
struct AddressChange {
    PersonId person;
    std::string address;
    crypto::Digest256 session;
    std::string network;
    WallTime now;
};

// Where there is a password, an address is as much as a factor: else who reads the mail for a moment would tie an address of
// their own to the person, sign in by it for ever, and take the others off.
Result<FactorVerdict> judge_address_change(db::Connection& connection, const Person& person, const AddressChange& change)
{
    SEALPOST_TRY(const auto right, judge_change(connection, person.id, change.session, change.now));
    const bool is_enough = right.verdict == FactorVerdict::needs_account && !person.has_password;
    return is_enough ? FactorVerdict::done : right.verdict;
}

// Of AddedAddress or RemovedAddress, for all but FactorVerdict::done.
template <class Verdict>
Verdict refuse_as(FactorVerdict verdict)
{
    if (verdict == FactorVerdict::needs_account) return Verdict::needs_account;
    return verdict == FactorVerdict::needs_strong ? Verdict::needs_strong : Verdict::session_over;
}

Result<AddedAddress> add(db::Connection& connection, const AddressChange& adding)
{
    using Verdict = AddedAddress::Verdict;
    const auto& [id, address, session, network, now] = adding;
    SEALPOST_TRY(auto person, load_person(connection, id));
    if (!person) return AddedAddress{Verdict::no_such_person};
    SEALPOST_TRY(const auto right, judge_address_change(connection, *person, adding));
    if (right != FactorVerdict::done) return AddedAddress{refuse_as<Verdict>(right)};
    SEALPOST_TRY(const auto owner, find_owner(connection, address));
    if (owner == id) return AddedAddress{Verdict::added, std::move(*person)};
    if (owner) {
        SEALPOST_TRY(const auto former, load_person(connection, *owner));
        if (former && former->has_password) return AddedAddress{Verdict::owner_has_password};
        SEALPOST_CHECK(take_address_away(connection, *owner, address, now, network));
    }
    SEALPOST_CHECK(give_address(connection, id, address, now));
    SEALPOST_CHECK(append_audit(connection, now, {name_of(id), network, "person.address_added", name_of(id), "{}"}));
    SEALPOST_TRY(auto grown, load_person(connection, id));
    return AddedAddress{Verdict::added, std::move(*grown), true};
}

// How many there are is looked at in the transaction that takes one off: of two at once the second finds the last one.
Result<RemovedAddress> take_off(db::Connection& connection, Person person, const AddressChange& change, const std::string& who)
{
    using Verdict = RemovedAddress::Verdict;
    const auto& own = person.addresses;
    if (std::find(own.begin(), own.end(), change.address) == own.end()) return RemovedAddress{Verdict::unknown};
    if (own.size() == 1) return RemovedAddress{Verdict::last_one};
    SEALPOST_CHECK(connection.prepare("delete from people_code where address = ?1").bind(1, change.address).run());
    SEALPOST_CHECK(delete_address(connection, change.address));
    SEALPOST_CHECK(end_other_sessions(connection, person.id, change.session));
    const std::string subject = name_of(person.id);
    SEALPOST_CHECK(append_audit(connection, change.now, {who, change.network, "person.address_removed", subject, "{}"}));
    return RemovedAddress{Verdict::removed, std::move(person)};
}

Result<RemovedAddress> remove_own(db::Connection& connection, const AddressChange& change)
{
    using Verdict = RemovedAddress::Verdict;
    SEALPOST_TRY(auto person, load_person(connection, change.person));
    if (!person) return RemovedAddress{Verdict::session_over};
    SEALPOST_TRY(const auto right, judge_address_change(connection, *person, change));
    if (right != FactorVerdict::done) return RemovedAddress{refuse_as<Verdict>(right)};
    return take_off(connection, std::move(*person), change, name_of(change.person));
}

}  // namespace

Task<Result<std::optional<Person>>> Persons::find(PersonId id)
{
    auto work = [id](db::Connection& connection) { return load_person(connection, id); };
    return store_.database->read(std::move(work));
}

Task<Result<std::optional<Person>>> Persons::find_by_address(std::string address)
{
    auto normal = normalise_address(address);
    if (!normal) co_return std::optional<Person>();
    auto work = [address = *normal](db::Connection& connection) -> Result<std::optional<Person>> {
        SEALPOST_TRY(const auto owner, find_owner(connection, address));
        if (!owner) return std::optional<Person>();
        return load_person(connection, *owner);
    };
    auto person = co_await store_.database->read(std::move(work));
    co_return person;
}

Task<Result<std::vector<Person>>> Persons::list(int page, int per_page)
{
    const int count = std::clamp(per_page, 1, 500);
    auto work = [count,
                 skip = std::int64_t{std::max(page, 0)} * count](db::Connection& connection) -> Result<std::vector<Person>> {
        auto rows = connection.prepare("select id from people_person order by id limit ?1 offset ?2");
        rows.bind(1, count).bind(2, skip);
        std::vector<Person> persons;
        while (true) {
            SEALPOST_TRY(const bool more, rows.step());
            if (!more) return persons;
            SEALPOST_TRY(auto person, load_person(connection, PersonId(rows.column_int(0))));
            if (person) persons.push_back(std::move(*person));
        }
    };
    return store_.database->read(std::move(work));
}

Task<Result<Person>> Persons::ensure(std::string address, std::string language, std::string network)
{
    SEALPOST_CO_TRY(auto normal, normalise_address(address));
    auto work = [address = std::move(normal), language = std::move(language), network = std::move(network),
                 now = store_.clock->now()](db::Connection& connection) -> Result<Person> {
        SEALPOST_TRY(const auto owner, find_owner(connection, address));
        if (!owner) return make_person(connection, address, language, now, network);
        SEALPOST_TRY(auto person, load_person(connection, *owner));
        if (!person) return Error{Fault::give_up, "an address without its person: the store is damaged"};
        return std::move(*person);
    };
    auto person = co_await store_.database->write(std::move(work));
    co_return person;
}

Task<Result<AddedAddress>> Persons::add_address(PersonId id, std::string address, Secret session, std::string network)
{
    SEALPOST_CO_TRY(auto normal, normalise_address(address));
    auto work = [adding = AddressChange{id, std::move(normal), digest_token(session), std::move(network), store_.clock->now()}](
                    db::Connection& connection) { return add(connection, adding); };
    auto added = co_await store_.database->write(std::move(work));
    co_return added;
}

Task<Result<RemovedAddress>> Persons::remove_address(PersonId id, std::string address, Secret session, std::string network)
{
    auto normal = normalise_address(address);
    AddressChange change{id, normal ? *normal : "", digest_token(session), std::move(network), store_.clock->now()};
    auto work = [change = std::move(change)](db::Connection& connection) { return remove_own(connection, change); };
    auto removed = co_await store_.database->write(std::move(work));
    co_return removed;
}

Task<Result<RemovedAddress>> Persons::take_address_off(PersonId id, std::string address, std::string who, std::string network)
{
    auto normal = normalise_address(address);
    AddressChange change{id, normal ? *normal : "", {}, std::move(network), store_.clock->now()};
    auto work = [change = std::move(change), who = std::move(who)](db::Connection& connection) -> Result<RemovedAddress> {
        SEALPOST_TRY(auto person, load_person(connection, change.person));
        if (!person) return RemovedAddress{RemovedAddress::Verdict::unknown};
        return take_off(connection, std::move(*person), change, who);
    };
    auto removed = co_await store_.database->write(std::move(work));
    co_return removed;
}

Task<Result<bool>> Persons::set_language(PersonId id, std::string language)
{
    // What is set already costs no write.
    auto look = [id, language](db::Connection& connection) -> Result<bool> {
        auto row = connection.prepare("select 1 from people_person where id = ?1 and language = ?2");
        return row.bind(1, id.value()).bind(2, language).step();
    };
    SEALPOST_CO_TRY(const bool is_set, co_await store_.database->read(std::move(look)));
    if (is_set) co_return true;
    auto work = [id, language = std::move(language)](db::Connection& connection) -> Result<bool> {
        auto update = connection.prepare("update people_person set language = ?2 where id = ?1");
        SEALPOST_CHECK(update.bind(1, id.value()).bind(2, language).run());
        return connection.changes() == 1;
    };
    auto changed = co_await store_.database->write(std::move(work));
    co_return changed;
}

bool Persons::is_long_enough(const Secret& password)
{
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };  // RFC 3629 §3
    const std::string_view text = trim(password.reveal_text());
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character)) >= min_password_characters;
}

Task<Result<PasswordChange>> Persons::set_password(PersonId id, Secret password, Secret keep_session, std::string network)
{
    if (!is_long_enough(password)) co_return PasswordChange::too_short;
    if (password.size() > max_password_bytes) co_return PasswordChange::too_long;
    auto hash = co_await passwords_->hash(std::move(password));
    if (!hash) co_return hash.error();
    auto work = [id, hash = std::move(*hash), has_kept = !keep_session.empty(), keep = digest_token(keep_session),
                 network = std::move(network), now = store_.clock->now()](db::Connection& connection) -> Result<PasswordChange> {
        if (has_kept) {
            SEALPOST_TRY(const auto session, load_session(connection, Sessions::Kind::person, keep, now));
            if (!session || session->owner != id.value()) return PasswordChange::session_over;
            SEALPOST_TRY(const auto factors, count_factors(connection, id));
            if (factors.has_any() && session->assurance < Assurance::strong) return PasswordChange::needs_strong;
        }
        auto update = connection.prepare("update people_person set password_hash = ?2 where id = ?1");
        SEALPOST_CHECK(update.bind(1, id.value()).bind(2, hash).run());
        if (connection.changes() == 0) return PasswordChange::no_such_person;
        SEALPOST_CHECK(end_other_sessions(connection, id, keep));
        SEALPOST_CHECK(append_audit(connection, now, {name_of(id), network, "person.password_set", name_of(id), "{}"}));
        return PasswordChange::done;
    };
    auto change = co_await store_.database->write(std::move(work));
    co_return change;
}

Task<Result<std::optional<RightPassword<Person>>>> Persons::check_password(std::string address, Secret password,
                                                                           std::string network)
{
    using Answer = std::optional<RightPassword<Person>>;
    if (password.size() > max_password_bytes) co_return Answer();
    auto normal = normalise_address(address);
    auto look = [key = GuardKey{GuardKey::Kind::password, normal ? *normal : std::string(), network},
                 now = store_.clock->now()](db::Connection& connection) -> Result<KnownPassword> {
        SEALPOST_TRY(const auto owner, find_owner(connection, key.name));
        SEALPOST_TRY(const bool is_known, is_known_network(connection, key, now));
        auto row = connection.prepare("select password_hash from people_person where id = ?1");
        row.bind(1, owner ? owner->value() : 0);
        SEALPOST_TRY(const bool found, row.step());
        return KnownPassword{owner.value_or(PersonId()), found ? row.column_text(0) : "", {key.network, is_known}};
    };
    SEALPOST_CO_TRY(auto known, co_await store_.database->read(std::move(look)));
    const auto id = std::get<PersonId>(known.owner);
    SEALPOST_CO_TRY(auto hash, co_await prove_password(store_, *passwords_, std::move(known), std::move(password)));
    if (!hash) co_return Answer();
    SEALPOST_CO_TRY(auto person, co_await find(id));
    if (!person) co_return Answer();
    co_return Answer({std::move(*person), std::move(*hash)});
}

Task<Result<bool>> Persons::erase(PersonId id, std::string who, std::string network)
{
    auto work = [id, who = std::move(who), network = std::move(network),
                 now = store_.clock->now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const auto person, load_person(connection, id));
        if (!person) return false;
        SEALPOST_CHECK(delete_person(connection, id));
        SEALPOST_CHECK(append_audit(connection, now, {who, network, "person.erased", name_of(id), "{}"}));
        return true;
    };
    return store_.database->write(std::move(work));
}

}  // namespace sealpost::people
