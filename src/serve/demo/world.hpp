// demo: a whole small world on loopback, for newcomers and for end-to-end tests. Two organisations
// with mailboxes, a registered envelope service, a name server and a private certificate authority, all
// in one process; the nodes are ordinary nodes with configuration files that the commands of the
// command line understand, too. The page shows it, the smoke test plays it. Started and stopped from
// a thread that is no worker.
#pragma once

#include "serve/demo/authority.hpp"
#include "serve/demo/mailbox.hpp"
#include "serve/demo/name_server.hpp"
#include "serve/demo/plan.hpp"
#include "serve/node/node.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sealpost::demo {

inline constexpr std::string_view alice = "alice@acme.test";
inline constexpr std::string_view bob = "bob@partner.test";

struct WorldOptions {
    files::Path directory;  // made when it is missing; nodes keep their data in it
    std::optional<std::uint16_t> port_base;
};

// Names and passwords that the world made for itself.
struct Secrets {
    std::string administrator = "admin";  // of acme at the service, and of the gateway's mail policies
    std::string administrator_password;
    std::string submission_password;  // of alice
};

class World {
public:
    static Result<std::unique_ptr<World>> start(WorldOptions options, const Clock& clock);
    ~World();  // stops

    [[nodiscard]] const Plan& plan() const { return plan_; }
    [[nodiscard]] const Secrets& secrets() const { return secrets_; }
    [[nodiscard]] Mailboxes& mailboxes() { return *mailboxes_; }
    [[nodiscard]] node::Node& gateway() { return *gateway_; }
    [[nodiscard]] node::Node& service() { return *service_; }
    [[nodiscard]] async::Workers& workers() { return *workers_; }
    [[nodiscard]] async::BlockingPool& pool() { return *pool_; }
    [[nodiscard]] const Clock& clock() const { return clock_; }
    [[nodiscard]] const log::Log& log() const { return log_; }
    [[nodiscard]] files::Path root_file() const { return options_.directory / "ca.pem"; }
    [[nodiscard]] files::Path config_file(std::string_view node) const { return options_.directory / node / "sealpost.toml"; }

    // What acme's gateway presents from the next handshake on.
    Result<> present_certificate(bool self_signed);
    [[nodiscard]] bool is_self_signed() const { return self_signed_; }

private:
    World(WorldOptions options, const Clock& clock);
    Result<> make_files();
    Result<> write_certificate(const std::string& node, const std::string& name, const CertificateFiles& certificate);
    Result<> write_dkim_key(const std::string& node, const std::string& domain);
    Result<> start_names();
    Result<> start_mail_servers();
    Result<> start_service();
    Result<> start_gateway();
    Result<> set_up_service(std::string& token);
    Result<> set_up_gateway();
    [[nodiscard]] ZoneData make_zone() const;
    void add_sender_records(ZoneData& zone) const;
    [[nodiscard]] std::string service_config() const;
    [[nodiscard]] std::string gateway_config() const;
    [[nodiscard]] std::string gateway_policy() const;

    WorldOptions options_;
    const Clock& clock_;
    log::Log log_;
    Plan plan_;
    Secrets secrets_;
    std::optional<Authority> authority_;
    std::map<std::string, std::string> dkim_records_;  // by the names where they stand
    std::unique_ptr<Mailboxes> mailboxes_;
    std::unique_ptr<NameServer> names_;
    std::unique_ptr<async::BlockingPool> pool_;
    std::unique_ptr<async::Workers> workers_;
    std::vector<std::unique_ptr<smtpd::MailServer>> mail_servers_;
    std::unique_ptr<node::Node> service_;
    std::unique_ptr<node::Node> gateway_;
    bool self_signed_ = false;
};

}  // namespace sealpost::demo
