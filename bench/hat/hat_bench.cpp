// How long the host access table takes to compile and to answer, by its number of entries: addresses,
// CIDR ranges and last-octet ranges of both families, host names and suffixes, mixed.
//   bench_hat [ENTRIES...]              a table for people
//   bench_hat --lists DIRECTORY ENTRIES writes the same entries as tables for Postfix, and questions
#include "core/policy/host_table.hpp"

#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

namespace sealpost::policy {
namespace {

using Clock = std::chrono::steady_clock;
using Random = std::mt19937_64;

std::string random_v4(Random& random)
{
    const auto octet = [&] { return std::to_string(random() % 256); };
    return std::to_string(1 + random() % 223) + '.' + octet() + '.' + octet() + '.' + octet();
}

std::string random_v6(Random& random)
{
    char text[40];
    std::snprintf(text, sizeof text, "2001:%x:%x:%x::%x", static_cast<unsigned>(random() % 0xffff),
                  static_cast<unsigned>(random() % 0xffff), static_cast<unsigned>(random() % 0xffff),
                  static_cast<unsigned>(1 + random() % 0xfffe));
    return text;
}

std::string random_name(Random& random)
{
    return "mx" + std::to_string(random() % 100) + ".d" + std::to_string(random() % 1'000'000) + ".example";
}

std::string random_entry(Random& random)
{
    switch (random() % 6) {
        case 0: return random_v4(random);
        case 1: return random_v4(random) + '/' + std::to_string(20 + random() % 12);
        case 2: return random_v6(random);
        case 3: return random_v6(random) + '/' + std::to_string(40 + random() % 60);
        case 4: return random_name(random);
        default: return ".d" + std::to_string(random() % 1'000'000) + ".example";
    }
}

std::vector<std::string> make_entries(std::size_t count)
{
    Random random(20261125);
    std::vector<std::string> entries(count);
    for (auto& entry : entries) entry = random_entry(random);
    return entries;
}

struct Question {
    IpAddress ip;
    std::string host;
};

std::vector<Question> make_questions(std::size_t count)
{
    Random random(5);
    std::vector<Question> questions(count);
    for (auto& question : questions) {
        question.ip = parse_ip(random() % 4 == 0 ? random_v6(random) : random_v4(random)).value();
        if (random() % 4 != 0) question.host = random_name(random);
    }
    return questions;
}

double nanoseconds_since(Clock::time_point begun)
{
    return std::chrono::duration<double, std::nano>(Clock::now() - begun).count();
}

std::size_t heap_bytes()
{
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void measure(std::size_t count, const std::vector<Question>& questions)
{
    constexpr std::size_t batch = 50;
    const auto entries = make_entries(count);
    const auto heap_before = heap_bytes();
    const auto begun = Clock::now();
    HostTable::Builder builder;
    for (const auto& entry : entries) builder.add(parse_sender(entry).value());
    const HostTable table = builder.build();
    const double compiled = nanoseconds_since(begun) / 1e6;
    const double bytes = static_cast<double>(heap_bytes() - heap_before) / 1e6;
    std::vector<double> times;
    std::size_t hits = 0;
    for (std::size_t at = 0; at + batch <= questions.size(); at += batch) {
        const auto asked = Clock::now();
        for (std::size_t i = at; i < at + batch; ++i)
            hits += table.find(questions[i].ip, questions[i].host) != HostTable::none ? 1 : 0;
        times.push_back(nanoseconds_since(asked) / batch);
    }
    std::sort(times.begin(), times.end());
    std::printf("%9zu %12.1f %9.1f %12.0f %12.0f %9.1f\n", count, compiled, bytes, times[times.size() / 2],
                times[times.size() * 99 / 100], 100.0 * static_cast<double>(hits) / static_cast<double>(questions.size()));
    std::fflush(stdout);
}

// cidr: takes addresses and ranges, texthash: and lmdb: take names (and suffixes with their dot).
void write_lists(const std::filesystem::path& directory, std::size_t count)
{
    std::ofstream ranges(directory / "ranges"), names(directory / "names"), keys(directory / "addresses.asked"),
        hosts(directory / "names.asked");
    std::set<std::string> known;  // Postfix complains of names that stand twice
    for (const auto& entry : make_entries(count)) {
        const auto pattern = parse_sender(entry).value();
        if (known.insert(format_sender(pattern)).second)
            (pattern.is_name() ? names : ranges) << format_sender(pattern) << " OK\n";
    }
    for (const auto& question : make_questions(100'000)) {
        keys << format_ip(question.ip) << '\n';
        if (!question.host.empty()) hosts << question.host << '\n';
    }
}

}  // namespace
}  // namespace sealpost::policy

int main(int count, char** arguments)
{
    using namespace sealpost::policy;
    if (count == 4 && std::string_view(arguments[1]) == "--lists") {
        write_lists(arguments[2], std::stoul(arguments[3]));
        return 0;
    }
    std::vector<std::size_t> sizes = {10, 1'000, 100'000, 1'000'000};
    if (count > 1) sizes.clear();
    for (int i = 1; i < count; ++i) sizes.push_back(std::stoul(arguments[i]));
    const auto questions = make_questions(500'000);
    std::printf("  entries   compile ms        MB    median ns   99 %% ns     hits %%\n");
    for (const auto size : sizes) measure(size, questions);
}
