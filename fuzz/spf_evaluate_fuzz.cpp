// room: wire/spf
// A whole evaluation against a name server that says what the input says: each line is an answer, and a
// question's own octets choose its line. However hostile, the evaluation ends, asks nothing twice and
// stays within the limits of RFC 7208 §4.6.4.
#include "wire/spf/walk.hpp"

#include "base/text.hpp"

#include <cstdlib>
#include <set>

using namespace sealpost;

namespace {

dns::Answer answer_to(const std::vector<std::string_view>& lines, const std::string& name, dns::Type type)
{
    std::size_t sum = static_cast<std::size_t>(type);
    for (const char c : name) sum = sum * 31 + static_cast<unsigned char>(c);
    const std::string_view line = lines[sum % lines.size()];
    dns::Answer answer;
    answer.status = line == "?" ? dns::Status::temporary : line.empty() ? dns::Status::no_such_name : dns::Status::found;
    if (answer.status != dns::Status::found) return answer;
    for (const std::string_view record : split(line, '|')) answer.records.emplace_back(record);
    return answer;
}

void evaluate(const std::vector<std::string_view>& lines, std::string_view ip, bool keep_trace)
{
    static spf::RecordCache cache(100);
    const spf::Question question{.ip = *parse_ip(ip), .helo = "mx.example.org", .mail_from = "a.b-c@example.com", .receiver = {}};
    spf::Options options;
    options.keep_trace = keep_trace;
    spf::Walk walk(question, spf::Identity::mail_from, options, cache);
    std::set<std::pair<std::string, dns::Type>> asked;
    while (walk.run()) {
        if (!asked.emplace(walk.wanted_name(), walk.wanted_type()).second || asked.size() > 250) std::abort();
        walk.take(answer_to(lines, walk.wanted_name(), walk.wanted_type()));
    }
    const spf::Report report = walk.take_report();
    if (report.lookups > options.max_lookups || report.void_lookups > options.max_void_lookups + 1) std::abort();
    for (const char c : report.explanation + report.problem)
        if (c < 0x20 || c > 0x7e) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto lines = split({reinterpret_cast<const char*>(data), size}, '\n');
    evaluate(lines, "192.0.2.1", false);
    evaluate(lines, "2001:db8::1", true);
    return 0;
}
