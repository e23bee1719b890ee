#include "core/queue/schema.hpp"

namespace sealpost::queue {
namespace {

constexpr std::string_view version_1 = R"(
create table queue_content (
    id     integer primary key autoincrement,
    bytes  bigint not null,
    uses   bigint not null);
create index queue_content_unused on queue_content (id) where uses = 0;

create table queue_piece (
    id      integer primary key,
    octets  blob not null);

create table queue_message (
    id           integer primary key autoincrement,
    parent       bigint not null,
    content      bigint not null,
    bytes        bigint not null,
    lane         text not null,
    sender       text not null,
    envid        text not null,
    ret          text not null,
    facts        text not null,
    smtputf8     bigint not null,
    accepted_at  bigint not null,
    attempts     bigint not null,
    domain       text not null,
    due_at       bigint);
create index queue_message_due on queue_message (domain, due_at) where due_at is not null;
create index queue_message_parent on queue_message (parent) where parent <> 0;

create table queue_recipient (
    message      bigint not null references queue_message (id) on delete cascade,
    number       bigint not null,
    address      text not null,
    notify       text not null,
    orcpt        text not null,
    is_held      bigint not null default 0,
    code         text not null default '',
    reply        text not null default '',
    remote_host  text not null default '',
    facts        text not null default '',
    primary key (message, number)) without rowid;

create table queue_history (
    id           integer primary key,
    message      bigint not null,
    number       bigint not null,
    parent       bigint not null,
    bytes        bigint not null,
    lane         text not null,
    sender       text not null,
    address      text not null,
    accepted_at  bigint not null,
    finished_at  bigint not null,
    attempts     bigint not null,
    state        text not null,
    code         text not null,
    reply        text not null,
    remote_host  text not null,
    facts        text not null,
    message_facts text not null);
create index queue_history_message on queue_history (message, number);
create index queue_history_parent on queue_history (parent) where parent <> 0;
create index queue_history_address on queue_history (lower(address), message);
create index queue_history_sender on queue_history (lower(sender), message);

create table queue_nudge (
    id     integer primary key,
    value  bigint not null);
insert into queue_nudge (id, value) values (1, 0);
)";

// How long each message is tried, and the delay notices that went out; '' and 0: as before this version.
constexpr std::string_view version_2 = R"(
alter table queue_message add column plan text not null default '';
alter table queue_message add column delay_notices bigint not null default 0;
)";

// Messages that may only go on with REQUIRETLS (RFC 8689).
constexpr std::string_view version_3 = R"(
alter table queue_message add column require_tls bigint not null default 0;
)";

// Messages by the id that our 250 named, which stands first in their facts. Of finished ones only: what waits is little
// beside them, and this way accepting a message costs what it did. SQLite's own functions for JSON are for no schema.
constexpr std::string_view version_4 = R"(
create index queue_history_intake on queue_history (substr(message_facts, 12, instr(substr(message_facts, 12), '"') - 1))
    where substr(message_facts, 1, 11) = '{"intake":"';
)";

// Keys of messages that were taken once, and what whoever hands such a message in again is told.
constexpr std::string_view version_5 = R"(
create table queue_once (
    key          text primary key,
    note         text not null,
    accepted_at  bigint not null) without rowid;
)";

// Which node of those that share a store delivers a message, or receives a content; '' where nobody shares it, and of what
// the command line queued. `beats` grows while the node lives; `life` is the process that has the name.
constexpr std::string_view version_6 = R"(
alter table queue_message add column owner text not null default '';
alter table queue_content add column owner text not null default '';
drop index queue_message_due;
create index queue_message_due on queue_message (owner, domain, due_at) where due_at is not null;
create table queue_owner (
    name   text primary key,
    life   text not null,
    lanes  text not null,
    beats  bigint not null) without rowid;
)";

// Messages by lane, but for relayed mail, which has most of all messages and pays for no index.
constexpr std::string_view version_7 = R"(
create index queue_message_lane on queue_message (lane, id) where lane <> 'relay';
create index queue_history_lane on queue_history (lane, message) where lane <> 'relay';
)";

// Finished messages by their Message-ID, which stands in the facts of those that came in by SMTP and needs no escape there. One
// entry a message, that of its first recipient.
constexpr std::string_view version_8 = R"(
create index queue_history_message_id on queue_history (
    substr(substr(message_facts, instr(message_facts, '","message_id":"') + 16), 1,
           instr(substr(message_facts, instr(message_facts, '","message_id":"') + 16), '"') - 1))
    where number = 0 and instr(message_facts, '","message_id":"') > 0;
)";

// Whoever looks for what is held does not look through all that waits.
constexpr std::string_view version_9 = R"(
create index queue_recipient_held on queue_recipient (message) where is_held <> 0;
)";

// Mail that is too old when it is released or its destination is taken back has an attempt to come, which limits of ours put
// off, but not for ever.
constexpr std::string_view version_10 = R"(
alter table queue_message add column late_since bigint;
)";

// Keys that are old are found without looking through the others.
constexpr std::string_view version_11 = R"(
create index queue_once_accepted on queue_once (accepted_at);
)";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps{version_1, version_2, version_3, version_4,  version_5, version_6,
                                                     version_7, version_8, version_9, version_10, version_11};
    return steps;
}

Result<> migrate_tables(db::Database& database) { return database.migrate("queue", schema_steps()); }

}  // namespace sealpost::queue
