#pragma once

#include "core/dmarcreports/reports.hpp"
#include "core/queue/answering.hpp"
#include "core/queue/dispatcher.hpp"
#include "core/revisions/policy_editor.hpp"
#include "core/traffic/traffic.hpp"
#include "serve/authcheck/auth_checker.hpp"
#include "serve/gateway/host_limits.hpp"
#include "serve/gateway/sender_limits.hpp"
#include "serve/gateway/service_token.hpp"
#include "serve/gateway/smtp_logins.hpp"
#include "serve/gateway/submission_users.hpp"
#include "serve/gateway/suspension_watch.hpp"
#include "serve/hostfacts/asker.hpp"
#include "serve/node/page_servers.hpp"
#include "serve/node/seal_watch.hpp"
#include "serve/smtpd/mail_server.hpp"
#include "sys/async/task_group.hpp"
#include "wire/mail/bounce_tag.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

namespace sealpost::node {

// The gateway as a part of a node: its policy, its listeners, its way of delivering.
class GatewayRole {
public:
    static Result<std::unique_ptr<GatewayRole>> make(Machinery& machinery, std::shared_ptr<courier::Courier> courier);

    Result<> open_listeners();  // mail comes in from here on
    // The files of countries and scores, of who may sign in, of the passwords of [[smtp_login]], and of the token for the
    // service; a sentence for each that stays as it was.
    std::vector<std::string> reload();
    void spawn_chores(async::TaskGroup& group);
    void begin_stop(Deadline drain);
    void await_stop();  // blocks

    [[nodiscard]] queue::Deliverer& deliverer() { return *deliverer_; }
    [[nodiscard]] queue::MostToDomain most_to_domain() const;  // by the destination controls of the policy that is current then
    [[nodiscard]] queue::IsSuspended suspension() const;       // by the same
    [[nodiscard]] revisions::PolicyStore& policy() { return *policy_; }
    [[nodiscard]] const std::shared_ptr<traffic::Traffic>& traffic() const { return traffic_; }
    [[nodiscard]] const hostfacts::Asker& host_asker() const { return *host_asker_; }
    [[nodiscard]] std::shared_ptr<revisions::PolicyEditor> editor() const { return editor_; }
    [[nodiscard]] std::vector<NamedEndpoint> endpoints() const;

private:
    explicit GatewayRole(Machinery& machinery) : machinery_(machinery) {}
    Result<> make_host_asker();
    Result<> load_users();
    void make_report_inbox();
    void spawn_seal_watch(async::TaskGroup& group);
    Result<smtpd::MailServerOptions> describe(const config::NodeConfig::Listener& listener) const;

    Machinery& machinery_;
    std::shared_ptr<revisions::PolicyStore> policy_;
    std::shared_ptr<revisions::PolicyEditor> editor_;  // of that store, for administrators
    std::shared_ptr<dmarcreports::Reports> reports_;
    std::shared_ptr<traffic::Traffic> traffic_;
    std::shared_ptr<const authcheck::AuthChecker> checker_;
    std::shared_ptr<hostfacts::Asker> host_asker_;
    std::shared_ptr<people::PasswordChecker> passwords_ = std::make_shared<people::PasswordChecker>();
    std::shared_ptr<gateway::HostLimits> hosts_;
    std::shared_ptr<gateway::SenderLimits> senders_;  // these four over all listeners
    std::shared_ptr<gateway::Places> connections_;
    std::shared_ptr<gateway::Places> tls_connections_;
    std::shared_ptr<gateway::ServiceToken> token_;                                      // null: no service
    std::map<std::filesystem::path, std::shared_ptr<gateway::SubmissionUsers>> users_;  // by users_file
    std::shared_ptr<gateway::SmtpLogins> logins_;
    std::shared_ptr<const mail::BounceKeys> bounce_keys_;  // may be empty
    std::unique_ptr<queue::Deliverer> outgoing_;
    std::unique_ptr<queue::Deliverer> report_inbox_;
    std::unique_ptr<queue::Deliverer> deliverer_;  // of these two, by lane
    std::unique_ptr<gateway::SuspensionWatch> suspensions_;
    std::shared_ptr<SealFailures> seal_failures_;  // null: no service
    std::unique_ptr<SealWatch> seal_watch_;
    std::vector<std::pair<std::string, std::unique_ptr<smtpd::MailServer>>> servers_;
};

}  // namespace sealpost::node
