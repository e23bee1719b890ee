#pragma once

#include "serve/acme/account_files.hpp"
#include "serve/acme/issuance.hpp"
#include "serve/acme/renewal_plan.hpp"
#include "sys/async/task_group.hpp"

#include <map>
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
        // The chain that the certificate of that name presents now, leaf first; absent: none. Called in the pool.
        std::function<std::optional<std::vector<crypto::Certificate>>(const std::string& name)> find_chain;
        log::Log log = log::Log::silent();
    };
    // `executor` is the one that run() is spawned on.
    Renewer(Executor executor, Parts parts) : wake_(executor), parts_(std::move(parts)) {}

    Task<void> run();  // until it is cancelled

    // Asks for the certificate now. False: it is none of ours. Any thread, while the executor runs.
    bool ask(const std::string& certificate);
    // What is known of the certificate; absent: it is none of ours, or was not looked at yet. Any thread.
    [[nodiscard]] std::optional<RenewalState> find_state(const std::string& certificate) const;

    // One look at every certificate, and a try for each that is due; answers when to look again. For tests.
    Task<WallTime> look();

private:
    struct View {
        RenewalState state;
        std::optional<crypto::Certificate> installed;
    };
    Task<View> see(Job job);
    Task<WallTime> look_at(Job job);
    // Fault: what came of it could not be noted.
    Task<Result<>> try_now(Job job, View view, Why why);
    Task<Tried<Issued>> obtain(Job job, Authority authority);
    Task<Tried<>> ensure_account(Conversation& conversation, Authority authority, bool anew);
    Task<Tried<Issued>> obtain_with(Conversation& conversation, Job job, Authority authority);
    Task<Result<>> save(Job job, RenewalState state);
    Task<Result<>> settle(Job job, View view, Tried<Issued> outcome);
    void tell_failure(const Job& job, const View& view, const Failure& failure) const;
    [[nodiscard]] Plan plan(const Job& job, const View& view) const;

    async::Signal wake_;
    Parts parts_;
    mutable std::mutex mutex_;
    std::set<std::string> asked_;                 // under mutex_
    std::map<std::string, RenewalState> states_;  // under mutex_, by certificate; as they stand in the files
};

}  // namespace sealpost::acme
