// room: serve/spfadvice
// A record as somebody published it: whatever was mended reads, reads again as the same terms, and loses
// nothing when it is cut into strings.
#include "serve/spfadvice/draft.hpp"
#include "sys/dns/zone_text.hpp"

#include <cstdint>
#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto draft = spfadvice::read_draft({reinterpret_cast<const char*>(data), size});
    for (const auto& term : draft.terms)
        if (term.kind == spfadvice::Kind::unknown || term.column == 0 || term.column > size) std::abort();
    for (const auto& problem : draft.problems)
        if (problem.column == 0 || problem.column > size || spfadvice::phrase(problem, Language::fr).text.empty()) std::abort();
    const auto record = spfadvice::format_record(draft.terms);
    const auto again = spfadvice::read_draft(record);
    if (!again.in_force || again.has_unmended || again.terms.size() != draft.terms.size()) std::abort();
    for (std::size_t i = 0; i < again.terms.size(); ++i)
        if (again.terms[i].text != draft.terms[i].text) std::abort();
    std::string joined;
    for (const auto& string : dns::split_strings(record)) {
        if (string.size() > dns::max_string_bytes) std::abort();
        joined += string;
    }
    if (joined != record) std::abort();
    return 0;
}
