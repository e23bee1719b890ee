// A vector is a document behind lines that ask it, one question a line:
//
//   # rat ADDRESS: accept PATTERN | reject CODE PATTERN
//   # sender ADDRESS: accept [PATTERN] | reject CODE PATTERN | tls PATTERN       (in clear, on ACCEPTED)
//   # alias ADDRESS: ADDRESS ... | nobody | too many
//   # envelope ADDRESS: ADDRESS | same        # headers ADDRESS: the same        # domain NAME: NAME | same
#include "base/text.hpp"
#include "core/policy/snapshot.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace sealpost::policy {
namespace {

using test::read_all;
namespace fs = std::filesystem;

std::string ask_rat(const Snapshot& policy, const std::string& address)
{
    const auto verdict = policy.decide_recipient("public", Behavior::accept, address);
    return (verdict.accept ? "accept " : "reject " + std::to_string(verdict.code) + ' ') + verdict.matched;
}

std::string ask_sender(const Snapshot& policy, const std::string& address)
{
    const auto connection = policy.decide_connection({"public", *parse_ip("192.0.2.1"), HostState::none, ""});
    const auto verdict = policy.decide_sender(connection, false, address == "<>" ? "" : address);
    const std::string pattern = verdict.matched.empty() ? "" : ' ' + verdict.matched;
    if (verdict.needs_tls) return "tls" + pattern;
    return (verdict.accept ? "accept" : "reject " + std::to_string(verdict.code)) + pattern;
}

std::string ask_alias(const Snapshot& policy, const std::string& address)
{
    const auto expansion = policy.find_rewriting("public")->expand(address);
    if (expansion.too_many) return "too many";
    return expansion.recipients.empty() ? "nobody" : join(expansion.recipients, " ");
}

std::string ask(const Snapshot& policy, const std::string& what, const std::string& about)
{
    const auto& rewriting = *policy.find_rewriting("public");
    if (what == "rat") return ask_rat(policy, about);
    if (what == "sender") return ask_sender(policy, about);
    if (what == "alias") return ask_alias(policy, about);
    if (what == "envelope") return rewriting.masquerade(MasqueradePlace::envelope, about).value_or("same");
    if (what == "headers") return rewriting.masquerade(MasqueradePlace::headers, about).value_or("same");
    if (what == "domain") return rewriting.map_domain(about).value_or("same");
    return "nobody asks for " + what;
}

TEST(VerdictVectors, SayWhatBecomesOfAddresses)
{
    std::map<std::string, int> asked;
    for (const auto& file : test::list_vectors("policy/verdicts")) {
        const auto text = read_all(file);
        auto parsed = parse_document(text, "vector");
        ASSERT_TRUE(parsed.document) << file << config::format_problems(parsed.problems);
        const auto compiled = Snapshot::compile(std::move(*parsed.document),
                                                {{"public", ListenerKind::public_mail}, {"private", ListenerKind::private_mail}});
        ASSERT_TRUE(compiled.snapshot) << file << config::format_problems(compiled.problems);
        int questions = 0;
        for (const auto line : split(text, '\n')) {
            if (!line.starts_with("# ")) break;
            const auto colon = line.find(": ");
            ASSERT_NE(colon, std::string_view::npos) << file << ": " << line;
            const std::string what(line.substr(2, line.find(' ', 2) - 2));
            const std::string about(line.substr(3 + what.size(), colon - 3 - what.size()));
            EXPECT_EQ(ask(*compiled.snapshot, what, about), line.substr(colon + 2)) << file << ": " << line;
            ++asked[what];
            ++questions;
        }
        EXPECT_GT(questions, 0) << file << " asks nothing";
    }
    for (const char* what : {"rat", "sender", "alias", "envelope", "headers", "domain"}) EXPECT_GE(asked[what], 5) << what;
}

}  // namespace
}  // namespace sealpost::policy
