#pragma once

#include "core/config/node_config.hpp"
#include "serve/acme/renewer.hpp"
#include "serve/acme/responder.hpp"
#include "serve/node/page_servers.hpp"
#include "sys/dns/resolver.hpp"

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::node {

// The authorities of [[acme]]: responders for their challenges, and the task that has certificates issued and renewed.
class AcmeRole {
public:
    struct Parts {
        const config::NodeConfig* config = nullptr;
        std::shared_ptr<dns::Resolver> resolver;
        async::BlockingPool* pool = nullptr;
        async::Workers* workers = nullptr;
        const Clock* clock = nullptr;
        std::shared_ptr<tls::ChallengePairs> challenges;  // of every HTTPS listener
        // acme::Renewer::Parts says what they do.
        std::function<Task<Result<>>(std::string name, std::string chain_pem, Secret key_pem)> install;
        std::function<std::optional<std::vector<crypto::Certificate>>(const std::string& name)> find_chain;
        log::Log log = log::Log::silent();
    };
    // The parts outlive it. Fault::config when a file of [[acme]] trust cannot be used.
    static Result<std::unique_ptr<AcmeRole>> make(Parts parts);

    Result<> open_responders();
    void spawn_chores(async::TaskGroup& group);  // on the first worker
    void begin();                                // to ask: whoever answers challenges listens by now
    // Asks for the certificate now; false when no authority issues it. Any thread.
    bool renew(const std::string& certificate) { return renewer_->ask(certificate); }
    [[nodiscard]] std::optional<acme::RenewalState> find_state(const std::string& certificate) const
    {
        return renewer_->find_state(certificate);
    }
    void begin_stop(Deadline drain);
    void await_stop();                                           // blocks: call it from a thread that is no worker
    [[nodiscard]] std::vector<NamedEndpoint> endpoints() const;  // "acme"

private:
    explicit AcmeRole(Parts parts) : parts_(std::move(parts)) {}
    Result<> make_renewer();
    Task<void> renew_from_begin_on();

    Parts parts_;
    std::unique_ptr<async::Signal> begun_;
    std::shared_ptr<acme::Answers> answers_;
    std::unique_ptr<acme::Renewer> renewer_;
    std::vector<std::unique_ptr<acme::Responder>> responders_;
    std::vector<std::future<void>> stopped_;  // one of each, once they are asked to
};

// Of a node whose configuration names an authority; null: it names none.
[[nodiscard]] Result<std::unique_ptr<AcmeRole>> make_acme_role(Machinery& machinery);

}  // namespace sealpost::node
