#pragma once

#include "core/certificates/store.hpp"
#include "core/certificates/trust.hpp"
#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace sealpost::certificates {

// A node's folder with two certificates that it keeps and one in files, and an authority with an intermediate.
struct CertificateFolder {
    CertificateFolder()
    {
        write("mx3.pem", leaf({"mx3.acme.test"}, key_) + issuing_.certificate.to_pem());
        write("mx3.key", std::string(key_.to_pem().reveal_text()));
        write("root.pem", root_.certificate.to_pem());
        make_store();
    }
    CertificateFolder(const CertificateFolder&) = delete;
    CertificateFolder& operator=(const CertificateFolder&) = delete;

    void make_store()
    {
        const std::string text =
            "[node]\nhostname = \"mx1.acme.test\"\ndata_dir = \"data\"\nroles = [\"gateway\"]\n[tls]\ntrust = [\"root.pem\"]\n"
            "[[certificate]]\nname = \"mx1\"\n"
            "[[certificate]]\nname = \"mx2\"\nnames = [\"mx2.acme.test\"]\nkey_type = \"rsa\"\n"
            "[[certificate]]\nname = \"mx3\"\nchain = \"mx3.pem\"\nkey = \"mx3.key\"\n"
            "[[listener]]\nname = \"public\"\naddress = \"127.0.0.1:25\"\ncertificate = [\"mx1\", \"mx3\"]\n"
            "[admin]\nlisten = \"127.0.0.1:8443\"\ncertificate = \"mx1\"\n";
        auto loaded = config::read_config(text, folder_ / "sealpost.toml");
        for (const auto& problem : loaded.problems) ADD_FAILURE() << config::format_problem(problem);
        config_ = loaded.config.value();
        store_ = std::make_shared<Store>(config_, load_trust(config_).value(), clock_);
    }

    static crypto::CertificateOrder order_for(std::string subject, WallTime now, bool is_ca)
    {
        crypto::CertificateOrder order;
        order.subject = std::move(subject);
        order.is_ca = is_ca;
        order.not_before = now - std::chrono::hours(24);
        order.not_after = now + std::chrono::days(is_ca ? 1000 : 100);
        return order;
    }
    crypto::Issuer make_authority(const std::string& subject, const std::optional<crypto::Issuer>& above) const
    {
        auto key = crypto::PrivateKey::make_ecdsa_p256().value();
        auto certificate = crypto::make_certificate(order_for(subject, clock_.now(), true), key, above).value();
        return {std::move(certificate), std::move(key)};
    }
    std::string leaf(std::vector<std::string> names, const crypto::PrivateKey& key, int days = 100) const
    {
        auto order = order_for("CN=" + names.front(), clock_.now(), false);
        order.dns_names = std::move(names);
        order.not_after = clock_.now() + std::chrono::days(days);
        if (days < 0) order.not_before = order.not_after - std::chrono::days(100);
        return crypto::make_certificate(order, key, issuing_).value().to_pem();
    }
    std::string leaf() const { return leaf({"mx1.acme.test"}, key_); }
    std::string key_text() const { return std::string(key_.to_pem().reveal_text()); }
    std::string intermediate() const { return issuing_.certificate.to_pem(); }

    static Material material(const std::vector<std::string>& texts)
    {
        Material given;
        for (const auto& text : texts) given.pieces.push_back(Secret::copy_of(text));
        return given;
    }
    Verdict check(const std::vector<std::string>& texts) { return store_->check("mx1", material(texts)).value().verdict; }
    Installed install(const std::vector<std::string>& texts, bool even_though_it_does_not_verify = false)
    {
        return store_->install("mx1", material(texts), even_though_it_does_not_verify).value();
    }
    Entry find(const std::string& name = "mx1") { return store_->find(name).value(); }
    std::filesystem::path kept(const std::string& file) { return folder_ / "data/certificates/mx1" / file; }

    void write(const std::string& name, std::string_view text)
    {
        EXPECT_TRUE(files::write_file(folder_ / name, text, files::Access::owner_only).has_value());
    }

    test::TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
    ManualClock clock_{parse_rfc3339("2026-11-26T08:00:00Z").value()};
    crypto::Issuer root_ = make_authority("CN=Acme Root, O=Acme", std::nullopt);
    crypto::Issuer issuing_ = make_authority("CN=Acme Issuing, O=Acme", root_);
    crypto::PrivateKey key_ = crypto::PrivateKey::make_ecdsa_p256().value();
    config::NodeConfig config_;
    std::shared_ptr<Store> store_;
};

class CertificatesWorld : public testing::Test, public CertificateFolder {};

}  // namespace sealpost::certificates
