#pragma once

#include "core/config/node_config.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace sealpost::gateway {

// Who may sign in on a listener, from its users_file, which an operator may change while the node runs. Any thread;
// reading blocks shortly.
class SubmissionUsers {
public:
    using List = std::vector<config::SubmissionUser>;

    static Result<std::shared_ptr<SubmissionUsers>> load(const std::filesystem::path& file);
    // `file` is read by reload() only.
    SubmissionUsers(List users, std::filesystem::path file);

    [[nodiscard]] std::shared_ptr<const List> current() const;  // never null
    // A user who signed in earlier still has the name and the password that he had then.
    [[nodiscard]] bool has(const config::SubmissionUser& user) const;
    Result<> reload();  // an error keeps those at hand

private:
    const std::filesystem::path file_;
    mutable std::mutex guard_;
    std::shared_ptr<const List> users_;  // under guard_
};

}  // namespace sealpost::gateway
