#include "serve/demo/authority.hpp"

namespace sealpost::demo {
namespace {

crypto::CertificateOrder make_order(std::string subject, WallTime now)
{
    crypto::CertificateOrder order;
    order.subject = std::move(subject);
    order.not_before = now - std::chrono::hours(1);
    order.not_after = now + std::chrono::days(90);
    return order;
}

Result<CertificateFiles> to_files(std::vector<crypto::Certificate> chain, const crypto::PrivateKey& key)
{
    const Secret pem = key.to_pem();
    return CertificateFiles{crypto::format_chain_pem(chain), std::string(pem.reveal_text())};
}

}  // namespace

Result<Authority> Authority::make(WallTime now)
{
    SEALPOST_TRY(auto root_key, crypto::PrivateKey::make_ecdsa_p256());
    auto order = make_order("CN=Sealpost demo root, O=Sealpost demo", now);
    order.is_ca = true;
    SEALPOST_TRY(auto root, crypto::make_certificate(order, root_key));
    SEALPOST_TRY(auto key, crypto::PrivateKey::make_ecdsa_p256());
    order.subject = "CN=Sealpost demo intermediate, O=Sealpost demo";
    SEALPOST_TRY(auto intermediate, crypto::make_certificate(order, key, crypto::Issuer{root, root_key}));
    return Authority(root.to_pem(), crypto::Issuer{std::move(intermediate), std::move(key)}, now);
}

Result<CertificateFiles> Authority::issue(const std::string& name, std::vector<std::string> more_names) const
{
    SEALPOST_TRY(auto key, crypto::PrivateKey::make_ecdsa_p256());
    auto order = make_order("CN=" + name, now_);
    order.dns_names = std::move(more_names);
    order.dns_names.insert(order.dns_names.begin(), name);
    SEALPOST_TRY(auto leaf, crypto::make_certificate(order, key, intermediate_));
    return to_files({std::move(leaf), intermediate_.certificate}, key);
}

Result<CertificateFiles> Authority::make_self_signed(const std::string& name, WallTime now)
{
    SEALPOST_TRY(auto key, crypto::PrivateKey::make_ecdsa_p256());
    auto order = make_order("CN=" + name + ", O=Demo certificate", now);
    order.dns_names = {name};
    SEALPOST_TRY(auto leaf, crypto::make_certificate(order, key));
    return to_files({std::move(leaf)}, key);
}

}  // namespace sealpost::demo
