#include "core/people/assurance.hpp"

#include <array>
#include <cstddef>

namespace sealpost::people {
namespace {

constexpr std::array<std::string_view, 4> words = {"low", "mailbox", "account", "strong"};

}  // namespace

std::string_view format_assurance(Assurance assurance) { return words.at(static_cast<std::size_t>(assurance)); }

std::optional<Assurance> parse_assurance(std::string_view text)
{
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == text) return static_cast<Assurance>(i);
    return std::nullopt;
}

}  // namespace sealpost::people
