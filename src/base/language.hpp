#pragma once

#include <string>
#include <string_view>

namespace sealpost {

// Those that we speak to people in.
enum class Language { en, fr };
[[nodiscard]] Language parse_language(std::string_view tag);        // RFC 5646: "fr", "fr-CA" → fr; anything else → en
[[nodiscard]] std::string_view format_language(Language language);  // "en", "fr"

// A sentence for people, in each language.
struct Words {
    std::string en;
    std::string fr;

    [[nodiscard]] const std::string& in(Language language) const { return language == Language::fr ? fr : en; }
};

}  // namespace sealpost
