// tests/vectors/dkim and tests/vectors/arc; make.py there says what a vector looks like.
#include "wire/dkim/dkim_world.hpp"

#include <filesystem>

namespace sealpost::dkim {
namespace {

struct Vector {
    std::string zone;
    WallTime now{};
    std::vector<std::string> dkim;
    std::string arc;
    Message message;
};

Vector read_vector(const std::filesystem::path& path)
{
    const std::string text = read_file(path.string());
    const std::size_t end = text.find("\n---\n");
    Vector vector;
    for (const auto line : split(std::string_view(text).substr(0, end), '\n')) {
        const std::string value(line.substr(std::min(line.find(": ") + 2, line.size())));
        if (line.starts_with("dns: ")) vector.zone += value + '\n';
        if (line.starts_with("now: ")) vector.now = parse_rfc3339(value).value();
        if (line.starts_with("dkim: ")) vector.dkim.push_back(value);
        if (line.starts_with("arc: ")) vector.arc = value;
    }
    vector.message = Message::parse(to_crlf(std::string_view(text).substr(end + 5)));
    return vector;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::vector<std::string> describe(const std::vector<SignatureReport>& signatures)
{
    std::vector<std::string> lines;
    for (const auto& one : signatures)
        lines.push_back(std::string(format_verdict(one.verdict)) + ' ' + or_dash(one.domain) + ' ' + or_dash(one.selector) +
                        (one.testing ? " testing" : ""));
    return lines;
}

std::string describe(const ChainReport& chain)
{
    std::string line(format_chain_verdict(chain.verdict));
    if (chain.instances > 0) line += ' ' + std::to_string(chain.instances);
    return line + (chain.temporary ? " temporary" : "");
}

void check_folder(const std::string& folder, int least)
{
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SEALPOST_SOURCE_DIR "/tests/vectors/" + folder)) {
        if (entry.path().extension() != ".txt") continue;
        ++count;
        const Vector vector = read_vector(entry.path());
        for (const std::size_t piece_bytes : {1U, 7U, 4096U}) {
            const auto report = verify(vector.message, vector.zone, vector.now, piece_bytes);
            const std::string why = report.signatures.empty() ? "" : report.signatures[0].problem;
            EXPECT_EQ(describe(report.signatures), vector.dkim) << entry.path() << ": " << why;
            EXPECT_EQ(describe(report.chain), vector.arc) << entry.path() << ": " << report.chain.problem;
            for (const auto& one : report.signatures)
                EXPECT_EQ(one.problem.empty(), one.verdict == Verdict::pass) << entry.path() << ": " << one.problem;
        }
    }
    EXPECT_GE(count, least);
}

TEST(DkimVectors, GiveTheVerdictThatTheySay) { check_folder("dkim", 94); }
TEST(ArcVectors, GiveTheVerdictThatTheySay) { check_folder("arc", 17); }

}  // namespace
}  // namespace sealpost::dkim
