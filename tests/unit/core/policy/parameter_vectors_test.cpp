// A vector's first line is "# NAME = VALUE from ORIGIN": what a connection to the listener "public" meets in the policy
// ACCEPTED of the document, VALUE as a JSON literal.
#include "base/text.hpp"
#include "core/policy/snapshot.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace sealpost::policy {
namespace {

using test::read_all;
namespace fs = std::filesystem;

fs::path vectors() { return fs::path(SEALPOST_SOURCE_DIR) / "tests/vectors/policy"; }

std::vector<ParameterValue> read_parameters(const std::string& text, const std::string& listener)
{
    auto parsed = parse_document(text, "vector");
    EXPECT_TRUE(parsed.document) << config::format_problems(parsed.problems);
    if (!parsed.document) return {};
    const auto compiled = Snapshot::compile(std::move(*parsed.document),
                                            {{"public", ListenerKind::public_mail}, {"private", ListenerKind::private_mail}});
    EXPECT_TRUE(compiled.snapshot) << config::format_problems(compiled.problems);
    if (!compiled.snapshot) return {};
    return *compiled.snapshot->decide_connection({listener, *parse_ip("192.0.2.1"), HostState::none, ""}).origins;
}

TEST(ParameterVectors, ComeFromPolicyListenerOrAllListeners)
{
    std::map<std::string, int> seen;
    for (const auto& file : test::list_vectors("policy/parameters")) {
        const auto text = read_all(file);
        const auto line = text.substr(0, text.find('\n'));
        const auto equals = line.find(" = "), from = line.rfind(" from ");
        ASSERT_TRUE(line.starts_with("# ") && equals != std::string::npos && from > equals) << file;
        const auto name = line.substr(2, equals - 2);
        const auto all = read_parameters(text, "public");
        const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
        ASSERT_NE(found, all.end()) << file;
        EXPECT_EQ(found->value, line.substr(equals + 3, from - equals - 3)) << file;
        EXPECT_EQ(found->from, line.substr(from + 6)) << file;
        ++seen[name];
    }
    for (const auto& parameter : read_parameters("", "public"))
        EXPECT_GE(seen[parameter.name], 3) << parameter.name << " lacks a vector for policy, listener or all listeners";
}

// The predefined policies, and what one that says nothing inherits.
TEST(ParameterDefaults, EqualTheCheckedInFile)
{
    std::string printed;
    for (const char* name : {"PLAIN", "ACCEPTED", "TRUSTED", "THROTTLED", "BLOCKED", "RELAYED", "SUBMISSION"}) {
        const std::string text =
            "[[mail_flow_policy]]\nname = \"PLAIN\"\n[[sender_group]]\nname = \"G\"\nlistener = "
            "\"public\"\npolicy = \"" +
            std::string(name) + "\"\nsenders = [\"ALL\"]\n";
        printed += std::string(name) + '\n';
        for (const auto& parameter : read_parameters(text, "public"))
            if (parameter.from == "policy" || name == std::string_view("PLAIN"))
                printed += "    " + parameter.name + " = " + parameter.value + '\n';
    }
    EXPECT_EQ(printed, read_all(vectors() / "parameter-defaults.txt")) << printed;
}

}  // namespace
}  // namespace sealpost::policy
