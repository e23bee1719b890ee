#pragma once

#include "base/secret.hpp"
#include "sys/async/task.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

namespace sealpost::gateway {

// The token in gateway.token_file, which an operator may replace while the node runs. Any thread; reading blocks shortly.
class ServiceToken {
public:
    static Result<std::shared_ptr<ServiceToken>> load(std::filesystem::path file);

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    [[nodiscard]] Secret current() const;
    Result<> reload();        // an error keeps the one at hand
    Result<> note_refusal();  // reads the file again, once a minute at most; why it cannot be read

private:
    explicit ServiceToken(std::filesystem::path file) : file_(std::move(file)) {}

    const std::filesystem::path file_;
    mutable std::mutex guard_;
    Secret token_;                                   // under guard_
    Deadline may_read_again_ = Deadline::after({});  // under guard_; after a refusal
    std::string problem_;                            // under guard_; of the last reading
};

}  // namespace sealpost::gateway
