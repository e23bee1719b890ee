#include "core/domains/schema.hpp"

namespace sealpost::domains {
namespace {

constexpr std::string_view step_1 = R"sql(
create table domain_domain (
    name text primary key,
    account_id bigint not null,
    contact text not null,
    proof_value text not null,
    proven integer not null,
    tls_replies integer not null,
    on_failure integer not null,
    needs_test integer not null,
    last_failure text not null,
    added_at bigint not null);
create table domain_test (
    number integer primary key autoincrement,
    name text not null,
    at bigint not null,
    ready integer not null,
    problem text not null,
    report text not null);
create index domain_test_of_name on domain_test (name, number);
)sql";

// A domain had one row, and who came first had it. Now several may claim it (account_id 0: its own
// administrator), and one of them has proven it. How a row was proven stands in the audit trail only.
constexpr std::string_view step_2 = R"sql(
create table domain_claim (
    name text not null,
    account_id bigint not null,
    contact text not null,
    proof_value text not null,
    proven_by integer not null,
    tls_replies integer not null,
    on_failure integer not null,
    needs_test integer not null,
    last_failure text not null,
    added_at bigint not null,
    postponed integer not null default 0,
    not_before bigint not null default 0,
    primary key (name, account_id));
insert into domain_claim (name, account_id, contact, proof_value, proven_by, tls_replies, on_failure, needs_test,
                          last_failure, added_at)
    select name, account_id, contact, proof_value,
           case when proven = 0 then 0
                when (select what from people_audit where subject = d.name
                      and what in ('domain.proven', 'domain.trusted_without_proof')
                      order by number desc limit 1) = 'domain.proven' then 1
                else 3 end,
           tls_replies, on_failure, needs_test, last_failure, added_at
    from domain_domain d;
drop table domain_domain;
create unique index domain_claim_proven on domain_claim (name) where proven_by <> 0;
create index domain_claim_of_account on domain_claim (account_id, name);
alter table domain_test add column cause integer not null default 0;
create table domain_code (
    name text not null,
    claimant text not null,
    challenge text not null,
    expires_at bigint not null,
    primary key (name, claimant));
create table domain_session (
    digest blob primary key,
    name text not null,
    csrf text not null,
    expires_at bigint not null);
create index domain_session_of_name on domain_session (name);
)sql";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps = {step_1, step_2};
    return steps;
}

}  // namespace sealpost::domains
