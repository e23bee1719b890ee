// The configuration and policy files of the demo's nodes: what a newcomer finds in the directory.
#include "serve/demo/world.hpp"

namespace sealpost::demo {

std::string World::service_config() const
{
    return "# keys.test: the registered envelope service of the demo world\n"
           "[node]\n"
           "hostname = \"keys.test\"\n"
           "data_dir = \"data\"\n"
           "roles    = [\"service\"]\n"
           "workers  = 1\n\n"
           "[dns]\n"
           "resolver = \"" +
           format_endpoint(plan_.names) +
           "\"\n\n"
           "[tls]\n"
           "trust = [\"../ca.pem\"]\n\n"
           "[[certificate]]\n"
           "name  = \"keys\"\n"
           "chain = \"keys.pem\"\n"
           "key   = \"keys.key\"\n\n"
           "[service]\n"
           "url            = \"" +
           plan_.service_url() +
           "\"\n"
           "listen         = \"" +
           format_endpoint(plan_.service) +
           "\"\n"
           "certificate    = \"keys\"\n"
           "kek            = \"file:kek.key\"\n"
           "mail_domain    = \"keys.test\"\n"
           "send_addresses = [\"" +
           format_ip(plan_.service_sends_from) +
           "\"]\n\n"
           "[delivery]\n"
           "mx_port     = " +
           std::to_string(plan_.public_mx.port) +
           "\n"
           "helo        = \"out.keys.test\"\n"
           "first_retry = \"5s\"\n\n"
           "[[dkim]]\n"
           "domain   = \"keys.test\"\n"
           "selector = \"s1\"\n"
           "key      = \"dkim-s1.key\"\n\n"
           "[limits]\n"
           "drain_timeout = \"2s\"\n\n"
           "[log]\n"
           "file = \"sealpost.log\"\n";
}

std::string World::gateway_config() const
{
    return "# mx1.acme.test: the gateway of the demo world\n"
           "[node]\n"
           "hostname = \"mx1.acme.test\"\n"
           "data_dir = \"data\"\n"
           "roles    = [\"gateway\"]\n"
           "workers  = 1\n\n"
           "[dns]\n"
           "resolver = \"" +
           format_endpoint(plan_.names) +
           "\"\n\n"
           "[tls]\n"
           "trust = [\"../ca.pem\"]\n\n"
           "[[certificate]]\n"
           "name  = \"mx1\"\n"
           "chain = \"mx1.pem\"\n"
           "key   = \"mx1.key\"\n\n"
           "[[certificate]]\n"
           "name  = \"admin\"\n"
           "chain = \"admin.pem\"\n"
           "key   = \"admin.key\"\n\n"
           "[[listener]]\n"
           "name        = \"public\"\n"
           "kind        = \"public\"\n"
           "address     = \"" +
           format_endpoint(plan_.public_mx) +
           "\"\n"
           "certificate = \"mx1\"\n\n"
           "[[listener]]\n"
           "name        = \"submission\"\n"
           "kind        = \"submission\"\n"
           "address     = \"" +
           format_endpoint(plan_.submission) +
           "\"\n"
           "certificate = \"mx1\"\n"
           "users_file  = \"submission.users\"\n\n"
           "[gateway]\n"
           "service_url = \"" +
           plan_.service_url() +
           "\"\n"
           "token_file  = \"service.token\"\n\n"
           "[admin]\n"
           "listen      = \"" +
           format_endpoint(plan_.admin) +
           "\"\n"
           "certificate = \"admin\"\n"
           "url         = \"" +
           plan_.admin_url() +
           "\"\n\n"
           "[delivery]\n"
           "mx_port        = " +
           std::to_string(plan_.public_mx.port) +
           "\n"
           "source_address = \"" +
           format_ip(plan_.public_mx.address) +
           "\"\n"
           "first_retry    = \"5s\"\n\n"
           "[[dkim]]\n"
           "domain   = \"acme.test\"\n"
           "selector = \"s1\"\n"
           "key      = \"dkim-s1.key\"\n\n"
           "[limits]\n"
           "drain_timeout = \"2s\"\n\n"
           "[log]\n"
           "file = \"sealpost.log\"\n";
}

std::string World::gateway_policy() const
{
    return "# What acme's gateway decides. Change it, then:\n"
           "#   sealpost --config sealpost.toml policy submit policy.toml\n"
           "#   sealpost --config sealpost.toml policy commit -m \"why\"\n\n"
           "[[listener_defaults]]\n"
           "max_message_size = \"100M\"\n\n"
           "[[mail_flow_policy]]\n"
           "name     = \"ACCEPTED\"\n"
           "behavior = \"accept\"\n\n"
           "[[mail_flow_policy]]\n"
           "name     = \"KEYS_TLS\"            # secure replies come inside TLS or not at all\n"
           "behavior = \"accept\"\n"
           "tls      = \"required\"\n\n"
           "[[mail_flow_policy]]\n"
           "name     = \"SUBMITTED\"\n"
           "behavior = \"accept\"\n"
           "tls      = \"required\"\n"
           "auth     = \"required\"\n\n"
           "[[sender_group]]\n"
           "name     = \"KEYS\"\n"
           "listener = \"public\"\n"
           "order    = 1\n"
           "policy   = \"KEYS_TLS\"\n"
           "comment  = \"the envelope service\"\n"
           "senders  = [\"keys.test\", \".keys.test\"]\n\n"
           "[[sender_group]]\n"
           "name     = \"EVERYBODY\"\n"
           "listener = \"public\"\n"
           "policy   = \"ACCEPTED\"\n"
           "senders  = [\"ALL\"]\n\n"
           "[[sender_group]]\n"
           "name     = \"STAFF\"\n"
           "listener = \"submission\"\n"
           "policy   = \"SUBMITTED\"\n"
           "senders  = [\"ALL\"]\n\n"
           "[[recipient]]\n"
           "address = \"acme.test\"\n\n"
           "[[route]]\n"
           "domain = \"acme.test\"\n"
           "hosts  = [\"" +
           format_endpoint(plan_.inner) +
           "\"]\n\n"
           "[[encryption_profile]]\n"
           "name                = \"default\"\n"
           "attachment_max_size = \"64M\"\n"
           "expires_after       = \"90d\"\n"
           "receipt             = false\n\n"  // the story counts Alice's mails
           "[[encryption_rule]]\n"
           "name             = \"tagged\"\n"
           "subject_contains = [\"[secure]\"]\n";
}

}  // namespace sealpost::demo
