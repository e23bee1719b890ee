#include "core/dmarcreports/schema.hpp"

namespace sealpost::dmarcreports {
namespace {

// reports_period: one report that this node owes, or has sent, about one published policy on one UTC day.
// reports_count: its rows; `row` is the JSON of row_json.hpp without the count, `digest` its key. Equal rows may stand there
// twice, of a former version and of this one: they are added up when they are read.
// reports_received, reports_received_row: what others sent us.
constexpr std::string_view step_1 = R"sql(
create table reports_period (
    number integer primary key autoincrement,
    day bigint not null,
    domain text not null,
    published text not null,
    addresses text not null,
    state integer not null,
    rows bigint not null,
    messages bigint not null,
    omitted bigint not null,
    due_at bigint not null,
    attempts integer not null,
    settled_at bigint,
    told text not null,
    unique (day, domain, published));
create index reports_period_due on reports_period (due_at) where state = 0;
create table reports_count (
    period bigint not null,
    row text not null,
    messages bigint not null,
    primary key (period, row));
create table reports_received (
    number integer primary key autoincrement,
    organisation text not null,
    report_id text not null,
    domain text not null,
    sender text not null,
    email text not null,
    contact text not null,
    begin_at bigint not null,
    end_at bigint not null,
    received_at bigint not null,
    published text not null,
    errors text not null,
    rows bigint not null,
    messages bigint not null,
    passed bigint not null,
    unique (organisation, report_id, domain));
create index reports_received_domain on reports_received (domain, end_at);
create table reports_received_row (
    report bigint not null,
    number integer not null,
    source text not null,
    messages bigint not null,
    disposition integer not null,
    dkim integer not null,
    spf integer not null,
    row text not null,
    primary key (report, number));
)sql";

// A report was known by what it says of itself: who named another's organisation and Report-ID first shadowed his.
constexpr std::string_view step_2 = R"sql(
create table reports_received_of_author (
    number integer primary key autoincrement,
    organisation text not null,
    report_id text not null,
    domain text not null,
    sender text not null,
    author text not null,
    email text not null,
    contact text not null,
    begin_at bigint not null,
    end_at bigint not null,
    received_at bigint not null,
    published text not null,
    errors text not null,
    rows bigint not null,
    messages bigint not null,
    passed bigint not null,
    unique (author, organisation, report_id, domain));
insert into reports_received_of_author
    select number, organisation, report_id, domain, sender, '', email, contact, begin_at, end_at, received_at, published,
           errors, rows, messages, passed
    from reports_received;
drop table reports_received;
alter table reports_received_of_author rename to reports_received;
create index reports_received_domain on reports_received (domain, end_at);
)sql";

// What a report takes, for the limit of octets; and what its sums are made from.
constexpr std::string_view step_3 = R"sql(
alter table reports_received add column bytes bigint not null default 0;
update reports_received set bytes =
    length(cast(organisation || report_id || email || contact || published || errors as blob))
    + coalesce((select sum(length(cast(row as blob))) from reports_received_row where report = reports_received.number), 0);
create index reports_received_bytes on reports_received (author, number, bytes);
)sql";

// A stranger's mail says how long a row is, and no index of PostgreSQL takes one of more than 2,704 octets. The former table
// stays as it is, is read too, and gets empty as its periods grow old: copying it would hold up a start, and nodes of an older
// program that share the store still count in it.
constexpr std::string_view step_4 = R"sql(
create table reports_counted (
    period bigint not null,
    digest text not null,
    row text not null,
    messages bigint not null,
    primary key (period, digest));
)sql";

// What is too old is found without looking through the rest, of which 10,000 come a day.
constexpr std::string_view step_5 = R"sql(
create index reports_period_settled on reports_period (settled_at) where state <> 0;
)sql";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps = {step_1, step_2, step_3, step_4, step_5};
    return steps;
}

}  // namespace sealpost::dmarcreports
