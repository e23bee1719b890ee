#include "serve/gateway/smtp_logins.hpp"

namespace sealpost::gateway {

Result<std::shared_ptr<SmtpLogins>> SmtpLogins::load(std::vector<config::NodeConfig::SmtpLogin> logins)
{
    auto loaded = std::make_shared<SmtpLogins>(Map{});
    loaded->logins_ = std::move(logins);
    const auto problems = loaded->reload();
    if (!problems.empty()) return problems.front();
    return loaded;
}

std::shared_ptr<const courier::Login> SmtpLogins::find(std::string_view name) const
{
    const std::lock_guard lock(guard_);
    const auto found = known_.find(name);
    return found == known_.end() ? nullptr : found->second;
}

std::vector<Error> SmtpLogins::reload()
{
    std::vector<Error> problems;
    for (const auto& each : logins_) {
        auto password = config::load_secret(each.password_file);
        if (password.has_error()) {
            problems.push_back(password.error());
            continue;
        }
        const std::lock_guard lock(guard_);
        auto& login = known_[each.name];
        // Connections are kept for the same login only, so one that did not change stays the same.
        if (login && login->password.equals(password->reveal())) continue;
        login = std::make_shared<const courier::Login>(courier::Login{each.user, std::move(*password)});
    }
    return problems;
}

}  // namespace sealpost::gateway
