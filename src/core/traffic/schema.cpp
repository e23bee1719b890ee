#include "core/traffic/schema.hpp"

namespace sealpost::traffic {
namespace {

// `facts` is the JSON of fact_json.hpp. Numbers only grow, so that the newest are the highest.
constexpr std::string_view step_1 = R"sql(
create table traffic_connection (
    number integer primary key autoincrement,
    at bigint not null,
    facts text not null);
create table traffic_message (
    number integer primary key autoincrement,
    at bigint not null,
    facts text not null);
)sql";

}  // namespace

const std::vector<std::string_view>& schema_steps()
{
    static const std::vector<std::string_view> steps = {step_1};
    return steps;
}

}  // namespace sealpost::traffic
