// A farm of loopback mail hosts for tests of the domain TLS test, each with one fault of its own.
#pragma once

#include "serve/tlstest/domain_test.hpp"
#include "sys/net/stream.hpp"
#include "sys/tls/context.hpp"

#include <gtest/gtest.h>

namespace sealpost::tlstest {

// A private authority with an intermediate.
struct Authority {
    explicit Authority(const std::string& name);
    [[nodiscard]] tls::KeyPair pair(const crypto::CertificateOrder& order,
                                    const crypto::PrivateKey& key) const;  // with intermediate
    [[nodiscard]] std::shared_ptr<const tls::ClientContext> trusting_client() const;

    crypto::Issuer root;
    crypto::Issuer intermediate;
};
[[nodiscard]] crypto::CertificateOrder order_for(const std::string& name, bool is_ca = false);
[[nodiscard]] const Authority& acme_authority();

struct MailHostScript {
    std::string banner = "220 mx.acme.test ESMTP";
    bool offers_starttls = true;
    std::string starttls_reply = "220 go ahead";
    enum class Then { handshake, garbage, reset, silence } then = Then::handshake;
    std::shared_ptr<const tls::ServerContext> identity;
};

[[nodiscard]] MailHostScript good_host();
[[nodiscard]] MailHostScript host_with(tls::KeyPair pair, tls::ServerOptions options = {});

// Plays the hosts on 127.0.0.1, 127.0.0.2 …, one port, and tests `domain` in a world of `zone`.
struct Played {
    DomainTestResult result;
    std::vector<std::string> commands;  // all that the hosts heard
};
[[nodiscard]] Played play(std::vector<MailHostScript> hosts, std::string zone,
                          std::chrono::milliseconds timeout = std::chrono::seconds(20), std::string domain = "acme.test",
                          net::SourceAddresses from = {});

}  // namespace sealpost::tlstest
