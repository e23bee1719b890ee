#include "wire/mail/message_id.hpp"

#include "base/text.hpp"
#include "wire/mail/cut_text.hpp"
#include "wire/mail/utf8.hpp"

namespace sealpost::mail {

std::string clean_message_id(std::string_view value)
{
    if (const auto open = value.find('<'); open != std::string_view::npos) value.remove_prefix(open + 1);
    value = trim(value.substr(0, value.find('>')));
    std::string id = clean_utf8(value.substr(0, find_cut(value, max_message_id_bytes)), Controls::none);
    cut_text(id, max_message_id_bytes);
    for (char& c : id)
        if (c == '"' || c == '\\' || c == '<') c = '?';
    return std::string(trim(id));
}

}  // namespace sealpost::mail
