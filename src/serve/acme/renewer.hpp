#pragma once

#include "serve/acme/account_files.hpp"
#include "serve/acme/issuance.hpp"
#include "serve/acme/renewal_plan.hpp"
#include "sys/async/task_group.hpp"

#include <mutex>
#include <set>

namespace sealpost::acme {

// Sees to it that each certificate of its list is issued and renewed, one after the other.
class Renewer {
public:
    struct Authority {
        std::string name;
        std::string directory;
        std::string contact;
        std::string challenge;
        Send send;
    };
    struct Job {
        std::string certificate;
        std::string authority;
        std::vector<std::string> names;
        std::string key_type;
    };
    struct Parts {
        std::vector<Authority> authorities;
        std::vector<Job> jobs;
        files::Path data_dir;
        std::shared_ptr<Answers> answers;
        async::BlockingPool* pool = nullptr;
        const Clock* clock = nullptr;
        // Installs a chain and its key as the certificate of that name; handshakes from then on show it.
        std::function<Task<Result<>>(std::string name, std::string chain_pem, Secret key_pem)> install;
        // The chain that the certificate of that name presents now, leaf first; absent: none. Does not block.
        std::function<std::optional<std::vector<crypto::Certificate>>(const std::string& name)> find_chain;
        log::Log log = log::Log::silent();
    };
    // `executor` is the one that run() is spawned on.
    Renewer(Executor executor, Parts parts) : wake_(executor), parts_(std::move(parts)) {}

    Task<void> run();  // until it is cancelled

    // Asks for the certificate now. False: it is none of ours. Any thread, while the executor runs.
    bool ask(const std::string& certificate);

    // One look at every certificate, and a try for each that is due; answers when to look again. For tests.
    Task<WallTime> look();

private:
    Task<WallTime> look_at(Job job);
    Task<void> try_now(Job job, RenewalState state, Why why);
    Task<Tried<Issued>> obtain(Job job, Authority authority);
    Task<Tried<>> ensure_account(Conversation& conversation, Authority authority, bool anew);
    Task<Tried<Issued>> obtain_with(Conversation& conversation, Job job, Authority authority);
    Task<Result<>> save(Job job, RenewalState state);
    Task<Result<>> settle(Job job, RenewalState state, Tried<Issued> outcome);
    void tell_failure(const Job& job, const RenewalState& state, const Failure& failure) const;
    [[nodiscard]] std::optional<crypto::Certificate> find_leaf(const std::string& certificate) const;
    [[nodiscard]] bool is_asked(const std::string& certificate) const;

    async::Signal wake_;
    Parts parts_;
    mutable std::mutex mutex_;
    std::set<std::string> asked_;  // under mutex_
};

}  // namespace sealpost::acme
