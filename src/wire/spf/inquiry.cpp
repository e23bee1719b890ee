#include "wire/spf/inquiry.hpp"

namespace sealpost::spf {

Inquiry::Known Inquiry::ask(std::string_view name, dns::Type type)
{
    // First those asked here: an answer that comes without a TTL is nowhere else.
    for (const Asked& asked : asked_)
        if (asked.type == type && asked.name == name) return asked.answer;
    if (at_hand_ != nullptr) {
        if (Known known = at_hand_->find_known(name, type)) return known;
    }
    asked_.push_back({std::string(name), type, nullptr});
    return nullptr;
}

void Inquiry::take(dns::Answer answer) { asked_.back().answer = std::make_shared<const dns::Answer>(std::move(answer)); }

}  // namespace sealpost::spf
