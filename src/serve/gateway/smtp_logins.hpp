#pragma once

#include "core/config/node_config.hpp"
#include "serve/courier/order.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::gateway {

// What routes sign in with: each [[smtp_login]] with the password of its file, which an operator may change while the node
// runs. Any thread; reading blocks shortly.
class SmtpLogins {
public:
    using Map = std::map<std::string, std::shared_ptr<const courier::Login>, std::less<>>;  // by name

    static Result<std::shared_ptr<SmtpLogins>> load(std::vector<config::NodeConfig::SmtpLogin> logins);
    // Those of no file.
    explicit SmtpLogins(Map known) : known_(std::move(known)) {}

    [[nodiscard]] std::shared_ptr<const courier::Login> find(std::string_view name) const;  // null: this node has none
    // Why a password stays as it was, one for each file that cannot be read.
    std::vector<Error> reload();

private:
    std::vector<config::NodeConfig::SmtpLogin> logins_;
    mutable std::mutex guard_;
    Map known_;  // under guard_
};

}  // namespace sealpost::gateway
