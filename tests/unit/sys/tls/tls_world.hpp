// A private authority and what it signs, for the tests of sys/tls.
#pragma once

#include "sys/tls/context.hpp"

namespace sealpost::tls {

using crypto::Certificate;
using crypto::CertificateOrder;
using crypto::Issuer;
using crypto::PrivateKey;

inline CertificateOrder order_for(const std::string& name, bool is_ca = false)
{
    const WallTime now = SystemClock().now();
    CertificateOrder order;
    order.subject = name;
    order.is_ca = is_ca;
    order.not_before = now - std::chrono::hours(1);
    order.not_after = now + std::chrono::hours(1);
    if (!is_ca) order.dns_names = {name};
    return order;
}

struct World {
    PrivateKey ca_key = PrivateKey::make_ecdsa_p256().value();
    Issuer ca{crypto::make_certificate(order_for("Test Root", true), ca_key).value(), ca_key};

    [[nodiscard]] KeyPair pair(const std::string& name) const { return pair_for({name}, PrivateKey::make_ecdsa_p256().value()); }
    [[nodiscard]] KeyPair pair_for(const std::vector<std::string>& names, const PrivateKey& key) const
    {
        CertificateOrder order = order_for(names.front());
        order.dns_names = names;
        return {{crypto::make_certificate(order, key, ca).value()}, key};
    }
    [[nodiscard]] crypto::TrustStore::Sources trust() const { return {.system = false, .pem_texts = {ca.certificate.to_pem()}}; }
    [[nodiscard]] std::shared_ptr<const ServerContext> server(std::vector<std::string> names, ServerOptions options = {}) const
    {
        std::vector<KeyPair> pairs;
        for (const std::string& name : names) pairs.push_back(pair(name));
        return ServerContext::make(std::move(pairs), std::move(options)).value();
    }
    [[nodiscard]] std::shared_ptr<const ServerContext> mx_server(const ServerOptions& options = {}) const
    {
        return server({"mx.acme.test"}, options);
    }
    [[nodiscard]] std::shared_ptr<const ServerContext> two_names_server() const { return server({"mx.acme.test", "keys.test"}); }
    [[nodiscard]] std::shared_ptr<const ServerContext> old_server() const
    {
        ServerOptions options;
        options.least = Version::tls1_0;
        options.most = Version::tls1_1;
        options.security_level = 0;
        return mx_server(options);
    }
    [[nodiscard]] std::shared_ptr<const ClientContext> lenient_client() const
    {
        return ClientContext::make({.trust = trust(), .identity = std::nullopt, .least = Version::tls1_0, .security_level = 0})
            .value();
    }
    [[nodiscard]] std::shared_ptr<const ClientContext> client_named(const std::string& name) const
    {
        return ClientContext::make({.trust = trust(), .identity = pair(name)}).value();
    }
    [[nodiscard]] std::shared_ptr<const ClientContext> client() const
    {
        return ClientContext::make({.trust = trust(), .identity = std::nullopt}).value();
    }
};

inline const World& world()
{
    static const World the_world;
    return the_world;
}

}  // namespace sealpost::tls
