#include "core/keys/schema.hpp"

namespace sealpost::keys {
namespace {

// key_wrapped stands apart from key_envelope so that its rows are small: a row that fits into its
// page is overwritten where it stands when the key is destroyed (doc/spec/keys.md, "Destruction").
constexpr std::string_view step_1 = R"sql(
create table key_envelope (
    id text primary key,
    account_id bigint not null,
    sha256 blob not null,
    size bigint not null,
    sender_address text not null,
    sender_name text not null,
    message_id text not null,
    profile text not null,
    assurance integer not null,
    expires_at bigint not null,
    may_reply integer not null,
    may_reply_all integer not null,
    may_forward integer not null,
    receipt integer not null,
    hosted integer not null,
    state integer not null,
    lock_reason text not null,
    sent_at bigint not null,
    link_released_at bigint,
    request_digest blob not null,
    hosted_slot bigint);
create index key_envelope_by_sha256 on key_envelope (sha256, sent_at);
create index key_envelope_by_account on key_envelope (account_id, sent_at);
create index key_envelope_by_expiry on key_envelope (expires_at) where state < 2;
create table key_recipient (
    envelope_id text not null,
    place integer not null,
    address text not null,
    released_at bigint,
    assurance integer,
    displayed_at bigint,
    primary key (envelope_id, place));
create index key_recipient_by_address on key_recipient (address);
create table key_wrapped (
    envelope_id text primary key,
    kek_version integer,
    nonce blob,
    sealed blob);
create index key_wrapped_by_version on key_wrapped (kek_version);
create table key_kek (
    version integer primary key,
    check_value blob not null);
create table key_receipt (
    number integer primary key autoincrement,
    envelope_id text not null,
    kind integer not null,
    recipient text not null,
    at bigint not null,
    assurance integer not null);
create table key_slot (
    id integer primary key autoincrement,
    ticket_digest blob unique,
    envelope_id text not null,
    network text not null,
    size bigint not null,
    sha256 blob,
    expires_at bigint);
create index key_slot_by_network on key_slot (network);
create index key_slot_by_expiry on key_slot (expires_at) where expires_at is not null;
create table key_piece (
    slot_id bigint not null,
    place integer not null,
    octets blob not null,
    primary key (slot_id, place));
)sql";

// What open tickets take, as sums (ticket_budget.hpp). Those that are open at this step count nothing for their half hour.
constexpr std::string_view step_2 = R"sql(
alter table key_slot add column charged bigint not null default 0;
create table key_ticket_sum (
    name text primary key,
    bytes bigint not null);
drop index key_slot_by_network;
)sql";

// A version may be a key in a token: what it is called, and a longer check value (doc/spec/keys.md, "Versions").
constexpr std::string_view step_3 = R"sql(
alter table key_kek add column name text not null default '';
)sql";

// When the sweep last looked at the clock, and from when on it is believed (people/clock_watch.hpp).
constexpr std::string_view step_4 = R"sql(
create table key_clock (
    number integer primary key,
    seen_at bigint not null,
    believed_at bigint not null);
)sql";

// What somebody wrote at the service was shown as the account's.
constexpr std::string_view step_5 = R"sql(
alter table key_envelope add column by_service integer not null default 0;
)sql";

// Who sent an envelope may look for it and decide about it.
constexpr std::string_view step_6 = R"sql(
create index key_envelope_by_sender on key_envelope (sender_address, sent_at);
)sql";

// Which side locked it (LockedBy). What is locked from before counts as the account's: it lifts any, a sender only a sender's.
constexpr std::string_view step_7 = R"sql(
alter table key_envelope add column locked_by integer not null default 0;
)sql";

// When it ended, for how long its facts are kept. Of one that ended before this step the audit trail is asked later (forget.cpp).
constexpr std::string_view step_8 = R"sql(
alter table key_envelope add column ended_at bigint;
create index key_envelope_by_end on key_envelope (ended_at) where state >= 2;
)sql";

// SHA-256 of ids that were forgotten, so that nobody takes one again: links to it are still in mailboxes. Of 128 random bits
// each, so it tells nothing to whoever does not have the id.
constexpr std::string_view step_9 = R"sql(
create table key_forgotten (
    digest blob primary key);
)sql";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps = {step_1, step_2, step_3, step_4, step_5, step_6, step_7, step_8, step_9};
    return steps;
}

}  // namespace sealpost::keys
