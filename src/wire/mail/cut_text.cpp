#include "wire/mail/cut_text.hpp"

namespace sealpost::mail {

void cut_text(std::string& text, std::size_t max_bytes)
{
    if (text.size() <= max_bytes) return;
    std::size_t end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
}

}  // namespace sealpost::mail
