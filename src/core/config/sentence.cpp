#include "core/config/sentence.hpp"

#include <algorithm>

namespace sealpost::config {

Sentence say(std::string_view code, std::string_view english, std::vector<std::string> facts)
{
    Sentence out;
    out.wording.code = code;
    std::size_t next = 0;
    for (auto open = english.find('{'); open != std::string_view::npos; open = english.find('{')) {
        const auto close = english.find('}', open);
        const auto name = english.substr(open + 1, close - open - 1);
        auto known = std::ranges::find(out.wording.facts, name, [](const auto& fact) { return fact.first; });
        if (known == out.wording.facts.end()) known = out.wording.facts.insert(known, {name, std::move(facts.at(next++))});
        out.text.append(english.substr(0, open)).append(known->second);
        english.remove_prefix(close + 1);
    }
    out.text.append(english);
    return out;
}

Error to_error(const Sentence& sentence) { return {Fault::config, sentence.text}; }

void throw_exception_from_error(const Sentence& sentence, const boost::source_location& where)
{
    sealpost::throw_exception_from_error(to_error(sentence), where);
}

}  // namespace sealpost::config
