// Each file of tests/vectors/spf-advice is one fault of one record, with what the advisor says to it.
#include "serve/spfadvice/advice_world.hpp"

#include "base/text.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace sealpost::spfadvice {
namespace {

// The service that most cases include; a case that speaks of keys.test brings its own.
constexpr std::string_view service_zone =
    "keys.test TXT v=spf1 mx:keys.test exists:%{i}.spf.keys.test -all\n"
    "keys.test MX 10 mx1.keys.test\n"
    "mx1.keys.test A 192.0.2.9\n"
    "192.0.2.10.spf.keys.test A 127.0.0.2\n";

struct Case {
    std::string zone;
    std::vector<IpAddress> senders{*parse_ip("192.0.2.10")};
    std::string conclusion, publish, lookups;
    std::vector<std::string> problems;  // sorted; "kind" or "kind column"
};

void read_order_line(std::string_view line, Case& read)
{
    if (!line.starts_with("sender ")) return;
    read.senders.clear();
    if (const auto ip = parse_ip(line.substr(7))) read.senders.push_back(*ip);
}

void read_expectation(std::string_view line, Case& read)
{
    const auto blank = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, blank);
    const std::string rest(line.substr(std::min(blank + 1, line.size())));
    if (word == "conclusion") read.conclusion = rest;
    else if (word == "publish") read.publish = rest;
    else if (word == "lookups") read.lookups = rest;
    else if (word == "problem") read.problems.push_back(rest);
    else ADD_FAILURE() << "not an expectation: " << line;
}

Case read_case(const std::filesystem::path& path)
{
    std::ifstream file(path);
    std::stringstream whole;
    whole << file.rdbuf();
    Case read;
    int part = 0;
    const std::string text = whole.str();
    for (const auto line : split(text, '\n')) {
        if (line.starts_with("---")) ++part;
        else if (line.starts_with('#') || line.empty()) continue;
        else if (part == 0) read_order_line(line, read);
        else if (part == 1) read.zone += std::string(line) + '\n';
        else read_expectation(line, read);
    }
    if (("\n" + read.zone).find("\nkeys.test ") == std::string::npos) read.zone += service_zone;
    std::sort(read.problems.begin(), read.problems.end());
    return read;
}

std::vector<std::string> problems_of(const Advice& advice)
{
    std::vector<std::string> problems;
    for (const auto& problem : advice.problems) {
        if (problem.kind == ProblemKind::include_cost) continue;  // in every case
        auto text = std::string(format_kind(problem.kind));
        if (problem.column != 0) text += ' ' + std::to_string(problem.column);
        problems.push_back(std::move(text));
    }
    std::sort(problems.begin(), problems.end());
    return problems;
}

std::vector<std::filesystem::path> find_cases()
{
    std::vector<std::filesystem::path> cases;
    for (const auto& entry : std::filesystem::directory_iterator(SEALPOST_SOURCE_DIR "/tests/vectors/spf-advice"))
        if (entry.path().extension() == ".case") cases.push_back(entry.path());
    std::sort(cases.begin(), cases.end());
    return cases;
}

class AdviceVector : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(AdviceVector, IsAdvisedAsItSays)
{
    const Case wanted = read_case(GetParam());
    dns::CannedResolver resolver(wanted.zone);
    const auto advice = advise_here(resolver, {"acme.test", "keys.test", wanted.senders});
    EXPECT_EQ(format_conclusion(advice.conclusion), wanted.conclusion);
    EXPECT_EQ(advice.publish.value_or(""), wanted.publish);
    EXPECT_EQ(problems_of(advice), wanted.problems);
    const auto lookups = std::to_string(advice.lookups_before) + ' ' + std::to_string(advice.lookups_after);
    EXPECT_TRUE(wanted.lookups.empty() || wanted.lookups == lookups) << lookups;
    EXPECT_TRUE(!advice.publish || advice.proof.holds());
    if (HasFailure()) std::cerr << format_text(advice, Language::en);
}

INSTANTIATE_TEST_SUITE_P(Files, AdviceVector, testing::ValuesIn(find_cases()), [](const auto& vector) { return vector.param.stem().string(); });

TEST(AdviceVectors, AreThere) { EXPECT_GT(find_cases().size(), 50U); }

}  // namespace
}  // namespace sealpost::spfadvice
