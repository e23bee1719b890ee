#include "wire/spf/inquiry.hpp"

namespace sealpost::spf {

const dns::Answer* Inquiry::ask(std::string_view name, dns::Type type)
{
    for (const Asked& asked : asked_)
        if (asked.type == type && asked.name == name) return asked.answered ? &asked.answer : nullptr;
    asked_.push_back({std::string(name), type, false, {}});
    return nullptr;
}

void Inquiry::take(dns::Answer answer)
{
    asked_.back().answer = std::move(answer);
    asked_.back().answered = true;
}

}  // namespace sealpost::spf
