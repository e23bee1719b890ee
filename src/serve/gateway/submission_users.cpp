#include "serve/gateway/submission_users.hpp"

#include <algorithm>

namespace sealpost::gateway {

SubmissionUsers::SubmissionUsers(List users, std::filesystem::path file)
    : file_(std::move(file)), users_(std::make_shared<const List>(std::move(users)))
{
}

Result<std::shared_ptr<SubmissionUsers>> SubmissionUsers::load(const std::filesystem::path& file)
{
    SEALPOST_TRY(auto users, config::load_users(file));
    return std::make_shared<SubmissionUsers>(std::move(users), file);
}

std::shared_ptr<const SubmissionUsers::List> SubmissionUsers::current() const
{
    const std::lock_guard lock(guard_);
    return users_;
}

bool SubmissionUsers::has(const config::SubmissionUser& user) const
{
    const auto users = current();
    return std::any_of(users->begin(), users->end(),
                       [&](const auto& known) { return known.name == user.name && known.password_hash == user.password_hash; });
}

Result<> SubmissionUsers::reload()
{
    SEALPOST_TRY(auto users, config::load_users(file_));
    const std::lock_guard lock(guard_);
    users_ = std::make_shared<const List>(std::move(users));
    return {};
}

}  // namespace sealpost::gateway
