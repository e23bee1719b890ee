// room: wire/spf
// A record as a name server may send it. What was understood can be written down again from its terms
// and is understood the same way; errors lie inside the text.
#include "wire/spf/record.hpp"

#include <cstdlib>

using namespace sealpost::spf;

namespace {

std::string rewrite(const Record& record)
{
    std::string text = "v=spf1";
    for (const Term& term : record.terms()) text.append(1, ' ').append(term.text);
    for (const auto& modifier : {record.redirect(), record.exp()})
        if (modifier) text.append(1, ' ').append(modifier->text);
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text = "v=spf1 " + std::string(reinterpret_cast<const char*>(data), size);
    const auto record = Record::parse(text);
    if (record->text() != text) std::abort();
    for (const SyntaxError& error : record->errors())
        if (error.column < 1 || error.column > text.size() + 1 || error.what.empty()) std::abort();
    if (!record->errors().empty()) return 0;
    const auto again = Record::parse(rewrite(*record));
    if (!again->errors().empty() || again->terms().size() != record->terms().size()) std::abort();
    if (rewrite(*again) != rewrite(*record)) std::abort();
    return 0;
}
