#include "core/tlsreports/schema.hpp"

namespace sealpost::tlsreports {
namespace {

// tlsreports_period: one report that this node owes, or has sent, about one domain on one UTC day.
// tlsreports_count: its rows, as row_json.hpp writes them; an empty failure: sessions that went well. `digest` is their key;
// equal rows may stand there twice, of a former version and of this one: they are added up when they are read.
// tlsreports_received and those below it: what others sent us; `report` is the JSON of wire/tlsrpt.
constexpr std::string_view step_1 = R"sql(
create table tlsreports_period (
    number integer primary key autoincrement,
    day bigint not null,
    domain text not null,
    state integer not null,
    rows bigint not null,
    succeeded bigint not null,
    failed bigint not null,
    omitted bigint not null,
    due_at bigint not null,
    attempts integer not null,
    settled_at bigint,
    done text not null,
    told text not null,
    unique (day, domain));
create index tlsreports_period_due on tlsreports_period (due_at) where state = 0;
create table tlsreports_count (
    period bigint not null,
    policy text not null,
    failure text not null,
    sessions bigint not null,
    primary key (period, policy, failure));
create table tlsreports_received (
    number integer primary key autoincrement,
    organisation text not null,
    report_id text not null,
    sender text not null,
    begin_at bigint not null,
    end_at bigint not null,
    received_at bigint not null,
    succeeded bigint not null,
    failed bigint not null,
    report text not null,
    unique (organisation, report_id));
create table tlsreports_received_policy (
    report bigint not null,
    number integer not null,
    domain text not null,
    succeeded bigint not null,
    failed bigint not null,
    primary key (report, number));
create index tlsreports_received_domain on tlsreports_received_policy (domain, report);
create table tlsreports_received_failure (
    report bigint not null,
    policy integer not null,
    number integer not null,
    result text not null,
    host text not null,
    sessions bigint not null,
    primary key (report, policy, number));
)sql";

// A report was known by what it says of itself: who named another's organisation and report-id first shadowed his.
constexpr std::string_view step_2 = R"sql(
create table tlsreports_received_of_author (
    number integer primary key autoincrement,
    organisation text not null,
    report_id text not null,
    sender text not null,
    author text not null,
    begin_at bigint not null,
    end_at bigint not null,
    received_at bigint not null,
    succeeded bigint not null,
    failed bigint not null,
    report text not null,
    unique (author, organisation, report_id));
insert into tlsreports_received_of_author
    select number, organisation, report_id, sender, '', begin_at, end_at, received_at, succeeded, failed, report
    from tlsreports_received;
drop table tlsreports_received;
alter table tlsreports_received_of_author rename to tlsreports_received;
)sql";

// What a report takes, for the limit of octets; and what its sums are made from.
constexpr std::string_view step_3 = R"sql(
alter table tlsreports_received add column bytes bigint not null default 0;
update tlsreports_received set bytes = length(cast(report as blob));
create index tlsreports_received_bytes on tlsreports_received (author, number, bytes);
)sql";

// A domain's policy may be 64 KiB, and no index of PostgreSQL takes a key of more than 2,704 octets. The former table stays as it
// is, is read too, and gets empty as its periods grow old: nodes of an older program that share the store still count in it.
constexpr std::string_view step_4 = R"sql(
create table tlsreports_counted (
    period bigint not null,
    digest text not null,
    policy text not null,
    failure text not null,
    sessions bigint not null,
    primary key (period, digest));
)sql";

// What is too old is found without looking through the rest, of which 10,000 come a day.
constexpr std::string_view step_5 = R"sql(
create index tlsreports_period_settled on tlsreports_period (settled_at) where state <> 0;
)sql";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps = {step_1, step_2, step_3, step_4, step_5};
    return steps;
}

}  // namespace sealpost::tlsreports
