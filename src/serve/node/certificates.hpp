#pragma once

#include "core/certificates/store.hpp"
#include "sys/log/log.hpp"
#include "sys/tls/challenges.hpp"
#include "sys/tls/context.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace sealpost::node {

// What the listeners of this node show: chains and keys out of core/certificates, and the TLS settings of the
// configuration. reload() presents what is there by then, from the next handshake on; connections under way stay.
class ShownCertificates {
public:
    // SMTP, SMTP that asks clients for their certificate and judges it by `trust`, HTTPS.
    enum class Purpose { mail, asking_mail, pages };

    struct Parts {
        config::NodeConfig config;
        std::shared_ptr<const tls::ClientContext> trust;
        const Clock* clock = nullptr;  // outlives it
        log::Log log = log::Log::silent();
    };
    // Makes demo certificates where none is installed, and says so. Fault::config says what to mend.
    static Result<std::unique_ptr<ShownCertificates>> make(Parts parts);

    // By names, as a listener lists them. Null without names. Only lists that the configuration holds.
    [[nodiscard]] std::shared_ptr<tls::ServerIdentity> find(Purpose purpose, const std::vector<std::string>& names) const;
    struct Kept {
        std::string certificate;
        std::string problem;
    };
    // Reads all again, and presents what can be. What cannot stays as it is shown, whatever becomes of the others: a warning
    // in the log, and in the answer. Blocks; any thread.
    std::vector<Kept> reload();

    // What handshakes show of this certificate, leaf first, whatever became of its files; of one that no listener names, what
    // was read last. May wait for a reload.
    [[nodiscard]] std::vector<crypto::Certificate> find_shown(const std::string& name) const;

    [[nodiscard]] const std::shared_ptr<certificates::Store>& store() const { return store_; }
    // For tls-alpn-01: every context answers with these.
    [[nodiscard]] const std::shared_ptr<tls::ChallengePairs>& challenges() const { return challenges_; }

private:
    using Key = std::pair<Purpose, std::vector<std::string>>;
    using Context = std::shared_ptr<const tls::ServerContext>;
    using Loaded = std::map<std::string, certificates::Pair>;

    explicit ShownCertificates(Parts parts);
    [[nodiscard]] std::vector<Key> list_uses() const;
    [[nodiscard]] Result<certificates::Pair> load_usable(const std::string& name) const;
    Result<> load_all();
    [[nodiscard]] Result<Context> make_context(const Key& key, const Loaded& loaded) const;
    void keep(std::vector<Kept>& all, const std::string& name, const Error& problem) const;
    void warn_of_demos() const;
    void note_shown(const std::set<std::string>& stuck);

    Parts parts_;
    std::shared_ptr<certificates::Store> store_;
    std::shared_ptr<tls::ChallengePairs> challenges_ = std::make_shared<tls::ChallengePairs>();
    std::map<Key, std::shared_ptr<tls::ServerIdentity>> identities_;  // fixed once made
    Loaded loaded_;                                                   // under reloading_: what was read last
    std::map<std::string, std::vector<crypto::Certificate>> shown_;   // under reloading_, by name
    mutable std::mutex reloading_;                                    // one after the other, so that the last read is what stays
};

}  // namespace sealpost::node
