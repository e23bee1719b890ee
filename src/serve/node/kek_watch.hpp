#pragma once

#include "core/keys/key_store.hpp"
#include "serve/alerts/alerts.hpp"

#include <atomic>
#include <memory>

namespace sealpost::node {

// Looks every few seconds whether the token with the key-encryption key answers; /readyz, the log and an alert tell when
// it does not. Looking also finds a token that came back.
class KekWatch {
public:
    struct Parts {
        std::shared_ptr<keys::KeyStore> keys;
        std::shared_ptr<alerts::Alerts> alerts;
        std::shared_ptr<std::atomic<bool>> is_away;
        log::Log log = log::Log::silent();
    };
    explicit KekWatch(Parts parts) : parts_(std::move(parts)) {}

    Task<void> run();   // until it is cancelled
    Task<void> look();  // once

private:
    Task<void> note_away(std::string problem);
    Task<void> note_back();
    Parts parts_;
    int failures_ = 0;
    bool may_be_told_ = true;  // the alert; by a process before this one, too
};

}  // namespace sealpost::node
