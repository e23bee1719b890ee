#pragma once

#include "core/revisions/policy_store.hpp"
#include "serve/task_answers.hpp"

namespace sealpost::gateway {

// The policy of the tests: who connects from where is told by the address.
inline constexpr std::string_view policy_text = R"(
[[mail_flow_policy]]
name = "TLS"
behavior = "accept"
tls = "required"

[[mail_flow_policy]]
name = "OPEN"
behavior = "accept"
max_message_size = "20K"
max_line_length = 2000
max_recipients_per_message = 7

[[mail_flow_policy]]
name = "DENY"
behavior = "reject"
reject_text = "No mail from $RemoteIP"

[[mail_flow_policy]]
name = "LATE"
behavior = "reject"
delay_rejection = true

[[mail_flow_policy]]
name = "RESET"
behavior = "refuse"

[[mail_flow_policy]]
name = "INNER"
behavior = "relay"

[[mail_flow_policy]]
name = "PROVEN"
behavior = "accept"
tls = "required"
tls_verify_client = true

[[mail_flow_policy]]
name = "STAFF"
behavior = "accept"
tls = "required"
auth = "required"

[[sender_group]]
name = "KEYS"
listener = "public"
policy = "TLS"
senders = [".keys.test"]

[[sender_group]]
name = "DENIED"
listener = "public"
policy = "DENY"
senders = ["192.0.2.66"]

[[sender_group]]
name = "LATER"
listener = "public"
policy = "LATE"
senders = ["192.0.2.67"]

[[sender_group]]
name = "UNHEARD"
listener = "public"
policy = "RESET"
senders = ["192.0.2.68"]

[[sender_group]]
name = "INSIDE"
listener = "public"
policy = "INNER"
senders = ["192.0.2.10"]

[[sender_group]]
name = "CERTIFIED"
listener = "public"
policy = "PROVEN"
senders = ["192.0.2.20"]

[[sender_group]]
name = "EVERYBODY"
listener = "public"
policy = "OPEN"
senders = ["ALL"]

[[sender_group]]
name = "PEOPLE"
listener = "submission"
policy = "STAFF"
senders = ["ALL"]

[[recipient]]
address = "acme.test"

[[route]]
domain = "void.test"
hosts = ["/dev/null"]

[[encryption_rule]]
name = "partner"
recipient = ["partner.test"]

[[encryption_rule]]
name = "careful"
recipient = ["careful.test", "void.test"]
action = "if_tls_fails"
)";

inline void commit_policy(revisions::PolicyStore& store, const std::string& text)
{
    const auto submitted = store.submit(text, "policy.toml", "ann").value();
    EXPECT_EQ(submitted.kind, revisions::SubmitResult::Kind::staged) << config::format_problems(submitted.problems);
    EXPECT_TRUE(store.commit("ann", "for this test").has_value());
}

class GatewayWorld : public queue::QueueFixture {
protected:
    GatewayWorld()
    {
        policy_ = revisions::PolicyStore::open(
                      database_, clock_,
                      {{"public", policy::ListenerKind::public_mail}, {"submission", policy::ListenerKind::submission}})
                      .value();
        commit("");
    }

    // The policy of the tests with this behind it.
    void commit(const std::string& more) { commit_policy(*policy_, std::string(policy_text) + more); }

    std::shared_ptr<revisions::PolicyStore> policy_;
};

}  // namespace sealpost::gateway
