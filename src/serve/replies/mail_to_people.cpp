#include "serve/replies/mail_to_people.hpp"

#include <algorithm>

namespace sealpost::replies {

constexpr std::size_t max_message_id_bytes = 900;  // a header line holds 998

Task<Result<Language>> choose_language(std::shared_ptr<people::People> people, std::string address, people::AccountId account)
{
    auto person = co_await people->persons().find_by_address(std::move(address));
    if (person.has_error()) co_return person.error();
    if (*person && !(*person)->language.empty()) co_return parse_language((*person)->language);
    auto tenant = co_await people->accounts().find(account);
    if (tenant.has_error()) co_return tenant.error();
    co_return parse_language(*tenant ? (*tenant)->language : "en");
}

std::string check_message_id(std::string_view text)
{
    const bool is_plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    const bool is_id = text.size() > 2 && text.size() <= max_message_id_bytes && text.front() == '<' && text.back() == '>';
    return is_plain && is_id ? std::string(text) : std::string();
}

}  // namespace sealpost::replies
