#include "core/people/schema.hpp"

namespace sealpost::people {
namespace {

// Ids of people are never used twice, since the audit trail names them: hence autoincrement.
constexpr std::string_view step_1 = R"sql(
create table people_account (
    id integer primary key autoincrement,
    name text not null unique,
    organisation text not null,
    logo text not null,
    language text not null,
    created_at bigint not null);
create table people_account_domain (
    domain text primary key,
    account_id bigint not null,
    place integer not null);
create table people_token (
    id integer primary key autoincrement,
    account_id bigint not null,
    label text not null,
    scopes text not null,
    digest blob not null unique,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint);
create table people_person (
    id integer primary key autoincrement,
    language text not null,
    password_hash text not null,
    created_at bigint not null);
create table people_address (
    address text primary key,
    person_id bigint not null,
    proven_at bigint not null);
create index people_address_of_person on people_address (person_id, proven_at);
create table people_administrator (
    id integer primary key autoincrement,
    name text not null unique,
    account_id bigint not null,
    password_hash text not null,
    created_at bigint not null);
create table people_code (
    digest blob primary key,
    address text not null,
    mac blob not null,
    may_sign_in integer not null,
    tries_left integer not null,
    expires_at bigint not null);
create index people_code_of_address on people_code (address);
create table people_session (
    digest blob primary key,
    kind integer not null,
    owner_id bigint not null,
    assurance integer not null,
    csrf text not null,
    signed_in_at bigint not null,
    active_at bigint not null);
create index people_session_of_owner on people_session (kind, owner_id);
create table people_guard (
    kind integer not null,
    name text not null,
    failures integer not null,
    counted_at bigint not null,
    next_at bigint not null,
    primary key (kind, name));
create table people_audit (
    number integer primary key autoincrement,
    at bigint not null,
    who text not null,
    network text not null,
    what text not null,
    subject text not null,
    details text not null);
create index people_audit_of_subject on people_audit (subject, number);
create trigger people_audit_never_changes before update on people_audit
    begin select raise(abort, 'the audit trail is append only'); end;
create trigger people_audit_never_shrinks before delete on people_audit
    begin select raise(abort, 'the audit trail is append only'); end;
)sql";

// An administrator may manage the node besides an account, or without one (account_id 0).
constexpr std::string_view step_2 = R"sql(
alter table people_administrator add column of_node integer not null default 0;
)sql";

// One who may not sign in for now.
constexpr std::string_view step_3 = R"sql(
alter table people_administrator add column disabled integer not null default 0;
)sql";

// From where somebody signed in lately: strangers' guesses do not count there (Guard).
constexpr std::string_view step_4 = R"sql(
create table people_known_network (
    of_administrator integer not null,
    name text not null,
    network text not null,
    seen_at bigint not null,
    primary key (of_administrator, name, network));
create index people_known_network_by_age on people_known_network (seen_at);
)sql";

// Second factors (doc/spec/strong-sign-in.md). An authenticator app that is being set up stands beside the one in use.
constexpr std::string_view step_5 = R"sql(
create table people_totp (
    person_id bigint not null,
    in_use integer not null,
    key_version integer not null,
    nonce blob not null,
    sealed blob not null,
    used_step bigint not null,
    added_at bigint not null,
    last_used_at bigint,
    primary key (person_id, in_use));
create table people_recovery_code (
    person_id bigint not null,
    digest blob not null,
    primary key (person_id, digest));
create table people_passkey (
    id integer primary key autoincrement,
    person_id bigint not null,
    credential_id blob not null unique,
    algorithm integer not null,
    public_key blob not null,
    counter bigint not null,
    name text not null,
    added_at bigint not null,
    last_used_at bigint);
create index people_passkey_of_person on people_passkey (person_id, id);
create table people_challenge (
    digest blob primary key,
    purpose integer not null,
    session_digest blob not null,
    expires_at bigint not null);
create index people_challenge_by_age on people_challenge (expires_at);
)sql";

// One whose gateways may not ask for anything for now.
constexpr std::string_view step_6 = R"sql(
alter table people_account add column disabled integer not null default 0;
)sql";

// Who may begin a message to its domains (ComposeFrom): from the start those whom it wrote to.
constexpr std::string_view step_7 = R"sql(
alter table people_account add column compose integer not null default 1;
)sql";

// Administrators have second factors, too (owner_kind 1, as kind in people_session). `ring`: whose keys wrapped the secret.
constexpr std::string_view step_8 = R"sql(
create table people_totp_of_owner (
    owner_kind integer not null,
    owner_id bigint not null,
    in_use integer not null,
    ring text not null,
    key_version integer not null,
    nonce blob not null,
    sealed blob not null,
    used_step bigint not null,
    added_at bigint not null,
    last_used_at bigint,
    primary key (owner_kind, owner_id, in_use));
insert into people_totp_of_owner
    (owner_kind, owner_id, in_use, ring, key_version, nonce, sealed, used_step, added_at, last_used_at)
    select 0, person_id, in_use, 'service', key_version, nonce, sealed, used_step, added_at, last_used_at from people_totp;
drop table people_totp;
alter table people_totp_of_owner rename to people_totp;
create table people_recovery_code_of_owner (
    owner_kind integer not null,
    owner_id bigint not null,
    digest blob not null,
    primary key (owner_kind, owner_id, digest));
insert into people_recovery_code_of_owner (owner_kind, owner_id, digest)
    select 0, person_id, digest from people_recovery_code;
drop table people_recovery_code;
alter table people_recovery_code_of_owner rename to people_recovery_code;
)sql";

// The audit trail may be kept for a time (forgetting.hpp). What is older than that, as the store remembers it, and nothing else,
// can be deleted from then on.
constexpr std::string_view step_9 = R"sql(
create table people_forgetting (
    what text primary key,
    older_than bigint not null,
    removed bigint not null);
create table people_clock (
    number integer primary key,
    seen_at bigint not null,
    believed_at bigint not null);
drop trigger people_audit_never_shrinks;
create trigger people_audit_never_shrinks before delete on people_audit
    begin select raise(abort, 'the audit trail is append only') where not exists
        (select 1 from people_forgetting where what = 'audit.shortened' and older_than > old.at); end;
)sql";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps = {step_1, step_2, step_3, step_4, step_5, step_6, step_7, step_8, step_9};
    return steps;
}

}  // namespace sealpost::people
