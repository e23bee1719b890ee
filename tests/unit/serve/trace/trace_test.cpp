#include "serve/trace/trace_world.hpp"

namespace sealpost::trace {
namespace {

TEST(Trace, WalksThroughTheStagesInTheirOrder)
{
    const auto report = ask(from("192.0.2.1"));
    EXPECT_EQ(report.outcome, Outcome::accepted);
    auto stages = stages_of(report);
    EXPECT_TRUE(std::is_sorted(stages.begin(), stages.end()));
    for (const auto stage : {Stage::host_access_table, Stage::mail_flow_policy, Stage::envelope_sender, Stage::recipient,
                             Stage::authentication, Stage::encryption, Stage::route, Stage::destination})
        EXPECT_EQ(std::count(stages.begin(), stages.end(), stage), 1) << format_stage(stage);
}

TEST(Trace, PrintsTheJsonOfTheSpecification)
{
    const auto object = to_json(ask(from("192.0.2.66")));
    EXPECT_EQ(object.at("outcome"), "refused");
    const auto& steps = object.at("steps").as_array();
    EXPECT_EQ(steps.at(0).at("stage"), "host_access_table");
    EXPECT_EQ(steps.at(1).at("reply"), "554 5.7.1 No mail from 192.0.2.66");
    EXPECT_EQ(steps.at(1).at("facts").at(0).at("name"), "behavior");
    EXPECT_EQ(object.at("recipients").at(0).at("address"), "alice@acme.test");
    EXPECT_EQ(object.at("recipients").at(0).at("outcome"), "refused");
}

}  // namespace
}  // namespace sealpost::trace
