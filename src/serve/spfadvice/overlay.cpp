#include "serve/spfadvice/overlay.hpp"

namespace sealpost::spfadvice {

Task<dns::Answer> MemoResolver::query(std::string name, dns::Type type, Deadline deadline)
{
    const auto normal = dns::normalise_name(name);
    const auto key = std::pair(normal.value_or(name), type);
    if (const auto known = answers_.find(key); known != answers_.end()) co_return known->second;
    auto answer = co_await below_.query(std::move(name), type, deadline);
    if (answers_.size() < max_answers) answers_.emplace(key, answer);
    co_return answer;
}

Task<dns::Answer> OverlayResolver::query(std::string name, dns::Type type, Deadline deadline)
{
    if (type == dns::Type::txt && dns::normalise_name(name) == name_) {
        dns::Answer answer;
        answer.status = dns::Status::found;
        answer.records.push_back(record_);
        co_return answer;
    }
    auto answer = co_await below_.query(std::move(name), type, deadline);
    co_return answer;
}

}  // namespace sealpost::spfadvice
