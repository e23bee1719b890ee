#include "base/language.hpp"

#include "base/text.hpp"

namespace sealpost {

Language parse_language(std::string_view tag)
{
    return iequals(tag, "fr") || istarts_with(tag, "fr-") || istarts_with(tag, "fr_") ? Language::fr : Language::en;
}

std::string_view format_language(Language language) { return language == Language::fr ? "fr" : "en"; }

}  // namespace sealpost
