#include "serve/gateway/destination_shares.hpp"

#include "core/queue/retry.hpp"

namespace sealpost::gateway {

queue::MostToDomain make_destination_shares(std::shared_ptr<const revisions::PolicyStore> policy)
{
    return [policy = std::move(policy)](const std::string& name) {
        const auto current = policy->current();
        const queue::Line line = queue::parse_line(name);
        // Of several domains each recipient is asked about when the message is: only what suspends all keeps back the line.
        const bool is_suspended = line.is_of_several ? current->suspends_all() : current->is_suspended(line.domain);
        return is_suspended ? 0 : static_cast<int>(current->find_destination(line.domain).max_connections);
    };
}

queue::IsSuspended make_suspension(std::shared_ptr<const revisions::PolicyStore> policy)
{
    return [policy = std::move(policy)](const std::string& domain) { return policy->current()->is_suspended(domain); };
}

}  // namespace sealpost::gateway
