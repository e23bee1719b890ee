#include "serve/gateway/service_token.hpp"

#include "core/config/node_config.hpp"

namespace sealpost::gateway {

Result<std::shared_ptr<ServiceToken>> ServiceToken::load(std::filesystem::path file)
{
    std::shared_ptr<ServiceToken> token(new ServiceToken(std::move(file)));
    SEALPOST_CHECK(token->reload());
    return token;
}

Secret ServiceToken::current() const
{
    const std::lock_guard lock(guard_);
    return token_.clone();
}

Result<> ServiceToken::reload()
{
    auto token = config::load_secret(file_);
    const std::lock_guard lock(guard_);
    problem_ = token.has_error() ? token.error().text : std::string();
    if (token.has_error()) return token.error();
    token_ = std::move(*token);
    return {};
}

Result<> ServiceToken::note_refusal()
{
    {
        const std::lock_guard lock(guard_);
        if (!may_read_again_.has_passed()) return problem_.empty() ? Result<>() : Error{Fault::config, problem_};
        may_read_again_ = Deadline::after(std::chrono::minutes(1));
    }
    return reload();
}

}  // namespace sealpost::gateway
