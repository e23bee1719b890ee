// certificates: the certificates of this node: those that the configuration names in files, and those that
// the node keeps itself in data_dir/certificates (doc/spec/certificates.md): requests, checks and installs of what
// an authority signed, the demo certificate until then. Called by node, cli and serve/certadmin, from any thread
// that may block. A Verdict says that something cannot be installed; a Fault that a file cannot be read or written.
#pragma once

#include "base/clock.hpp"
#include "core/certificates/material.hpp"
#include "core/certificates/pair_files.hpp"
#include "core/config/node_config.hpp"

#include <memory>

namespace sealpost::certificates {

enum class State { none, demo, self_signed, installed, expired };
[[nodiscard]] std::string_view format_state(State state);

// A request that waits for its certificate.
struct Request {
    WallTime made_at{};
    std::string key;  // "EC 256"
    std::vector<std::string> names;
    std::string pem;
};

struct Entry {
    std::string name;
    bool is_kept_by_node = false;
    std::string acme;                  // the authority that renews it; empty: none
    std::vector<std::string> names;    // that the configuration wants
    std::vector<std::string> used_by;  // "listener public", "service", "admin"
    State state = State::none;
    std::optional<WallTime> installed_at;
    Finding finding;  // its chain is what is installed; empty with State::none
    int days_left = 0;
    std::optional<Request> request;
    std::string request_problem;  // why the request that waits cannot be read; empty: it can, or none waits

    [[nodiscard]] const std::vector<crypto::Certificate>& chain() const { return finding.chain; }
};

// Who asks: the parts of a subject that an authority may want. All optional; the common name is the first name.
struct Subject {
    std::string organization;
    std::string unit;
    std::string city;
    std::string state;
    std::string country;  // two letters
};
struct RequestOrder {
    Subject subject;
    std::vector<std::string> names;  // empty: those of the configuration
    std::string key_type;            // "ecdsa", "rsa"; empty: that of the configuration
};

struct Installed {
    bool is_installed = false;
    Finding finding;
    std::vector<crypto::Certificate> left_out;  // roots, and what leads nowhere
};

class Store {
public:
    // The clock outlives it.
    Store(const config::NodeConfig& config, std::shared_ptr<const crypto::TrustStore> trust, const Clock& clock);

    // Null: there is no such certificate.
    [[nodiscard]] const config::NodeConfig::Certificate* find_configured(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> list_names() const;

    // In the order of the configuration. One that cannot be read is State::none, and its finding says why.
    [[nodiscard]] std::vector<Entry> list() const;
    // These are Fault::denied when there is no such certificate, and those that change something when it is kept in files.
    [[nodiscard]] Result<Entry> find(const std::string& name) const;
    [[nodiscard]] Result<Pair> load(const std::string& name) const;

    // A new key and a request for it; takes the place of a pending one, whose certificate may still come. What is installed
    // stays.
    [[nodiscard]] Result<Request> make_request(const std::string& name, const RequestOrder& order) const;
    [[nodiscard]] Result<Finding> check(const std::string& name, const Material& material) const;
    // Installs what verifies; with the longer word, also what does not. Whether it did is in the answer.
    [[nodiscard]] Result<Installed> install(const std::string& name, const Material& material,
                                            bool even_though_it_does_not_verify) const;
    // Finishes what a crash interrupted. Makes the demo certificate where none is installed, or an expired or
    // unfitting demo one; answers the names of those made.
    [[nodiscard]] Result<std::vector<std::string>> prepare_start() const;

private:
    using Configured = config::NodeConfig::Certificate;
    [[nodiscard]] PairFiles files_of(const Configured& certificate) const;
    [[nodiscard]] Result<const Configured*> require(const std::string& name, bool to_change) const;
    [[nodiscard]] Result<Pair> load_pair(const Configured& certificate) const;
    [[nodiscard]] Kept load_kept(const Configured& certificate) const;
    [[nodiscard]] Result<std::optional<crypto::PrivateKey>> load_request_key(const Configured& certificate) const;
    [[nodiscard]] Entry describe(const Configured& certificate) const;
    [[nodiscard]] Result<std::optional<Request>> load_request(const Configured& certificate) const;
    [[nodiscard]] Result<bool> prepare_one(const Configured& certificate) const;
    [[nodiscard]] Result<Pair> make_demo(const Configured& certificate) const;
    [[nodiscard]] Result<> keep_request_key(const Configured& certificate) const;
    [[nodiscard]] Result<> forget_request(const Configured& certificate) const;  // and the previous one
    [[nodiscard]] Result<> forget_previous_request(const Configured& certificate) const;

    files::Path folder_;
    std::vector<Configured> certificates_;
    std::vector<std::vector<std::string>> used_by_;  // one a certificate
    std::shared_ptr<const crypto::TrustStore> trust_;
    const Clock* clock_;
};

// Certificates in files that the node cannot load, and so does not start with: problems of `config check`. What
// config::check_files tells of a file is not repeated here.
[[nodiscard]] std::vector<config::Problem> find_problems(const config::NodeConfig& config, const Store& store);
// The demo certificate among what the node shows, what it keeps and cannot load, and what does not verify: warnings.
[[nodiscard]] std::vector<config::Problem> find_weaknesses(const config::NodeConfig& config, const Store& store);
// What helps against the demo certificate where an [[acme]] authority is to give another.
[[nodiscard]] std::string wait_for_authority(const std::string& authority);

}  // namespace sealpost::certificates
