#include "base/text.hpp"
#include "serve/hatadvice/hatadvice.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace sealpost::hatadvice {
namespace {

using test::read_all;
namespace fs = std::filesystem;

// A vector is a document. Its first lines: "# zone LINE" of the resolver's world, "# own ADDRESS/BITS" a network of the
// node, then what is to be said: "# warn LINE KEY" by the document alone, "# dns LINE KEY" besides, or "# ok".
struct Vector {
    std::string text;
    std::string zone;
    std::vector<Network> own;
    std::string expected;
};

Vector read_vector(const fs::path& file)
{
    Vector vector;
    vector.text = read_all(file);
    for (const auto line : split(vector.text, '\n')) {
        if (!line.starts_with("# ")) break;
        const std::string rest(line.substr(2));
        if (rest.starts_with("zone ")) {
            vector.zone += rest.substr(5) + '\n';
        } else if (rest.starts_with("own ")) {
            const auto slash = rest.find('/');
            vector.own.push_back({*parse_ip(rest.substr(4, slash - 4)), std::stoi(rest.substr(slash + 1))});
        } else {
            vector.expected += rest + '\n';
        }
    }
    return vector;
}

const std::vector<policy::ListenerInfo> listeners = {{"public", policy::ListenerKind::public_mail},
                                                     {"private", policy::ListenerKind::private_mail}};

std::shared_ptr<const policy::Snapshot> compile(const std::string& text, std::vector<policy::Problem>& warnings)
{
    auto parsed = policy::parse_document(text, "vector");
    EXPECT_TRUE(parsed.document) << config::format_problems(parsed.problems);
    auto compiled = policy::Snapshot::compile(std::move(*parsed.document), listeners);
    EXPECT_TRUE(compiled.snapshot) << config::format_problems(compiled.problems);
    warnings = std::move(compiled.warnings);
    return compiled.snapshot;
}

std::vector<policy::Problem> advise(const std::shared_ptr<dns::Resolver>& resolver,
                                    const std::shared_ptr<const policy::Snapshot>& snapshot, const Options& options)
{
    return async::wait_here(find_warnings(resolver, snapshot, options));
}

std::string tell(const char* word, const std::vector<policy::Problem>& problems)
{
    std::string out;
    for (const auto& problem : problems) out += std::string(word) + ' ' + std::to_string(problem.line) + ' ' + problem.key + '\n';
    return out;
}

TEST(WarningVectors, AreSaidAsEachFileExpects)
{
    int count = 0;
    for (const auto& file : test::list_vectors("policy/warnings")) {
        const auto vector = read_vector(file);
        std::vector<policy::Problem> warnings;
        const auto snapshot = compile(vector.text, warnings);
        ASSERT_TRUE(snapshot) << file;
        Options options;
        options.own_networks = vector.own;
        options.listeners = listeners;
        const auto more = advise(std::make_shared<dns::CannedResolver>(vector.zone), snapshot, options);
        const auto told = tell("warn", warnings) + tell("dns", more);
        EXPECT_EQ(told.empty() ? "ok\n" : told, vector.expected) << file;
        ++count;
    }
    EXPECT_GE(count, 20);
}

std::string many_suffixes(int count)
{
    std::string text = "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = \"ACCEPTED\"\nsenders = [\n";
    for (int i = 0; i < count; ++i) text += "  \".a" + std::to_string(i) + ".test\",\n";
    return text + "]\n";
}

// Answers nothing until its deadline, and counts how many wait for it.
class Silent final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string, dns::Type, Deadline deadline) override
    {
        most_ = std::max(most_, ++waiting_);
        ++asked_;
        auto slept = co_await async::sleep_until(deadline);
        --waiting_;
        dns::Answer answer;
        answer.problem = slept.has_error() ? slept.error().text : "nothing came";
        co_return answer;
    }
    int waiting_ = 0, most_ = 0, asked_ = 0;
};

TEST(Warnings, AskAboutNoMoreNamesThanAllowed)
{
    std::vector<policy::Problem> warnings;
    const auto snapshot = compile(many_suffixes(100), warnings);
    const auto resolver = std::make_shared<dns::CannedResolver>("");
    Options options;
    options.max_names = 30;
    EXPECT_TRUE(advise(resolver, snapshot, options).empty());
    EXPECT_EQ(resolver->asked().size(), 60U);  // A and AAAA of each
}

TEST(Warnings, EndInTimeWhileTheResolverIsSilent)
{
    std::vector<policy::Problem> warnings;
    const auto snapshot = compile(many_suffixes(100), warnings);
    const auto resolver = std::make_shared<Silent>();
    Options options;
    options.time_limit = std::chrono::milliseconds(50);
    options.at_a_time = 4;
    const auto start = std::chrono::steady_clock::now();
    const auto found = advise(resolver, snapshot, options);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
    ASSERT_EQ(found.size(), 1U);  // one for the group, not one for each name
    EXPECT_EQ(found.front().key, "sender_group.senders");
    EXPECT_LE(resolver->most_, 8);  // A and AAAA of four names
    EXPECT_GE(resolver->asked_, 8);
}

TEST(Warnings, NeedNoResolver)
{
    std::vector<policy::Problem> warnings;
    const auto snapshot = compile(many_suffixes(1), warnings);
    EXPECT_TRUE(advise(nullptr, snapshot, {}).empty());
}

}  // namespace
}  // namespace sealpost::hatadvice
