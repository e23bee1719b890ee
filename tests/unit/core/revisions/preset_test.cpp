#include "core/revisions/preset.hpp"
#include "core/policy/compiled.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sealpost::revisions {

using namespace policy;

namespace {

// The thirteen hosts of the reference service, and whether their address lies in one of the two ranges.
struct KnownHost {
    const char* name;
    const char* ip;
    bool in_range;
};
constexpr KnownHost known_hosts[] = {
    {"res.cisco.com", "184.94.241.74", false},        {"mxnat1.res.cisco.com", "208.90.57.32", true},
    {"mxnat2.res.cisco.com", "208.90.57.33", true},   {"mxnat3.res.cisco.com", "184.94.241.96", false},
    {"mxnat4.res.cisco.com", "184.94.241.97", false}, {"mxnat5.res.cisco.com", "184.94.241.98", false},
    {"mxnat6.res.cisco.com", "184.94.241.99", false}, {"mxnat7.res.cisco.com", "208.90.57.34", true},
    {"mxnat8.res.cisco.com", "208.90.57.35", true},   {"esa1.cres.iphmx.com", "68.232.140.79", false},
    {"esa2.cres.iphmx.com", "68.232.140.57", false},  {"esa3.cres.iphmx.com", "68.232.135.234", false},
    {"esa4.cres.iphmx.com", "68.232.135.235", false},
};

std::shared_ptr<const Snapshot> with_preset()
{
    return compile(add_preset(default_document(listeners), "cisco-res", "public").value());
}

TEST(CiscoResPreset, MeetsEveryHostWithItsVerifiedName)
{
    const auto snapshot = with_preset();
    for (const auto& host : known_hosts) {
        const auto verdict = connect(*snapshot, host.ip, HostState::verified, host.name);
        // Trap: ".res.cisco.com" does not cover "res.cisco.com", and its address is in no range.
        const bool is_bare = std::string(host.name) == "res.cisco.com";
        EXPECT_EQ(verdict.sender_group, is_bare ? "ALL" : "CRES") << host.name;
        EXPECT_EQ(verdict.parameters->tls, is_bare ? TlsMode::preferred : TlsMode::required) << host.name;
        EXPECT_FALSE(verdict.undecided) << host.name;
        EXPECT_EQ(verdict.order, is_bare ? 0 : 1);
    }
}

TEST(CiscoResPreset, MeetsOnlyTheRangesWithoutAName)
{
    const auto snapshot = with_preset();
    for (const auto& host : known_hosts) {
        for (const auto state : {HostState::none, HostState::mismatch}) {
            // A PTR that was forged does not lead back: the name that it claims must not count.
            const auto verdict = connect(*snapshot, host.ip, state, host.name);
            EXPECT_EQ(verdict.sender_group, host.in_range ? "CRES" : "ALL") << host.name;
            EXPECT_FALSE(verdict.undecided) << host.name;
        }
    }
}

TEST(CiscoResPreset, IsUndecidedWhileTheNameIsNotKnown)
{
    const auto snapshot = with_preset();
    for (const auto& host : known_hosts) {
        const auto verdict = connect(*snapshot, host.ip, HostState::temporary, host.name);
        // In a range the group is the same whatever the name turns out to be.
        EXPECT_EQ(verdict.undecided, !host.in_range) << host.name;
        EXPECT_EQ(verdict.undecided_group, host.in_range ? "" : "CRES") << host.name;
        EXPECT_EQ(verdict.sender_group, host.in_range ? "CRES" : "ALL") << host.name;
    }
    const auto forged = connect(*snapshot, "198.51.100.9", HostState::mismatch, "mxnat1.res.cisco.com");
    EXPECT_EQ(forged.sender_group, "ALL");
}

TEST(CiscoResPreset, WarnsOfItsTraps)
{
    auto parsed = parse_document(add_preset(default_document(listeners), "cisco-res", "public").value(), "test");
    const auto compiled = Snapshot::compile(std::move(*parsed.document), listeners);
    const auto warnings = config::format_problems(compiled.warnings);
    EXPECT_NE(warnings.find(".res.cisco.com covers the names below it, not res.cisco.com itself"), std::string::npos);
    EXPECT_NE(warnings.find("old range"), std::string::npos);
    EXPECT_EQ(compiled.warnings.size(), 3U) << warnings;
}

TEST(CiscoResPreset, MovesTheGroupsThatWereThereDown)
{
    const auto snapshot = with_preset();
    std::map<std::string, int> orders;
    for (const auto& group : snapshot->document().groups)
        if (group.listener == "public") orders[group.name] = group.order;
    EXPECT_EQ(orders["CRES"], 1);
    EXPECT_EQ(orders["ALLOWED_LIST"], 2);
    EXPECT_EQ(orders["UNKNOWNLIST"], 5);
    EXPECT_EQ(add_preset(snapshot->document().text, "cisco-res", "public").error().fault, Fault::denied);
    EXPECT_EQ(add_preset("", "other", "public").error().fault, Fault::config);
    EXPECT_TRUE(compile(add_preset("", "cisco-res", "public").value()));
    const std::string unnumbered = "[[sender_group]]\nname = \"A\"\nlistener = \"public\"\npolicy = \"ACCEPTED\"\n";
    EXPECT_EQ(compile(add_preset(unnumbered, "cisco-res", "public").value())->document().groups.back().order, 2);
}

}  // namespace
}  // namespace sealpost::revisions
