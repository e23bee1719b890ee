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

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps = {step_1};
    return steps;
}

}  // namespace sealpost::domains
