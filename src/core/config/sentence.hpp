#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealpost::config {

// How a page that speaks another language words a sentence: by its code, with these facts filled in. Codes are stable.
struct Wording {
    std::string_view code = {};  // "not_domain"; empty: nobody but the operator of the machine reads it
    std::vector<std::pair<std::string_view, std::string>> facts = {};
};

// A sentence for people, in English. Only say() makes one, so none is without its code; web/portal/policy/finding-words.ts
// has the French of every code, which a test there holds against the sources.
struct Sentence {
    Sentence() = default;

    std::string text;
    Wording wording;

    [[nodiscard]] bool empty() const { return text.empty(); }
};

// `english` names its facts: "{value} is out of range"; they are given in the order in which they appear first. Code and
// English are literals.
[[nodiscard]] Sentence say(std::string_view code, std::string_view english, std::vector<std::string> facts = {});

// The value, or what a person is told instead.
template <class T = void>
using Checked = boost::system::result<T, Sentence>;

[[nodiscard]] Error to_error(const Sentence& sentence);  // Fault::config
[[noreturn]] void throw_exception_from_error(const Sentence& sentence, const boost::source_location& where);

}  // namespace sealpost::config
